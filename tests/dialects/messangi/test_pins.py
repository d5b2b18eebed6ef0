"""PINs by signed calls: sent, shown once more to who asks again, verified once, and never in what we say of ourselves."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest

from chappe.domain.account import Account
from chappe.domain.pin import PinRules
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.http_rig import NOW
from dialects.messangi.caller import (
    CODE,
    NUMBER,
    OTHER_KEY,
    OTHER_SECRET,
    Caller,
    b64,
    read,
    static,
    url,
)

PIN = "846547"


def send(
    *, text: str = "Your code is {PIN}.", length: str = "6", to: str = NUMBER, instance: str = "43"
) -> str:
    return url("tools/sendSMSPinMobileNumberConfirm", instance, "null", CODE, to, b64(text), length)


def verify(digits: str, *, to: str = NUMBER, instance: str = "43") -> str:
    return url("tools/verifySMSPinMobileNumberConfirm", instance, to, digits)


async def is_right(caller: Caller, digits: str, **given: str) -> bool:
    told = read(await caller.get(verify(digits, **given)))
    assert told["status"] == "OK"
    return {"true": True, "false": False}[told["result"]["PinSMSVerification"]["valid"]]


@pytest.mark.row("004-038")
@pytest.mark.row("004-040")
@pytest.mark.row("004-044")
@pytest.mark.row("004-045")
async def test_the_pin_of_the_answer_is_the_one_of_the_message() -> None:
    caller = Caller()
    response = await caller.get(send())
    assert response.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><response><input>sendSMSPinMobileNumberConfirm</input>'
        "<status>OK</status><description>Completed</description><result><PinSMSConfirmation>"
        f"<pin>{PIN}</pin></PinSMSConfirmation></result></response>"
    )
    (stored,) = await caller.rig.stored()
    message = stored.message
    assert (message.text, message.destination.value, message.source.value) == (
        f"Your code is {PIN}.",
        NUMBER,
        CODE,
    )
    # Its message is of no use once its life is over.
    assert message.expires_ms == NOW + 600_000


@pytest.mark.row("004-042")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Code {pin}, again {PIN}", f"Code {PIN}, again {PIN}"),
        ("100 % sure: %PIN%", f"100 % sure: {PIN}"),
        ("Your code:", f"Your code: {PIN}"),
        ("", PIN),
        ("Código ¿{PIN}? 🚀", f"Código ¿{PIN}? 🚀"),
    ],
)
async def test_where_the_pin_goes(text: str, shown: str) -> None:
    caller = Caller()
    assert static(await caller.get(send(text=text)))[2] == "OK"
    assert [one.message.text for one in await caller.rig.stored()] == [shown]


@pytest.mark.row("004-041")
@pytest.mark.parametrize("to", [NUMBER, f"+{NUMBER}", b64(NUMBER), b64(NUMBER, standard=True)])
async def test_the_number_in_base64_or_not(to: str) -> None:
    caller = Caller()
    assert static(await caller.get(send(to=to)))[2] == "OK"
    assert await is_right(caller, PIN)


@pytest.mark.row("004-043")
@pytest.mark.parametrize("length", ["4", "6", "8", "10"])
async def test_lengths(length: str) -> None:
    caller = Caller()
    told = read(await caller.get(send(length=length)))["result"]["PinSMSConfirmation"]["pin"]
    assert re.fullmatch(rf"[0-9]{{{length}}}", told)
    assert [one.message.text for one in await caller.rig.stored()] == [f"Your code is {told}."]


@pytest.mark.row("004-043")
@pytest.mark.parametrize("length", ["3", "11", "0", "-6", "6.0", "six", "", "null", "9" * 30, "%36x", "٦"])
async def test_lengths_that_are_none(length: str) -> None:
    caller = Caller()
    assert static(await caller.get(send(length=length)))[2:] == ("ERROR", "Invalid parameter: length")
    assert await caller.rig.stored() == []


@pytest.mark.row("004-039")
async def test_a_pin_is_verified_once() -> None:
    caller = Caller()
    assert not await is_right(caller, PIN)
    await caller.get(send())
    assert not await is_right(caller, "000000")
    assert not await is_right(caller, PIN, to="31612345679")
    others = url(
        "tools/verifySMSPinMobileNumberConfirm", "50", NUMBER, PIN, key=OTHER_KEY, secret=OTHER_SECRET
    )
    assert read(await caller.get(others))["result"]["PinSMSVerification"]["valid"] == "false"
    assert await is_right(caller, PIN)
    assert not await is_right(caller, PIN)


@pytest.mark.row("004-039")
async def test_ten_thousand_guesses_end_at_the_fifth() -> None:
    caller = Caller()
    await caller.get(send(length="4"))
    right = "8465"
    guesses = [f"{number:04}" for number in range(10_000)]
    guesses.remove(right)
    for start in range(0, len(guesses), 500):
        told = await asyncio.gather(*[is_right(caller, guess) for guess in guesses[start : start + 500]])
        assert not any(told)
    assert not await is_right(caller, right)
    (kept,) = await caller.rig.store.pins("acme", NUMBER, 9)
    assert kept.tries == 0


async def test_the_last_try_may_be_the_right_one_and_time_runs_out() -> None:
    caller = Caller()
    await caller.get(send())
    for _ in range(4):
        assert not await is_right(caller, "111111")
    assert await is_right(caller, PIN)
    await caller.get(send(text="later"))
    caller.rig.clock.ms = NOW + 600_000
    assert not await is_right(caller, PIN)


@pytest.mark.row("004-011")
@pytest.mark.row("004-045")
async def test_asked_again_within_the_window_it_is_the_same_pin_and_one_message() -> None:
    caller = Caller()
    answers = await asyncio.gather(*[caller.get(send()) for _ in range(200)])
    assert {answer.body for answer in answers} == {answers[0].body}
    assert len(await caller.rig.stored()) == 1
    caller.rig.clock.ms = NOW + 59_000
    assert (await caller.get(send())).body == answers[0].body
    assert len(await caller.rig.stored()) == 1


async def test_another_pin_to_the_same_number_has_to_wait() -> None:
    caller = Caller()
    await caller.get(send())
    told = await caller.get(send(text="again"))
    assert static(told) == (
        429, "sendSMSPinMobileNumberConfirm", "ERROR",
        "Too many requests: this number was sent a PIN lately; wait 30 seconds",
    )  # fmt: skip
    caller.rig.clock.ms = NOW + 30_000
    assert static(await caller.get(send(text="again")))[2] == "OK"
    caller.rig.clock.ms = NOW + 60_000
    assert static(await caller.get(send(text="third")))[0] == 429
    assert len(await caller.rig.stored()) == 2


async def test_limits_of_number_and_account() -> None:
    caller = Caller()
    rules = PinRules(spacing=(), per_number=2, per_account=3)
    caller.rig.directory.apply([write_entry(Kind.ACCOUNT, "acme", Account(name="acme", pins=rules))])
    numbers = ["31612345678", "31612345678", "31612345678", "31687654321", "31687654322"]
    told = [static(await caller.get(send(to=number, text=str(at))))[0] for at, number in enumerate(numbers)]
    assert told == [200, 200, 429, 200, 429]


async def test_a_pin_that_cannot_be_paid_or_sent_leaves_nothing() -> None:
    caller = Caller()
    lost = send(to="4477")
    assert static(await caller.get(lost))[2:] == ("ERROR", "No route for this number")
    caller.rig.store.full = True
    assert static(await caller.get(send(instance="44")))[0] == 503
    caller.rig.store.full = False
    assert await caller.rig.stored() == []
    target = url(
        "tools/sendSMSPinMobileNumberConfirm", "50", "null", "7777", NUMBER, b64("x"), "6", key=OTHER_KEY, secret=OTHER_SECRET
    )  # fmt: skip
    assert static(await caller.get(target))[2:] == ("ERROR", "Not enough funds")
    assert await caller.rig.store.pins("rich", "", 9) == []


async def test_a_pin_is_not_shown_again_once_its_text_is_gone() -> None:
    caller = Caller()
    await caller.get(send())
    row = next(iter(caller.rig.store._tables.messages.values()))
    row.message = msgspec.structs.replace(row.message, text=None)
    assert static(await caller.get(send()))[:3] == (429, "sendSMSPinMobileNumberConfirm", "ERROR")


@pytest.mark.row("004-045")
async def test_nothing_but_the_text_holds_the_digits() -> None:
    caller = Caller()
    await caller.get(send())
    tables = caller.rig.store._tables
    (pin,) = tables.pins.values()
    assert PIN not in repr(pin)
    sent = await caller.rig.store.pins("acme", NUMBER, 1)
    assert PIN not in repr(sent)
    assert len(pin.digest) == 64
