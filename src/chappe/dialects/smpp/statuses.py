"""What each refusal is called on this wire, what each state is numbered, and what clients' answers mean. Tables only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chappe.domain.refusal import Reason, Refusal
from chappe.domain.state import State
from chappe.ports.carrier import Handover
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.statuses import Status

STATUSES: Final[Mapping[Reason, Status]] = MappingProxyType(
    {
        # A client learns the same from an unknown name, a wrong password and too many of them.
        Reason.BAD_CREDENTIALS: Status.ESME_RINVPASWD,
        Reason.TOO_MANY_FAILURES: Status.ESME_RINVPASWD,
        Reason.ADDRESS_NOT_ALLOWED: Status.ESME_RBINDFAIL,
        Reason.MAY_NOT_BIND: Status.ESME_RBINDFAIL,
        Reason.TOO_MANY_BINDS: Status.ESME_RBINDFAIL,
        Reason.MAY_NOT_SEND: Status.ESME_RINVSYSID,
        Reason.MAY_NOT_ASK_BALANCE: Status.ESME_RINVSYSID,
        Reason.MAY_NOT_ASK_RATE: Status.ESME_RINVSYSID,
        Reason.NO_RIGHT: Status.ESME_RINVSYSID,
        Reason.FILTERED: Status.ESME_RSYSERR,
        Reason.BAD_DESTINATION: Status.ESME_RINVDSTADR,
        Reason.BAD_SENDER: Status.ESME_RINVSRCADR,
        # Octets pass as they are: all that can be wrong with them is how many there are.
        Reason.BAD_TEXT: Status.ESME_RINVMSGLEN,
        Reason.TOO_MANY_PARTS: Status.ESME_RINVMSGLEN,
        Reason.BAD_VALIDITY: Status.ESME_RINVEXPIRY,
        Reason.BAD_SCHEDULE: Status.ESME_RINVSCHED,
        Reason.BAD_CALLBACK: Status.ESME_RINVREGDLVFLG,
        Reason.TOO_FAST: Status.ESME_RTHROTTLED,
        Reason.NO_BALANCE: Status.ESME_RSYSERR,
        Reason.NO_ROUTE: Status.ESME_RINVDSTADR,
        Reason.NO_CONNECTOR: Status.ESME_RSUBMITFAIL,
        Reason.NO_CHANNEL: Status.ESME_RINVDSTADR,
        Reason.BAD_APP: Status.ESME_RSUBMITFAIL,
        Reason.NOT_FOUND: Status.ESME_RINVMSGID,
        Reason.TOO_LATE: Status.ESME_RSUBMITFAIL,
        Reason.KEY_REUSED: Status.ESME_RSUBMITFAIL,
        Reason.INTERCEPTED: Status.ESME_RUNKNOWNERR,
        # SMPP 3.4 §5.1.3 knows no refusal of a content; 3.4 has no ESME_RREJECTMSG either.
        Reason.SPAM: Status.ESME_RSUBMITFAIL,
        Reason.BLACKLISTED: Status.ESME_RINVDSTADR,
        Reason.REJECTED_BY_RULE: Status.ESME_RSUBMITFAIL,
        Reason.INTERCEPTOR_FAILED: Status.ESME_RSYSERR,
        Reason.INTERCEPTOR_DOWN: Status.ESME_RSYSERR,
        # Our disk is full, say: clients take this one for "slow down and try again".
        Reason.STORE_BUSY: Status.ESME_RMSGQFUL,
        Reason.INTERNAL: Status.ESME_RSYSERR,
    }
)
"""One status for every reason there is."""

FILTERS: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "destination_address": Status.ESME_RINVDSTADR,
        "source_address": Status.ESME_RINVSRCADR,
        "priority": Status.ESME_RINVPRTFLG,
        "validity_period": Status.ESME_RINVEXPIRY,
        "content": Status.ESME_RSYSERR,
    }
)
"""What a value filter is about decides its status."""

FAILURES: Final[Mapping[int, Status]] = MappingProxyType(
    {
        int(Command.QUERY_SM): Status.ESME_RQUERYFAIL,
        int(Command.CANCEL_SM): Status.ESME_RCANCELFAIL,
        int(Command.REPLACE_SM): Status.ESME_RREPLACEFAIL,
    }
)
"""Each request about an earlier message and the status that says that the message is past it."""


def status_of(refusal: Refusal, command: int = Command.SUBMIT_SM) -> int:
    """The command_status of a refusal of this request; one that an operator's rule names goes first."""
    reason = refusal.reason
    if refusal.smpp_status:
        return refusal.smpp_status
    if reason is Reason.FILTERED:
        return FILTERS.get(refusal.about, Status.ESME_RSYSERR)
    if reason is Reason.TOO_LATE:
        return FAILURES.get(command, STATUSES[reason])
    return STATUSES[reason]


MESSAGE_STATES: Final[Mapping[State, MessageState]] = MappingProxyType(
    {
        # SMPP 3.4 §5.2.28 has one number for everything that is not final.
        State.SCHEDULED: MessageState.ENROUTE,
        State.QUEUED: MessageState.ENROUTE,
        State.IN_FLIGHT: MessageState.ENROUTE,
        State.SENT: MessageState.ENROUTE,
        State.HELD: MessageState.ENROUTE,
        State.PARKED: MessageState.ENROUTE,
        State.DELIVERED: MessageState.DELIVERED,
        State.UNDELIVERED: MessageState.UNDELIVERABLE,
        State.EXPIRED: MessageState.EXPIRED,
        State.REJECTED: MessageState.REJECTED,
        State.CANCELLED: MessageState.DELETED,
        State.UNKNOWN: MessageState.UNKNOWN,
    }
)
"""Each of our states as message_state."""

NEVER_AGAIN: Final = frozenset((int(Status.ESME_RX_P_APPN), int(Status.ESME_RX_R_APPN)))
"""The two answers by which a client says that it does not want this notice, SMPP 3.4 §5.1.3."""


def handover_of(status: int) -> Handover:
    """What a client's answer to a deliver_sm or data_sm means. What is owed is given up on a plain word only."""
    if not status:
        return Handover.TAKEN
    return Handover.GONE if status in NEVER_AGAIN else Handover.FAILED
