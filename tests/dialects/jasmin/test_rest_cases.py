"""The recorded dialogues of the REST API, and the acceptance rows that they show."""

from __future__ import annotations

import base64
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chappe.dialects.jasmin import DIALECT
from chappe.domain.account import Account, Credential
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpResponse
from dialects.http_rig import Rig
from dialects.jasmin.test_cases import seen

FOLDER = Path(__file__).parent / "rest_cases"
CASES: list[dict[str, Any]] = [
    case for file in sorted(FOLDER.glob("*.toml")) for case in tomllib.loads(file.read_text("utf-8"))["case"]
]
NAMED = {case["name"]: case for case in CASES}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ROWS = {
    "no login": ("002-003", "002-006"),
    "send, a wrong password": ("002-006",),
    "the document's single message": ("002-001", "002-009", "002-011", "002-013", "002-015"),
    "the same as curl sends it, as a form": ("002-008", "002-010", "002-012"),
    "the document's own slip: no closing brace": ("002-014",),
    "ping with the document's token": ("002-005",),
    "send, a list": ("002-016",),
    "sendbatch, no messages": ("002-020",),
    "the document's binary message": ("002-025", "002-026", "002-029"),
    "send, both contents": ("002-027",),
    "send, no content": ("002-027",),
    "send, hex of odd length": ("002-028",),
    "send, hex that is none": ("002-028",),
    "send, a coding that is none": ("002-030",),
    "names with dashes and names with underscores, numbers and texts": ("002-037", "002-039", "002-040"),
    "dlr=no beside a level": ("002-038",),
    "sendbatch, a date that has passed": ("002-057",),
    "sendbatch, a time that is none": ("002-057",),
    "an address that is not listed": ("002-066",),
    "an address that is listed": ("002-066",),
}


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


async def answered(rig: Rig, case: dict[str, Any]) -> HttpResponse:
    await rig.pay_in("rich", 100_000_000)
    rig.directory.apply(
        [
            write_entry(Kind.ACCOUNT, "colons", Account(name="colons")),
            write_entry(
                Kind.CREDENTIAL,
                "colons",
                Credential(username="colons", account="colons", secret_hash="a:b::c"),
            ),
        ]
    )
    method = next(verb for verb in ("get", "post", "delete") if verb in case)
    login = {"Authorization": basic(case["login"])} if "login" in case else {}
    return await rig.ask(
        case[method],
        method=method.upper(),
        body=case.get("body", "").encode(),
        headers={**login, **case.get("headers", {})},
        address=case.get("address", "198.51.100.7"),
    )


def parameter(case: dict[str, Any]) -> Any:
    rows = ROWS.get(case["name"], ())
    return pytest.param(case, id=case["name"], marks=[pytest.mark.row(*rows)] if rows else [])


@pytest.mark.parametrize("case", [parameter(case) for case in CASES])
async def test_case(case: dict[str, Any]) -> None:
    rig = Rig(DIALECT)
    response = await answered(rig, case)
    assert rig.faults == []
    assert (response.status, UUID.sub("{uuid}", response.body.decode())) == (case["status"], case["answer"])
    assert response.content_type == "application/json"
    challenge = dict(response.headers).get("WWW-Authenticate", "")
    assert challenge.startswith("Basic ") is (response.status == 401)
    stored = await rig.stored()
    if not (response.status == 200 and "Success" in case["answer"]):
        assert stored == []
        return
    message = stored[0].message
    found = UUID.search(response.body.decode())
    assert found is not None
    assert rig.renderer.parse(found[0]) == message.id
    for field, wanted in case.get("message", {}).items():
        assert seen(message, field) == wanted, field


def test_every_row_names_a_case() -> None:
    assert ROWS.keys() <= NAMED.keys()


@pytest.mark.row("002-004")
async def test_two_customers_have_a_ledger_each() -> None:
    rig = Rig(DIALECT)
    body = {"body": '{"to": 31612345678, "content": "x"}', "post": "/secure/send"}
    for login in ("rich:rich-pass", "acme:acme-pass"):
        assert (await answered(rig, {**body, "login": login})).status == 200
    left = await answered(rig, {"get": "/secure/balance", "login": "rich:rich-pass"})
    assert left.body == b'{"data": {"balance": 299.95, "sms_count": "ND"}}'
    assert [one.message.account for one in await rig.stored()] == ["rich", "acme"]


async def test_a_store_that_takes_nothing_is_500() -> None:
    rig = Rig(DIALECT)
    rig.store.full = True
    body = {"body": '{"to": 31612345678, "content": "x"}', "post": "/secure/send", "login": "acme:acme-pass"}
    response = await answered(rig, body)
    assert (response.status, response.body) == (
        500,
        b'{"message": "Error \\"Cannot send submit_sm, check SMPPClientManagerPB log file for details\\""}',
    )


async def test_too_fast_is_403() -> None:
    rig = Rig(DIALECT)
    body = {"body": '{"to": 31612345678, "content": "x"}', "post": "/secure/send", "login": "slow:slow-pass"}
    assert (await answered(rig, body)).status == 200
    response = await answered(rig, body)
    assert (response.status, response.body) == (
        403,
        b'{"message": "Error \\"User throughput exceeded\\""}',
    )


async def test_a_fault_of_ours_is_told_without_its_detail() -> None:
    rig = Rig(DIALECT)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    rig.store.accept = broken  # type: ignore[method-assign, assignment]
    body = {"body": '{"to": 31612345678, "content": "x"}', "post": "/secure/send", "login": "acme:acme-pass"}
    response = await answered(rig, body)
    assert (response.status, response.body) == (500, b'{"title": "500 Internal Server Error"}')
    assert len(rig.faults) == 1
