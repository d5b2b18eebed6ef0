"""fireMessage and getMOMessages: MOs that clients hand in, and the log of all."""

from __future__ import annotations

import json
from time import process_time
from typing import Any
from urllib.parse import urlencode

import pytest

from chappe.domain.address import Address
from chappe.domain.incoming import Arrival
from chappe.domain.report import IncomingNotice
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


async def mos(caller: Caller) -> list[tuple[str, str, str | None, str]]:
    found = caller.rig.store._tables.incoming.values()
    return [(one.source.value, one.destination.value, one.text, one.account) for one in found]


def by_path(text: str, *, to: str = NUMBER, instance: str = "43") -> str:
    return url("fireMessage", instance, to, b64(text))


def descriptor(text: Any = "Test", number: Any = NUMBER, code: Any = CODE, **more: Any) -> bytes:
    fields = {"sender_id_id": code, "keyword_value": text, "recipient_address": number, **more}
    return json.dumps({"event": {"fld-val-list": fields}}).encode()


async def post(caller: Caller, body: bytes, **headers: str) -> tuple[int, str, str, str]:
    target = url("fireMessage", "43")
    return static(
        await caller.ask(
            "POST", target, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
    )


async def hand_in(
    caller: Caller, text: str, *, source: str = NUMBER, to: str = CODE, at_ms: int = NOW
) -> None:
    arrival = Arrival(
        "op", "op", Address(source, 1, 1), Address(to, 3, 1), text.encode("utf-16-be"), "ucs2", 8, at_ms
    )
    await caller.rig.serve._core.services.mos.accept([arrival])


@pytest.mark.row("004-046")
@pytest.mark.row("004-048")
@pytest.mark.row("004-049")
@pytest.mark.row("004-050")
@pytest.mark.parametrize("text", ["STOP", "¿Qué? 🚀", "@£$¥ €[]", "a/b+c=d", "x" * 500])
async def test_a_message_fired_by_get_is_an_mo_and_is_told_as_one(text: str) -> None:
    caller = Caller()
    response = await caller.get(by_path(text))
    assert static(response) == (200, "fireMessage", "OK", "Completed")
    assert "result" not in read(response)
    assert await mos(caller) == [(NUMBER, CODE, text, "acme")]
    (owed,) = caller.rig.store._tables.outbox.values()
    notice = owed.owed.notice
    assert isinstance(notice, IncomingNotice)
    assert (notice.text, notice.wish.dialect) == (text, "messangi")


@pytest.mark.row("004-050")
async def test_the_samples_word_by_a_switch() -> None:
    caller = Caller()
    caller.change("43", old_words=True)
    assert static(await caller.get(by_path("x"))) == (200, "activateCampaign", "OK", "Completed")


@pytest.mark.row("004-011")
async def test_fired_by_get_it_is_once_by_post_each_time() -> None:
    caller = Caller()
    for _ in range(3):
        assert static(await caller.get(by_path("vote A")))[2] == "OK"
    assert len(await mos(caller)) == 1
    caller.rig.clock.ms = NOW + 60_001
    assert static(await caller.get(by_path("vote A")))[2] == "OK"
    assert len(await mos(caller)) == 2
    for _ in range(3):
        assert (await post(caller, descriptor("vote A")))[2] == "OK"
    assert len(await mos(caller)) == 5


@pytest.mark.row("004-051")
@pytest.mark.row("004-052")
@pytest.mark.row("004-053")
@pytest.mark.row("004-054")
async def test_a_message_fired_by_post_with_its_answer() -> None:
    caller = Caller()
    response = await caller.ask("POST", url("fireMessage", "43"), body=descriptor("Test qa API fireMessage."))
    assert response.body.decode().endswith(
        "<response><input>fireMessage</input><status>OK</status><description>Completed</description><result><mo>"
        f"<instanceId>43</instanceId><mobileNumber>{NUMBER}</mobileNumber><text>Test qa API fireMessage.</text>"
        "</mo></result></response>"
    )
    assert await mos(caller) == [(NUMBER, CODE, "Test qa API fireMessage.", "acme")]


SAMPLE = b"""{
  "event": {
    "fld-val-list": {
      "sender_id_id": 2020,
      "keyword_value": "a, }, ] \\" ,}",
      "recipient_address": "31612345678",
    },
  },
}"""


@pytest.mark.row("004-052")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (SAMPLE, "application/json"),
        (SAMPLE, "application/x-www-form-urlencoded"),
        (SAMPLE, "text/plain"),
        (b"\n " + SAMPLE, ""),
        (b"x=1&Json=" + b64("x").encode() + b"&json=%7B%7D", ""),
        (
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="d.json"\r\nContent-Type: application/json\r\n\r\n'
            + SAMPLE
            + b"\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
    ],
)
async def test_the_descriptor_from_wherever_it_stands(body: bytes, content_type: str) -> None:
    caller = Caller()
    if body.startswith(b"x=1"):
        body = urlencode({"x": "1", "Json": SAMPLE.decode()}).encode()
    assert (await post(caller, body, content_type=content_type))[2] == "OK"
    assert await mos(caller) == [(NUMBER, CODE, 'a, }, ] " ,}', "acme")]


