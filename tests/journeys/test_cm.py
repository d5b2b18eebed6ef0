"""Document 001 over the whole gateway: recorded requests octet for octet, the vendor's own clients, what goes on the wire."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import requests
from cm_text.text_client import TextClient
from cm_text.whatsapp_template import WhatsappTemplate

from chappe.domain.account import Account, Token, Unpaid, token_digest
from chappe.domain.app import App
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.routing import Route, Target
from chappe.domain.status_webhook import StatusForm, StatusWebhook
from chappe.protocols.smpp.commands import SubmitSm
from journeys.house import HOST, House, ask_http, until
from journeys.npm import needs_npm, told_by
from journeys.test_tls import trusting, with_tls

RECORDINGS = Path(__file__).parent / "cm" / "recordings"
TOKEN = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "99999999-9999-4999-8999-999999999999"
APP = "11111111-2222-3333-4444-555555555555"
TO = "0033612345678"


def accepted(to: str = TO, reference: str | None = None, parts: int = 1) -> str:
    told = "null" if reference is None else f'"{reference}"'
    return (
        f'{{"to":"{to}","status":"Accepted","reference":{told},"parts":{parts},'
        '"messageDetails":null,"messageErrorCode":0}'
    )


def created(*entries: str) -> str:
    return f'{{"details":"Created {len(entries)} message(s)","errorCode":0,"messages":[{",".join(entries)}]}}'


ANSWERS = MappingProxyType(
    {
        "py-sdk-one": created(accepted()),
        "py-sdk-many-recipients": created(
            accepted(reference="batch42"),
            accepted("0032470123456", "batch42"),
            accepted("0031612345678", "batch42"),
        ),
        "py-sdk-many-messages": created(
            accepted(reference="m1"), accepted("0032470123456", "m2"), accepted("0031612345678", "m2")
        ),
        "py-sdk-unicode": created(accepted()),
        "py-sdk-multipart": created(accepted(parts=3)),
        "py-sdk-reference": created(accepted(reference="order0001")),
        "py-sdk-rich-media": created(accepted(reference="rich1")),
        "py-sdk-allowed-channels": created(accepted()),
        "py-sdk-whatsapp-template": created(accepted()),
        "py-sdk-bad-token": '{"details":"No account found for the given authentication","errorCode":101,"messages":[]}',
        "handmade-json-header-token": created(accepted(reference="order0001")),
        "handmade-json-mixed-case-keys": created(accepted(reference="order0001")),
        "handmade-xml-batch": "",
        "handmade-get-one": "",
    }
)


@pytest.fixture
async def shop(house: House) -> House:
    """The house with a product token, channels that the simulator plays, and an app."""
    await house.save(
        Token(name="product", account="acme", digest=token_digest(TOKEN)),
        *(ConnectorRecord(name=name, kind="loopback", channel=name) for name in ("rcs", "whatsapp", "push")),
        Route(
            name="rich",
            order=0,
            targets=tuple(Target(connector=each) for each in ("rcs", "whatsapp", "push")),
        ),
        Route(name="all", order=5, targets=(Target(connector="op"),)),
    )
    return house


async def raw(port: int, octets: bytes) -> tuple[int, str, str]:
    """A recorded request as it is; the status, the content type and the body of the answer."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(octets)
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
    body = await asyncio.wait_for(reader.readexactly(int(fields["content-length"])), 10)
    writer.close()
    return int(head.split(" ")[1]), fields["content-type"], body.decode()


async def test_every_recording_is_answered_octet_for_octet(shop: House) -> None:
    port = shop.running.http_port
    found: dict[str, tuple[int, str]] = {}
    for file in sorted(RECORDINGS.glob("*.http")):
        if file.stem == "handmade-json-mixed-case-keys":
            await shop.save(App(key=APP, account="acme", name="shop"))
        if file.stem == "py-sdk-bad-token":
            octets = file.read_bytes().replace(TOKEN.encode(), UNKNOWN.encode())
        else:
            octets = file.read_bytes()
        status, kind, body = await raw(port, octets)
        assert kind == ("application/json; charset=utf-8" if body else "text/plain; charset=utf-8")
        found[file.stem] = status, body
    assert found == {name: (400 if "101" in body else 200, body) for name, body in ANSWERS.items()}


# ---------------------------------------------------------------- the vendor's client for Python


