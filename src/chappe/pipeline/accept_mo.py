"""MOs: parts gathered in any order, the whole routed to an account, stored with what it makes due. Stored before acknowledged."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from chappe.domain.conditions import Subject
from chappe.domain.ids import IdMaker, first_id_at
from chappe.domain.incoming import Arrival, HeldPart, Incoming, PartSet
from chappe.domain.interception import Direction, Draft
from chappe.domain.refusal import Refusal
from chappe.domain.report import IncomingNotice, MoManner, OtherWay, Replied, ReportWish, lane_of
from chappe.domain.routing import MoTarget, Route, mo_targets
from chappe.pipeline.directory import Directory
from chappe.pipeline.intercept import Intercept, Passage
from chappe.pipeline.notify import NO_MANNERS
from chappe.pipeline.reply import Reply, in_campaign
from chappe.ports.clock import Chance, Clock
from chappe.ports.connector import Ack
from chappe.ports.meter import Meter
from chappe.ports.scripts import NoScripts, ScriptRunner
from chappe.ports.store import Store, StoreError
from chappe.text import udh
from chappe.text.encodings import Charset, decode_text, encode_text
from chappe.text.gsm7 import NO_SHIFTS, Shifts, Unencodable
from chappe.text.reassembly import Complete, Conflict, Part, Repeat, add, join, with_gaps

_REPEAT_WINDOW_MS: Final = 300_000
_MOST_WHOLES: Final = 10_000
PART_WAIT_MS: Final = 600_000
"""How long the parts of a long MO are waited for; then what is there is delivered, marked as partial."""

REPLY_MS: Final = 5 * 86_400_000
"""How long an MT is remembered as what an MO answers; the vendor's "at least 5 days"."""

BATCH: Final = 200

IsThere = Callable[[MoTarget], bool]
"""Whether a target could take an MO now: a webhook always, an SMPP client while it is bound."""


class Taken(msgspec.Struct, frozen=True, gc=False):
    """The answers for a batch of arrivals, in order, and the lanes that got notices."""

    answers: tuple[Ack, ...]
    lanes: frozenset[str]


class _Whole(msgspec.Struct, frozen=True, gc=False):
    """A message ready to be routed: its first arrival stands for what all parts have in common."""

    arrival: Arrival
    text: str | None
    octets: bytes
    parts: int
    partial: bool
    udhi: bool


