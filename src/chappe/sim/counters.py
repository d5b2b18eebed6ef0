"""What the simulator counts. Numbers only: who counts, and when they are shown, is not known here."""

from __future__ import annotations

import msgspec


class Counters(msgspec.Struct, gc=False):
    """Totals since the start or the last reset; a copy of it is a snapshot."""

    binds: int = 0
    bind_refusals: int = 0
    submits: int = 0
    ok: int = 0
    throttled: int = 0
    """Refused with ESME_RTHROTTLED or ESME_RMSGQFUL."""
    refused: int = 0
    """Refused with anything else."""
    lost: int = 0
    """Neither taken nor answered."""
    queries: int = 0
    """query_sm and cancel_sm."""
    receipts_sent: int = 0
    receipts_acked: int = 0
    receipts_refused: int = 0
    receipts_given_up: int = 0
    mos_sent: int = 0
    mos_acked: int = 0
    mos_refused: int = 0
    mos_given_up: int = 0
    resent: int = 0
    """deliver_sm sent again, of both kinds."""
    cuts: int = 0
    irregular: int = 0
    """Malformed and unexpected PDUs."""

    def reset(self) -> None:
        """Back to the start."""
        for name in self.__struct_fields__:
            setattr(self, name, 0)


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """Everything counted at one moment."""

    at: float
    """Seconds of a clock that never goes back."""
    totals: Counters
    sessions: int
    """Sessions bound now."""
    waiting: int
    """deliver_sm that wait for a session, or for room in one."""
    unacked: int
    """deliver_sm on their way."""
    coming: int
    """Delayed answers and receipts."""


def rates(before: Snapshot, after: Snapshot) -> dict[str, float]:
    """How much of each was counted in a second between the two, to a tenth."""
    seconds = after.at - before.at
    if seconds <= 0:
        return {}
    return {
        name: round((getattr(after.totals, name) - getattr(before.totals, name)) / seconds, 1)
        for name in Counters.__struct_fields__
    }
