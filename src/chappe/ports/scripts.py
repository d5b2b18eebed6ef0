"""The port to scripts that operators write: they run outside of this process, and may fail in every way."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import msgspec

from chappe.domain.interception import Draft


class ScriptJob(msgspec.Struct, frozen=True, gc=False):
    """One run of a script: its rule's name, its code, the message, and who sent it (empty for an MO).

    `seconds` is how long it may run; `octets` are the message's own where it is not text.
    """

    rule: str
    code: str
    seconds: float
    draft: Draft
    direction: str
    account: str = ""
    user: str = ""
    group: str = ""
    connector: str = ""
    network: str = ""
    octets: bytes = b""
    data_coding: int = 0
    at_ms: int = 0


class ScriptAnswer(msgspec.Struct, frozen=True, gc=False):
    """What a script made of a message. `result` is what an EvalPyFilter sets.

    With `rejects` it refused, by statuses of 0 where it named none.
    """

    draft: Draft
    result: bool = False
    rejects: bool = False
    reason: str = ""
    http_status: int = 0
    smpp_status: int = 0


class Failed(Enum):
    """How a script failed."""

    ERROR = "error"
    """It ended in an error of its own."""
    TIME = "time"
    """It did not end in its time, and was killed."""
    DIED = "died"
    """Its process ended: out of memory, or by its own doing."""
    NONSENSE = "nonsense"
    """What came back was no answer."""
    BUSY = "busy"
    """Too many wait for scripts already, or scripts do not run here."""


class ScriptFailure(msgspec.Struct, frozen=True, gc=False):
    """A run without an answer, and a sentence about it for the log."""

    failed: Failed
    text: str = ""


class ScriptRunner(Protocol):
    """Runs scripts. Never raises for what a script does."""

    async def run(self, jobs: Sequence[ScriptJob]) -> list[ScriptAnswer | ScriptFailure]:
        """How each run ended, in order; returns within the time that the jobs may take, and the wait for a turn."""
        ...


class NoScripts:
    """Answers `ScriptRunner` where no script may run: in commands that only ask, and in tests."""

    async def run(self, jobs: Sequence[ScriptJob]) -> list[ScriptAnswer | ScriptFailure]:
        """Fails each of them."""
        return [ScriptFailure(Failed.BUSY, "scripts do not run here") for _ in jobs]
