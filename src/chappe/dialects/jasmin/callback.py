"""Notices as this dialect's HTTP callbacks: DLRs of level 1 and 2, and MOs. Pure."""

from __future__ import annotations

from chappe.dialects.jasmin.statuses import STATE_WORDS
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, Notice, ReportOn, StatusNotice
from chappe.domain.state import State
from chappe.ports.carrier import HttpCall
from chappe.protocols.http.forms import write_form
from chappe.protocols.smpp.message_states import MessageState, state_of_word
from chappe.protocols.smpp.statuses import name_of

_ACKNOWLEDGEMENT = b"ACK/Jasmin"
_HEADERS = (
    ("User-Agent", "Jasmin gateway/1.0 DLRThrower"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Accept", "text/plain"),
)
_MO_HEADERS = (("User-Agent", "Jasmin gateway/1.0 deliverSmHttpThrower"), *_HEADERS[1:])
_DELIVERY_FAILURE = 0xFE
"""ESME_RDELIVERYFAILURE, for a level 1 callback about a message that no SMSC ever answered."""

_ND = "ND"
_INTERMEDIATE_WORDS = frozenset({"ACCEPTD", "ENROUTE"})

Pairs = list[tuple[str, str | bytes]]


class JasminWriter:
    """Answers `ports.carrier.NoticeWriter`."""

    def __init__(self, renderer: IdRenderer) -> None:
        self._renderer = renderer

    def write(self, notice: Notice) -> HttpCall:
        """The callback: parameters in the URL's query for GET, as a form for POST."""
        if isinstance(notice, IncomingNotice):
            pairs, headers = self._mo(notice), _MO_HEADERS
        else:
            # Batches are told of by another writer.
            assert isinstance(notice, StatusNotice)
            pairs, headers = self._status(notice), _HEADERS
        wish = notice.wish
        form = write_form(pairs)
        if wish.method == "GET":
            # A fragment is never sent, RFC 9110 §7.1: parameters behind one would stay at home.
            url = wish.target.partition("#")[0]
            joint = "&" if "?" in url else "?"
            return HttpCall("GET", f"{url}{joint}{form}", headers)
        return HttpCall("POST", wish.target, headers, form.encode())

    def taken(self, status: int, body: bytes) -> bool:
        """Jasmin's rule: a status below 400 and exactly this body."""
        return status < 400 and body.strip() == _ACKNOWLEDGEMENT

    def _status(self, notice: StatusNotice) -> Pairs:
        message_id = self._renderer.uuid(notice.message_id)
        if notice.event is ReportOn.SMSC:
            return [
                ("id", message_id),
                ("level", "1"),
                ("message_status", _smsc_word(notice)),
                ("connector", notice.connector),
            ]
        return [
            ("id", message_id),
            ("level", "2"),
            ("message_status", _state_word(notice)),
            ("connector", notice.connector),
            ("id_smsc", notice.smsc_id.upper().lstrip("0")),
            ("sub", notice.sub or _ND),
            ("dlvrd", notice.dlvrd or _ND),
            ("subdate", notice.submit_date or _ND),
            ("donedate", notice.done_date or _ND),
            ("err", notice.error if notice.smsc_id else _ND),
            ("text", notice.text),
        ]

    def _mo(self, notice: IncomingNotice) -> Pairs:
        content = notice.octets if notice.text is None else notice.text
        pairs: Pairs = [
            ("id", self._renderer.uuid(notice.message_id)),
            ("from", notice.source.value),
            ("to", notice.destination.value),
            ("origin-connector", notice.connector),
            ("content", content),
            ("binary", notice.octets.hex()),
            ("coding", str(notice.data_coding)),
        ]
        if notice.priority:
            pairs.append(("priority", str(notice.priority)))
        if notice.validity:
            pairs.append(("validity", notice.validity))
        return pairs


def _smsc_word(notice: StatusNotice) -> str:
    if notice.state is State.SENT:
        return name_of(0)
    return name_of(notice.command_status or _DELIVERY_FAILURE)


def _state_word(notice: StatusNotice) -> str:
    if notice.event is ReportOn.INTERMEDIATE and notice.word in _INTERMEDIATE_WORDS:
        return notice.word
    if notice.state is State.UNDELIVERED and state_of_word(notice.word) is MessageState.DELETED:
        # To us a failure like others; Jasmin's clients know the network's word for it.
        return STATE_WORDS[State.CANCELLED]
    return STATE_WORDS[notice.state]
