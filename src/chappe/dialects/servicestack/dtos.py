"""The types of this wire, as ServiceStack declares them: names, members and their order, XML namespaces, operations.

Readers, writers, metadata and generated code all go by these tables; nothing of it stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

Values = Mapping[str, Any]
"""A value of a type: members by their declared names; one that is absent or None is null."""

MODEL: Final = "http://schemas.datacontract.org/2004/07/digitaluapi.ServiceModel"
"""The namespace of the service's own types, after the CLR namespace that they live in."""

TYPES: Final = "http://schemas.servicestack.net/types"
"""The namespace of ServiceStack's types."""

ARRAYS: Final = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
"""The namespace of what is inside lists of texts and dictionaries."""


class Shape(Enum):
    """What a member holds."""

    TEXT = "string"
    FLAG = "bool"
    OBJECT = "object"
    LIST = "list"
    TEXTS = "list of strings"
    MAP = "dictionary of strings"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a type; `of` is the type of an OBJECT and of the items of a LIST."""

    name: str
    shape: Shape = Shape.TEXT
    of: Dto | None = None
    note: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Dto:
    """A type. `members` stand in declared order, which is that of JSON and JSV.

    XML has them in that order too where the type says so itself, else (`ordinal`) by code point: that is
    DataContractSerializer's rule. `camel`: JSON names begin with a small letter, whatever is declared.
    """

    name: str
    space: str
    members: tuple[Member, ...]
    ordinal: bool = False
    camel: bool = False

    @property
    def in_xml(self) -> tuple[Member, ...]:
        """The members in the order of XML."""
        return tuple(sorted(self.members, key=lambda member: member.name)) if self.ordinal else self.members


_META: Final = Member("Meta", Shape.MAP)

RESPONSE_ERROR: Final = Dto(
    "ResponseError", TYPES, (Member("ErrorCode"), Member("FieldName"), Member("Message"), _META)
)
RESPONSE_STATUS: Final = Dto(
    "ResponseStatus",
    TYPES,
    (
        Member("ErrorCode"),
        Member("Message"),
        Member("StackTrace"),
        Member("Errors", Shape.LIST, RESPONSE_ERROR),
        _META,
    ),
)
_STATUS: Final = Member("ResponseStatus", Shape.OBJECT, RESPONSE_STATUS)

ERROR_RESPONSE: Final = Dto("ErrorResponse", TYPES, (_STATUS,))

MESSAGE: Final = Dto(
    "SMPPMessage",
    MODEL,
    (Member("channel"), Member("to"), Member("content"), Member("clientMessageId")),
    ordinal=True,
)
RESULT: Final = Dto(
    "SMPPResponseMsg",
    MODEL,
    (
        Member("apiMessageId"),
        Member("accepted", Shape.FLAG),
        Member("to"),
        Member("error"),
        Member("msg", Shape.OBJECT, MESSAGE),
    ),
    ordinal=True,
)
RESPONSE: Final = Dto(
    "SMPPMsgResponse",
    MODEL,
    (Member("messages", Shape.LIST, RESULT), Member("error"), _STATUS),
    ordinal=True,
)
REQUEST: Final = Dto(
    "SendSMPPSmsRequest",
    MODEL,
    (Member("Messages", Shape.LIST, MESSAGE, "Messages to be Sent", required=True),),
    ordinal=True,
)

AUTHENTICATE: Final = Dto(
    "Authenticate",
    TYPES,
    (
        Member("provider", note="credentials, basic, or logout"),
        Member("UserName"),
        Member("Password"),
        Member("RememberMe", Shape.FLAG),
        Member("UseTokenCookie", Shape.FLAG),
    ),
    camel=True,
)
AUTHENTICATED: Final = Dto(
    "AuthenticateResponse",
    TYPES,
    (
        Member("UserId"),
        Member("SessionId"),
        Member("UserName"),
        Member("DisplayName"),
        Member("ReferrerUrl"),
        Member("BearerToken"),
        Member("RefreshToken"),
        Member("ProfileUrl"),
        Member("Roles", Shape.TEXTS),
        Member("Permissions", Shape.TEXTS),
        _STATUS,
        _META,
    ),
    camel=True,
)
GET_ACCESS_TOKEN: Final = Dto(
    "GetAccessToken", TYPES, (Member("RefreshToken"), Member("UseTokenCookie", Shape.FLAG)), camel=True
)
ACCESS_TOKEN: Final = Dto(
    "GetAccessTokenResponse", TYPES, (Member("AccessToken"), _META, _STATUS), camel=True
)

ROLES: Final = ("Client", "Admin", "Partner")
"""Who may send: whoever has any of these."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked for: its request and response types, routes of its own and their verb, and who may."""

    request: Dto
    response: Dto
    routes: tuple[str, ...]
    verb: str = "POST"
    note: str = ""
    roles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """An operation is called as its request is."""
        return self.request.name


SEND: Final = Operation(
    REQUEST,
    RESPONSE,
    ("/communication/message/smpp/sms",),
    note="Sends an SMS to phone numbers provided.",
    roles=ROLES,
)
SIGN_IN: Final = Operation(
    AUTHENTICATE,
    AUTHENTICATED,
    ("/auth", "/auth/{provider}", "/authenticate", "/authenticate/{provider}"),
    note="Signs a user in or out, or tells who is signed in.",
)
REFRESH: Final = Operation(
    GET_ACCESS_TOKEN, ACCESS_TOKEN, ("/access-token",), note="A new access token for a refresh token."
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {operation.name.lower(): operation for operation in (SEND, SIGN_IN, REFRESH)}
)
"""Every operation by its name in small letters: names ignore case."""


def plain(dto: Dto, values: Values, *, camel: bool = False) -> dict[str, Any]:
    """A value as dictionaries and lists in declared order, without what is null: what JSON and JSV show of it."""
    found: dict[str, Any] = {}
    for member in dto.members:
        value = values.get(member.name)
        if value is None:
            continue
        if member.of is not None:
            each = member.of
            value = (
                [plain(each, one, camel=camel) for one in value]
                if member.shape is Shape.LIST
                else plain(each, value, camel=camel)
            )
        found[camel_case(member.name) if camel else member.name] = value
    return found


def camel_case(name: str) -> str:
    """The name with a small first letter."""
    return name[:1].lower() + name[1:]


def reachable(operation: Operation) -> tuple[Dto, ...]:
    """Every type that an operation's request and response are made of, inner ones first, each once."""
    found: dict[str, Dto] = {}

    def visit(dto: Dto) -> None:
        for member in dto.members:
            if member.of is not None and member.of.name not in found:
                visit(member.of)
        found.setdefault(dto.name, dto)

    visit(operation.request)
    visit(operation.response)
    return tuple(found.values())