class AcceptMo:
    """Takes MOs. What cannot be routed is refused for now, so that the network keeps it (reliability I10)."""

    def __init__(
        self,
        *,
        directory: Directory,
        store: Store,
        ids: IdMaker,
        clock: Clock,
        meter: Meter,
        chance: Chance = lambda: 0.0,
        is_there: IsThere = lambda _: True,
        scripts: ScriptRunner | None = None,
        manners: Mapping[str, MoManner] = NO_MANNERS,
        reply: Reply | None = None,
    ) -> None:
        """`manners` say, by the name of their words, which deliveries tell what an MO answers.

        `is_there` says whether a target could take an MO now; without `scripts` interceptors that have one fail.
        """
        self._directory = directory
        self._store = store
        self._ids = ids
        self._clock = clock
        self._meter = meter
        self._chance = chance
        self._manners = manners
        self._is_there = is_there
        self._reply = reply
        self._intercept = Intercept(directory, scripts or NoScripts(), meter)
        self._wholes: OrderedDict[PartSet, tuple[int, tuple[bytes, ...]]] = OrderedDict()

    async def accept(self, arrivals: Sequence[Arrival]) -> Taken:
        """Takes a batch in the order of arrival; when this returns, what is answered as taken is on disk."""
        lanes: set[str] = set()
        answers = [await self._stored(arrival, lanes) for arrival in arrivals]
        return Taken(tuple(answers), frozenset(lanes))

    async def _stored(self, arrival: Arrival, lanes: set[str]) -> Ack:
        try:
            return await self._one(arrival, lanes)
        except StoreError:
            # Those before it are stored: only this one is to be sent again.
            self._meter.count("mo_not_stored", arrival.connector)
            return Ack.LATER

    async def _one(self, arrival: Arrival, lanes: set[str]) -> Ack:
        directory = self._directory
        # What interceptors make of it is not known yet, nor is its text before all parts are there.
        early = not (directory.mo.needs_text or directory.intercept_mo.rules)
        if early and self._route(arrival, "", ()) is None and not self._listens(arrival):
            self._meter.count("mo_unroutable", arrival.connector)
            return Ack.LATER
        part_set = arrival.part_set
        if part_set is None:
            return await self._finish(_single(arrival), None, lanes)
        if not 1 <= arrival.number <= part_set.total:
            # No set can be completed with it: delivered by itself and marked (reliability E5).
            self._meter.count("mo_stray_parts", arrival.connector)
            return await self._finish(_single(arrival, partial=True), None, lanes)
        if arrival.maybe_repeated and self._is_of_whole(part_set, arrival):
            self._meter.count("mo_repeated", arrival.connector)
            return Ack.TAKEN
        part = HeldPart(part_set, arrival.number, arrival.received_ms, arrival)
        (held,) = await self._store.hold_parts([part])
        others = {one.number: one for one in reversed(held) if one.arrival is not arrival and one != part}
        outcome = add([_part(one) for one in others.values()], _part(part))
        if isinstance(outcome, Complete):
            return await self._complete([*others.values(), part], part_set, lanes)
        if isinstance(outcome, Repeat) and len(others) == part_set.total:
            # All were there before, and the whole could not be stored or routed then.
            return await self._complete(list(others.values()), part_set, lanes)
        if isinstance(outcome, Conflict):
            # The reference came round before its last set was complete: that one ends, a new one begins.
            self._meter.count("mo_partial", arrival.connector)
            answer = await self._finish(_with_gaps(list(others.values())), part_set, lanes)
            await self._store.hold_parts([part])
            return answer
        return Ack.TAKEN

    async def _complete(self, held: Sequence[HeldPart], part_set: PartSet, lanes: set[str]) -> Ack:
        payloads = [one.arrival.octets for one in sorted(held, key=lambda one: one.number)]
        answer = await self._finish(_joined(held, payloads), part_set, lanes)
        if answer is Ack.TAKEN:
            last_ms = max(one.received_ms for one in held)
            self._wholes[part_set] = (last_ms, tuple(map(_short_digest, payloads)))
            if len(self._wholes) > _MOST_WHOLES:
                self._wholes.popitem(last=False)
        return answer

    def _is_of_whole(self, part_set: PartSet, arrival: Arrival) -> bool:
        """Whether a part belongs to a message that was whole lately: it must not begin a new set."""
        last_ms, digests = self._wholes.get(part_set, (0, ()))
        if not digests or arrival.received_ms - last_ms > _REPEAT_WINDOW_MS:
            return False
        return digests[arrival.number - 1] == _short_digest(arrival.octets)

    async def give_up_sets(self) -> tuple[int, frozenset[str]]:
        """Delivers what is there of one batch of sets whose other parts never came; how many, and their lanes."""
        stale = await self._store.stale_sets(self._clock.now_ms() - PART_WAIT_MS, BATCH)
        lanes: set[str] = set()
        for held in stale:
            whole = _with_gaps(held)
            if await self._finish(whole, held[0].part_set, lanes) is not Ack.TAKEN:
                await self._park(whole, held[0].part_set)
        self._meter.count("mo_partial", by=len(stale))
        return len(stale), frozenset(lanes)

    async def _park(self, whole: _Whole, part_set: PartSet) -> None:
        """Keeps what no route wants any more: its parts were acknowledged, so no network will send them again."""
        self._meter.count("mo_parked", whole.arrival.connector)
        await self._store.accept_incoming([(self._record(whole, "", "", digest=""), None)], [part_set])

    async def _finish(self, whole: _Whole, part_set: PartSet | None, lanes: set[str]) -> Ack:
        digest = whole.arrival.once or (_digest(whole) if part_set is None else "")
        tags: tuple[str, ...] = ()
        if self._directory.intercept_mo.rules:
            (draft,) = await self._intercept.drafts([_passage(whole)])
            if isinstance(draft, Refusal):
                return await self._refused(draft, whole, part_set)
            whole, tags = _with_draft(whole, draft), draft.tags
        arrival = whole.arrival
        route = self._route(arrival, whole.text or "", tags)
        to = mo_targets(route, self._is_there, self._chance()) if route is not None else ()
        found = None
        if self._reply is not None:
            found = self._reply.find(arrival.destination.value, whole.text, arrival.received_ms)
        if not (to or found):
            self._meter.count("mo_unroutable", arrival.connector)
            return Ack.LATER
        mo = self._record(whole, to[0].account if to else "", route.name if route else "", digest=digest)
        if found is not None:
            mo = in_campaign(mo, found)
        notice = await self._told(mo, whole, to) if to else None
        sets = [part_set] if part_set is not None else []
        if self._reply is not None and found is not None:
            stored = await self._reply.stored_with(found, mo, notice, sets)
        else:
            (stored,) = await self._store.accept_incoming([(mo, notice)], sets)
        if stored and notice is not None:
            lanes.add(lane_of(notice.wish))
        self._meter.count("mo_accepted" if stored else "mo_repeated", arrival.connector)
        return Ack.TAKEN

    def _listens(self, arrival: Arrival) -> bool:
        return self._reply is not None and self._reply.listens(arrival.destination.value)

    async def _told(self, mo: Incoming, whole: _Whole, to: Sequence[MoTarget]) -> IncomingNotice:
        ways = tuple(OtherWay(other.account, _wish(other)) for other in to[1:])
        notice = _notice(mo, whole, _wish(to[0]), ways, await self._replied(to[0], mo))
        # A campaign's MO is on record with the campaign's account; it is told to whom the route says.
        return msgspec.structs.replace(notice, account=to[0].account)

    async def _replied(self, to: MoTarget, mo: Incoming) -> Replied | None:
        """The MT that an MO answers: the last one of its account to this subscriber by this sender, of late."""
        manner = self._manners.get(to.dialect)
        if manner is None or not manner.replies:
            return None
        since_id = first_id_at(mo.received_ms - REPLY_MS)
        label = await self._store.last_label(to.account, mo.source.value, mo.destination.value, since_id)
        return None if label is None else Replied(label.message_id, label.reference, label.groupings)

    async def _refused(self, refusal: Refusal, whole: _Whole, part_set: PartSet | None) -> Ack:
        """An interceptor does not let it through: the network hears so, if it can still be told."""
        self._meter.count("mo_refused", whole.arrival.connector)
        if refusal.reason.retryable:
            return Ack.LATER
        if part_set is None:
            return Ack.REFUSED
        # Its other parts were acknowledged: it is kept, and goes nowhere.
        await self._park(whole, part_set)
        return Ack.TAKEN

    def _record(self, whole: _Whole, account: str, route: str, *, digest: str) -> Incoming:
        arrival = whole.arrival
        return Incoming(
            id=self._ids.next(self._clock.now_ms()),
            account=account,
            route=route,
            connector=arrival.connector,
            source=arrival.source,
            destination=arrival.destination,
            text=whole.text,
            octets=whole.octets,
            charset=arrival.charset,
            data_coding=arrival.data_coding,
            parts=whole.parts,
            received_ms=arrival.received_ms,
            partial=whole.partial,
            digest=digest,
            rich=arrival.rich,
            repeat_window_ms=_REPEAT_WINDOW_MS if arrival.maybe_repeated else arrival.once_ms,
            instance=self._directory.instance_by_code.get(arrival.destination.value, ""),
            network=self._directory.prefixes.network_of(arrival.source.value),
        )

    def _route(self, arrival: Arrival, text: str, tags: tuple[str, ...]) -> Route | None:
        subject = Subject(
            source=arrival.source.value,
            destination=arrival.destination.value,
            network=self._directory.prefixes.network_of(arrival.source.value),
            text=text,
            tags=tags,
            connector=arrival.connector,
            tlvs=arrival.tlvs,
        )
        return self._directory.mo.find(subject, datetime.fromtimestamp(arrival.received_ms / 1000, UTC))


