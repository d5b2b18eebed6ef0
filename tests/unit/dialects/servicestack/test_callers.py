"""Who asks: every way to show oneself, and every way to do it wrong."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chappe.dialect_kit.signed_session import SignedSession, made, version_of
from chappe.dialects.servicestack.tokens import Use, sign
from chappe.domain.account import Account, Credential
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.http_rig import NOW
from dialects.servicestack_desk import CLIENT, KEY, PASSWORD, USERS, Desk, basic, message, status_of

SECRET = b"s" * 32
ONE = {"Messages": [message()]}
CREDENTIAL = Credential(username="client", account="acme", secret_hash=PASSWORD, roles=("Client",))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token(use: Use = Use.ACCESS, at: int = NOW // 1000, credential: Credential = CREDENTIAL) -> str:
    return sign(credential, use, SECRET, at)


def session(expires: int = NOW + 1, use: str = "servicestack", credential: Credential = CREDENTIAL) -> str:
    return made(SECRET, use, SignedSession(credential.username, version_of(credential), expires))


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.row("003-001")
@pytest.mark.parametrize(
    "headers",
    [
        basic("client"),
        basic("admin"),
        basic("partner"),
        basic("lower"),
        {"Authorization": f"basic {coded('client:' + PASSWORD)}"},
        {"Authorization": f"Basic  {coded('client:' + PASSWORD).rstrip('=')}"},
        basic(KEY, ""),
        bearer(KEY),
        {"Authorization": f"bearer {KEY}"},
        {"X-Api-Key": KEY},
        bearer(token()),
        {"Cookie": f"ss-tok={token()}"},
        {"Cookie": f"ss-id={session()}"},
        {"Cookie": f"junk; ss-pid={session()}"},
        {"Cookie": f"ss-id=damaged; ss-pid={session()}; ss-opt=perm"},
    ],
)
async def test_who_is_known_and_has_a_role_may_send(headers: dict[str, str]) -> None:
    desk = Desk()
    assert (await desk.sent(message(), headers=headers))["messages"][0]["accepted"] is True


@pytest.mark.row("003-001")
@pytest.mark.row("003-039")
@pytest.mark.parametrize("headers", [basic("guest"), basic("odd"), bearer("dull"), {"X-Api-Key": "dull"}])
async def test_who_has_no_role_may_not(headers: dict[str, str]) -> None:
    desk = Desk()
    response = await desk.post(body=ONE, headers=headers)
    assert response.status == 403
    assert status_of(response) == {"errorCode": "Forbidden", "message": "Invalid Role"}
    assert "WWW-Authenticate" not in dict(response.headers)
    assert await desk.stored() == []


NOBODY, WRONG, BAD_KEY = "Not Authenticated", "Invalid Username or Password", "Invalid API Key"


@pytest.mark.row("003-039")
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, NOBODY),
        ({"Authorization": ""}, NOBODY),
        ({"Authorization": "Digest x"}, NOBODY),
        ({"Authorization": "Bearer "}, NOBODY),
        ({"Cookie": "ss-id="}, NOBODY),
        ({"Cookie": f"ss-id={session(NOW)}"}, NOBODY),
        ({"Cookie": f"ss-id={session(use='messangi')}"}, NOBODY),
        ({"Cookie": f"ss-id={session(credential=msgspec.structs.replace(CREDENTIAL, version=2))}"}, NOBODY),
        ({"Cookie": f"ss-id={session()}", "Sec-Fetch-Site": "cross-site"}, NOBODY),
        ({"Cookie": f"ss-id={token()}"}, NOBODY),
        ({"Authorization": "Basic"}, "Invalid BasicAuth Credentials"),
        ({"Authorization": "Basic ***"}, "Invalid BasicAuth Credentials"),
        ({"Authorization": "Basic é"}, "Invalid BasicAuth Credentials"),
        ({"Authorization": f"Basic {coded('nocolon')}"}, "Invalid BasicAuth Credentials"),
        (basic("client", "wrong"), WRONG),
        (basic("nobody"), WRONG),
        (basic("off", "off-pass"), WRONG),
        (basic("far", "far-pass"), WRONG),
        (basic("", "x"), WRONG),
        (basic("x" * 5_000, "y" * 5_000), WRONG),
        (basic("", ""), BAD_KEY),
        (basic("client", ""), BAD_KEY),
        (bearer("unknown"), BAD_KEY),
        (bearer("off"), BAD_KEY),
        (bearer("away"), BAD_KEY),
        ({"X-Api-Key": "unknown"}, BAD_KEY),
        (bearer(token(Use.REFRESH)), "Token is invalid"),
        (bearer("eyJ.x.y"), "Token is invalid"),
        (
            bearer(token(credential=msgspec.structs.replace(CREDENTIAL, username="nobody"))),
            "Token is invalid",
        ),
        (bearer(token(credential=msgspec.structs.replace(CREDENTIAL, version=2))), "Token is invalid"),
        (bearer(token(at=NOW // 1000 - 86_400)), "Token has expired"),
        ({"Cookie": f"ss-tok={token(at=NOW // 1000 - 86_400)}; ss-id={session()}"}, "Token has expired"),
    ],
)
async def test_who_is_not_known_is_told_how_to_be(headers: dict[str, str], told: str) -> None:
    desk = Desk()
    response = await desk.post(body=ONE, headers=headers)
    assert response.status == 401
    code = "TokenException" if told.startswith("Token") else "Unauthorized"
    assert status_of(response) == {"errorCode": code, "message": told}
    assert dict(response.headers)["WWW-Authenticate"] == 'Basic realm="/auth/basic"'
    assert await desk.stored() == []
    assert desk.faults == []


@pytest.mark.parametrize("show", [lambda: bearer(token()), lambda: {"Cookie": f"ss-id={session()}"}])
async def test_a_session_dies_with_the_password_the_login_and_the_account(show: Any) -> None:
    desk = Desk()

    async def status() -> int:
        return (await desk.post(body=ONE, headers=show())).status

    assert await status() == 200
    for changed in (
        {"version": 2},
        {"secret_hash": "other"},
        {"enabled": False},
        {"allow": ("192.0.2.0/24",)},
    ):
        desk.know(msgspec.structs.replace(CREDENTIAL, **changed))
        assert await status() == 401, changed
    desk.know(msgspec.structs.replace(CREDENTIAL, roles=()))
    assert await status() == 403
    desk.know(CREDENTIAL)
    assert await status() == 200
    desk.directory.apply([write_entry(Kind.ACCOUNT, "acme", Account(name="acme", enabled=False))])
    assert await status() == 401


async def test_guessing_is_slowed() -> None:
    desk = Desk()
    for number in range(40):
        assert (await desk.post(body=ONE, headers=basic("client", f"guess{number}"))).status == 401
    assert next(desk.hashed) < 20
    assert (await desk.post(body=ONE, headers=basic("client"))).status == 401, "one address guesses no more"
    assert (await desk.post(body=ONE, headers=basic("client"), address="203.0.113.5")).status == 200


async def test_each_role_is_a_role_of_the_user_and_not_of_the_account() -> None:
    desk = Desk()
    told = {name: (await desk.post(body=ONE, headers=basic(name))).status for name in USERS}
    assert told == {"client": 200, "admin": 200, "partner": 200, "lower": 200, "guest": 403, "odd": 403}
    assert {one.message.user for one in await desk.stored()} == {"client", "admin", "partner", "lower"}
    assert basic("client") == CLIENT
