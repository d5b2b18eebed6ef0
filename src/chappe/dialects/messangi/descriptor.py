"""The descriptor of a fired message: JSON as the vendor's pages show it, from wherever in a body it stands. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from chappe.dialects.messangi.encoded import BadEncoding
from chappe.domain.instance import Instance
from chappe.protocols.http.forms import BadForm, parse_form
from chappe.protocols.http.messages import HttpRequest

_OR_TRAILING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|,(?=\s*[}\]])', re.DOTALL)
"""A text, also one that nothing closes: it is gone through once, not anew from each quote in it."""
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]{1,70})"?', re.IGNORECASE)
_LONGEST: Final = 1 << 17

_json: Final = msgspec.json.Decoder()


class Fired(msgspec.Struct, frozen=True, gc=False):
    """What a descriptor says: a subscriber's number, a code (empty for the instance's), a text."""

    mobile: str
    code: str
    text: str


def read_descriptor(request: HttpRequest, instance: Instance) -> Fired:
    """The descriptor in a body. Raises BadEncoding; its message names what is wrong."""
    body = _json_in(request)
    if len(body) > _LONGEST:
        raise BadEncoding("Json")
    fields = _fields(_parsed(body))
    return Fired(
        _value(fields, instance.mobile_field),
        _value(fields, instance.code_field),
        _value(fields, instance.text_field),
    )


def _json_in(request: HttpRequest) -> bytes:
    body, content_type = request.body, request.header(b"content-type") or ""
    if body.lstrip()[:1] == b"{":
        # Whatever its Content-Type says: tools call a body a form unless they are told otherwise.
        return body
    if content_type.lower().startswith("multipart/form-data"):
        return _first_part(body, content_type)
    try:
        for name, value in parse_form(body):
            if name.lower() == "json":
                return value.encode()
    except BadForm as error:
        raise BadEncoding("Json") from error
    raise BadEncoding("Json")


def _first_part(body: bytes, content_type: str) -> bytes:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BadEncoding("Json")
    line = b"--" + found[1].encode("latin-1", "replace")
    _, begun, rest = body.partition(line)
    part, ended, _ = rest.partition(b"\r\n" + line)
    _, headed, content = part.partition(b"\r\n\r\n")
    if not (begun and ended and headed):
        raise BadEncoding("Json")
    return content


def _parsed(body: bytes) -> Any:
    try:
        return _json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        # The vendor's own sample has commas before closing brackets.
        return _json.decode(_OR_TRAILING.sub(lambda found: b"" if found[0] == b"," else found[0], body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadEncoding("Json") from error


def _fields(document: Any) -> dict[str, Any]:
    event = document.get("event") if isinstance(document, dict) else None
    fields = event.get("fld-val-list") if isinstance(event, dict) else None
    if not isinstance(fields, dict):
        raise BadEncoding("Json")
    return fields


def _value(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**20 else ""
    if not isinstance(value, str):
        raise BadEncoding(name)
    return value
