"""Who asks: by Basic authentication, an API key, a bearer token or the cookie of a session; and whether they may."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from chappe.dialect_kit.core import Core
from chappe.dialect_kit.signed_session import SignedSession, made, verified, version_of
from chappe.dialects.servicestack import cookies
from chappe.dialects.servicestack.faults import Fault, Faulty, unauthorized
from chappe.dialects.servicestack.tokens import BadToken, Use, looks_signed, read
from chappe.domain.refusal import Refused
from chappe.pipeline.authenticate import Login
from chappe.protocols.http.messages import HttpRequest

SESSION_SECONDS: Final = 12 * 3_600
REMEMBERED_SECONDS: Final = 14 * 86_400
_USE: Final = "servicestack"
_TOKEN_FAULT: Final = "TokenException"  # noqa: S105 - the name of an error


async def caller_of(core: Core, request: HttpRequest) -> Login:
    """The login behind a request. Raises Faulty (401), or Refused as the core says it."""
    key = request.header(b"x-api-key")
    if key:
        return _by_key(core, key.strip(), request)
    authorization = request.header(b"authorization")
    scheme, _, shown = (authorization or "").strip().partition(" ")
    shown = shown.strip()
    if scheme.lower() == "bearer" and shown:
        if looks_signed(shown):
            return _by_word(core, shown, Use.ACCESS, request)
        return _by_key(core, shown, request)
    if scheme.lower() == "basic":
        username, password = _basic(shown)
        if not password:
            return _by_key(core, username, request)
        return await by_password(core, username, password, request)
    return _by_cookie(core, request)


async def by_password(core: Core, username: str, password: str, request: HttpRequest) -> Login:
    """The login behind a name and a password. Raises Refused."""
    return await core.authenticator.login(username, password, request.address, core.clock.monotonic())


def by_refresh_token(core: Core, token: str, request: HttpRequest) -> Login:
    """The login that a refresh token was given to. Raises Faulty (401)."""
    return _by_word(core, token, Use.REFRESH, request)


def must_have_role(login: Login, roles: tuple[str, ...]) -> None:
    """Raises Faulty (403) for a user who has none of the roles."""
    wanted = {role.lower() for role in roles}
    if wanted.isdisjoint(role.lower() for role in login.credential.roles):
        raise Faulty(Fault(403, "Forbidden", "Invalid Role"))


def _by_key(core: Core, key: str, request: HttpRequest) -> Login:
    try:
        return core.authenticator.by_token(key, request.address, core.clock.monotonic())
    except Refused as error:
        # Unknown, cancelled, expired and from the wrong place are one thing to whoever guesses.
        raise unauthorized("Invalid API Key") from error


def session_of(core: Core, login: Login, seconds: int) -> str:
    """A word by which a login is known for so long: no process keeps it, all can check it."""
    expires = core.clock.now_ms() + seconds * 1000
    session = SignedSession(login.credential.username, version_of(login.credential), expires)
    return made(core.services.seal_key, _USE, session)


def _by_word(core: Core, word: str, use: Use, request: HttpRequest) -> Login:
    """The login that a bearer token speaks of, as it is now: what was changed since counts."""
    try:
        claims = read(word, use, core.services.seal_key, core.clock.now_ms() // 1000)
        return _vouched(core, claims.sub, claims.ver, request)
    except BadToken as error:
        raise unauthorized(str(error), _TOKEN_FAULT) from error
    except Refused as error:
        raise unauthorized("Token is invalid", _TOKEN_FAULT) from error


def _vouched(core: Core, name: str, version: str, request: HttpRequest) -> Login:
    return core.authenticator.by_session(name, lambda one: version_of(one) == version, request.address)


def _by_cookie(core: Core, request: HttpRequest) -> Login:
    # A page of another site may make a browser send cookies; it has no business here.
    if request.header(b"sec-fetch-site") == "cross-site":
        raise unauthorized()
    found = cookies.cookies_of(request)
    token = found.get(cookies.ACCESS)
    if token:
        return _by_word(core, token, Use.ACCESS, request)
    for name in (cookies.SESSION, cookies.REMEMBERED):
        session = verified(core.services.seal_key, _USE, found.get(name, ""), core.clock.now_ms())
        if session is not None:
            try:
                return _vouched(core, session.user, session.version, request)
            except Refused as error:
                raise unauthorized() from error
    raise unauthorized()


def _basic(shown: str) -> tuple[str, str]:
    try:
        octets = base64.b64decode(shown + "=" * (-len(shown) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unauthorized("Invalid BasicAuth Credentials") from error
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    username, colon, password = text.partition(":")
    if not colon:
        raise unauthorized("Invalid BasicAuth Credentials")
    return username, password