def _shifts(arrival: Arrival) -> Shifts:
    if not arrival.header:
        return NO_SHIFTS
    try:
        header, _ = udh.parse(arrival.header)
    except udh.BadUdh:
        return NO_SHIFTS
    return udh.shifts(header)


def _part(held: HeldPart) -> Part:
    return Part(held.number, held.part_set.total, held.arrival.octets)


def _single(arrival: Arrival, *, partial: bool = False) -> _Whole:
    decoded = decode_text(arrival.octets, Charset(arrival.charset), _shifts(arrival))
    octets = arrival.header + arrival.octets
    return _Whole(arrival, decoded.text if decoded else None, octets, 1, partial, bool(arrival.header))


def _joined(held: Sequence[HeldPart], payloads: Sequence[bytes]) -> _Whole:
    first = min(held, key=lambda part: part.number).arrival
    joined = join(payloads, Charset(first.charset), shifts=_shifts(first))
    text = None if isinstance(joined, bytes) else joined.text
    return _Whole(first, text, b"".join(payloads), len(payloads), partial=False, udhi=False)


def _with_gaps(held: Sequence[HeldPart]) -> _Whole:
    first = min(held, key=lambda part: part.number).arrival
    # Of one that the network sent twice the first stands.
    parts = {one.number: _part(one) for one in reversed(held)}
    text = with_gaps(parts.values(), held[0].part_set.total, Charset(first.charset), shifts=_shifts(first))
    octets = b"".join(part.octets for _, part in sorted(parts.items()))
    return _Whole(first, text, octets, held[0].part_set.total, partial=True, udhi=False)


