"""`POST` and `DELETE /v1.0/device`: an app's server says which push token belongs to which number, or to none any more."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chappe.dialect_kit.contract import ActAsk, Ask, BadRequest, Endpoint
from chappe.dialects.cm.calls import folded
from chappe.dialects.cm.options import number_of, text_of
from chappe.domain.account import is_inside
from chappe.domain.app import App, Device
from chappe.domain.refusal import Fault, Reason, Refusal, refuse
from chappe.protocols.http.messages import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from chappe.dialect_kit.core import Core
    from chappe.domain.ids import IdRenderer
    from chappe.pipeline.authenticate import Login

PATH: Final = "/v1.0/device"
KEY_HEADER: Final = b"x-cm-appkey"
SECRET_HEADER: Final = b"x-cm-appsecret"
PLATFORMS: Final = ("", "apple", "android", "web")

_MOST_TOKEN: Final = 4_096
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_JSON: Final = "application/json; charset=utf-8"
_decoder: Final = msgspec.json.Decoder(dict[str, Any])


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """A call: who shows itself, and the device; `number` is empty where it is to be removed."""

    key: str
    secret: str
    token: str
    number: str = ""
    platform: str = ""


def _answer(status: int, details: str, code: int = 0) -> HttpResponse:
    return HttpResponse(status, msgspec.json.encode({"details": details, "errorCode": code}), _JSON)


def _bad(details: str, code: int = 305) -> BadRequest:
    return BadRequest(_answer(400, details, code))


def _read(request: HttpRequest) -> tuple[dict[str, Any], _Asked]:
    """The fields of a call and what both calls have; raises BadRequest."""
    try:
        fields = folded(_decoder.decode(request.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad("Invalid JSON", 202) from error
    # The headers win, as they do over the body's product token.
    key = request.header(KEY_HEADER) or text_of(fields.get("appkey")) or ""
    secret = request.header(SECRET_HEADER) or text_of(fields.get("appsecret")) or ""
    token = text_of(fields.get("token")) or ""
    if not 1 <= len(token) <= _MOST_TOKEN or not _TOKEN.fullmatch(token):
        raise _bad(f"The token is not 1 to {_MOST_TOKEN} printable characters without blanks")
    return fields, _Asked(key.strip().lower(), secret, token)


def _parse_new(request: HttpRequest) -> Ask:
    fields, asked = _read(request)
    number = number_of(text_of(fields.get("number")) or "")
    if number is None:
        raise _bad("The number is not a mobile number in international form", 303)
    platform = text_of(fields.get("platform"))
    platform = "?" if platform is None else platform.strip().casefold()
    if platform not in PLATFORMS:
        raise _bad(f"The platform is none of {', '.join(filter(None, PLATFORMS))}")
    asked = msgspec.structs.replace(asked, number=number.value, platform=platform)

    async def act(core: Core, _login: Login | None, request: HttpRequest) -> HttpResponse:
        app = _app_of(core, asked, request.address)
        await core.services.store.register_device(
            Device(app.key, asked.number, asked.token, asked.platform, request.received_ms)
        )
        core.meter.count("devices", "registered")
        return _answer(200, "Registered")

    return ActAsk(None, act)


def _parse_gone(request: HttpRequest) -> Ask:
    _, asked = _read(request)

    async def act(core: Core, _login: Login | None, request: HttpRequest) -> HttpResponse:
        app = _app_of(core, asked, request.address)
        if not await core.services.store.forget_device(app.key, asked.token):
            return _answer(404, "No such device", 305)
        core.meter.count("devices", "removed")
        return _answer(200, "Removed")

    return ActAsk(None, act)


def _app_of(core: Core, asked: _Asked, address: str) -> App:
    """The app that showed its secret; raises Refused."""
    app = core.directory.apps.get(asked.key)
    account = core.directory.accounts.get(app.account) if app is not None else None
    secret = core.services.unseal(app.secret) if app is not None else ""
    # The secret is compared also where there is no such app: time tells nobody which keys exist.
    shown = hmac.compare_digest(secret.encode(), asked.secret.encode("utf-8", "surrogatepass"))
    if app is None or account is None or not (shown and secret and app.enabled):
        core.meter.count("auth_failures")
        raise refuse(Reason.BAD_CREDENTIALS)
    if not core.directory.is_enabled(account) or (account.allow and not is_inside(address, account.allow)):
        raise refuse(Reason.ADDRESS_NOT_ALLOWED)
    return app


def _render(_ask: Ask, outcome: Any, _renderer: IdRenderer) -> HttpResponse:
    if not isinstance(outcome, Refusal):
        response: HttpResponse = outcome
        return response
    if outcome.reason.fault is not Fault.CLIENT:
        return _answer(503, "The service is overloaded", 500)
    return _answer(401, "No app found for the given key and secret", 101)


DEVICE_ENDPOINTS: Final = (
    Endpoint(("POST",), PATH, _parse_new, _render),
    Endpoint(("DELETE",), PATH, _parse_gone, _render),
)
