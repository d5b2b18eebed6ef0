"""What the parts of the simulated message centre share: behaviour in force, chance, clock, counters, ledger, wheel."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from random import Random

from chappe.sim.behaviour import Behaviour
from chappe.sim.counters import Counters
from chappe.sim.ledger import LedgerWriter
from chappe.sim.wheel import Wheel


class Centre:
    """One simulated SMSC's state that is nobody's alone."""

    __slots__ = (
        "_moment",
        "_moment_at",
        "_number",
        "behaviour",
        "chance",
        "counters",
        "keeps_texts",
        "ledger",
        "loop",
        "wheel",
    )

    def __init__(
        self,
        behaviour: Behaviour,
        chance: Random,
        *,
        ledger: LedgerWriter | None = None,
        keeps_texts: bool = False,
        first_id: int | None = None,
    ) -> None:
        """`first_id` is the first message's number; chance gives one, so that a restart repeats none."""
        self.loop = asyncio.get_running_loop()
        self.behaviour = behaviour
        self.chance = chance
        self.counters = Counters()
        self.ledger = ledger
        self.keeps_texts = keeps_texts
        self.wheel = Wheel(self.loop)
        self._number = (chance.randrange(1, 1 << 31) if first_id is None else first_id) - 1
        self._moment_at = 0
        self._moment = datetime.fromtimestamp(0, UTC)

    def next_number(self) -> int:
        """The next message's number."""
        self._number += 1
        return self._number

    def wall(self) -> float:
        """Unix seconds."""
        return time.time()

    def moment(self) -> datetime:
        """The present to the second, which is all that a receipt shows."""
        now = int(time.time())
        if now != self._moment_at:
            self._moment_at = now
            self._moment = datetime.fromtimestamp(now, UTC)
        return self._moment