def _short_digest(octets: bytes) -> bytes:
    return hashlib.blake2b(octets, digest_size=8).digest()


def _digest(whole: _Whole) -> str:
    """Tells exact repeats (reliability b.4): the network's own sequence number is left out, it changes."""
    arrival = whole.arrival
    told: tuple[object, ...]
    told = (arrival.group, arrival.source.value, arrival.destination.value, arrival.data_coding, whole.octets)
    if arrival.rich is not None:
        told = (*told, arrival.rich)
    return hashlib.blake2b(msgspec.msgpack.encode(told), digest_size=16).hexdigest()


def _wish(target: MoTarget) -> ReportWish:
    return ReportWish(target.way, 0, target.dialect, target.target, target.method)


def _passage(whole: _Whole) -> tuple[Passage, Draft]:
    arrival = whole.arrival
    passage = Passage(
        direction=Direction.MO,
        connector=arrival.connector,
        octets=whole.octets,
        data_coding=arrival.data_coding,
        at_ms=arrival.received_ms,
    )
    return passage, Draft(arrival.source, arrival.destination, whole.text, (), arrival.tlvs)


def _with_draft(whole: _Whole, draft: Draft) -> _Whole:
    """The MO as interceptors left it. A changed text is written in its own coding if it fits, else as Unicode."""
    arrival = msgspec.structs.replace(
        whole.arrival, source=draft.source, destination=draft.destination, tlvs=draft.tlvs
    )
    if draft.text is None or draft.text == whole.text:
        return msgspec.structs.replace(whole, arrival=arrival)
    try:
        octets = encode_text(draft.text, Charset(arrival.charset))
    except (Unencodable, UnicodeEncodeError):
        arrival = msgspec.structs.replace(arrival, charset=Charset.UCS2.value, data_coding=8)
        octets = encode_text(draft.text, Charset.UCS2)
    return msgspec.structs.replace(whole, arrival=arrival, text=draft.text, octets=octets, udhi=False)


def _notice(
    mo: Incoming,
    whole: _Whole,
    wish: ReportWish,
    others: tuple[OtherWay, ...],
    replied: Replied | None,
) -> IncomingNotice:
    arrival = whole.arrival
    return IncomingNotice(
        message_id=mo.id,
        account=mo.account,
        wish=wish,
        source=mo.source,
        destination=mo.destination,
        connector=mo.connector,
        text=mo.text,
        octets=mo.octets,
        data_coding=mo.data_coding,
        received_ms=mo.received_ms,
        priority=arrival.priority,
        udhi=whole.udhi,
        partial=mo.partial,
        validity=arrival.validity,
        tlvs=arrival.tlvs,
        service_type=arrival.service_type,
        protocol_id=arrival.protocol_id,
        others=others,
        replied=replied,
        rich=arrival.rich,
    )
