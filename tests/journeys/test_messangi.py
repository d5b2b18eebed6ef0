"""Messangi callers over real sockets: signed calls, PINs, campaigns, MO webhooks; through restarts and processes."""

from __future__ import annotations

import asyncio
import logging
import re
from urllib.parse import parse_qsl

import pytest

from chappe.domain.account import Account, Token, token_digest
from chappe.domain.campaign import Campaign, Keyword
from chappe.domain.instance import Instance
from chappe.domain.network import Network
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route
from chappe.domain.state import State
from chappe.sim.incoming import Mo
from dialects.messangi.caller import BASE, CODE, KEY, NUMBER, SECRET, b64, signed, url
from journeys.house import HOST, Answer, House, ask_http, until
from journeys.ports import with_ports

OK = "<status>OK</status>"


async def furnished(house: House) -> None:
    """What an operator sets for a Messangi caller."""
    await house.save(
        Account(name="acme", private_webhooks=("127.0.0.0/8",)),
        Token(name="mg", account="acme", digest=token_digest(KEY), secret=SECRET),
        Instance(number="43", account="acme", codes=(CODE,), zone="America/Caracas"),
        Network(code="20404", operator="Vodafone NL", prefixes=("316",)),
    )


async def call(house: House, target: str, **given: object) -> Answer:
    return await ask_http(house.running.http_port, target, **given)  # type: ignore[arg-type]


def send_sms(text: str, *, standard: bool = False) -> str:
    return url(
        "tools/sendSMS", "43", "null", CODE, b64(NUMBER, standard=standard), b64(text, standard=standard)
    )


def found(answer: Answer, tag: str) -> list[str]:
    return re.findall(f"<{tag}>(.*?)</{tag}>", answer.body)


@pytest.mark.row("004-002")
@pytest.mark.row("004-008")
@pytest.mark.parametrize("standard", [True, False])
async def test_a_text_goes_out_and_its_delivery_is_seen(house: House, *, standard: bool) -> None:
    await furnished(house)
    answer = await call(house, send_sms("¿Qué? 🚀 ÿÿÿ", standard=standard))
    assert (answer.status, found(answer, "text")) == (200, ["¿Qué? 🚀 ÿÿÿ"])
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    (message_id,) = found(answer, "id")
    number = house.here.parts.renderer.parse_decimal(message_id)
    assert number is not None
    await house.reaches(house.here.parts.renderer.uuid(number), State.DELIVERED)
    (row,) = house.rows()
    assert (row.source, row.destination) == (CODE, NUMBER)
    shown = await call(house, url("tools/getMessage", "43", message_id))
    assert found(shown, "status") == ["OK", "DELIVERED_TO_DEVICE"]


@pytest.mark.row("004-011")
async def test_a_repetition_after_a_restart_is_harmless(house: House) -> None:
    await furnished(house)
    first = await call(house, send_sms("once"))
    await house.stop()
    await house.start()
    await house.healthy()
    again = await asyncio.gather(*[call(house, send_sms("once")) for _ in range(50)])
    assert {one.body for one in again} == {first.body}
    await until(house.rows)
    assert len(house.rows()) == 1
    house.clock.ahead_ms = 61_000
    assert (await call(house, send_sms("once"))).body != first.body
    await until(lambda: len(house.rows()) == 2)


@pytest.mark.row("004-011")
async def test_a_repetition_at_two_fronts_is_one_message(outside: House) -> None:
    await furnished(outside)
    with_ports(outside)
    outside.options = ("--fronts", "2", "--relays", "1")
    await outside.start_process()
    answers = await asyncio.gather(*[call(outside, send_sms("once")) for _ in range(100)])
    assert {one.status for one in answers} == {200}
    assert len({one.body for one in answers}) == 1
    await until(outside.rows)
    assert len(outside.rows()) == 1


