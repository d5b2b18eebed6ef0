"""What Login, Send and Report do with the core. A body is read once its sender is known, never before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import msgspec

from chappe.dialect_kit.contract import BadRequest
from chappe.dialect_kit.core import Core
from chappe.dialect_kit.signed_session import SignedSession, made, version_of
from chappe.dialects.mmp.dates import zone_of
from chappe.dialects.mmp.packets import MOST_MESSAGES, Range, is_within, ranges_of, read_packet
from chappe.dialects.mmp.sms_message import IDENTITIES, Fault, Given, key_of, read_message
from chappe.dialects.mmp.statuses import malformed
from chappe.dialects.mmp.wire import Fields, Unreadable, Unsupported, as_text, list_of, read_body, text_of
from chappe.domain.account import Account
from chappe.domain.message import StoredMessage
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Accepted, Submission
from chappe.pipeline.authenticate import Login
from chappe.protocols.http.messages import HttpRequest

NAME: Final = "mmp"
"""This dialect, and what its sessions are for."""

SESSION_MS: Final = 12 * 3_600_000
"""How long a session is good for; the secret gets another at any time."""

MOST_ASKED: Final = 10_000
"""Ids of one Report request."""

_PLUGIN: Final = "plugin"
"""The kind of connector that may know whom an identity number means."""

_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_LONGEST_ID: Final = 1_000

TOO_MANY: Final = Fault("TOO_MANY", f"a call has at most {MOST_MESSAGES} messages")
_UNSUPPORTED: Final = Fault(
    "UNSUPPORTED_TYPE", "no operator behind this gateway knows whom such a number means"
)


class LoggedIn(msgspec.Struct, frozen=True, gc=False):
    """The yes to Login, with a session that stands for the secret for a while."""

    session: str


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What came of each message of a Send, in order, and the packet that they make."""

    ranges: tuple[Range, ...]
    results: tuple[Accepted | Refusal | Fault, ...]
    too_many: bool = False


class Asked(msgspec.Struct, frozen=True, gc=False):
    """One id of a Report: as it was written, and the message behind it; None for one that is not this account's."""

    text: str
    found: StoredMessage | None
    elsewhere: bool = False
    """It is of another packet than the one asked for."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What is known of the messages of a Report; `packet_text` as the client wrote it."""

    packet_text: str
    asked: tuple[Asked, ...]
    zone: tzinfo
    too_many: bool = False


class LoginAct:
    """`Login`."""

    async def __call__(self, core: Core, login: Login | None, request: HttpRequest) -> LoggedIn:
        """A session, for who showed the right secret."""
        assert login is not None
        credential = login.credential
        session = SignedSession(credential.username, version_of(credential), request.received_ms + SESSION_MS)
        return LoggedIn(made(core.services.seal_key, NAME, session))


