"""What interceptors would make of a message, for commands that only ask: declared rules act, scripts are not run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chappe.cli.clock import wall_ms
from chappe.cli.screen import note
from chappe.domain.account import Account
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.intercept import Intercept
from chappe.ports.scripts import ScriptAnswer, ScriptFailure, ScriptJob


class _NotRun:
    """Answers `ports.scripts.ScriptRunner`: says which scripts would run, and changes nothing."""

    async def run(self, jobs: Sequence[ScriptJob]) -> list[ScriptAnswer | ScriptFailure]:
        """See the port."""
        for job in jobs:
            note(f"interceptor {job.rule} has a script, which is not run here")
        return [ScriptAnswer(job.draft) for job in jobs]


class _Uncounted:
    """Answers `ports.meter.Meter` by noting which interceptors acted."""

    def __init__(self) -> None:
        self.acted: list[str] = []

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        """See the port."""
        del by
        if name == "intercepted":
            self.acted.append(label)

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        """See the port."""

    def gauge(self, name: str, value: float, label: str = "") -> None:
        """See the port."""


def intercepted(directory: Directory, account: Account, asked: Submission) -> Submission | Refusal:
    """The submission as declared rules leave it; prints what acts."""
    if not directory.intercept_mt.rules:
        return asked
    meter = _Uncounted()
    intercept = Intercept(directory, _NotRun(), meter)
    (found,) = asyncio.run(intercept.submissions(account, account.name, [asked], wall_ms()))
    if meter.acted:
        note(f"interceptors that act: {', '.join(meter.acted)}")
    return found