async def test_fields_by_other_names() -> None:
    caller = Caller()
    caller.change("43", mobile_field="mobilenumber", text_field="text", code_field="code")
    body = json.dumps(
        {"event": {"fld-val-list": {"mobilenumber": int(NUMBER), "text": "x", "code": None}}}
    ).encode()
    assert (await post(caller, body))[2] == "OK"
    assert await mos(caller) == [(NUMBER, CODE, "x", "acme")]
    assert (await post(caller, descriptor()))[2:] == ("ERROR", "Invalid parameter: mobilenumber")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "Json"),
        (b"{", "Json"),
        (b"[]", "Json"),
        (b"null", "Json"),
        (b'{"event": []}', "Json"),
        (b'{"event": {"fld-val-list": 1}}', "Json"),
        (b'{"event": ' * 2_000, "Json"),
        (b"{" + b"[" * 200_000, "Json"),
        (b'{"a": "\xff"}', "Json"),
        (b"{" + b" " * 200_000 + b"}", "Json"),
        (b'{"' * 40_000, "Json"),
        (b"{" + b",\n" * 40_000, "Json"),
        (b"Json=%FF", "Json"),
        (b"Json=" + b"&a=1" * 2_000, "Json"),
        (descriptor(number="x"), "recipient_address"),
        (descriptor(number=""), "recipient_address"),
        (descriptor(number=10**30), "recipient_address"),
        (descriptor(number=True), "recipient_address"),
        (descriptor(number=[1]), "recipient_address"),
        (descriptor(text=""), "keyword_value"),
        (descriptor(text={"a": 1}), "keyword_value"),
        (descriptor(text="x" * 50_000), "text"),
        (b'{"event":{"fld-val-list":{"recipient_address":"316","keyword_value":"\\ud800"}}}', "text"),
        (descriptor(code="7777"), "sender_id_id"),
        (descriptor(code=1.5), "sender_id_id"),
    ],
)
async def test_descriptors_that_are_none(body: bytes, wrong: str) -> None:
    caller = Caller()
    status, method, word, description = await post(caller, body)
    assert (status, method, word) == (200, "fireMessage", "ERROR")
    assert description in (f"Invalid parameter: {wrong}", "Invalid parameter: Json")
    assert await mos(caller) == []
    assert caller.rig.faults == []


async def test_a_text_of_quotes_that_nothing_closes_takes_no_time() -> None:
    begun = process_time()
    assert (await post(Caller(), b'{"a":"' + b'\\"' * 60_000))[3] == "Invalid parameter: Json"
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=é",
    ],
)
async def test_parts_that_are_none(content_type: str) -> None:
    caller = Caller()
    for body in (b"", b"--x", b"--x\r\n\r\n", b"--x\r\nA: b\r\n\r\n{}\r\n--x--", b"--x" * 10_000):
        assert (await post(caller, body, content_type=content_type))[2] == "ERROR"


async def test_nobody_fires_messages_to_anothers_code() -> None:
    caller = Caller()
    # No codes of its own: it could name anybody's.
    assert static(await caller.get(by_path("x", instance="44")))[2:] == (
        "ERROR",
        "Invalid parameter: sender_id_id",
    )
    told = await caller.ask(
        "POST", url("fireMessage", "50", key=OTHER_KEY, secret=OTHER_SECRET), body=descriptor()
    )
    assert static(told)[2:] == ("ERROR", "Invalid parameter: sender_id_id")
    assert await mos(caller) == []


async def test_what_no_campaign_and_no_route_takes_is_told_so() -> None:
    caller = Caller()
    told = await caller.get(url("fireMessage", "50", NUMBER, b64("x"), key=OTHER_KEY, secret=OTHER_SECRET))
    assert static(told) == (503, "fireMessage", "ERROR", "No campaign takes this message now")


# ---------------------------------------------------------------- the log


def listed(filter_text: str = "null", *, page: str = "1", size: str = "10", instance: str = "43") -> str:
    return url("tools/getMOMessages", instance, page, size, filter_text)


async def found(caller: Caller, target: str) -> tuple[int, list[str]]:
    told = read(await caller.get(target))
    assert (told["input"], told["status"], told["description"]) == ("getMOMessages", "OK", "Completed")
    inner = told["result"]["MOMessageList"]
    messages = inner["MessageList"]["MOMessage"] if inner["MessageList"] else []
    return int(inner["records"]), [
        one["text"] for one in (messages if isinstance(messages, list) else [messages])
    ]


