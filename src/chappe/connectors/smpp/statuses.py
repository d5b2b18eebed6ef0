"""What a command_status in an answer makes of an attempt. What follows from that is the pipeline's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from chappe.connectors.smpp.settings import StatusRule
from chappe.domain.retry import Outcome
from chappe.ports.connector import SendOutcome
from chappe.protocols.smpp.commands import GenericNack
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Kind, Status, kind_of, name_of, text_of
from chappe.protocols.smpp.tlvs import Tag, find_text

_LONGEST: Final = 120

OUTCOMES: Mapping[Kind, Outcome] = MappingProxyType(
    {
        Kind.OK: Outcome.SENT,
        Kind.PERMANENT: Outcome.REFUSED,
        Kind.TEMPORARY: Outcome.DEFERRED,
        Kind.THROTTLE: Outcome.THROTTLED,
        Kind.LINK: Outcome.NOT_SENT,
        # Nothing can be concluded: a vendor's temporary error must not lose the message, and the plan's last
        # attempt ends one that was permanent. Who knows the vendor's table sets `statuses`.
        Kind.UNKNOWN: Outcome.DEFERRED,
    }
)
"""The outcome of each kind of status."""


class Meanings:
    """Reads statuses by one SMSC's own rules first, then by SMPP 3.4 §5.1.3."""

    __slots__ = ("_own",)

    def __init__(self, rules: Iterable[StatusRule]) -> None:
        self._own = {rule.status: rule.outcome for rule in rules}

    def outcome_of(self, status: int) -> Outcome:
        """What this status of an answer says of the attempt."""
        own = self._own.get(status)
        return OUTCOMES[kind_of(status)] if own is None else own

    def refusal(self, message_id: int, pdu: Pdu) -> SendOutcome:
        """The outcome that an answer other than a plain yes means.

        A generic_nack refuses whatever its status; SMPP 3.4 §4.3.1.
        """
        status = pdu.status
        if not status and isinstance(pdu.body, GenericNack):
            status = int(Status.ESME_RUNKNOWNERR)
        detail = text_of(status)
        told = find_text(pdu.tlvs, Tag.ADDITIONAL_STATUS_INFO_TEXT) if pdu.tlvs else None
        if told:
            shown = "".join(each if each.isprintable() else " " for each in told[:_LONGEST])
            detail = f"{detail}: {shown}"
        return SendOutcome(message_id, self.outcome_of(status), (), status, name_of(status), detail)
