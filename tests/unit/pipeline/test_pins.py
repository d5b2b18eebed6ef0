"""PINs over the whole pipeline: chance, prices, networks, what a log could hold."""

from __future__ import annotations

from collections import Counter

import pytest

from chappe.app.use_cases import digits
from chappe.domain.account import Account
from chappe.domain.pin import PinRules
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.routing import Route, Target
from chappe.pipeline.pins import PinAsk, Pins, PinSent
from unit.pipeline.rig import START_MS, SUBSCRIBER, Rig, ask, rig

KEY = b"p" * 32
NUMBER = SUBSCRIBER.value


def acme(house: Rig) -> Account:
    return house.directory.accounts["acme"]


def pins_of(house: Rig, pin: str = "0123456789") -> Pins:
    return Pins(
        store=house.store,
        submit=house.submitting,
        key=KEY,
        digits=lambda length: pin[:length],
        clock=house.clock,
        meter=house.meter,
    )


async def sent(house: Rig, pins: Pins, text: str = "Code {PIN}", length: int = 6, **given: object) -> PinSent:
    answer = await pins.send(acme(house), "acme", "messangi", PinAsk(ask(text=text), length, **given))  # type: ignore[arg-type]
    assert isinstance(answer, PinSent), answer
    return answer


async def test_a_pin_goes_out_and_is_verified() -> None:
    house = rig()
    pins = pins_of(house)
    made = await sent(house, pins)
    assert (made.digits, made.expires_ms, made.repeated) == ("012345", START_MS + 600_000, False)
    (going,) = await house.take()
    assert (going.message.text, going.message.expires_ms) == ("Code 012345", made.expires_ms)
    assert await pins.verify("acme", NUMBER, "012345")
    assert not await pins.verify("acme", NUMBER, "012345")
    assert house.meter.by_name["pins_verified"] == 2


@pytest.mark.parametrize(("asked_ms", "ends_ms"), [(5_000, 5_000), (5_000_000, 600_000), (0, 600_000)])
async def test_a_validity_of_the_clients_own_only_shortens_it(asked_ms: int, ends_ms: int) -> None:
    house = rig()
    expires_ms = START_MS + asked_ms if asked_ms else 0
    asked = PinAsk(ask(text="x", expires_ms=expires_ms), 6)
    made = await pins_of(house).send(acme(house), "acme", "messangi", asked)
    assert isinstance(made, PinSent)
    assert (await house.found(made.message_id)).message.expires_ms == START_MS + ends_ms


@pytest.mark.parametrize("length", [-1, 0, 3, 11, 1_000])
async def test_lengths_out_of_bounds(length: int) -> None:
    house = rig()
    answer = await pins_of(house).send(acme(house), "acme", "x", PinAsk(ask(text="x"), length))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.about) == (Reason.BAD_TEXT, "length")


async def test_a_refused_message_is_no_pin() -> None:
    house = rig(Account(name="acme", may_send=False))
    answer = await pins_of(house).send(acme(house), "acme", "messangi", PinAsk(ask(text="x"), 6))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.MAY_NOT_SEND
    assert await house.store.pins("acme", "", 9) == []


async def test_a_pin_is_charged_with_its_message() -> None:
    account = Account(name="acme", charged=True, pins=PinRules(spacing=()))
    priced = Route(name="all", targets=(Target(connector="op"),), price=5)
    house = rig(account, priced)
    pins = pins_of(house)
    answer = await pins.send(acme(house), "acme", "messangi", PinAsk(ask(text="x"), 6))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.NO_BALANCE


async def test_a_repetition_gets_the_same_and_another_does_not() -> None:
    house = rig()
    first = await sent(house, pins_of(house), request="r", repeats_ms=60_000)
    again = await sent(house, pins_of(house, "9876543210"), request="r", repeats_ms=60_000)
    assert (again.digits, again.message_id, again.repeated) == (first.digits, first.message_id, True)
    other = await pins_of(house).send(
        acme(house), "acme", "messangi", PinAsk(ask(text="x"), 6, "other", 60_000)
    )
    assert isinstance(other, Refusal)
    assert (other.reason, other.about) == (Reason.TOO_FAST, "pin")


async def test_digits_among_other_digits_are_found_again() -> None:
    house = rig()
    text = "call 0800123456789, order 00123, code {PIN}7"
    first = await sent(house, pins_of(house, "1234567890"), text, 4, request="r", repeats_ms=60_000)
    again = await sent(house, pins_of(house, "0000000000"), text, 4, request="r", repeats_ms=60_000)
    assert again.digits == first.digits == "1234"


async def test_a_repr_shows_no_digits() -> None:
    house = rig()
    assert "012345" not in repr(await sent(house, pins_of(house)))


def test_digits_of_chance_are_even_and_of_every_length() -> None:
    counts = Counter("".join(digits(10) for _ in range(10_000)))
    assert set(counts) == set("0123456789")
    # Six standard deviations of a fair digit among 100,000.
    assert all(abs(count - 10_000) < 6 * 95 for count in counts.values())
    assert [len(digits(length)) for length in (4, 7, 10)] == [4, 7, 10]
    firsts = Counter(digits(4)[0] for _ in range(10_000))
    assert abs(firsts["0"] - 1_000) < 6 * 30