@pytest.mark.row("004-055")
@pytest.mark.row("004-056")
@pytest.mark.row("004-060")
@pytest.mark.row("004-061")
@pytest.mark.row("004-062")
@pytest.mark.row("004-063")
@pytest.mark.row("004-064")
@pytest.mark.row("004-065")
@pytest.mark.row("004-067")
@pytest.mark.row("004-068")
@pytest.mark.row("004-069")
async def test_the_log_octet_for_octet() -> None:
    caller = Caller()
    await hand_in(caller, "Test <1> & 🚀", at_ms=NOW + 922)
    response = await caller.get(listed())
    assert response.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><response><input>getMOMessages</input><status>OK</status>'
        "<description>Completed</description><result><MOMessageList><records>1</records><MessageList><MOMessage>"
        f"<text>Test &lt;1&gt; &amp; 🚀</text><from>{NUMBER}</from><to>{CODE}</to><encoding>UTF-8</encoding>"
        "<keyword></keyword><carrier>Vodafone NL</carrier><sendDate>2026-09-21 10:13:20.922</sendDate>"
        "</MOMessage></MessageList></MOMessageList></result></response>"
    )
    caller.change("43", iso_dates=True)
    assert b"<sendDate>2026-09-21T10:13:20.922-04:00</sendDate>" in (await caller.get(listed())).body


@pytest.mark.row("004-057")
@pytest.mark.row("004-058")
@pytest.mark.row("004-060")
async def test_pages_part_the_whole() -> None:
    caller = Caller()
    texts = [f"number {at}" for at in range(23)]
    for at, text in enumerate(texts):
        await hand_in(caller, text, at_ms=NOW + at)
    for size, pages in (("1", 23), ("10", 3), ("100", 1), ("1000", 1)):
        seen: list[str] = []
        for page in range(1, pages + 1):
            records, got = await found(caller, listed(page=str(page), size=size))
            assert records == 23
            seen += got
        assert seen == texts[::-1]
        assert await found(caller, listed(page=str(pages + 1), size=size)) == (23, [])
    assert await found(caller, listed(page="0", size="5")) == await found(caller, listed(page="1", size="5"))
    assert await found(caller, listed("order=asc", page="3")) == (23, texts[20:])


@pytest.mark.row("004-059")
async def test_filters() -> None:
    caller = Caller()
    await hand_in(caller, "OGANGI one", at_ms=NOW)
    await hand_in(caller, "two OGANGI", source="31613000000", at_ms=NOW + 1)
    await hand_in(caller, "OGANGI three", source="584240000", at_ms=NOW + 2)
    for text, wanted in (
        ("keyword=%5EOGANGI.*", ["OGANGI three", "OGANGI one"]),
        ("keyword=OGANGI", ["OGANGI three", "OGANGI one"]),
        ("keyword=.*one", ["OGANGI one"]),
        (f"from={NUMBER}", ["OGANGI one"]),
        (f"from={NUMBER},31613000000&order=asc", ["OGANGI one", "two OGANGI"]),
        (f"to={CODE}", ["OGANGI three", "two OGANGI", "OGANGI one"]),
        ("to=19893653744", []),
        ("to=7777", []),
        ("carrier=movistar", ["OGANGI three"]),
        ("carrier=KPN,7", ["two OGANGI", "OGANGI one"]),
        ("carrier=nobody", []),
        ("CARRIER=Movistar&KEYWORD=%5ETWO", []),
        ("colour=red", ["OGANGI three", "two OGANGI", "OGANGI one"]),
    ):
        assert await found(caller, listed(text)) == (len(wanted), wanted), text


@pytest.mark.row("004-003")
async def test_the_log_is_the_accounts_own() -> None:
    caller = Caller()
    await hand_in(caller, "secret")
    others = url("tools/getMOMessages", "50", "1", "10", "null", key=OTHER_KEY, secret=OTHER_SECRET)
    assert await found(caller, others) == (0, [])


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (listed(page="-1"), "page"),
        (listed(page="x"), "page"),
        (listed(page="1" * 20), "page"),
        (listed(size="0"), "resultsPerPage"),
        (listed(size="1001"), "resultsPerPage"),
        (listed("keyword=("), "keyword"),
        (listed("keyword=(a{1,1000}){1,1000}"), "keyword"),
        (listed("from=abc"), "from"),
        (listed("order=sideways"), "order"),
    ],
)
async def test_searches_that_cannot_be_meant(target: str, name: str) -> None:
    assert static(await Caller().get(target))[2:] == ("ERROR", f"Invalid parameter: {name}")
