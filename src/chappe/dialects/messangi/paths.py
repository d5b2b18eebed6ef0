"""From a request's target to a call: which method, its parameters as they came, who signed and how. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import msgspec

from chappe.dialects.messangi.encoded import BadEncoding, decoded, plain
from chappe.protocols.http.messages import HttpRequest

BASES: Final = ("/messangi_mmc/rest/api", "/mmc/rest/api", "/rest/api")

SEND_SMS: Final = "sendSMS"
SEND_MT: Final = "sendMT"
SEND_PIN: Final = "sendSMSPinMobileNumberConfirm"
VERIFY_PIN: Final = "verifySMSPinMobileNumberConfirm"
FIRE: Final = "fireMessage"
GET_MOS: Final = "getMOMessages"
GET_MESSAGE: Final = "getMessage"
REPORT: Final = "messageReport"

_LONGEST_SEGMENT: Final = 65_536


class Shape(msgspec.Struct, frozen=True, gc=False):
    """How a method stands in a path: below `tools/` or not, with how many parameters at least and at most.

    There is no `most` where a text in Base64 may hold slashes.
    """

    tools: bool
    least: int
    most: int | None = None


METHODS: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        SEND_SMS: Shape(tools=True, least=5),
        SEND_MT: Shape(tools=False, least=5),
        SEND_PIN: Shape(tools=True, least=6),
        VERIFY_PIN: Shape(tools=True, least=3, most=3),
        FIRE: Shape(tools=False, least=1),
        GET_MOS: Shape(tools=True, least=4),
        GET_MESSAGE: Shape(tools=True, least=2, most=2),
        REPORT: Shape(tools=True, least=6),
    }
)
"""All methods; fireMessage has one parameter by POST, and three or more by either verb."""


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call as its path has it. `parameters` are as they came, percent-encoding and all."""

    method: str
    parameters: tuple[bytes, ...]
    public_key: str
    signature: str

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        return b"/".join(self.parameters)


class NoCall(ValueError):
    """The path is no call of this dialect; `method` is what stands where one should, for the answer."""

    def __init__(self, sentence: str, method: str = "") -> None:
        super().__init__(sentence)
        self.method = method


def target_of(request: HttpRequest) -> bytes:
    """The path as it came, without query, fragment, scheme and host."""
    raw = request.raw_target
    if not raw:
        raw = quote(request.path, safe="/:@!$&'()*+,;=~-._").encode()
    if not raw.startswith(b"/") and b"://" in raw:
        # The absolute form, RFC 9112 §3.2.2.
        raw = b"/" + raw.split(b"://", 1)[1].partition(b"/")[2]
    return raw.partition(b"?")[0].partition(b"#")[0]


def call_of(request: HttpRequest) -> Call:
    """The call that a request makes; the path is cut at its slashes before anything in it is decoded. Raises NoCall."""
    segments = target_of(request).split(b"/")[1:]
    for base in BASES:
        words = base.split("/")[1:]
        if [decoded(segment) for segment in segments[: len(words)]] == [word.encode() for word in words]:
            return _call(segments[len(words) :])
    raise NoCall("There is no such method")


def _call(segments: list[bytes]) -> Call:
    tools = segments[:1] == [b"tools"]
    rest = segments[1:] if tools else segments
    try:
        method = plain(rest[0]) if rest else ""
    except BadEncoding:
        method = ""
    shape = METHODS.get(method)
    if shape is None or shape.tools is not tools:
        raise NoCall("There is no such method", method)
    parameters = tuple(rest[1:-2])
    count = len(parameters)
    if len(rest) < 4 or count < shape.least or (shape.most is not None and count > shape.most):
        raise NoCall("Wrong number of parameters", method)
    if method == FIRE and count == 2:
        raise NoCall("Wrong number of parameters", method)
    if sum(map(len, segments)) > _LONGEST_SEGMENT:
        raise NoCall("The path is too long", method)
    return Call(method, parameters, _name(rest[-2]), _name(rest[-1]))


def _name(segment: bytes) -> str:
    return decoded(segment).decode("utf-8", "replace")
