"""The door for PINs: made with their message in one commit, guesses counted before they are looked at."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import msgspec

from chappe.domain.message import Message
from chappe.domain.pin import Pin


class PinTaken(IntEnum):
    """How the store took a new PIN."""

    OPENED = 1
    REPEATED = 2
    """An earlier one has the same account and request."""
    TOO_SOON = 3
    TOO_MANY = 4
    NO_BALANCE = 5


class PinLimits(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What must hold for a new PIN; times are Unix milliseconds.

    An earlier one of the same request counts from `repeats_after_ms`. `waits` are milliseconds after the last one,
    by how many went to the number since `hour_ms`; the counts hold since `day_ms` for the number, since `hour_ms`
    for its range and its account.
    """

    repeats_after_ms: int
    hour_ms: int
    day_ms: int
    waits: tuple[int, ...]
    per_number: int
    per_range: int
    per_account: int


class PinOpened(msgspec.Struct, frozen=True, gc=False):
    """The store's answer: `pin` is the earlier one where repeated, `wait_ms` how long to wait where it came too soon."""

    result: PinTaken
    pin: Pin | None = None
    wait_ms: int = 0


class PinTry(msgspec.Struct, frozen=True, gc=False):
    """A PIN that a guess was counted for."""

    id: int
    digest: str


class PinStore(Protocol):
    """PINs by account and number."""

    async def open_pin(self, pin: Pin, message: Message, limits: PinLimits) -> PinOpened:
        """Writes a PIN, its message (of the same id) and the debit in one commit, and ends earlier PINs of the number.

        Nothing is written unless it is opened. Raises StoreBusy or StoreFailed.
        """
        ...

    async def take_try(self, account: str, number: str, now_ms: int) -> PinTry | None:
        """Counts one guess for the open PIN of a number; None where there is none that has a try and time left."""
        ...

    async def use_pin(self, pin_id: int, now_ms: int) -> bool:
        """Ends an open PIN as verified; False if it is open no more."""
        ...

    async def pins(self, account: str, number: str, limit: int) -> list[Pin]:
        """The newest first, of a number or (where that is empty) of all."""
        ...

    async def void_pins(self, account: str, number: str) -> int:
        """Ends the open PINs of a number; how many."""
        ...

    async def clear_pins(self, now_ms: int, before_ms: int, limit: int) -> int:
        """Takes the texts of PINs whose time is over out of settled messages, and what receipts repeat of them.

        PINs made before `before_ms` whose text is gone are deleted. Says how many were looked after.
        """
        ...
