"""Authenticate and GetAccessToken: signing in and out, and new access tokens for refresh tokens."""

from __future__ import annotations

from typing import Any

import msgspec

from chappe.dialect_kit.core import Core
from chappe.dialects.servicestack import cookies
from chappe.dialects.servicestack.callers import (
    REMEMBERED_SECONDS,
    SESSION_SECONDS,
    by_password,
    by_refresh_token,
    caller_of,
    session_of,
)
from chappe.dialects.servicestack.faults import Fault, Faulty, FieldError, not_empty
from chappe.dialects.servicestack.tokens import Use, sign
from chappe.pipeline.authenticate import Login
from chappe.protocols.http.messages import Headers, HttpRequest


class Signed(msgspec.Struct, frozen=True, gc=False):
    """What is answered, and the cookies that go with it."""

    values: dict[str, Any]
    headers: Headers = ()


async def authenticate(core: Core, request: HttpRequest, asked: dict[str, Any], provider: str) -> Signed:
    """Signs in, signs out, or tells who is signed in. Raises Faulty, or Refused as the core says it.

    `provider` is the one that the path names. A password is read from bodies only: what stands in a URL ends up
    in logs.
    """
    provider = (provider or asked.get("provider") or "").lower()
    if provider == "logout":
        return Signed({}, cookies.forget(request))
    if provider not in ("", "credentials", "basic"):
        message = f"No configuration was added for the provider '{provider[:40]}'"
        raise Faulty(Fault(404, "NotFound", message))
    username, password = asked.get("UserName") or "", asked.get("Password") or ""
    if provider != "basic" and (provider == "credentials" or username or password):
        missing = [name for name, value in (("UserName", username), ("Password", password)) if not value]
        if missing:
            raise Faulty(_missing(missing))
        login = await by_password(core, username, password, request)
    else:
        login = await caller_of(core, request)
        if provider != "basic":
            return Signed(_told(login))
    return _signed_in(core, request, login, asked)


def _missing(fields: list[str]) -> Fault:
    errors: list[FieldError] = [error for name in fields for error in not_empty(name).errors]
    return msgspec.structs.replace(not_empty(fields[0]), errors=tuple(errors))


def _signed_in(core: Core, request: HttpRequest, login: Login, asked: dict[str, Any]) -> Signed:
    secure, remember = request.secure, bool(asked.get("RememberMe"))
    now, key = core.clock.now_ms() // 1000, core.services.seal_key
    headers = [
        cookies.set_cookie(cookies.SESSION, session_of(core, login, SESSION_SECONDS), secure=secure),
        cookies.set_cookie(
            cookies.OPTION, "perm" if remember else "temp", secure=secure, life=REMEMBERED_SECONDS
        ),
    ]
    if remember:
        word = session_of(core, login, REMEMBERED_SECONDS)
        headers.append(cookies.set_cookie(cookies.REMEMBERED, word, secure=secure, life=REMEMBERED_SECONDS))
    values = _told(login)
    access, refresh = (sign(login.credential, use, key, now) for use in (Use.ACCESS, Use.REFRESH))
    if asked.get("UseTokenCookie"):
        headers.append(cookies.set_cookie(cookies.ACCESS, access, secure=secure, life=Use.ACCESS.life))
        headers.append(cookies.set_cookie(cookies.REFRESH, refresh, secure=secure, life=Use.REFRESH.life))
    else:
        values |= {"BearerToken": access, "RefreshToken": refresh}
    return Signed(values, tuple(headers))


def _told(login: Login) -> dict[str, Any]:
    credential = login.credential
    return {
        "UserId": credential.username,
        "UserName": credential.username,
        "DisplayName": login.account.name,
        "Roles": list(credential.roles),
        "Permissions": [],
    }


def refresh(core: Core, request: HttpRequest, asked: dict[str, Any]) -> Signed:
    """A new access token, for the refresh token of a body or of its cookie. Raises Faulty."""
    token = asked.get("RefreshToken") or ""
    # Only what came as a cookie goes back as one: a page that cannot read the first must not read the second.
    by_cookie = not token
    if by_cookie:
        token = cookies.cookies_of(request).get(cookies.REFRESH, "")
        if request.header(b"sec-fetch-site") == "cross-site":
            token = ""
    if not token:
        raise Faulty(not_empty("RefreshToken"))
    login = by_refresh_token(core, token, request)
    access = sign(login.credential, Use.ACCESS, core.services.seal_key, core.clock.now_ms() // 1000)
    if by_cookie or asked.get("UseTokenCookie"):
        cookie = cookies.set_cookie(cookies.ACCESS, access, secure=request.secure, life=Use.ACCESS.life)
        return Signed({}, (cookie,))
    return Signed({"AccessToken": access})
