"""Deferral and validity: when a message may go out first, and when it may go out no more. Times are Unix ms."""

from __future__ import annotations

from typing import Final

from chappe.domain.account import Account
from chappe.domain.refusal import Reason, Refusal

MAX_AHEAD_MS: Final = 366 * 86_400_000
"""A schedule further away than a year is taken for a mistake."""


def resolve_times(account: Account, due_ms: int, expires_ms: int, now_ms: int) -> tuple[int, int] | Refusal:
    """The first and the last moment for a message: (due, expires), 0 for at once and for never.

    The account's default validity fills in, its maximum clamps. Refuses what could never be sent.
    """
    if due_ms and due_ms > now_ms + MAX_AHEAD_MS:
        return Refusal(Reason.BAD_SCHEDULE, "schedule", "the schedule is more than a year ahead")
    due = due_ms if due_ms > now_ms else 0
    start = due or now_ms
    if expires_ms:
        if expires_ms <= start:
            return Refusal(
                Reason.BAD_VALIDITY, "validity", "the validity ends before the message could be sent"
            )
    elif account.default_validity:
        expires_ms = start + account.default_validity * 1000
    if account.max_validity:
        latest = start + account.max_validity * 1000
        expires_ms = min(expires_ms, latest) if expires_ms else latest
    return due, expires_ms
