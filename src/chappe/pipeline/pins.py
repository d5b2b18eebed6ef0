"""PINs: made by chance, sent as a message, kept as a hash, verified once. The digits are in the text and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from chappe.domain.account import Account
from chappe.domain.message import Message
from chappe.domain.pin import (
    DAY_MS,
    HOUR_MS,
    LONGEST,
    SHORTEST,
    Pin,
    PinRules,
    digits_in,
    is_pin,
    pin_digest,
    with_pin,
)
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.submission import Submission
from chappe.pipeline.submit import Submit
from chappe.ports.clock import Clock
from chappe.ports.meter import Meter
from chappe.ports.pins import PinLimits, PinOpened, PinTaken
from chappe.ports.store import Store, StoreBusy, StoreError

Digits = Callable[[int], str]
"""So many decimal digits, each by a chance that nobody can foresee."""


class PinAsk(msgspec.Struct, frozen=True, gc=False):
    """A PIN that a client wants sent. `message` holds the text with or without a place for it.

    A repetition of `request` within `repeats_ms` gets the same PIN again and sends nothing; empty where there is none.
    """

    message: Submission
    length: int
    request: str = ""
    repeats_ms: int = 0


class PinSent(msgspec.Struct, frozen=True, gc=False):
    """A PIN that is on its way."""

    digits: str
    message_id: int
    expires_ms: int
    repeated: bool = False

    def __repr__(self) -> str:
        """Whoever logs it tells nobody the digits."""
        return f"PinSent({'•' * len(self.digits)}, {self.message_id})"


class VerifyPin:
    """Answers whether digits are the open PIN of a number. What is wrong with others is not told (reliability S12)."""

    def __init__(self, store: Store, key: bytes) -> None:
        """`key` is the house's key of PINs."""
        self._store = store
        self._key = key

    async def verify(self, account: str, number: str, digits: str, now_ms: int) -> bool:
        """Whether this is the PIN; it is one only once, and each wrong guess uses one of its tries up."""
        # Counted before it is looked at, and on disk: however many guess at once, no more than its tries are compared.
        guess = await self._store.take_try(account, number, now_ms)
        if guess is None:
            return False
        if not is_pin(self._key, guess.id, account, number, digits=digits, digest=guess.digest):
            return False
        return await self._store.use_pin(guess.id, now_ms)


class Pins:
    """Makes and sends PINs."""

    def __init__(
        self, *, store: Store, submit: Submit, key: bytes, digits: Digits, clock: Clock, meter: Meter
    ) -> None:
        """`key` is the house's key of PINs."""
        self._store = store
        self._submit = submit
        self._key = key
        self._digits = digits
        self._clock = clock
        self._meter = meter
        self._verifier = VerifyPin(store, key)

    async def verify(self, account: str, number: str, digits: str) -> bool:
        """See VerifyPin."""
        right = await self._verifier.verify(account, number, digits, self._clock.now_ms())
        self._meter.count("pins_verified", "right" if right else "wrong")
        return right

    async def send(self, account: Account, user: str, dialect: str, asked: PinAsk) -> PinSent | Refusal:
        """Makes a PIN and hands in its message; when this returns, both are on disk. A PIN ends earlier ones."""
        if not SHORTEST <= asked.length <= LONGEST:
            return Refusal(Reason.BAD_TEXT, "length", f"a PIN has {SHORTEST} to {LONGEST} digits")
        digits = self._digits(asked.length)
        now_ms, rules = self._clock.now_ms(), account.pins
        expires_ms = now_ms + rules.life * 1_000
        text = with_pin(asked.message.text or "", digits)
        submission = msgspec.structs.replace(
            # A PIN that comes after its time is of no use, and its message must not lie about.
            asked.message,
            text=text,
            expires_ms=min(asked.message.expires_ms or expires_ms, expires_ms),
        )
        (prepared,) = await self._submit.prepared(account, user, dialect, [submission])
        if isinstance(prepared, Refusal):
            self._meter.count("refused", f"{dialect}:{prepared.reason.word}")
            return prepared
        if not digits_in(prepared.text or "", asked.length).count(digits):
            return Refusal(Reason.BAD_TEXT, "text", "what became of the text does not show the PIN")
        pin = self._pin(prepared, asked, rules, digits)
        limits = _limits(rules, now_ms, asked.repeats_ms)
        try:
            opened = await self._store.open_pin(pin, prepared, limits)
        except StoreError as error:
            reason = Reason.STORE_BUSY if isinstance(error, StoreBusy) else Reason.INTERNAL
            self._meter.count("refused", f"{dialect}:{reason.word}")
            return Refusal(reason, text=str(error))
        return await self._answer(dialect, opened, prepared, pin, digits)

    def _pin(self, message: Message, asked: PinAsk, rules: PinRules, digits: str) -> Pin:
        number, now_ms = message.destination.value, self._clock.now_ms()
        return Pin(
            id=message.id,
            account=message.account,
            number=number,
            length=asked.length,
            digest=pin_digest(self._key, message.id, message.account, number, digits),
            made_ms=now_ms,
            expires_ms=now_ms + rules.life * 1_000,
            tries=rules.tries,
            request=asked.request,
        )

    async def _answer(
        self, dialect: str, opened: PinOpened, message: Message, pin: Pin, digits: str
    ) -> PinSent | Refusal:
        if opened.result is PinTaken.OPENED:
            self._meter.count("accepted", dialect)
            self._submit.wake_up([message])
            return PinSent(digits, message.id, pin.expires_ms)
        if opened.result is PinTaken.REPEATED and opened.pin is not None:
            return await self._again(opened.pin)
        self._meter.count("pins_refused", opened.result.name.lower())
        if opened.result is PinTaken.NO_BALANCE:
            return Refusal(Reason.NO_BALANCE, text="the balance does not cover this message")
        if opened.result is PinTaken.TOO_SOON:
            seconds = -(-opened.wait_ms // 1_000)
            return Refusal(
                Reason.TOO_FAST, "pin", f"this number was sent a PIN lately; wait {seconds} seconds"
            )
        return Refusal(
            Reason.TOO_FAST, "pin", "too many PINs went to this number, its range or by this account"
        )

    async def _again(self, pin: Pin) -> PinSent | Refusal:
        """The same PIN for a request that came twice: its digits stand in its message, as long as that has a text."""
        (found,) = await self._store.messages([pin.id])
        text = (found.message.text or "") if found is not None else ""
        for digits in digits_in(text, pin.length):
            if is_pin(self._key, pin.id, pin.account, pin.number, digits=digits, digest=pin.digest):
                return PinSent(digits, pin.id, pin.expires_ms, repeated=True)
        return Refusal(Reason.TOO_FAST, "pin", "the same PIN was asked for lately, and is not shown again")


def _limits(rules: PinRules, now_ms: int, repeats_ms: int) -> PinLimits:
    return PinLimits(
        # Later than its life its digits are not to be had again.
        repeats_after_ms=now_ms - min(repeats_ms, rules.life * 1_000),
        hour_ms=now_ms - HOUR_MS,
        day_ms=now_ms - DAY_MS,
        waits=tuple(seconds * 1_000 for seconds in rules.spacing),
        per_number=rules.per_number,
        per_range=rules.per_range,
        per_account=rules.per_account,
    )
