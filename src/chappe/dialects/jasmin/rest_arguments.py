"""What the REST calls of this dialect have in common: JSON in whatever it is called, Basic authentication, errors. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.dialect_kit.contract import ActAsk, Ask, BadRequest, Credentials
from chappe.dialects.jasmin.arguments import RATE, SEND, Argument
from chappe.protocols.http.messages import Headers, HttpRequest, HttpResponse

SECURE: Final = "/secure/"
_LOGIN: Final = frozenset({"username", "password"})
_LINK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "Documentation related to this error",
        "href": "http://docs.jasminsms.com/en/latest/apis/rest/index.html",
        "rel": "help",
    }
)
_CHALLENGE: Final = (("WWW-Authenticate", 'Basic realm="sms", charset="UTF-8"'),)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_SHOWN: Final = 200

REST_SEND: Final[Mapping[str, Argument]] = MappingProxyType(
    {name: argument for name, argument in SEND.items() if name not in _LOGIN}
)
REST_RATE: Final[Mapping[str, Argument]] = MappingProxyType(
    {name: argument for name, argument in RATE.items() if name not in _LOGIN}
)


def answer(status: int, body: Any, headers: Headers = ()) -> HttpResponse:
    """A JSON answer, with the blanks that Python's own writer of JSON puts: clients compare."""
    return HttpResponse(status, json.dumps(body).encode(), "application/json", headers)


def titled(status: int, title: str, description: str = "", *, link: bool = False) -> HttpResponse:
    """An error as the REST server itself makes it."""
    body: dict[str, Any] = {"title": shown(title)}
    if description:
        body["description"] = shown(description)
    if link:
        body["link"] = dict(_LINK)
    return answer(status, body, _CHALLENGE if status == 401 else ())


def shown(text: str) -> str:
    """A text of a client's as it may be quoted: short, and without control characters."""
    return _CONTROLS.sub("", text)[: 2 * _SHOWN]


def unauthorized(user: str) -> HttpResponse:
    """The answer to credentials that are wrong, wherever the fault lies."""
    return titled(401, "Authentication failed", f"Authentication failed for user: {user[:_SHOWN]}")


def credentials_of(request: HttpRequest) -> Credentials:
    """Who asks. As Jasmin does, the scheme's name is not looked at; unlike it, a password may hold colons."""
    token = request.header(b"authorization")
    if token is None:
        raise BadRequest(_needs_login("Authentication required"))
    words = token.split()
    if len(words) != 2:
        raise BadRequest(_needs_login(f"Invalid token: {token[:_SHOWN]}"))
    try:
        octets = base64.b64decode(words[1] + "=" * (-len(words[1]) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(_needs_login("Invalid token: it is no base64")) from error
    user, colon, password = _text(octets).partition(":")
    if not colon:
        raise BadRequest(_needs_login("Invalid token: no colon stands between user name and password"))
    return Credentials(user, password)


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _needs_login(title: str) -> HttpResponse:
    return titled(401, title, "Please provide a valid Basic auth token", link=True)


def once_known(credentials: Credentials, read: Callable[[], Ask]) -> Ask:
    """What the rest of a request asks; what is wrong with it is told to those only whose credentials are right."""
    try:
        return read()
    except BadRequest as error:
        found = error

    async def tell(_core: object, _login: object, _request: HttpRequest) -> None:
        raise found

    return ActAsk(credentials, tell)


def must_accept_json(request: HttpRequest) -> None:
    """Refuses a client that takes no JSON."""
    accept = request.header(b"accept")
    if accept is None or any(_takes_json(each) for each in accept.split(",")):
        return
    raise BadRequest(
        titled(415, "Unsupported media type", "This API supports JSON media type only.", link=True)
    )


def _takes_json(media_range: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in media_range.split(";"))
    refused = any(re.fullmatch(r"q=0(\.0*)?", each) for each in parameters)
    return kind in ("*/*", "application/*", "application/json") and not refused


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a body, whatever its Content-Type says."""
    try:
        found = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(_unparsable(str(error))) from error
    if not isinstance(found, dict):
        raise BadRequest(_unparsable("the body is no object"))
    return found


def _unparsable(why: str) -> HttpResponse:
    return titled(412, "Cannot parse JSON data", f"Got unparseable json data: {why}")


def normal(given: Mapping[str, Any]) -> dict[str, Any]:
    """Names as `/send` spells them; the first of two spellings counts. A login in a body is not looked at."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        usual = name.replace("_", "-")
        if usual == "custom-tlvs":
            usual = "custom_tlvs"
        if usual not in _LOGIN:
            found.setdefault(usual, value)
    return found


def idempotency_key(request: HttpRequest) -> str:
    """The header of that name: the same key again means the same request again."""
    key = request.header(b"idempotency-key")
    if key is None:
        return ""
    if not _KEY.fullmatch(key):
        raise BadRequest(
            titled(400, "Invalid Idempotency-Key", "It is 1 to 200 visible ASCII characters without a blank.")
        )
    return key