def client(shop: House, token: str = TOKEN) -> TextClient:
    return TextClient(apikey=token, gateway=f"http://{HOST}:{shop.running.http_port}/v1.0/message")


async def by_python(run: Any) -> dict[str, Any]:
    """What the client gets; it blocks, so it runs beside the gateway."""
    response: requests.Response = await asyncio.to_thread(run)
    return {"http": response.status_code, **response.json()}


def texts(shop: House) -> list[str]:
    """What the SMSC was given, long texts put together, in order of coming."""
    sets: dict[tuple[str, bytes], list[tuple[int, SubmitSm]]] = {}
    for number, submit in enumerate(shop.tap.submits):
        reference = submit.short_message[:4] if submit.esm_class & 0x40 else bytes((number,))
        place = submit.short_message[5] if submit.esm_class & 0x40 else 1
        sets.setdefault((submit.destination_addr, reference), []).append((place, submit))
    return [
        "".join(_text(submit) for _, submit in sorted(parts, key=lambda part: part[0]))
        for parts in sets.values()
    ]


def _text(submit: SubmitSm) -> str:
    octets = submit.short_message[6 if submit.esm_class & 0x40 else 0 :]
    return octets.decode("utf-16-be" if submit.data_coding == 8 else "ascii")


@pytest.mark.row("001-001", "001-006", "001-054", "001-055", "001-061", "001-066")
async def test_the_client_for_python_unmodified(shop: House) -> None:
    sms = client(shop)
    send = sms.SendSingleMessage
    one = await by_python(lambda: send("Hello from Python", "Chappe", [TO], reference="py1"))
    assert one == {"http": 200, **json.loads(created(accepted(reference="py1")))}
    many = await by_python(lambda: send("Hello all", "Chappe", [TO, "0032470123456", "0031612345678"]))
    assert (many["http"], many["details"], many["errorCode"]) == (200, "Created 3 message(s)", 0)
    unicode = await by_python(lambda: send("Привет 👋", "Chappe", [TO]))
    assert unicode["messages"][0]["parts"] == 1
    long = await by_python(lambda: send("Я" * 133, "Chappe", [TO]))
    assert long["messages"][0]["parts"] == 3
    await until(lambda: len(shop.tap.submits) == 8, lambda: f"{len(shop.tap.submits)} submits")
    assert sorted(texts(shop)) == sorted(["Hello from Python", *["Hello all"] * 3, "Привет 👋", "Я" * 133])
    parts = [each for each in shop.tap.submits if each.esm_class & 0x40]
    assert sorted((len(each.short_message) - 6) // 2 for each in parts) == [1, 66, 66]
    assert {each.short_message[:3] for each in parts} == {b"\x05\x00\x03"}


@pytest.mark.row("001-002", "001-114", "001-128", "001-111")
async def test_channels_and_rich_content_and_a_bad_token_by_the_client_for_python(shop: House) -> None:
    sms = client(shop)
    for channel in ("SMS", "RCS"):
        found = await by_python(
            lambda channel=channel: sms.SendSingleMessage("Hi", "Chappe", [TO], allowedChannels=[channel])
        )
        assert found["errorCode"] == 0, found
    sms.AddRichMessage(
        "Look",
        {"mediaName": "logo", "mediaUri": "https://example.org/logo.png", "mimeType": "image/png"},
        "Chappe",
        [TO],
        allowedChannels=["Whatsapp", "RCS"],
    )
    words = [{"type": "body", "parameters": [{"type": "text", "text": "Friday"}]}]
    template = WhatsappTemplate("11111111_2222_3333", "ticket", words)
    sms.AddWhatsappTemplateMessage(template, "Chappe", [TO])
    sms.AddMessage("plain", "Chappe", [TO])
    found = await by_python(sms.send)
    assert (found["http"], found["details"], found["errorCode"]) == (200, "Created 3 message(s)", 0)
    none = await by_python(lambda: sms.SendSingleMessage("Hi", "Chappe", [TO], allowedChannels=["Viber"]))
    assert (none["http"], none["errorCode"], none["messages"][0]["messageErrorCode"]) == (400, 201, 305)
    bad = await by_python(lambda: client(shop, UNKNOWN).SendSingleMessage("x", "Chappe", [TO]))
    assert (bad["http"], bad["errorCode"], bad["messages"]) == (400, 101, [])
    wrong = await by_python(lambda: client(shop, "no-guid").SendSingleMessage("x", "Chappe", [TO]))
    assert (wrong["http"], wrong["errorCode"], wrong["details"]) == (400, 103, "Invalid product token.")
    await until(lambda: len(shop.tap.submits) == 2)
    assert sorted(texts(shop)) == ["Hi", "plain"]


# ---------------------------------------------------------------- the vendor's client for JavaScript


@pytest.mark.row("001-001", "001-002", "001-006")
async def test_the_client_from_npm_unmodified(shop: House) -> None:
    needs_npm()
    told = await told_by("cm.mjs", f"http://{HOST}:{shop.running.http_port}", TOKEN)
    assert told["one"] == {
        "step": "one",
        "status": 200,
        "body": json.loads(created(accepted(reference="npm1"))),
    }
    assert [one["to"] for one in told["many"]["body"]["messages"]] == [TO, "0032470123456", "0031612345678"]
    assert told["unicode"]["body"]["messages"][0]["parts"] == 1
    assert told["multipart"]["body"]["messages"][0]["parts"] == 3
    for step in ("channels", "rich", "template"):
        assert (told[step]["status"], told[step]["body"]["errorCode"]) == (200, 0), told[step]
    assert told["no channel"]["body"]["messages"][0]["messageErrorCode"] == 305
    assert told["empty"]["body"]["messages"][0]["messageDetails"] == "A body without content was found"
    assert (told["bad token"]["status"], told["bad token"]["body"]["errorCode"]) == (400, 101)


# ---------------------------------------------------------------- what becomes of messages


async def posted(shop: House, *msgs: dict[str, Any], token: str = TOKEN) -> dict[str, Any]:
    body = json.dumps({"messages": {"authentication": {"productToken": token}, "msg": list(msgs)}}).encode()
    answer = await ask_http(shop.running.http_port, "/v1.0/message", body=body)
    found: dict[str, Any] = json.loads(answer.body)
    return found


def message(text: str, **given: Any) -> dict[str, Any]:
    return {"from": "Chappe", "to": [{"number": TO}], "body": {"content": text, "type": "AUTO"}, **given}


@pytest.mark.row("001-097")
async def test_a_prepaid_account_learns_by_report_that_its_credit_is_gone(shop: House) -> None:
    token = "77777777-7777-4777-8777-777777777777"
    hook = StatusWebhook(
        url=shop.sink.url("/status?r=[REFERENCE]&s=[STATUS]&e=[STANDARDERRORTEXT]"), form=StatusForm.QUERY
    )
    account = Account(
        name="prepaid",
        charged=True,
        unpaid=Unpaid.REPORT,
        status_webhook=hook,
        private_webhooks=("127.0.0.0/8",),
    )
    priced = Route(name="all", order=5, price=1_000, targets=(Target(connector="op"),))
    await shop.save(account, Token(name="p", account="prepaid", digest=token_digest(token)), priced)
    found = await posted(shop, message("unpaid", reference="late"), token=token)
    assert (found["details"], found["errorCode"]) == ("Created 1 message(s)", 0)
    ((reference, status, _),) = [[value for _, value in call] for call in await shop.called(1, "/status")]
    assert (reference, status) == ("late", "1")
    assert shop.tap.submits == []


@pytest.mark.row("001-074")
async def test_a_message_whose_validity_ends_is_reported_and_never_sent(shop: House) -> None:
    hook = StatusWebhook(url=shop.sink.url("/status?r=[REFERENCE]&s=[STATUS]"), form=StatusForm.QUERY)
    await shop.save(Account(name="acme", status_webhook=hook, private_webhooks=("127.0.0.0/8",)))
    port, shop.tap.target = shop.tap.target, 1
    shop.tap.cut()
    await shop.healthy(health=Health.DOWN)
    assert (await posted(shop, message("late", validity="30m", reference="old")))["errorCode"] == 0
    shop.clock.ahead_ms = 31 * 60_000
    ((reference, status),) = [[value for _, value in call] for call in await shop.called(1, "/status")]
    assert (reference, status) == ("old", "3")
    shop.tap.target = port
    await shop.healthy()
    assert (await posted(shop, message("new")))["errorCode"] == 0
    await until(lambda: len(shop.tap.submits) == 1)
    assert texts(shop) == ["new"]


@pytest.mark.row("001-003")
async def test_single_messages_and_a_thousand_in_one_call(shop: House) -> None:
    for number in range(20):
        assert (await posted(shop, message(f"single {number}")))["errorCode"] == 0
    msgs = [message(f"text {number}", to=[{"number": f"00336{number:08d}"}]) for number in range(1_000)]
    found = await posted(shop, *msgs)
    assert (found["details"], len(found["messages"])) == ("Created 1000 message(s)", 1_000)
    await until(lambda: len(shop.tap.submits) == 1_020, lambda: f"{len(shop.tap.submits)} submits", 30)
    assert len({each.destination_addr for each in shop.tap.submits}) == 1_001


@pytest.mark.row("001-036", "001-037", "001-049", "001-050", "001-054")
async def test_what_goes_on_the_wire(shop: House) -> None:
    pair = {"minimumNumberOfMessageParts": 1, "maximumNumberOfMessageParts": 8}
    euros = "x" * 152 + "€" * 40
    for number, (text, given) in enumerate(
        [("Café €", {}), ("Привет", {"dcs": 8}), ("y" * 161, pair), (euros, pair), ("👋" * 67, pair)]
    ):
        one = message(text, to=[{"number": f"003361234567{number}"}], **given)
        one["body"]["type"] = "TEXT"
        assert (await posted(shop, one))["errorCode"] == 0
    await until(lambda: len(shop.tap.submits) == 2 + 2 + 2 + 3)
    by_number: dict[str, list[SubmitSm]] = {}
    for each in shop.tap.submits:
        by_number.setdefault(each.destination_addr[-1], []).append(each)
    plain, unicode, long, escaped, emoji = (by_number[each] for each in "01234")
    assert [(each.data_coding, each.short_message) for each in plain] == [(0, b"Caf\x05 \x1be")]
    assert [(each.data_coding, each.short_message) for each in unicode] == [(8, "Привет".encode("utf-16-be"))]
    assert sorted(len(each.short_message) for each in long) == [6 + 8, 6 + 153]
    bodies = [each.short_message[6:] for each in sorted(escaped, key=lambda one: one.short_message[5])]
    # The escape pair that begins at septet 153 goes to the next part whole.
    assert [len(each) for each in bodies] == [152, 80]
    assert not bodies[0].endswith(b"\x1b")
    pieces = [each.short_message[6:].decode("utf-16-be") for each in emoji]
    assert sorted(map(len, pieces)) == [1, 33, 33]


# ---------------------------------------------------------------- TLS


def hello(version: int) -> bytes:
    """A ClientHello of one version, SSLv3 to TLS 1.2 (RFC 5246 §7.4.1.2), with what a certificate on P-256 needs."""
    suites = bytes.fromhex("c02b c009 c00a")
    groups = bytes.fromhex("000a 0004 0002 0017")
    points = bytes.fromhex("000b 0002 01 00")
    signatures = bytes.fromhex("000d 0004 0002 0403")
    extensions = groups + points + signatures
    body = version.to_bytes(2, "big") + bytes(32) + b"\x00"
    body += len(suites).to_bytes(2, "big") + suites + b"\x01\x00"
    body += len(extensions).to_bytes(2, "big") + extensions
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16" + min(version, 0x0301).to_bytes(2, "big") + len(message).to_bytes(2, "big") + message


async def first_octet(port: int, octets: bytes) -> bytes:
    """What kind of record the listener answers with: 22 is its part of a handshake, 21 an alert."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(octets)
    try:
        return await asyncio.wait_for(reader.read(1), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.row("001-007", "001-008")
async def test_tls_1_2_and_1_3_and_nothing_older(outside: House) -> None:
    certificate, https, _ = with_tls(outside)
    await outside.start()
    await outside.save(Token(name="product", account="acme", digest=token_digest(TOKEN)))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        answer = await ask_http(
            https,
            "/v1.0/message",
            body=json.dumps({"messages": {"msg": [message("over TLS")]}}).encode(),
            headers={"X-CM-ProductToken": TOKEN},
            tls=trusting(certificate, version),
        )
        assert (answer.status, answer.body) == (200, created(accepted()))
    assert await first_octet(https, hello(0x0303)) == b"\x16"
    for old in (0x0300, 0x0301, 0x0302):
        assert await first_octet(https, hello(old)) in (b"\x15", b""), hex(old)
