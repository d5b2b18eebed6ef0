"""Signing in and out, who is signed in, and new tokens for old ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.dialects.servicestack.tokens import Use, sign
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from dialects.http_rig import NOW
from dialects.servicestack_desk import CLIENT, KEY, PASSWORD, Desk, basic, message, status_of
from unit.dialects.servicestack.test_callers import CREDENTIAL, SECRET, bearer

LOGIN = {"provider": "credentials", "userName": "client", "password": PASSWORD}


def cookies(response: HttpResponse) -> dict[str, str]:
    pairs = (value.split(";")[0].partition("=") for name, value in response.headers if name == "Set-Cookie")
    return {name: value for name, _, value in pairs}


def told(response: HttpResponse) -> dict[str, Any]:
    assert response.status == 200, response
    assert dict(response.headers)["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(response.body)
    return found


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/auth/credentials", {"UserName": "client", "Password": PASSWORD}, ""),
        ("/auth", LOGIN, ""),
        ("/auth", {"username": "client", "password": PASSWORD}, ""),
        ("/authenticate/credentials", LOGIN, ""),
        ("/api/Authenticate", LOGIN, ""),
        ("/api/authenticate", LOGIN, "text/plain"),
        ("/json/reply/Authenticate", LOGIN, ""),
        ("/auth/credentials", f"userName=client&password={PASSWORD}&rememberMe=on".encode(), "application/x-www-form-urlencoded"),
        ("/auth/credentials", f"{{UserName:client,Password:{PASSWORD}}}".encode(), "text/jsv"),
        (
            "/auth/credentials",
            f"<Authenticate xmlns='http://schemas.servicestack.net/types'><Password>{PASSWORD}</Password><UserName>client</UserName></Authenticate>".encode(),
            "application/xml",
        ),
    ],
)  # fmt: skip
async def test_signing_in(path: str, body: Any, kind: str) -> None:
    desk = Desk()
    headers = {"Accept": "application/json", **({"Content-Type": kind} if kind else {})}
    response = await desk.post(path, body, headers=headers)
    found = told(response)
    assert found["userName"] == "client"
    assert found["roles"] == ["Client"]
    assert "responseStatus" not in found
    kept = cookies(response)
    one = await desk.sent(message(), headers={"Cookie": f"ss-id={kept['ss-id']}"})
    assert one["messages"][0]["accepted"] is True
    assert await desk.sent(message(), headers=bearer(found["bearerToken"]))
    assert ("ss-pid" in kept) == (isinstance(body, bytes) and b"rememberMe" in body)


async def test_a_session_that_is_remembered_outlives_one_that_is_not() -> None:
    desk = Desk()
    kept = cookies(await desk.post("/auth", {**LOGIN, "rememberMe": True}, headers={}))
    assert set(kept) == {"ss-id", "ss-opt", "ss-pid"}
    assert kept["ss-opt"] == "perm"
    desk.clock.ms += 13 * 3_600_000
    assert (await desk.ask("/auth", headers={"Cookie": f"ss-id={kept['ss-id']}"})).status == 401
    assert (await desk.ask("/auth", headers={"Cookie": f"ss-pid={kept['ss-pid']}"})).status == 200
    desk.clock.ms += 14 * 86_400_000
    assert (await desk.ask("/auth", headers={"Cookie": f"ss-pid={kept['ss-pid']}"})).status == 401


async def test_answers_are_in_small_letters_and_in_order() -> None:
    names = list(told(await Desk().post("/auth", LOGIN, headers={})))
    assert names == [
        "userId",
        "userName",
        "displayName",
        "bearerToken",
        "refreshToken",
        "roles",
        "permissions",
    ]


async def test_over_tls_cookies_stay_there() -> None:
    desk = Desk()
    body = json.dumps(LOGIN).encode()
    request = HttpRequest("POST", "/auth", b"", [], body, "192.0.2.1", NOW, secure=True)
    response = await desk.serve.answer(request)
    values = [value for name, value in response.headers if name == "Set-Cookie"]
    assert values
    assert all(value.endswith("; HttpOnly; SameSite=Strict; Secure") for value in values)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/auth/credentials", {**LOGIN, "password": "wrong"}, 401, "Unauthorized"),
        ("/auth/credentials", {**LOGIN, "userName": "nobody"}, 401, "Unauthorized"),
        ("/auth/credentials", {"userName": "client"}, 400, "NotEmpty"),
        ("/auth/credentials", {}, 400, "NotEmpty"),
        ("/auth", {"password": "x"}, 400, "NotEmpty"),
        ("/auth", {}, 401, "Unauthorized"),
        ("/auth/github", LOGIN, 404, "NotFound"),
        ("/auth", {**LOGIN, "provider": "x" * 9_000}, 404, "NotFound"),
        ("/auth/basic", LOGIN, 401, "Unauthorized"),
        ("/auth/credentials", {**LOGIN, "password": {}}, 400, "SerializationException"),
        ("/auth/credentials", b"{", 400, "SerializationException"),
        ("/auth/credentials", {**LOGIN, "password": "x" * 100_000}, 401, "Unauthorized"),
    ],
)
async def test_signing_in_badly(path: str, body: Any, status: int, code: str) -> None:
    desk = Desk()
    response = await desk.post(path, body, headers={})
    assert (response.status, status_of(response)["errorCode"]) == (status, code)
    assert cookies(response) == {}
    assert PASSWORD.encode() not in response.body
    assert len(response.body) < 1_000


async def test_each_field_that_is_missing_is_named() -> None:
    errors = status_of(await Desk().post("/auth/credentials", {}, headers={}))["errors"]
    assert [error["fieldName"] for error in errors] == ["UserName", "Password"]


async def test_a_password_in_a_url_is_not_looked_at() -> None:
    response = await Desk().ask(f"/auth/credentials?userName=client&password={PASSWORD}")
    assert response.status == 400
    assert (await Desk().ask(f"/auth?userName=client&password={PASSWORD}")).status == 401


async def test_basic_makes_a_session_where_one_is_asked_for() -> None:
    desk = Desk()
    assert "ss-id" in cookies(await desk.ask("/auth/basic", headers=CLIENT))
    assert cookies(await desk.ask("/auth", headers=CLIENT)) == {}


@pytest.mark.parametrize(
    ("headers", "name"), [(CLIENT, "client"), (basic("guest"), "guest"), ({"X-Api-Key": KEY}, "key")]
)
async def test_who_is_signed_in(headers: dict[str, str], name: str) -> None:
    found = told(await Desk().ask("/auth", headers=headers))
    assert (found["userName"], found["displayName"]) == (name, "acme")
    assert "bearerToken" not in found


@pytest.mark.parametrize("path", ["/auth/logout", "/authenticate/logout"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_signing_out(path: str, method: str) -> None:
    response = await Desk().ask(path, method=method, headers={"Cookie": "ss-id=a; ss-pid=b"})
    assert response.status == 200
    assert cookies(response) == {"ss-id": "", "ss-pid": ""}


def refresh_token(at: int = NOW) -> str:
    return sign(CREDENTIAL, Use.REFRESH, SECRET, at // 1000)


@pytest.mark.parametrize("path", ["/api/GetAccessToken", "/json/reply/GetAccessToken", "/access-token"])
async def test_a_new_token_for_a_refresh_token(path: str) -> None:
    desk = Desk()
    found = told(
        await desk.post(path, {"refreshToken": refresh_token(), "useTokenCookie": False}, headers={})
    )
    assert list(found) == ["accessToken"]
    assert await desk.sent(message(), headers=bearer(found["accessToken"]))


async def test_tokens_in_cookies_stay_in_cookies() -> None:
    desk = Desk()
    response = await desk.post("/auth", {**LOGIN, "useTokenCookie": True}, headers={})
    kept = cookies(response)
    assert "bearerToken" not in told(response)
    assert await desk.sent(message(), headers={"Cookie": f"ss-tok={kept['ss-tok']}"})
    again = await desk.post("/access-token", {}, headers={"Cookie": f"ss-reftok={kept['ss-reftok']}"})
    assert told(again) == {}
    assert await desk.sent(message(), headers={"Cookie": f"ss-tok={cookies(again)['ss-tok']}"})
    asked = await desk.post(
        "/access-token", {"refreshToken": refresh_token(), "useTokenCookie": True}, headers={}
    )
    assert told(asked) == {}
    assert "ss-tok" in cookies(asked)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({}, {}, 400, "NotEmpty"),
        ({"refreshToken": ""}, {}, 400, "NotEmpty"),
        ({"refreshToken": "x"}, {}, 401, "TokenException"),
        ({"refreshToken": sign(CREDENTIAL, Use.ACCESS, SECRET, NOW // 1000)}, {}, 401, "TokenException"),
        ({"refreshToken": refresh_token(NOW - 15 * 86_400_000)}, {}, 401, "TokenException"),
        ({"refreshToken": []}, {}, 400, "SerializationException"),
        ({}, {"Cookie": f"ss-reftok={refresh_token()}", "Sec-Fetch-Site": "cross-site"}, 400, "NotEmpty"),
    ],
)
async def test_refreshing_badly(body: Any, headers: dict[str, str], status: int, code: str) -> None:
    response = await Desk().post("/access-token", body, headers=headers)
    assert (response.status, status_of(response)["errorCode"]) == (status, code)
    assert cookies(response) == {}


async def test_signing_in_in_xml() -> None:
    response = await Desk().post("/auth/credentials.xml", LOGIN, headers={})
    assert response.content_type == "application/xml"
    text = response.body.decode()
    assert (
        'xmlns="http://schemas.servicestack.net/types"><UserId>client</UserId><SessionId i:nil="true" />'
        in text
    )
