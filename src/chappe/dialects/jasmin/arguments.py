"""The arguments of this dialect's requests: their patterns, in the order in which they are checked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.dialect_kit.contract import BadRequest
from chappe.protocols.http.forms import BadForm, parse_form
from chappe.protocols.http.messages import HttpRequest, HttpResponse


class Argument(msgspec.Struct, frozen=True, gc=False):
    """One argument: what its value must look like, and whether it must be there."""

    pattern: re.Pattern[str] | None = None
    mandatory: bool = False


_NAME: Final = Argument(re.compile(r".{1,30}", re.DOTALL), mandatory=True)
_ANY: Final = Argument()

# Document 002 allows 30 characters for both names of a login, Jasmin 16.
SEND: Final[Mapping[str, Argument]] = MappingProxyType(
    {
        "to": Argument(re.compile(r"\+?[0-9]{1,20}"), mandatory=True),
        "from": _ANY,
        "coding": Argument(re.compile(r"[0-9]|10|13|14")),
        "username": _NAME,
        "password": _NAME,
        "priority": Argument(re.compile(r"[0-3]")),
        "sdt": Argument(re.compile(r"[0-9]{15}[+\-R]")),
        "validity-period": Argument(re.compile(r"[0-9]{1,7}")),
        "dlr": Argument(re.compile(r"yes|no")),
        "dlr-url": Argument(re.compile(r"https?://.*", re.DOTALL)),
        "dlr-level": Argument(re.compile(r"[1-3]")),
        "dlr-method": Argument(re.compile(r"get|post", re.IGNORECASE)),
        # Jasmin takes any number of them; what is kept with each message must end somewhere.
        "tags": Argument(re.compile(r"[-a-zA-Z0-9,]{0,1000}")),
        "content": _ANY,
        "hex-content": Argument(re.compile(r"[0-9a-fA-F]*")),
        "custom_tlvs": _ANY,
    }
)

RATE: Final[Mapping[str, Argument]] = MappingProxyType(
    {
        name: SEND[name]
        for name in (
            "to",
            "from",
            "coding",
            "username",
            "password",
            "priority",
            "validity-period",
            "tags",
            "content",
            "hex-content",
        )
    }
)

BALANCE: Final[Mapping[str, Argument]] = MappingProxyType({"username": _NAME, "password": _NAME})

Arguments = dict[str, str]
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_decoder: Final = msgspec.json.Decoder(dict[str, Any])


def refused(text: str, status: int = 400, *, as_json: bool = False) -> BadRequest:
    """A refusal as this wire writes it: `Error "text"`, or the text as a JSON string."""
    return BadRequest(error_response(status, text, as_json=as_json))


def error_response(status: int, text: str, *, as_json: bool = False) -> HttpResponse:
    """The response of a refusal; control characters of a quoted value are left out."""
    text = _CONTROLS.sub("", text)
    if as_json:
        return HttpResponse(status, msgspec.json.encode(text), "application/json")
    return HttpResponse(status, f'Error "{text}"'.encode(), "text/plain")


def read_arguments(request: HttpRequest, *, as_json: bool = False) -> dict[str, Any]:
    """All arguments of query and body, the first of a repeated one; raises BadRequest for what is neither."""
    found: dict[str, Any] = {}
    try:
        for name, value in parse_form(request.query):
            found.setdefault(name, value)
        if request.body and request.method == "POST":
            kind = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
            if kind.startswith("multipart/"):
                raise refused("Argument encoding: a body is a form or JSON, not multipart", as_json=as_json)
            if kind == "application/json":
                for name, value in _decoder.decode(request.body).items():
                    found.setdefault(name, value)
            else:
                for name, value in parse_form(request.body):
                    found.setdefault(name, value)
    except BadForm as error:
        raise refused(f"Argument encoding: {error}", as_json=as_json) from error
    except UnicodeDecodeError as error:
        raise refused("Argument encoding: an argument is not UTF-8", as_json=as_json) from error
    except (msgspec.DecodeError, RecursionError) as error:
        # Jasmin answers 500 with a Python error here; the fault is the client's.
        raise refused(f"Got unparseable json data: {error}", as_json=as_json) from error
    return found


def check(found: dict[str, Any], table: Mapping[str, Argument], *, as_json: bool = False) -> Arguments:
    """The arguments as texts; raises BadRequest for the first fault, in Jasmin's order of looking.

    That order: the first argument's name, then every known argument's value or absence, then the other names.
    """
    if not found:
        raise refused(
            "Mandatory arguments not found, please refer to the HTTPAPI specifications.", as_json=as_json
        )
    names = iter(found)
    _check_name(next(names), table, as_json=as_json)
    texts: Arguments = {}
    for name, argument in table.items():
        if name in found:
            text = _text(name, found[name], as_json=as_json)
            if argument.pattern is not None and not argument.pattern.fullmatch(text):
                raise invalid(name, text, as_json=as_json)
            texts[name] = text
        elif argument.mandatory:
            raise refused(f"Mandatory argument [{name}] is not found.", as_json=as_json)
    for name in names:
        _check_name(name, table, as_json=as_json)
    return texts


def invalid(name: str, text: str, *, as_json: bool = False) -> BadRequest:
    """The refusal of a value."""
    return refused(f"Argument [{name}] has an invalid value: [{text[:200]}].", as_json=as_json)


def _check_name(name: str, table: Mapping[str, Argument], *, as_json: bool) -> None:
    if name not in table:
        raise refused(f"Argument [{name[:200]}] is unknown.", as_json=as_json)


def _text(name: str, value: Any, *, as_json: bool) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        raise invalid(name, msgspec.json.encode(value).decode(), as_json=as_json)
    if isinstance(value, int | float):
        return str(value)
    if name == "custom_tlvs":
        return msgspec.json.encode(value).decode()
    raise invalid(name, msgspec.json.encode(value).decode(), as_json=as_json)
