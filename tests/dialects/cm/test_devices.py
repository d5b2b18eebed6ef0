"""Devices as an app's server names them: with the app's key and secret, and nothing without."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from chappe.domain.account import Account
from chappe.domain.app import Device
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.ports.store import StoreBusy
from dialects.cm_channels import APP, APP_KEY, SECRET, Channels
from dialects.cm_rig import NUMBER, msg

PATH = "/v1.0/device"
GIVEN = {"appKey": APP_KEY, "appSecret": SECRET, "number": NUMBER, "token": "token-1", "platform": "Apple"}
HEADERS = {"X-CM-AppKey": APP_KEY, "X-CM-AppSecret": SECRET}


async def told(
    rig: Channels, method: str, body: Any, headers: dict[str, str] | None = None, **given: Any
) -> tuple[int, str, int]:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await rig.ask(PATH, method=method, body=octets, headers=headers, **given)
    assert rig.faults == []
    found = json.loads(response.body)
    assert SECRET not in response.body.decode()
    return response.status, found["details"], found["errorCode"]


async def devices(rig: Channels, number: str = NUMBER) -> list[Device]:
    (found,) = await rig.store.devices([(APP_KEY, number.removeprefix("00"))])
    return list(found)


def but(**given: Any) -> dict[str, Any]:
    return {**GIVEN, **given}


@pytest.mark.row("001-177")
@pytest.mark.row("001-176")
async def test_a_device_from_beginning_to_end() -> None:
    rig = Channels()
    assert await told(rig, "POST", GIVEN) == (200, "Registered", 0)
    assert await devices(rig) == [Device(APP_KEY, "33612345678", "token-1", "apple", rig.clock.ms)]
    assert (await rig.taken(msg(appKey=APP_KEY))).connector == "to-push"
    assert await told(rig, "DELETE", {k: GIVEN[k] for k in ("appKey", "appSecret", "token")}) == (
        200,
        "Removed",
        0,
    )
    assert await devices(rig) == []
    assert (await rig.taken(msg(appKey=APP_KEY))).connector == "to-sms"
    assert await told(rig, "DELETE", GIVEN) == (404, "No such device", 305)


async def test_twice_is_once_and_a_token_moves_with_its_number() -> None:
    rig = Channels()
    for number in (NUMBER, NUMBER, "+33612345679"):
        assert (await told(rig, "POST", but(number=number)))[0] == 200
    assert await devices(rig) == []
    assert [one.token for one in await devices(rig, "33612345679")] == ["token-1"]


@pytest.mark.parametrize(
    "body", [{"number": NUMBER, "token": "t"}, {"NUMBER": NUMBER, "Token": "t", "appSecret": "x"}]
)
async def test_key_and_secret_in_headers(body: dict[str, str]) -> None:
    rig = Channels()
    assert await told(rig, "POST", body, HEADERS) == (200, "Registered", 0)


@pytest.mark.parametrize(
    "given",
    [
        {"appSecret": "wrong"},
        {"appSecret": ""},
        {"appSecret": None},
        {"appSecret": SECRET.upper()},
        {"appKey": APP_KEY.replace("1", "7")},
        {"appKey": ""},
        {"appKey": None},
        {"appKey": ["x"]},
        {"appSecret": "\ud800"},
        # The account of this app is switched off.
        {"appKey": APP_KEY.replace("1", "9")},
    ],
)
async def test_without_the_secret_nothing(given: dict[str, Any]) -> None:
    rig = Channels()
    wanted = (401, "No app found for the given key and secret", 101)
    for method in ("POST", "DELETE"):
        found = await told(rig, method, but(**given))
        assert found == wanted or found[:2] == (400, "Invalid JSON")
    assert await devices(rig) == []


async def test_not_for_an_app_that_is_off_nor_one_without_a_secret() -> None:
    for changed in (replace(APP, enabled=False), replace(APP, secret="")):
        rig = Channels()
        rig.directory.apply([write_entry(Kind.APP, APP_KEY, changed)])
        assert (await told(rig, "POST", GIVEN))[0] == 401
        assert (await told(rig, "POST", but(appSecret="")))[0] == 401


async def test_not_from_an_address_that_the_account_does_not_allow() -> None:
    rig = Channels()
    rig.directory.apply([write_entry(Kind.ACCOUNT, "shop", Account(name="shop", allow=("192.0.2.0/24",)))])
    assert (await told(rig, "POST", GIVEN))[0] == 401
    assert (await told(rig, "POST", GIVEN, address="192.0.2.7"))[0] == 200


@pytest.mark.parametrize(
    ("given", "code", "about"),
    [
        ({"number": ""}, 303, "number"),
        ({"number": "0612345678"}, 303, "number"),
        ({"number": "x"}, 303, "number"),
        ({"number": [NUMBER]}, 303, "number"),
        ({"number": None}, 303, "number"),
        ({"token": ""}, 305, "token"),
        ({"token": None}, 305, "token"),
        ({"token": {}}, 305, "token"),
        ({"token": "a b"}, 305, "token"),
        ({"token": "é"}, 305, "token"),
        ({"token": "a\n"}, 305, "token"),
        ({"token": "t" * 4_097}, 305, "token"),
        ({"platform": "toaster"}, 305, "platform"),
        ({"platform": 1.5}, 305, "platform"),
    ],
)
async def test_what_is_wrong_with_a_device(given: dict[str, Any], code: int, about: str) -> None:
    rig = Channels()
    status, details, found = await told(rig, "POST", but(**given))
    assert (status, found) == (400, code)
    assert about in details
    assert await devices(rig) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'"x"'])
async def test_what_is_no_json(body: bytes) -> None:
    rig = Channels()
    for method in ("POST", "DELETE"):
        assert await told(rig, method, body) == (400, "Invalid JSON", 202)


async def test_another_verb() -> None:
    response = await Channels().ask(PATH, method="GET")
    assert response.status == 405


async def test_a_store_that_is_busy() -> None:
    rig = Channels()

    async def busy(device: Device) -> None:
        raise StoreBusy("the disk is full")

    rig.store.register_device = busy  # type: ignore[method-assign]
    assert await told(rig, "POST", GIVEN) == (503, "The service is overloaded", 500)
