"""What is known of an account that says how its messages are to be reported and found later. Pure."""

from __future__ import annotations

from typing import Final

from chappe.dialects.cm.mo_callback import MANNERS
from chappe.domain.account import Account
from chappe.pipeline.directory import Directory

_WORDS: Final = frozenset(MANNERS)
_NONE: Final[frozenset[str]] = frozenset()


def tells_replies(directory: Directory, account: Account) -> bool:
    """Whether this account is told which message an MO answers: then each of its messages is to be found by its ends."""
    return not _WORDS.isdisjoint(directory.mo_words.get(account.name, _NONE))
