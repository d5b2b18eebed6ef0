"""Lists of numbers that nothing goes to: what kinds there are, whom each binds, and which hold for an account. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.account import NAME
from chappe.domain.refusal import Reason, Refusal

MAX_NUMBER: Final = 20
"""Digits, SMPP 3.4 §5.2.9."""

_SEPARATORS: Final = frozenset(" \t-./()")


class ListKind(Enum):
    """Why the numbers of a list are on it."""

    BLACKLIST = "blacklist"
    """Barred by the operator: nothing at all goes there."""
    DO_NOT_CONTACT = "do_not_contact"
    """A national register of those who want no unasked messages (document 001, standard error 37)."""
    SUPPRESSION = "suppression"
    """Subscribers who opted out. Answers to what they write themselves still reach them."""


class NumberList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A list by its name; its numbers are in the store, by this name, since there may be millions.

    It binds the `accounts` and the accounts of the `groups` that it names, all where it names none; with `prefixes`
    only destinations that begin with one of them, such as a country's code.
    """

    name: str
    kind: ListKind = ListKind.BLACKLIST
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    enabled: bool = True

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"list name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        for prefix in self.prefixes:
            if not (prefix.isascii() and prefix.isdigit()):
                return f"prefix {prefix!r} is not digits"
        return ""

    def covers(self, number: str) -> bool:
        """Whether a destination lies in its scope."""
        return not self.prefixes or number.startswith(self.prefixes)


_SENTENCES: Final[Mapping[ListKind, str]] = MappingProxyType(
    {
        ListKind.BLACKLIST: "the destination is blacklisted",
        ListKind.DO_NOT_CONTACT: "the destination is on a do-not-contact list",
        ListKind.SUPPRESSION: "the subscriber has opted out",
    }
)
_WORDS: Final[Mapping[ListKind, str]] = MappingProxyType(
    {
        ListKind.BLACKLIST: "blacklisted",
        ListKind.DO_NOT_CONTACT: "do_not_contact",
        ListKind.SUPPRESSION: "suppressed",
    }
)


def barring(found: NumberList) -> Refusal:
    """The refusal of a destination that is on a list; it is about the kind, not about the operator's name of the list."""
    return Refusal(Reason.BLACKLISTED, found.kind.value, _SENTENCES[found.kind])


def error_of(found: NumberList) -> str:
    """The error of a message that ended because of a list."""
    return _WORDS[found.kind]


class ListTable:
    """The lists in force, by whom they bind."""

    __slots__ = ("_by_account", "_by_group", "_for_all")

    def __init__(self, lists: Iterable[NumberList] = ()) -> None:
        # What bars everything is asked first, so that it is what clients are told.
        order = list(ListKind)
        ranked = sorted(lists, key=lambda one: (order.index(one.kind), one.name))
        by_account: dict[str, tuple[NumberList, ...]] = {}
        by_group: dict[str, tuple[NumberList, ...]] = {}
        for one in ranked:
            if not one.enabled:
                continue
            for account in one.accounts:
                by_account[account] = (*by_account.get(account, ()), one)
            for group in one.groups:
                by_group[group] = (*by_group.get(group, ()), one)
        self._by_account, self._by_group = by_account, by_group
        self._for_all = tuple(one for one in ranked if one.enabled and not (one.accounts or one.groups))

    def __bool__(self) -> bool:
        return bool(self._for_all or self._by_account or self._by_group)

    def binding(self, account: str, group: str) -> tuple[NumberList, ...]:
        """The lists that an account must respect."""
        own, grouped = self._by_account.get(account, ()), self._by_group.get(group, ()) if group else ()
        if not (own or grouped):
            return self._for_all
        # One that names an account and its group too is asked once.
        return tuple({one.name: one for one in (*self._for_all, *own, *grouped)}.values())


def listed_number(text: str) -> str:
    """A number as lists hold it: its digits, without the plus or 00 before it and the separators in it.

    Empty for what is no number of 1 to 20 digits.
    """
    digits = "".join(letter for letter in text.strip() if letter not in _SEPARATORS)
    digits = digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")
    return digits if digits.isascii() and digits.isdigit() and len(digits) <= MAX_NUMBER else ""
