"""`POST /v1.0/conversion` over the whole middle: who may, what is noted, what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.dialects.cm import DIALECT
from chappe.domain.account import Token, token_digest
from chappe.domain.conversion import ConversionsBy
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.ports.store import StoreBusy
from chappe.protocols.http.messages import HttpResponse
from dialects.http_rig import NOW, Rig

TOKEN = "a0b1c2d3-0000-4000-8000-000000000001"
RIVALS = "a0b1c2d3-0000-4000-8000-000000000002"
NUMBER = "0031612345678"


@pytest.fixture
def rig() -> Rig:
    made = Rig(DIALECT)
    tokens = [
        Token(name="acme", account="acme", digest=token_digest(TOKEN)),
        Token(name="rival", account="short", digest=token_digest(RIVALS)),
    ]
    made.directory.apply([write_entry(Kind.TOKEN, one.name, one) for one in tokens])
    return made


async def send(rig: Rig, reference: str | None = "batchA", *, number: str = NUMBER, **more: Any) -> None:
    message = {
        "from": "3669",
        "to": [{"number": number}],
        "body": {"content": "your code is 1234"},
        "reference": reference,
        **more,
    }
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": [message]}}
    answer = await rig.ask("/v1.0/message", method="POST", body=json.dumps(body).encode())
    assert answer.status == 200, answer.body


async def convert(rig: Rig, *, token: str | None = TOKEN, **given: Any) -> HttpResponse:
    fields = {
        "ProductToken": token,
        "Msisdn": NUMBER,
        "Reference": "batchA",
        "ConvertedTimestamp": "2026-09-21T14:00:00",
        **given,
    }
    return await rig.ask("/v1.0/conversion", method="POST", body=json.dumps(fields).encode())


@pytest.mark.row("001-253")
async def test_a_conversion_is_noted_with_its_message(rig: Rig) -> None:
    await send(rig)
    (found,) = await rig.stored()
    answer = await convert(rig)
    assert (answer.status, answer.body) == (200, b"")
    noted = await rig.store.conversion_of(found.message.id)
    assert noted is not None
    assert (noted.account, noted.converted_ms, noted.told_ms) == ("acme", 1_790_000_000_000 - 800_000, NOW)
    timeline = await rig.store.timeline(found.message.id)
    assert timeline is not None
    assert [(one.note.what, one.note.detail) for one in timeline.notes] == [
        ("converted", "at 2026-09-21 14:00:00 UTC")
    ]
    # Once more is no error, and no second conversion.
    assert (await convert(rig, ConvertedTimestamp="2026-09-21T15:00:00")).status == 200
    assert await rig.store.conversion_of(found.message.id) == noted


async def test_as_xml_with_customer_login_and_password(rig: Rig) -> None:
    await send(rig)
    body = (
        "<Conversion><Customer>12345</Customer><Login>acme</Login><Password>acme-pass</Password>"
        f"<Reference>batchA</Reference><Msisdn>{NUMBER}</Msisdn></Conversion>"
    )
    answer = await rig.ask("/v1.0/conversion", method="POST", body=body.encode())
    assert (answer.status, answer.body) == (200, b"")
    (found,) = await rig.stored()
    noted = await rig.store.conversion_of(found.message.id)
    assert noted is not None
    assert noted.converted_ms == NOW


async def test_a_token_in_the_header(rig: Rig) -> None:
    await send(rig)
    body = json.dumps({"Msisdn": NUMBER, "Reference": "batchA"}).encode()
    answer = await rig.ask("/v1.0/conversion", method="POST", body=body, headers={"X-CM-PRODUCTTOKEN": TOKEN})
    assert answer.status == 200
    (found,) = await rig.stored()
    assert await rig.store.conversion_of(found.message.id) is not None


async def test_a_message_that_nobody_knows_and_anothers_are_answered_alike(rig: Rig) -> None:
    await send(rig)
    for answer in (
        await convert(rig, Reference="other"),
        await convert(rig, Msisdn="0031600000000"),
        await convert(rig, token=RIVALS),
    ):
        assert (answer.status, answer.body) == (200, b"")
    (found,) = await rig.stored()
    assert await rig.store.conversion_of(found.message.id) is None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"token": "b0b1c2d3-0000-4000-8000-000000000001"}, 401),
        ({"token": "no guid"}, 401),
        ({"token": None, "Login": "acme", "Password": "wrong"}, 401),
        ({"token": None, "Login": "nobody", "Password": "wrong"}, 401),
        ({"token": None}, 400),
        ({"Reference": ""}, 400),
        ({"Msisdn": "x"}, 400),
        ({"ConvertedTimestamp": "x"}, 400),
    ],
)
async def test_what_is_wrong(rig: Rig, given: dict[str, Any], status: int) -> None:
    await send(rig)
    answer = await convert(rig, **given)
    assert answer.status == status
    assert bool(answer.body) is (status == 400)
    assert not rig.faults
    (found,) = await rig.stored()
    assert await rig.store.conversion_of(found.message.id) is None


async def test_a_login_that_may_not_come_from_there(rig: Rig) -> None:
    answer = await convert(rig, token=None, Login="far", Password="far-pass")
    assert (answer.status, answer.body) == (403, b"")


async def test_a_store_that_is_full(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_given: Any) -> None:
        raise StoreBusy("the disk is full")

    monkeypatch.setattr(rig.store, "convert", full)
    await send(rig)
    assert (await convert(rig)).status == 503


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_other_verbs(rig: Rig, method: str) -> None:
    assert (await rig.ask("/v1.0/conversion", method=method)).status == 405


@pytest.mark.row("001-254")
async def test_rates_by_account_sender_prefix_and_grouping(rig: Rig) -> None:
    await send(rig, "a", customGrouping="sale", customGrouping2="lyon")
    await send(rig, "b", customGrouping="sale")
    await send(rig, "c", customGrouping="vip")
    await send(rig, None, customGrouping="vip")
    await convert(rig, Reference="a")
    rates = {}
    for by in ConversionsBy:
        found = await rig.store.conversion_rates(by)
        rates[by.value] = [(one.key, one.messages, one.conversions) for one in found]
    assert rates == {
        "account": [("acme", 3, 1)],
        "prefix": [("31", 3, 1)],
        "sender": [("3669", 3, 1)],
        "grouping": [("sale", 2, 1), ("vip", 1, 0)],
        "grouping2": [("lyon", 1, 1)],
        "grouping3": [],
    }
