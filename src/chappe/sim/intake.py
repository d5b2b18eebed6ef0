"""What becomes of the messages that clients submit: the decision, the answer, the receipts in their time.
How a session begins and ends is not known here.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from chappe.protocols.smpp.command_ids import RESPONSE, Command
from chappe.protocols.smpp.commands import (
    BODIES,
    Body,
    DataSm,
    DataSmResp,
    GenericNack,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
)
from chappe.protocols.smpp.destinations import SmeAddress, UnsuccessSme
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.pdu import Pdu, payload
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag, find_integer
from chappe.sim.behaviour import MIX, NONE, Behaviour, PartReceipts, drawn_delay
from chappe.sim.centre import Centre
from chappe.sim.deliveries import Mailbox, Receiver
from chappe.sim.ledger import LedgerWriter, SubmitRow, digest_of, token_in
from chappe.sim.links import SimLink
from chappe.sim.memory import Firsts, Memory
from chappe.sim.message_ids import IdForm, write_ids
from chappe.sim.outcomes import DELIVERED, DIGITS, LOST, MAGIC, Cut, Outcome, Told, refused
from chappe.sim.receipts import FORMS, Taken, text_head, wanted, write_receipt
from chappe.text import udh

_UDHI: Final = 0x40
_THROTTLED: Final = frozenset((int(Status.ESME_RTHROTTLED), int(Status.ESME_RMSGQFUL)))
_CANCELLED: Final = Told(MessageState.DELETED, "000")
_BY_CHANCE: Final = (IdForm.UUID, IdForm.UPPER_LOWER)
_TOO_FAST: Final = refused(Status.ESME_RTHROTTLED)
_LOST_OF_MANY: Final = int(Status.ESME_RSUBMITFAIL)
_NO_LIST: Final = int(Status.ESME_RINVDLNAME)


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A message for one destination, as it came in."""

    session: Submitter
    pdu: Pdu
    body: SubmitSm | DataSm | SubmitMulti
    octets: bytes
    destination: str
    dest_ton: int
    dest_npi: int


class Submitter(Receiver, Protocol):
    """The session that a message comes in by."""

    system_id: str
    link: SimLink
    mailbox: Mailbox
    submits: int
    """How many came in by it."""
    held: list[tuple[float, Reply]]
    """Answers to the requests of one read, with their delays, until all of them are there."""


class Reply(msgspec.Struct, frozen=True):
    """An answer that is due, and what follows from it."""

    session: Submitter
    pdu: Pdu
    status: int
    body: Body
    outcome: Outcome
    taken: tuple[tuple[Taken, Outcome], ...] = ()
    """What it says yes to, each with the receipts that it is owed."""


