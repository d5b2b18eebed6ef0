"""PINs: digits sent to a number to prove who holds it. Their rules, how they are kept, where they stand in a text. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import IntEnum
from typing import Final

import msgspec

SHORTEST: Final = 4
LONGEST: Final = 10
PREFIX_DIGITS: Final = 8
"""What numbers of one range have in common; those who send PINs for the money go through ranges (reliability S13)."""

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

_PLACES: Final = re.compile(r"\{PIN\}|\{pin\}|%PIN%")
_DIGITS: Final = re.compile(r"[0-9]+")


class PinRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What an account's PINs are held to (reliability S12). Times are seconds.

    A PIN lives for `life` and bears `tries` guesses. The second to one number within an hour comes `spacing[0]` after
    the first at the earliest, the third `spacing[1]` after the second, and so on; one that was verified begins anew.
    At most `per_number` go to one number a day, `per_range` to numbers that begin alike and `per_account` to all, an hour.
    """

    life: int = 600
    tries: int = 5
    spacing: tuple[int, ...] = (30, 60, 120)
    per_number: int = 10
    per_range: int = 200
    per_account: int = 2_000

    def problem(self) -> str:
        """The first thing wrong with them as a sentence, empty if none."""
        if not 60 <= self.life <= 3_600:
            return "pins.life is 60 to 3600 seconds"
        if not 1 <= self.tries <= 10:
            return "pins.tries is 1 to 10"
        if len(self.spacing) > 10 or any(not 0 <= seconds <= 3_600 for seconds in self.spacing):
            return "pins.spacing is up to ten times of 0 to 3600 seconds"
        if not 1 <= self.per_number <= 100:
            return "pins.per_number is 1 to 100"
        if not 1 <= min(self.per_range, self.per_account) <= max(self.per_range, self.per_account) <= 100_000:
            return "pins.per_range and pins.per_account are 1 to 100000"
        return ""

    def wait_ms(self, earlier: int) -> int:
        """How long after the last one the next may come, when there were so many within the hour."""
        if not earlier or not self.spacing:
            return 0
        return self.spacing[min(earlier, len(self.spacing)) - 1] * 1_000


DEFAULT_RULES: Final = PinRules()


class PinState(IntEnum):
    """Where a PIN stands; the numbers are stored. One that is open may still have run out of time or of tries."""

    OPEN = 1
    USED = 2
    VOID = 3
    """A newer one to the same number, or an operator, put an end to it."""


class Pin(msgspec.Struct, frozen=True, gc=False):
    """A PIN on record: its keyed hash and never its digits. Times are Unix milliseconds.

    `request` tells repetitions of one request apart from new ones, empty where the client gave nothing to know it by.
    """

    id: int
    account: str
    number: str
    length: int
    digest: str
    made_ms: int
    expires_ms: int
    tries: int
    request: str = ""
    state: PinState = PinState.OPEN
    used_ms: int = 0

    def stands(self, now_ms: int) -> str:
        """How it stands, for operators."""
        if self.state is not PinState.OPEN:
            return self.state.name.lower()
        if self.tries <= 0:
            return "out of tries"
        return "expired" if self.expires_ms <= now_ms else "open"


def prefix_of(number: str) -> str:
    """The range that a number lies in."""
    return number[:PREFIX_DIGITS]


def pin_digest(key: bytes, pin_id: int, account: str, number: str, digits: str) -> str:
    """What is kept in place of the digits: a keyed hash, and of another PIN another one."""
    told = "\0".join((str(pin_id), account, number, digits)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, key=key, digest_size=32).hexdigest()


def is_pin(key: bytes, pin_id: int, account: str, number: str, *, digits: str, digest: str) -> bool:
    """Whether these are its digits; takes the same time for all that are not."""
    return hmac.compare_digest(pin_digest(key, pin_id, account, number, digits), digest)


def with_pin(text: str, digits: str) -> str:
    """The text with the digits at `{PIN}`, `{pin}` or `%PIN%`, else at its end after a blank."""
    if _PLACES.search(text):
        return _PLACES.sub(digits, text)
    return f"{text} {digits}" if text else digits


def digits_in(text: str, length: int) -> list[str]:
    """Everything in a text that could be a PIN of this length."""
    return [
        run[at : at + length] for run in _DIGITS.findall(text) for at in range(max(len(run) - length, -1) + 1)
    ]
