"""A message's story in lines, put together from what the store holds of it anyway. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chappe.domain.ids import id_time_ms
from chappe.domain.money import format_amount
from chappe.domain.report import BatchNotice, Delivery, NoticeRecord, ReportOn, StatusNotice
from chappe.domain.state import FINAL, State
from chappe.ports.messages import Timeline


class Line(msgspec.Struct, frozen=True, gc=False):
    """One step: when (Unix milliseconds), what in a word, and its facts. Holds no text of the message."""

    at_ms: int
    what: str
    detail: str


def tell(timeline: Timeline) -> list[Line]:
    """The steps of a message in order of time."""
    lines = [*_taken(timeline), *_sent(timeline), *_told(timeline)]
    standing = timeline.found.standing
    if standing.state in FINAL:
        lines.append(Line(standing.final_ms, standing.state.name.lower(), standing.error))
    lines.sort(key=lambda line: line.at_ms)
    return lines


def _taken(timeline: Timeline) -> Iterator[Line]:
    message, standing = timeline.found.message, timeline.found.standing
    at_ms = id_time_ms(message.id)
    charge = f", charged {format_amount(message.charge)}" if message.charge else ""
    if message.reserved:
        charge += f", {format_amount(message.reserved)} of it once an SMSC takes it"
    if message.counted:
        charge += f", counted {message.counted}"
    yield Line(
        at_ms,
        "accepted",
        f"by {message.dialect} for account {message.account}, {message.parts} part{'s' * (message.parts > 1)}"
        f" of {message.charset}{charge}",
    )
    extras = message.extras
    if extras is not None and (extras.network or extras.tariff):
        told = {"network": extras.network, "tariff": extras.tariff}
        named = ", ".join(f"{name} {value}" for name, value in told.items() if value)
        yield Line(at_ms, "told", f"by the client: {named}")
    yield Line(at_ms, "routed", f"by rule {message.route} to connector {message.connector}")
    if message.due_ms:
        yield Line(at_ms, "scheduled", f"for {_seconds(message.due_ms - at_ms)} later")
    if standing.refunded:
        yield Line(standing.final_ms, "refunded", format_amount(standing.refunded))


def _sent(timeline: Timeline) -> Iterator[Line]:
    message = timeline.found.message
    for note in timeline.notes:
        attempt = (
            f"attempt {note.note.attempt} by {note.note.connector}"
            if note.note.attempt
            else note.note.connector
        )
        yield Line(note.at_ms, note.note.what, ": ".join(filter(None, (attempt, note.note.detail))))
    for part in timeline.parts:
        which = f"part {part.number} of {message.parts} " if message.parts > 1 else ""
        yield Line(
            part.sent_ms,
            "submitted",
            f"{which}to {timeline.found.standing.connector}, SMSC id {part.smsc_id}",
        )
        if part.done_ms:
            yield Line(part.done_ms, "receipt", f"{which}{part.word} err {part.error}".strip())
            # Up to the text that some networks give back: that is the client's.
            said = part.receipt.partition(" text:")[0]
            if said:
                yield Line(part.done_ms, "as told", f"{which}{said}")
    if timeline.found.standing.possible_duplicate:
        yield Line(
            timeline.found.standing.sent_ms, "possible duplicate", timeline.found.standing.possible_duplicate
        )


def _told(timeline: Timeline) -> Iterator[Line]:
    for record in timeline.notices:
        event = _event(record)
        if record.answered_ms:
            how = {Delivery.DONE: "handed over", Delivery.GIVEN_UP: "given up"}.get(
                record.delivery, "failed, goes on"
            )
            yield Line(
                record.answered_ms,
                "notice",
                f"{event} to {record.lane}, attempt {record.attempts}: {how} ({record.answer})",
            )
        elif record.delivery is Delivery.OPEN:
            yield Line(record.due_ms, "notice", f"{event} owed to {record.lane}")


def _event(record: NoticeRecord) -> str:
    notice = record.notice
    if isinstance(notice, StatusNotice):
        if notice.event is ReportOn.SMSC:
            return "SMSC answer" if notice.state is State.SENT else "SMSC refusal"
        return "final state" if notice.event is not ReportOn.INTERMEDIATE else "intermediate state"
    return "batch" if isinstance(notice, BatchNotice) else "MO"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.0f} s"