class Bucket:
    """A rate: what may pass accrues with time, up to a tenth of a second's."""

    __slots__ = ("_at", "_level", "_most", "_rate")

    def __init__(self, rate: float, now: float) -> None:
        """`rate` is a second's; `now` the seconds of a clock that never goes back."""
        self._rate = rate
        self._most = max(1.0, rate / 10)
        self._level = self._most
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more may pass now."""
        self._level = min(self._most, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Intake:
    """Takes messages, as the behaviour in force says."""

    def __init__(self, centre: Centre, memory: Memory | None) -> None:
        """Without a memory there is nothing for query_sm and cancel_sm to find."""
        self._centre = centre
        self._memory = memory
        self._firsts = Firsts()
        self._forms = dict(FORMS)
        self._bucket: Bucket | None = None
        self._by_chance = False
        self._quick = False
        self.behave(centre.behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        """Another behaviour is in force."""
        rate = behaviour.throttle_rate
        if rate is None:
            self._bucket = None
        elif self._bucket is None or rate != self._centre.behaviour.throttle_rate:
            self._bucket = Bucket(rate, self._centre.loop.time())
        self._centre.behaviour = behaviour
        self._by_chance = behaviour.by_chance
        self._quick = behaviour.response_delay[1] == 0 and not behaviour.reversed_answers

    def submit(self, session: Submitter, pdu: Pdu, body: SubmitSm | DataSm) -> None:
        """A submit_sm or data_sm came in."""
        octets = body.short_message if isinstance(body, SubmitSm) and not pdu.tlvs else payload(pdu).octets
        arrival = Arrival(
            session, pdu, body, octets, body.destination_addr, body.dest_addr_ton, body.dest_addr_npi
        )
        outcome = self._outcome(arrival)
        session.submits += 1
        every = self._centre.behaviour.cut_every
        if every and session.submits % every == 0:
            cut = self._centre.behaviour.draw_cut(self._centre.chance)
            outcome = msgspec.structs.replace(outcome, cut=cut)
        taken = self._take(arrival) if outcome.taken else None
        if self._centre.ledger is not None:
            self._note(self._centre.ledger, arrival, outcome, "" if taken is None else taken.id)
        if taken is not None and outcome is DELIVERED and self._quick:
            loose = session.link.loose
            if pdu.command == Command.SUBMIT_SM:
                loose.respond_submit(pdu.sequence, taken.id)
            else:
                loose.respond(pdu, 0, DataSmResp(taken.id))
            self._schedule(session, taken, outcome)
        elif outcome.status is None:
            session.link.loose.forget(pdu)
            if outcome.cut is not None:
                self._break(session, Cut.BEFORE)
        else:
            self._reply(_answer_to(arrival, outcome.status, outcome, taken))

    def submit_multi(self, session: Submitter, pdu: Pdu, body: SubmitMulti) -> None:
        """A submit_multi came in: one id for all destinations that are taken, the others with their status."""
        octets = payload(pdu).octets
        taken: list[tuple[Taken, Outcome]] = []
        unsuccess: list[UnsuccessSme] = []
        lost = True
        for one in body.dest_address:
            if not isinstance(one, SmeAddress):
                lost = False
                unsuccess.append(UnsuccessSme(one.dl_name, _NO_LIST))
                continue
            ton, npi = one.dest_addr_ton, one.dest_addr_npi
            arrival = Arrival(session, pdu, body, octets, one.destination_addr, ton, npi)
            outcome = self._outcome(arrival)
            lost = lost and outcome.status is None
            if outcome.taken:
                mine = self._take(arrival)
                # The answer has room for one id: receipts tell the destinations apart.
                first = taken[0][0] if taken else mine
                mine = msgspec.structs.replace(mine, id=first.id, receipt_id=first.receipt_id)
                taken.append((mine, outcome))
            else:
                status = _LOST_OF_MANY if outcome.status is None else outcome.status
                unsuccess.append(UnsuccessSme(one.destination_addr, status, ton, npi))
            if self._centre.ledger is not None:
                self._note(self._centre.ledger, arrival, outcome, taken[0][0].id if outcome.taken else "")
        session.submits += 1
        if lost:
            session.link.loose.forget(pdu)
        else:
            answer = SubmitMultiResp(taken[0][0].id if taken else "", tuple(unsuccess))
            self._reply(Reply(session, pdu, 0, answer, DELIVERED, tuple(taken)))

    def release(self, session: Submitter) -> None:
        """Answers what was held back, the last first."""
        held = session.held[::-1]
        session.held.clear()
        for delay, reply in held:
            self._centre.wheel.add(delay, self._answer, reply)

    # ------------------------------------------------------------ the decision

    def _outcome(self, arrival: Arrival) -> Outcome:
        counters, behaviour = self._centre.counters, self._centre.behaviour
        counters.submits += 1
        outcome = DELIVERED
        magic = MAGIC.get(arrival.destination[-DIGITS:]) if behaviour.magic else None
        if behaviour.silent:
            outcome = LOST
        elif self._bucket is not None and not self._bucket.take(self._centre.loop.time()):
            outcome = _TOO_FAST
        elif magic is not None:
            if not magic.once or self._firsts.first(
                arrival.body.source_addr, arrival.destination, arrival.octets
            ):
                outcome = magic
        elif self._by_chance:
            outcome = behaviour.draw(self._centre.chance)
        if outcome.status == 0:
            counters.ok += 1
        elif outcome.status is None:
            counters.lost += 1
        elif outcome.status in _THROTTLED:
            counters.throttled += 1
        else:
            counters.refused += 1
        return outcome

    def _take(self, arrival: Arrival) -> Taken:
        body = arrival.body
        behaviour, chance = self._centre.behaviour, self._centre.chance
        variant = behaviour.receipts
        form = behaviour.ids
        if variant == MIX:
            variant = behaviour.draw_variant(chance)
        form = self._forms.get(variant, form)
        bits = chance.getrandbits(128) if form in _BY_CHANCE else 0
        id_, receipt_id = write_ids(form, self._centre.next_number(), bits)
        if self._memory is not None:
            self._memory.add(id_, body.source_addr)
        registered = body.registered_delivery
        if variant == NONE or not _reported(arrival, variant, behaviour.receipt_parts):
            registered = 0
        return Taken(
            id_,
            # Those variants make the receipt's id from the answer's themselves.
            id_ if variant in self._forms else receipt_id,
            variant,
            registered,
            body.source_addr,
            body.source_addr_ton,
            body.source_addr_npi,
            arrival.destination,
            arrival.dest_ton,
            arrival.dest_npi,
            self._centre.moment(),
            text_head(arrival.octets, body.data_coding, body.esm_class) if registered else "",
        )

    def _note(self, ledger: LedgerWriter, arrival: Arrival, outcome: Outcome, id_: str) -> None:
        session, pdu, octets = arrival.session, arrival.pdu, arrival.octets
        keeps = self._centre.keeps_texts
        row = SubmitRow(
            self._centre.wall(),
            session.system_id,
            session.number,
            pdu.sequence,
            arrival.body.source_addr,
            arrival.destination,
            outcome.status,
            id_,
            token_in(octets),
            "" if keeps else digest_of(octets),
            str(octets, "latin-1") if keeps else "",
            outcome.status is not None and outcome.cut is not Cut.BEFORE,
            find_integer(pdu.tlvs, Tag.USER_MESSAGE_REFERENCE) if pdu.tlvs else None,
        )
        ledger.write(row)

    # ------------------------------------------------------------ the answer

    def _reply(self, reply: Reply) -> None:
        centre, outcome, session = self._centre, reply.outcome, reply.session
        if outcome.cut is not None:
            self._cut(reply, outcome.cut)
            return
        delay = drawn_delay(centre.behaviour.response_delay, centre.chance) + outcome.answer_after
        if outcome.early and outcome.receipts and reply.taken:
            self._tell((session, reply.taken[0][0], outcome.receipts[0]))
            delay += centre.behaviour.receipt_lead
        if centre.behaviour.reversed_answers:
            session.held.append((delay, reply))
        else:
            centre.wheel.add(delay, self._answer, reply)

    def _cut(self, reply: Reply, cut: Cut) -> None:
        self.release(reply.session)
        if cut is Cut.AFTER:
            self._say(reply)
        self._break(reply.session, cut)
        self._follow(reply)

    def _break(self, session: Submitter, cut: Cut) -> None:
        self._centre.counters.cuts += 1
        session.link.cut(cut)

    def _answer(self, reply: Reply) -> None:
        self._say(reply)
        self._follow(reply)

    def _say(self, reply: Reply) -> None:
        link, pdu = reply.session.link, reply.pdu
        body = GenericNack() if reply.outcome.nacked else reply.body
        if link.loose.respond(pdu, reply.status, body):
            for _ in range(1, reply.outcome.answers):
                link.loose.repeat(pdu, reply.status, body)
            link.flush_soon()

    def _follow(self, reply: Reply) -> None:
        for taken, outcome in reply.taken:
            self._schedule(reply.session, taken, outcome)

    # ------------------------------------------------------------ the receipts

    def _schedule(self, session: Submitter, taken: Taken, outcome: Outcome) -> None:
        if not taken.registered and self._memory is None:
            return
        wheel = self._centre.wheel
        delay = drawn_delay(self._centre.behaviour.receipt_delay, self._centre.chance)
        if outcome.stray and taken.registered:
            # No id has this number in any form: ours begin at 1.
            unknown = msgspec.structs.replace(taken, id="0", receipt_id="0")
            wheel.add(delay, self._tell, (session, unknown, outcome.receipts[0]))
        for told in outcome.receipts[1:] if outcome.early else outcome.receipts:
            delay += told.after
            wheel.add(delay, self._tell, (session, taken, told))

    def _tell(self, item: tuple[Submitter, Taken, Told]) -> None:
        session, taken, told = item
        moment = self._centre.moment()
        if self._memory is not None:
            message = self._memory.find(taken.id)
            if message is not None and message.cancelled:
                told = _CANCELLED
            elif message is not None:
                message.move(told.state, told.err, moment)
        if wanted(told, taken.registered):
            delivery = write_receipt(taken, told, moment, tlvs=session.link.session.tlvs_allowed)
            session.mailbox.put(delivery, session)


def _answer_to(arrival: Arrival, status: int, outcome: Outcome, taken: Taken | None) -> Reply:
    session, pdu = arrival.session, arrival.pdu
    if taken is None:
        return Reply(session, pdu, status, BODIES[pdu.command | RESPONSE](), outcome)
    body = SubmitSmResp(taken.id) if pdu.command == Command.SUBMIT_SM else DataSmResp(taken.id)
    return Reply(session, pdu, status, body, outcome, ((taken, outcome),))


def _reported(arrival: Arrival, variant: str, parts: PartReceipts) -> bool:
    """Whether this part of a message, or this message, gets a receipt of its own (V22)."""
    if parts is PartReceipts.EACH:
        if variant != "V22":
            return True
        parts = PartReceipts.LAST
    number, total = _part_of(arrival)
    return number == (1 if parts is PartReceipts.FIRST else total)


def _part_of(arrival: Arrival) -> tuple[int, int]:
    """Which part of how many; 1 of 1 for a whole message."""
    if arrival.body.esm_class & _UDHI:
        try:
            found = udh.concatenation(udh.parse(arrival.octets)[0])
        except udh.BadUdh:
            found = None
        if found is not None:
            return found.number, found.total
    number = find_integer(arrival.pdu.tlvs, Tag.SAR_SEGMENT_SEQNUM)
    total = find_integer(arrival.pdu.tlvs, Tag.SAR_TOTAL_SEGMENTS)
    return (1, 1) if number is None or total is None else (number, total)
