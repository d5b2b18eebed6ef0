"""Random histories of push first: whatever outcomes, receipts, crashes and time do, nothing is sent twice without a mark."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from chappe.domain.app import MessageType
from chappe.domain.message import PartSent
from chappe.domain.receipt import READ
from chappe.domain.retry import Outcome
from chappe.domain.state import FINAL, State
from chappe.ports.connector import SendOutcome
from unit.pipeline.pushing import by_app, pushing
from unit.pipeline.rig import WEBHOOK, Rig, receipt

OUTCOMES = (*Outcome, Outcome.SENT, Outcome.SENT, Outcome.SENT)
STATES = (State.DELIVERED, State.DELIVERED, State.UNDELIVERED, None)
HANDED = (Outcome.SENT, Outcome.UNKNOWN)


class History:
    """One house, what its networks may have, and what they told."""

    def __init__(self, house: Rig, chance: random.Random) -> None:
        self.house = house
        self.chance = chance
        self.ids: list[int] = []
        self.pushes: Counter[int] = Counter()
        self.texts: Counter[int] = Counter()
        self.failed: set[int] = set()
        self.late: list[tuple[str, SendOutcome]] = []
        self.parts: list[tuple[str, str, int]] = []

    async def step(self) -> None:
        kind = self.chance.randrange(10)
        if kind < 2:
            message_type = self.chance.choice(list(MessageType))
            self.ids.append(await self.house.accept(extras=by_app(message_type), report=WEBHOOK))
        elif kind < 5:
            await self.attempt(self.chance.choice(("pusher", "pusher", "op", "spare")))
        elif kind < 7 and self.parts:
            await self.tell()
        elif kind == 7 and self.late:
            connector, answer = self.late.pop(self.chance.randrange(len(self.late)))
            await self.house.dispatch.conclude(connector, [answer])
        elif kind == 8 and self.chance.random() < 0.3:
            await self.house.crash()
            while await self.house.release.stranded(self.house.owner, before=self.house.owner):
                pass
        else:
            self.house.clock.advance(self.chance.choice((1, 5, 31, 301, 3_601)))
        await self.house.release.due()
        await self.house.expire.waiting()
        await self.house.expire.unreceipted()
        await self.check()

    async def attempt(self, connector: str) -> None:
        for going in await self.house.take(connector, 3):
            outcome = self.chance.choice(OUTCOMES)
            message_id = going.message.id
            smsc_id = f"z{connector}{message_id}x{going.attempt}"
            sent = (PartSent(1, smsc_id),)
            if outcome in HANDED:
                (self.pushes if connector == "pusher" else self.texts)[message_id] += 1
                self.parts.append((connector, smsc_id, message_id))
            elif connector == "pusher" and outcome in (Outcome.REFUSED, Outcome.UNFIT):
                self.failed.add(message_id)
            if outcome is Outcome.UNKNOWN:
                self.late.append((connector, SendOutcome(message_id, Outcome.SENT, sent)))
            result = SendOutcome(message_id, outcome, sent if outcome is Outcome.SENT else ())
            await self.house.dispatch.conclude(connector, [result])

    async def tell(self) -> None:
        connector, smsc_id, message_id = self.chance.choice(self.parts)
        state = self.chance.choice(STATES)
        if connector == "pusher" and state is State.UNDELIVERED:
            self.failed.add(message_id)
        group = "apns" if connector == "pusher" else connector
        word = {} if state is not None else {"word": READ}
        told = receipt(
            smsc_id,
            state,
            group=group,
            connector=connector,
            more=connector == "pusher",
            received_ms=self.house.clock.ms,
            **word,
        )
        await self.house.receipts.accept([told])

    async def check(self) -> None:
        for message_id in self.ids:
            found = await self.house.found(message_id)
            standing, pushes, texts = found.standing, self.pushes[message_id], self.texts[message_id]
            marked = bool(standing.possible_duplicate)
            assert texts <= 1 or marked, "an SMS twice without a mark"
            assert pushes <= 1 or marked, "a push twice without a mark"
            assert not (pushes and texts) or marked or message_id in self.failed, "both without a mark"
            extras = found.message.extras
            assert extras is not None
            if extras.app_type is MessageType.OTP:
                assert texts == 0
            assert standing.refunded == 0 or not (pushes or texts)

    async def ends(self) -> None:
        """With time alone, everything comes to an end or to where its receipt is waited for."""
        for _ in range(30):
            self.house.clock.advance(20_000)
            for connector in ("pusher", "op", "spare"):
                for going in await self.house.take(connector):
                    refused = SendOutcome(going.message.id, Outcome.REFUSED)
                    await self.house.dispatch.conclude(connector, [refused])
            await self.house.release.due()
            await self.house.expire.waiting()
            await self.house.expire.unreceipted()
        for message_id in self.ids:
            assert await self.house.state(message_id) in FINAL | {State.PARKED}


@pytest.mark.parametrize("seed", range(60))
async def test_nothing_is_sent_twice_without_a_mark(seed: int) -> None:
    history = History(await pushing(), random.Random(seed))
    for _ in range(80):
        await history.step()
    await history.ends()
