"""The recorded dialogues of this dialect, and the acceptance rows that they show."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chappe.dialects.jasmin import DIALECT
from chappe.domain.account import Account, Credential
from chappe.domain.message import Message
from chappe.domain.refusal import Right
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.http_rig import NOW, Rig
from dialects.jasmin_users import furnish

FOLDER = Path(__file__).parent / "cases"
CASES: list[dict[str, Any]] = [
    case for file in sorted(FOLDER.glob("*.toml")) for case in tomllib.loads(file.read_text("utf-8"))["case"]
]
NAMED = {case["name"]: case for case in CASES}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

ROWS = {
    "the least that works": ("002-065", "002-067"),
    "the document's sample with its doubled ampersand": ("002-059",),
    "longer content, percent-encoded, in two parts": ("002-060",),
    "two destinations": ("002-061",),
    "no argument at all": ("002-068",),
    "an unknown argument": ("002-069",),
    "a value with control characters is quoted without them": ("002-070",),
    "no destination": ("002-071",),
    "a user without a single right: priority": ("002-072",),
    "a wrong password": ("002-073",),
    "destination_address filter: refused": ("002-072",),
    "source_address filter: refused": ("002-072",),
    "a user without the right to send": ("002-074",),
    "no right to send by HTTP": ("002-074",),
    "a user without balance": ("002-075",),
    "four parts of three": ("002-075",),
    "no route": ("002-076",),
    "dlr=no stands although a URL is given": ("002-038",),
    "ping with a login": ("002-005",),
}


LACKING = [
    entry
    for name, right in (
        ("only-method", Right.RECEIPT_METHOD),
        ("only-long", Right.LONG_CONTENT),
        ("only-level", Right.RECEIPT_LEVEL),
    )
    for entry in (
        write_entry(Kind.ACCOUNT, name, Account(name=name, denied=(right,))),
        write_entry(Kind.CREDENTIAL, name, Credential(username=name, account=name, secret_hash="secret")),
    )
]


def filled(text: str) -> str:
    text = re.sub(r"\{(\d+)é\}", lambda found: "%C3%A9" * int(found[1]), text)
    return re.sub(r"\{(\d+)\}", lambda found: "x" * int(found[1]), text)


def usual_type(target: str) -> str:
    path = target.partition("?")[0]
    return {"/rate": "application/json", "/balance": "application/json", "/ping": "text/html"}.get(
        path, "text/plain"
    )


def seen(message: Message, field: str) -> Any:
    match field:
        case "source" | "destination":
            return getattr(message, field).value
        case "octets":
            return message.octets.hex() if message.octets is not None else None
        case "tlvs":
            return [[tag, value.hex()] for tag, value in message.tlvs]
        case "tags":
            return list(message.tags)
        case "events" | "target" | "method":
            return getattr(message.report, field)
        case "expires_in_ms":
            return message.expires_ms - NOW
        case "due_in_ms":
            return message.due_ms - NOW
    return getattr(message, field)


async def play(case: dict[str, Any]) -> Rig:
    rig = Rig(DIALECT)
    await rig.pay_in("rich", 100_000_000)
    rig.directory.apply(LACKING)
    await furnish(rig)
    method = next(verb for verb in ("get", "post", "put") if verb in case)
    headers = dict(case.get("headers", {}))
    if "content_type" in case:
        headers["Content-Type"] = case["content_type"]
    answer = await rig.ask(
        filled(case[method]),
        method=method.upper(),
        body=case.get("body", "").encode(),
        headers=headers,
        address=case.get("address", "198.51.100.7"),
    )
    assert rig.faults == []
    assert (answer.status, _UUID.sub("{uuid}", answer.body.decode())) == (case["status"], case["answer"])
    assert answer.content_type == case.get("content", usual_type(case[method]))
    stored = await rig.stored()
    accepted = case["status"] == 200 and "{uuid}" in case["answer"]
    assert len(stored) == (1 if accepted else 0)
    if accepted:
        message = stored[0].message
        found = _UUID.search(answer.body.decode())
        assert found is not None
        assert rig.renderer.parse(found[0]) == message.id
        for field, wanted in case.get("message", {}).items():
            assert seen(message, field) == wanted, field
    return rig


def parameter(case: dict[str, Any]) -> Any:
    rows = ROWS.get(case["name"], ())
    return pytest.param(case, id=case["name"], marks=[pytest.mark.row(*rows)] if rows else [])


@pytest.mark.parametrize("case", [parameter(case) for case in CASES])
async def test_case(case: dict[str, Any]) -> None:
    await play(case)


def test_every_row_names_a_case() -> None:
    assert ROWS.keys() <= NAMED.keys()


@pytest.mark.row("002-062")
async def test_the_sender_may_be_a_number_or_text() -> None:
    await play(NAMED["from is a number"])
    await play(NAMED["from is text"])


@pytest.mark.row("002-063")
async def test_a_user_name_has_at_most_30_characters() -> None:
    await play(NAMED["user name and password of 30 characters"])
    await play(NAMED["a user name of 31 characters"])


@pytest.mark.row("002-064")
async def test_a_password_has_at_most_30_characters() -> None:
    await play(NAMED["user name and password of 30 characters"])
    await play(NAMED["a password of 31 characters"])


@pytest.mark.row("002-066")
async def test_the_clients_address_must_be_listed() -> None:
    await play(NAMED["from an address that is not listed"])
    await play(NAMED["from an address that is listed"])


@pytest.mark.row("002-077")
async def test_a_store_that_cannot_take_more_answers_500() -> None:
    rig = Rig(DIALECT)
    rig.store.full = True
    answer = await rig.ask("/send?username=acme&password=acme-pass&to=31612345678&content=x")
    assert (answer.status, answer.body) == (
        500,
        b'Error "Cannot send submit_sm, check SMPPClientManagerPB log file for details"',
    )


@pytest.mark.row("002-078")
@pytest.mark.parametrize("name", [case["name"] for case in CASES if case.get("get", "").startswith("/send")])
async def test_every_body_is_success_or_error_and_a_quoted_text(name: str) -> None:
    case = NAMED[name]
    assert re.fullmatch(r'(Success "\{uuid\}"|Error ".*")', case["answer"])
    await play(case)


async def test_throughput_is_refused_with_jasmins_words() -> None:
    rig = Rig(DIALECT)
    target = "/send?username=slow&password=slow-pass&to=31612345678&content=x"
    assert (await rig.ask(target)).status == 200
    second = await rig.ask(target)
    assert (second.status, second.body) == (403, b'Error "User throughput exceeded"')
    rig.clock.seconds = 1.0
    assert (await rig.ask(target)).status == 200


async def test_a_password_is_hashed_once_and_then_remembered() -> None:
    rig = Rig(DIALECT)
    for _ in range(5):
        await rig.ask("/send?username=acme&password=acme-pass&to=31612345678&content=x")
    assert next(rig.hashed) == 1