class SendAct:
    """`Send`; `count` says how many messages were asked for, for a refusal that is told of each."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def count(self) -> int:
        """How many messages the body has, as far as it can be read, and no more than may be."""
        try:
            return min(len(list_of(read_body(self._request), "messages")), MOST_MESSAGES)
        except Unreadable:
            return 0

    async def __call__(self, core: Core, login: Login | None, request: HttpRequest) -> Sent:
        """Takes what can be taken, in one commit."""
        assert login is not None
        items = _read(request, "messages")[1]
        if len(items) > MOST_MESSAGES:
            return Sent((), (TOO_MANY,) * len(items), too_many=True)
        key = request.header(b"idempotency-key") or ""
        if key and not _KEY.fullmatch(key):
            raise _bad(request, "Idempotency-Key is 1 to 200 visible ASCII characters without a blank")
        account = login.account
        zone = zone_of(account)
        read: list[Submission | Fault] = []
        for position, item in enumerate(items):
            own = key_of("call", key, str(position)) if key else ""
            read.append(_addressed(core, account, read_message(item, zone, request.received_ms, own)))
        good = [each for each in read if not isinstance(each, Fault)]
        if len(good) < len(read):
            core.meter.count("refused", f"{NAME}:bad_message", len(read) - len(good))
        told = iter(await core.submit.submit(account, login.credential.username, NAME, good) if good else ())
        results = tuple(each if isinstance(each, Fault) else next(told) for each in read)
        taken = [each.message_id for each in results if isinstance(each, Accepted)]
        return Sent(tuple(ranges_of(taken)), results)


class ReportAct:
    """`Report`; `ids` are those that the body asks for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def ids(self) -> list[str]:
        """The ids as they were written, as far as they can be read, and no more than may be."""
        try:
            return _ids(list_of(read_body(self._request), "messages"), MOST_ASKED)
        except Unreadable:
            return []

    async def __call__(self, core: Core, login: Login | None, request: HttpRequest) -> Reported:
        """Looks the messages up: those listed, those of a packet, or those listed that are of a packet."""
        assert login is not None
        fields, items = _read(request, "messages")
        try:
            packet = text_of(fields, "partnerPacketId", _LONGEST_ID)
        except Unreadable as error:
            raise _bad(request, str(error)) from error
        ids = _ids(items, MOST_ASKED)
        account, zone = login.account, zone_of(login.account)
        if len(items) > MOST_ASKED:
            return Reported(packet, tuple(Asked(text, None) for text in ids), zone, too_many=True)
        ranges = read_packet(packet, core.renderer) if packet else None
        if ids:
            asked = await _listed(core, account.name, ids)
            if packet:
                asked = [_within(one, ranges or ()) for one in asked]
        elif ranges:
            found = await core.query.between(account.name, ranges)
            asked = [Asked(core.renderer.uuid(one.message.id), one) for one in found]
        else:
            asked = []
        return Reported(packet, tuple(asked), zone)


def _read(request: HttpRequest, name: str) -> tuple[Fields, list[object]]:
    try:
        fields = read_body(request)
        return fields, list_of(fields, name)
    except Unreadable as error:
        raise _bad(request, str(error), 415 if isinstance(error, Unsupported) else 400) from error


def _bad(request: HttpRequest, sentence: str, status: int = 400) -> BadRequest:
    return BadRequest(malformed(status, "BAD_REQUEST", sentence, request.path))


def _addressed(core: Core, account: Account, given: Given | Fault) -> Submission | Fault:
    """The submission, if its recipient is one that its route can reach.

    An identity number must never be dialled as a telephone: all targets of its route must be operators' plug-ins.
    """
    if isinstance(given, Fault):
        return given
    if given.kind not in IDENTITIES:
        return given.submission
    way = core.submit.estimate(account, given.submission)
    route = None if isinstance(way, Refusal) else core.directory.routes.get(way.route)
    if route is None:
        return _UNSUPPORTED
    connectors = [core.directory.connectors.get(target.connector) for target in route.targets]
    known = all(connector is not None and connector.kind == _PLUGIN for connector in connectors)
    return given.submission if known else _UNSUPPORTED


def _ids(items: Sequence[object], most: int) -> list[str]:
    return [_id(item) for item in items[:most]]


def _id(item: object) -> str:
    """An id as it was written; empty for what is no text, and so unknown."""
    try:
        return as_text(item, "an id", _LONGEST_ID)
    except Unreadable:
        return ""


async def _listed(core: Core, account: str, ids: Sequence[str]) -> list[Asked]:
    numbers = [core.renderer.parse(text) for text in ids]
    found = iter(await core.query.find_many(account, [one for one in numbers if one is not None]))
    return [
        Asked(text, None if number is None else next(found))
        for text, number in zip(ids, numbers, strict=True)
    ]


def _within(asked: Asked, ranges: Sequence[Range]) -> Asked:
    if asked.found is None or is_within(asked.found.message.id, ranges):
        return asked
    return Asked(asked.text, None, elsewhere=True)
