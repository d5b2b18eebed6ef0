"""sendSMS and sendMT: what is stored, what is answered, element by element."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest

from chappe.domain.account import Account
from chappe.domain.state import State
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.http_rig import NOW
from dialects.messangi.caller import (
    BASE,
    CODE,
    KEY,
    NUMBER,
    OTHER_KEY,
    OTHER_SECRET,
    Caller,
    b64,
    read,
    signed,
    static,
    url,
)

TEXT = "OGANGI TEST MESSAGE"
BAD_SIGNATURE = (200, "BAD_SIGNATURE", "Invalid signature, access denied")


def send_sms(
    *, instance: str = "43", carrier: str = "null", source: str = CODE, to: str = "", text: str = TEXT
) -> str:
    return url("tools/sendSMS", instance, carrier, source, to or b64(NUMBER), b64(text))


def send_mt(
    *more: str, instance: str = "43", carrier: str = "null", source: str = CODE, text: str = ""
) -> str:
    return url("sendMT", instance, source, carrier, NUMBER, text or b64(TEXT), *more)


@pytest.mark.row("004-001")
@pytest.mark.row("004-002")
@pytest.mark.row("004-006")
@pytest.mark.row("004-007")
@pytest.mark.row("004-012")
@pytest.mark.row("004-013")
@pytest.mark.row("004-014")
@pytest.mark.row("004-015")
@pytest.mark.row("004-016")
@pytest.mark.row("004-017")
@pytest.mark.row("004-019")
@pytest.mark.row("004-020")
@pytest.mark.row("004-021")
@pytest.mark.row("004-022")
@pytest.mark.row("004-023")
@pytest.mark.row("004-024")
@pytest.mark.row("004-025")
@pytest.mark.row("004-026")
@pytest.mark.row("004-027")
@pytest.mark.row("004-028")
async def test_send_sms_octet_for_octet() -> None:
    caller = Caller()
    response = await caller.get(send_sms())
    (stored,) = await caller.rig.stored()
    message = stored.message
    assert (message.source.value, message.destination.value, message.text) == (CODE, NUMBER, TEXT)
    assert (message.account, message.dialect) == ("acme", "messangi")
    message_id = caller.rig.renderer.decimal(message.id)
    assert response.status == 200
    assert response.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><response><input>sendSMS</input><status>OK</status>'
        "<description>Completed</description><result><messages><message>"
        f"<id>{message_id}</id><carrier>Vodafone NL</carrier><from>{CODE}</from><to>{NUMBER}</to>"
        f"<text>{TEXT}</text><status>PENDING</status><statusDescription>Pending</statusDescription>"
        "<encoding>UTF-8</encoding><date>2026-09-21T10:13:20.000-04:00</date>"
        "<timezone>America/Caracas</timezone><clientId>acme</clientId>"
        "</message></messages></result></response>"
    )


@pytest.mark.parametrize("base", ["/messangi_mmc/rest/api", "/mmc/rest/api", "/rest/api"])
@pytest.mark.row("004-001")
async def test_three_bases(base: str) -> None:
    caller = Caller()
    target = url("sendMT", "43", CODE, "null", NUMBER, b64(TEXT), base=base)
    assert static(await caller.get(target)) == (200, "sendMT", "OK", "Completed")
    assert static(await caller.get(f"http://gateway.example{target}")) == (200, "sendMT", "OK", "Completed")


@pytest.mark.row("004-018")
async def test_an_id_is_a_java_long_and_finds_its_message() -> None:
    caller = Caller()
    caller.change("43", replay_seconds=0)
    found = set()
    for _ in range(20):
        told = read(await caller.get(send_sms()))["result"]["messages"]["message"]
        assert re.fullmatch(r"-?[1-9][0-9]{0,18}", told["id"])
        assert -(1 << 63) <= int(told["id"]) < 1 << 63
        found.add(told["id"])
    assert len(found) == 20
    assert min(map(int, found)) < 0 < max(map(int, found))
    known = {one.message.id for one in await caller.rig.stored()}
    assert {caller.rig.renderer.parse_decimal(one) for one in found} == known


@pytest.mark.row("004-030")
@pytest.mark.row("004-032")
@pytest.mark.row("004-033")
@pytest.mark.row("004-034")
async def test_send_mt_names_the_sender_before_the_carrier() -> None:
    caller = Caller()
    response = await caller.get(send_mt(carrier="7"))
    assert response.body.decode().endswith(
        "<response><input>sendMT</input><status>OK</status><description>Completed</description></response>"
    )
    (stored,) = await caller.rig.stored()
    message = stored.message
    assert (message.source.value, message.destination.value, message.text) == (CODE, NUMBER, TEXT)
    assert message.extras is not None
    assert message.extras.network == "20404"


async def test_a_number_in_base64_is_none_for_send_mt() -> None:
    caller = Caller()
    target = url("sendMT", "43", CODE, "null", b64(NUMBER), b64(TEXT))
    assert static(await caller.get(target))[2:] == ("ERROR", "Invalid parameter: mobileNumber")


@pytest.mark.row("004-035")
@pytest.mark.row("004-036")
@pytest.mark.row("004-037")
async def test_flags_are_kept_with_the_message_and_shown_to_rules_and_hooks() -> None:
    caller = Caller()
    assert static(await caller.get(send_mt("job 7; é".replace(" ", "%20")))) == (
        200, "sendMT", "OK", "Completed",
    )  # fmt: skip
    (stored,) = await caller.rig.stored()
    assert stored.message.text == TEXT
    assert stored.message.reference == "job 7; é"
    assert stored.message.tags == ("job 7; é",)
    assert static(await caller.get(send_mt("null", text=b64("other"))))[2] == "OK"
    assert (await caller.rig.stored())[1].message.reference == ""


@pytest.mark.parametrize("text", ["aÿb", "hi ã?", "¿?", "ÿÿÿÿ"])
@pytest.mark.row("004-035")
async def test_a_slash_in_the_text_of_send_mt_is_no_flag(text: str) -> None:
    caller = Caller()
    slashed = b64(text, standard=True)
    assert "/" in slashed
    assert static(await caller.get(url("sendMT", "43", CODE, "null", NUMBER, slashed)))[2] == "OK"
    (stored,) = await caller.rig.stored()
    assert (stored.message.text, stored.message.reference) == (text, "")


@pytest.mark.row("004-008")
@pytest.mark.parametrize("standard", [True, False])
@pytest.mark.parametrize(
    "text", ["??>>>>??", "ÿÿÿ¿¿¿", "Simple Message ☺", "a", "ab", "abc", "🚀" * 50, "<&>\"'"]
)
@pytest.mark.parametrize("percent", [True, False])
async def test_both_alphabets_padded_or_not_encoded_or_not(
    text: str, *, standard: bool, percent: bool
) -> None:
    caller = Caller()
    inner = b64(text, standard=standard)
    parameters = f"43/null/{CODE}/{b64(NUMBER)}/{inner}"
    signature = signed(parameters)
    shown = inner.replace("+", "%2B").replace("/", "%2F").replace("=", "%3d") if percent else inner
    target = f"{BASE}/tools/sendSMS/43/null/{CODE}/{b64(NUMBER)}/{shown}/{KEY}/{signature}"
    told = read(await caller.get(target))
    assert told["status"] == "OK"
    assert told["result"]["messages"]["message"]["text"] == text
    assert (await caller.rig.stored())[0].message.text == text


async def test_a_plus_that_became_a_blank_is_one_again() -> None:
    caller = Caller()
    inner = b64("??>>>>??", standard=True)
    assert "+" in inner
    parameters = f"43/null/{CODE}/{b64(NUMBER)}/{inner}".replace("+", " ")
    target = f"{BASE}/tools/sendSMS/{parameters.replace(' ', '%20')}/{KEY}/{signed(parameters)}"
    assert static(await caller.get(target))[2] == "OK"
    assert (await caller.rig.stored())[0].message.text == "??>>>>??"


@pytest.mark.parametrize("number", ["13056708084", "+13056708084", b64("13056708084"), b64("+13056708084"),
                                    b64("13056708084", standard=True), "0013056708084"])  # fmt: skip
async def test_a_number_of_send_sms_in_base64_or_not(number: str) -> None:
    caller = Caller()
    caller.rig.directory.apply([write_entry(Kind.ROUTE, "us", msgspec.structs.replace(
        caller.rig.directory.routes["dutch"], name="us", condition=msgspec.structs.replace(
            caller.rig.directory.routes["dutch"].condition, destination_prefixes=("1",))))])  # fmt: skip
    assert static(await caller.get(send_sms(to=number)))[2] == "OK"
    assert (await caller.rig.stored())[0].message.destination.value == "13056708084"


async def test_latin_1_where_it_is_no_utf_8() -> None:
    caller = Caller()
    target = url("sendMT", "43", CODE, "null", NUMBER, b64("café".encode("latin-1")))
    assert static(await caller.get(target))[2] == "OK"
    assert (await caller.rig.stored())[0].message.text == "café"


# ---------------------------------------------------------------- instances and senders


@pytest.mark.row("004-003")
@pytest.mark.parametrize("instance", ["50", "51", "99", "043", "", "43%20", "4%33x", "-43", "null"])
async def test_another_instance_is_refused_like_a_wrong_signature(instance: str) -> None:
    caller = Caller()
    response = await caller.get(send_sms(instance=instance))
    assert static(response) == (200, "sendSMS", *BAD_SIGNATURE[1:])
    assert await caller.rig.stored() == []
    others = url(
        "tools/sendSMS", "50", "null", "7777", b64(NUMBER), b64(TEXT), key=OTHER_KEY, secret=OTHER_SECRET
    )
    await caller.rig.pay_in("rich", 1_000_000)
    assert static(await caller.get(others))[2] == "OK"
    assert [one.message.account for one in await caller.rig.stored()] == ["rich"]


@pytest.mark.row("004-005")
async def test_a_sender_must_be_one_of_the_instances_codes() -> None:
    caller = Caller()
    assert static(await caller.get(send_sms(source="7777")))[2:] == ("ERROR", "Invalid parameter: from")
    assert static(await caller.get(send_mt(source="7777")))[2:] == ("ERROR", "Invalid parameter: from")
    for given, used in (("19893653744", "19893653744"), ("null", CODE), ("", CODE)):
        assert static(await caller.get(send_sms(source=given)))[2] == "OK"
        assert (await caller.rig.stored())[-1].message.source.value == used
    # An instance without codes leaves the choice to its account.
    assert static(await caller.get(send_sms(instance="44", source="Anybody")))[2] == "OK"
    assert static(await caller.get(send_sms(instance="44", source="null")))[2] == "OK"
    assert [one.message.source.value for one in await caller.rig.stored()][-2:] == ["Anybody", "Acme"]
    told = await caller.get(send_sms(instance="44", source="a%20sender%20that%20is%20long"))
    assert static(told)[2:] == ("ERROR", "Invalid parameter: from")


@pytest.mark.row("004-004")
@pytest.mark.row("004-031")
@pytest.mark.parametrize(
    ("carrier", "network"),
    [("null", ""), ("", ""), ("KPN", "20408"), ("kpn", "20408"), ("20408", "20408"), ("7", "20404"),
     ("Vodafone%20NL", "20404")],
)  # fmt: skip
async def test_a_carrier_by_name_or_number(carrier: str, network: str) -> None:
    caller = Caller()
    for target in (send_sms(carrier=carrier), send_mt(carrier=carrier)):
        assert static(await caller.get(target))[2] == "OK"
    for stored in await caller.rig.stored():
        assert (stored.message.extras.network if stored.message.extras else "") == network
    shown = read(await caller.get(send_sms(carrier=carrier)))["result"]["messages"]["message"]["carrier"]
    assert shown == ("KPN" if network == "20408" else "Vodafone NL")


@pytest.mark.row("004-031")
@pytest.mark.parametrize("carrier", ["8", "nobody", "%FF", "2040", "NULL", "null%20"])
async def test_an_unknown_carrier_is_an_error(carrier: str) -> None:
    caller = Caller()
    for target in (send_sms(carrier=carrier), send_mt(carrier=carrier)):
        assert static(await caller.get(target))[2:] == ("ERROR", "Invalid parameter: carrier")
    assert await caller.rig.stored() == []


@pytest.mark.row("004-004")
async def test_a_carrier_is_routed_by_where_the_account_lets_it() -> None:
    caller = Caller()
    known = caller.rig.directory
    kpn = msgspec.structs.replace(
        known.routes["dutch"],
        name="kpn",
        order=20,
        condition=msgspec.structs.replace(known.routes["dutch"].condition, networks=("20408",)),
    )
    trusting = msgspec.structs.replace(known.accounts["acme"], network_from_client=True)
    known.apply([write_entry(Kind.ROUTE, "kpn", kpn), write_entry(Kind.ACCOUNT, "acme", trusting)])
    await caller.get(send_mt(carrier="KPN"))
    await caller.get(send_mt(carrier="null"))
    assert [one.message.route for one in await caller.rig.stored()] == ["kpn", "dutch"]


async def test_dates_are_in_the_zone_of_the_instance_or_the_account() -> None:
    caller = Caller()
    caller.rig.directory.apply(
        [
            write_entry(
                Kind.ACCOUNT, "acme", Account(name="acme", default_sender="Acme", timezone="Asia/Kolkata")
            )
        ]
    )
    told = read(await caller.get(send_sms(instance="44")))["result"]["messages"]["message"]
    assert (told["date"], told["timezone"]) == ("2026-09-21T19:43:20.000+05:30", "Asia/Kolkata")
    told = read(await caller.get(send_sms()))["result"]["messages"]["message"]
    assert told["timezone"] == "America/Caracas"


@pytest.mark.row("004-069")
@pytest.mark.parametrize(
    "text", ["a < b & c > d", "]]>", "🚀 <b>&amp;</b>", "line\r\nline\ttab", "\x00\x07\ufffe x"]
)
async def test_any_text_comes_through_as_xml(text: str) -> None:
    caller = Caller()
    told = read(await caller.get(send_sms(text=text)))["result"]["messages"]["message"]["text"]
    assert told == re.sub("[\x00\x07\ufffe]", "\ufffd", text)


# ---------------------------------------------------------------- sent twice


@pytest.mark.row("004-011")
async def test_the_same_call_at_once_is_one_message() -> None:
    caller = Caller()
    answers = await asyncio.gather(*[caller.get(send_sms()) for _ in range(1_000)])
    assert len({answer.body for answer in answers}) == 1
    assert read(answers[0])["status"] == "OK"
    assert len(await caller.rig.stored()) == 1


@pytest.mark.row("004-011")
async def test_the_window_is_exact_and_the_instances_own() -> None:
    caller = Caller()
    first = await caller.get(send_sms())
    caller.rig.clock.ms = NOW + 60_000
    assert (await caller.get(send_sms())).body == first.body
    caller.rig.clock.ms = NOW + 60_001
    second = await caller.get(send_sms())
    assert second.body != first.body
    # The window is the second one's from now on.
    caller.rig.clock.ms = NOW + 120_001
    assert (await caller.get(send_sms())).body == second.body
    assert len(await caller.rig.stored()) == 2
    # 0 sends every time; sendMT by the same parameters is another call.
    for _ in range(3):
        assert static(await caller.get(send_sms(instance="44")))[2] == "OK"
    assert len(await caller.rig.stored()) == 5


async def test_sent_by_post_or_under_another_base_it_is_the_same_call() -> None:
    caller = Caller()
    target = send_sms()
    answers = {(await caller.get(target)).body, (await caller.ask("POST", target)).body}
    answers.add((await caller.get(target.replace("/messangi_mmc", "/mmc"))).body)
    upper = target[:-64] + target[-64:].upper()
    answers.add((await caller.get(upper)).body)
    assert len(answers) == 1
    assert len(await caller.rig.stored()) == 1


async def test_what_was_refused_may_be_asked_again() -> None:
    caller = Caller()
    target = url(
        "tools/sendSMS", "50", "null", "7777", b64(NUMBER), b64(TEXT), key=OTHER_KEY, secret=OTHER_SECRET
    )
    assert static(await caller.get(target)) == (200, "sendSMS", "ERROR", "Not enough funds")
    await caller.rig.pay_in("rich", 50_000)
    assert static(await caller.get(target))[2] == "OK"


# ---------------------------------------------------------------- looked up


@pytest.mark.row("004-029")
async def test_get_message_shows_the_same_element() -> None:
    caller = Caller()
    sent = read(await caller.get(send_sms()))["result"]["messages"]["message"]
    told = read(await caller.get(url("tools/getMessage", "43", sent["id"])))
    assert told["input"] == "getMessage"
    shown = told["result"]["message"]
    assert {name: shown[name] for name in sent} == sent
    assert shown["type"] == "SMS"


@pytest.mark.parametrize(
    ("state", "word", "description"),
    [
        (State.IN_FLIGHT, "SENDING", "Sending"),
        (State.SENT, "DELIVERED_TO_CARRIER", "Delivered to Carrier"),
        (State.DELIVERED, "DELIVERED_TO_DEVICE", "Delivered to Device"),
        (State.UNDELIVERED, "UNDELIVERED", "Undelivered"),
        (State.EXPIRED, "EXPIRED", "Expired"),
        (State.REJECTED, "NOT_SENT", "Not Sent"),
    ],
)
@pytest.mark.row("004-023")
@pytest.mark.row("004-024")
async def test_get_message_tells_how_it_stands(state: State, word: str, description: str) -> None:
    caller = Caller()
    sent = read(await caller.get(send_sms()))["result"]["messages"]["message"]
    (row,) = caller.rig.store._tables.messages.values()
    row.change(state=state)
    shown = read(await caller.get(url("tools/getMessage", "43", sent["id"])))["result"]["message"]
    assert (shown["status"], shown["statusDescription"]) == (word, description)


async def test_get_message_of_another_account_or_of_none() -> None:
    caller = Caller()
    sent = read(await caller.get(send_sms()))["result"]["messages"]["message"]
    for target in (
        url("tools/getMessage", "50", sent["id"], key=OTHER_KEY, secret=OTHER_SECRET),
        url("tools/getMessage", "43", "12345"),
    ):
        assert static(await caller.get(target))[2:] == ("ERROR", "There is no such message")
    for text in ("x", "", "007", "-0", "+5", "9" * 20, "1" * 5000, "%00"):
        told = await caller.get(url("tools/getMessage", "43", text))
        assert static(told)[2:] == ("ERROR", "Invalid parameter: messageId"), text