@pytest.mark.row("004-038")
@pytest.mark.row("004-039")
@pytest.mark.row("004-045")
async def test_a_pin_from_the_call_to_the_handset_and_back(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await furnished(house)
    target = url("tools/sendSMSPinMobileNumberConfirm", "43", "null", CODE, NUMBER, b64("Code: {PIN}."), "8")
    (pin,) = found(await call(house, target), "pin")
    assert re.fullmatch(r"[0-9]{8}", pin)
    await until(lambda: house.tap.submits)
    (submit,) = house.tap.submits
    assert submit.short_message == f"Code: {pin}.".encode()
    assert found(await call(house, target), "pin") == [pin]

    def verify(digits: str) -> str:
        return url("tools/verifySMSPinMobileNumberConfirm", "43", NUMBER, digits)

    wrong = "00000000" if pin != "00000000" else "00000001"
    assert found(await call(house, verify(wrong)), "valid") == ["false"]
    # Nothing but the message itself holds the digits, and that only for its time.
    await house.stop()
    assert pin not in caplog.text
    out, errors = capfd.readouterr()
    assert pin not in out + errors
    await house.start()
    assert found(await call(house, verify(pin)), "valid") == ["true"]
    assert found(await call(house, verify(pin)), "valid") == ["false"]
    (kept,) = await house.here.parts.store.pins("acme", NUMBER, 9)
    assert pin not in repr(kept)
    cleared = await house.here.parts.store.clear_pins(kept.expires_ms, kept.made_ms, 10)
    assert cleared == 1
    story = await house.here.parts.store.timeline(kept.id)
    assert story is not None
    assert pin not in repr(story)


@pytest.mark.row("004-046")
@pytest.mark.row("004-047")
@pytest.mark.row("004-066")
async def test_a_fired_message_gets_the_campaigns_answer_by_sms(house: House) -> None:
    await furnished(house)
    await house.save(
        Campaign(
            name="ogangi",
            account="acme",
            numbers=(CODE,),
            keywords=(Keyword(pattern="^OGANGI.*", reply="Thank you, {number}"),),
        )
    )
    fired = await call(house, url("fireMessage", "43", NUMBER, b64("OGANGI win")))
    assert OK in fired.body
    await until(house.rows)
    (row,) = house.rows()
    assert (row.source, row.destination) == (CODE, NUMBER)
    assert house.tap.submits[0].short_message == f"Thank you, {NUMBER}".encode()
    listed = await call(house, url("tools/getMOMessages", "43", "1", "10", "keyword=%5EOGANGI.*"))
    assert found(listed, "records") == ["1"]
    assert found(listed, "keyword") == ["^OGANGI.*"]
    assert found(listed, "carrier") == ["Vodafone NL"]
    # As a real one does.
    house.smsc.inject(Mo(text="OGANGI again", source=NUMBER, destination=CODE))
    await until(lambda: len(house.rows()) == 2)


@pytest.mark.row("004-055")
@pytest.mark.row("004-062")
@pytest.mark.row("004-063")
@pytest.mark.row("004-064")
async def test_an_mo_reaches_the_callers_webhook_and_the_log(house: House) -> None:
    await furnished(house)
    to = MoTarget(account="acme", way=Way.WEBHOOK, target=house.sink.url("/mo"), dialect="messangi")
    await house.save(Route(name="mo", deliver=to))
    house.smsc.inject(Mo(text="Стоп & go", source="31698765432", destination=CODE))
    await until(lambda: house.sink.requests)
    request = house.sink.requests[0]
    assert request.method == "POST"
    assert request.header(b"content-type") == "application/x-www-form-urlencoded"
    assert parse_qsl(request.body.decode()) == [("mobile", "31698765432"), ("mo", "Стоп & go")]
    listed = await call(house, url("tools/getMOMessages", "43", "1", "10", "null"))
    assert (found(listed, "text"), found(listed, "from"), found(listed, "to")) == (
        ["Стоп &amp; go"],
        ["31698765432"],
        [CODE],
    )


@pytest.mark.row("004-051")
async def test_a_descriptor_by_post(house: House) -> None:
    await furnished(house)
    await house.save(
        Route(
            name="mo",
            deliver=MoTarget(
                account="acme", way=Way.WEBHOOK, target=house.sink.url("/mo"), dialect="messangi"
            ),
        )
    )
    body = b'{"event":{"fld-val-list":{"recipient_address":"31698765432","keyword_value":"hi",},},}'
    answer = await call(house, url("fireMessage", "43"), body=body)
    assert (answer.status, found(answer, "mobileNumber"), found(answer, "instanceId")) == (
        200,
        ["31698765432"],
        ["43"],
    )
    await until(lambda: house.sink.requests)


@pytest.mark.row("004-009")
@pytest.mark.row("004-010")
async def test_what_goes_over_the_wire_is_what_is_verified(house: House) -> None:
    """Octets as stacks send them: escapes in either case, doubled slashes, an absolute target, a long one."""
    await furnished(house)

    async def status(parameters: str, sent: str, method: str = "tools/getMOMessages") -> str:
        told = await call(house, f"{BASE}/{method}/{sent}/{KEY}/{signed(parameters)}")
        return found(told, "status")[0]

    assert await status("43/1/10/from=1&order=desc", "43/1/10/from=1&order=desc") == "OK"
    assert await status("43/1/10/from=1&order=desc", "43/1/10/from%3d1%26order%3Ddesc") == "OK"
    assert await status("43/1/10/", "43/1/10/") == "OK"
    assert await status("43/1/10/", "43/1/10//") == "BAD_SIGNATURE"
    assert await status("43/1/10//", "43/1/10//") == "OK"
    assert await status("43/1/10/x", "43/1/10/y") == "BAD_SIGNATURE"
    absolute = f"http://{HOST}{send_sms('absolute')}"
    assert OK in (await call(house, absolute)).body
    head = await ask_http(house.running.http_port, send_sms("head"), method="HEAD")
    assert (head.status, head.body) == (405, "")
    long = send_sms("x" * 60_000)
    assert (await call(house, long)).status in (200, 404, 431)
    assert len(house.rows()) <= 1
