"""What a load-generating ESME counts: answers, receipts, latencies, and its ledger. No connection is known here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chappe.protocols.smpp.commands import DataSm, DeliverSm, MessageResp
from chappe.protocols.smpp.pdu import Pdu, payload
from chappe.protocols.smpp.receipts import looks_like, read
from chappe.protocols.smpp.statuses import name_of
from chappe.sim.latency import Latencies, Quantiles
from chappe.sim.ledger import AnsweredRow, LedgerWriter, ReceiptRow, SentRow

_UCS2: Final = 8
_ACCEPTED, _RECEIPTED = 1, 2


@dataclass(frozen=True, slots=True)
class EsmeReport:
    """What came of a run."""

    sent: int
    accepted: int
    refused: Mapping[str, int]
    """By the name of the command_status; those that were submitted again too."""
    unanswered: int
    resent: int
    connects: int
    seconds: float
    """From the first submit to the last answer."""
    accepted_per_second: float
    latency: Quantiles
    """From when a message was due: a stalled far end shows."""
    service: Quantiles
    """From when it was sent."""
    receipts: int
    receipt_states: Mapping[str, int]
    receipts_matched: int
    """Accepted messages with a receipt for their very id."""
    receipts_repeated: int
    """Receipts of an id that had one already."""
    mos: int


class Tally:
    """What has been counted up to now. `at` is Unix seconds, latencies are seconds."""

    def __init__(self, ledger: LedgerWriter | None) -> None:
        self._ledger = ledger
        self._ids: dict[str, int] = {}
        self._latency = Latencies()
        self._service = Latencies()
        self._refused: Counter[str] = Counter()
        self._states: Counter[str] = Counter()
        self._receipts = self._repeated = self._mos = 0
        self.sent = self.accepted = self.matched = self.unanswered = self.resent = self.connects = 0

    def submitting(self, token: str, at: float) -> None:
        """A message is about to be sent."""
        self.sent += 1
        if self._ledger is not None:
            self._ledger.write(SentRow(at, token))

    def answered(self, token: str, pdu: Pdu, latency: float, service: float, at: float) -> None:
        """An answer came, so long after its message was due and after it was sent."""
        self._latency.add(latency)
        self._service.add(service)
        id_ = pdu.body.message_id if isinstance(pdu.body, MessageResp) else ""
        if self._ledger is not None:
            self._ledger.write(AnsweredRow(at, token, pdu.status, id_))
        if pdu.status:
            self._refused[name_of(pdu.status)] += 1
        else:
            self.accepted += 1
            self._mark(id_, _ACCEPTED)

    def delivered(self, pdu: Pdu, at: float) -> None:
        """A receipt or an MO came."""
        body = pdu.body
        if not isinstance(body, DeliverSm | DataSm) or not looks_like(body.esm_class):
            self._mos += 1
            return
        self._receipts += 1
        octets = payload(pdu).octets
        charset = "utf-16-be" if body.data_coding == _UCS2 else "latin-1"
        found = read(str(octets, charset, "replace"), pdu.tlvs)
        if found is not None:
            self._states[found.stat] += 1
            self._mark(found.id, _RECEIPTED)
            if self._ledger is not None:
                self._ledger.write(ReceiptRow(at, found.id, found.stat))

    def _mark(self, id_: str, bit: int) -> None:
        before = self._ids.get(id_, 0)
        self._ids[id_] = before | bit
        if bit & before:
            self._repeated += bit == _RECEIPTED
        elif before:
            self.matched += 1

    def report(self, seconds: float, unanswered: int) -> EsmeReport:
        """All of it. `seconds` is the run's length, `unanswered` how many were given up just now."""
        return EsmeReport(
            sent=self.sent,
            accepted=self.accepted,
            refused=dict(self._refused),
            unanswered=self.unanswered + unanswered,
            resent=self.resent,
            connects=self.connects,
            seconds=round(seconds, 3),
            accepted_per_second=round(self.accepted / seconds, 1) if seconds > 0 else 0.0,
            latency=self._latency.quantiles(),
            service=self._service.quantiles(),
            receipts=self._receipts,
            receipt_states=dict(self._states),
            receipts_matched=self.matched,
            receipts_repeated=self._repeated,
            mos=self._mos,
        )
