"""What a session tells its owner, and what its owner may set. Values only; session.py makes them."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import msgspec

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.states import State


class Reason(Enum):
    """Why a session ended."""

    UNBOUND = "unbound"
    """One side asked for it and it went in order."""
    BIND_REFUSED = "bind_refused"
    FRAMING = "framing"
    """A command_length that cannot be; the stream is lost."""
    SESSION_INIT_TIMER = "session_init_timer"
    PDU_READ_TIMER = "pdu_read_timer"
    ENQUIRE_LINK_TIMER = "enquire_link_timer"
    INACTIVITY_TIMER = "inactivity_timer"
    UNBIND_TIMER = "unbind_timer"
    """Our unbind was not answered in time."""
    DISCONNECTED = "disconnected"
    """The connection went away."""
    STOPPED = "stopped"
    """The owner let go without an unbind."""


class Detail(Enum):
    """What was irregular about a PDU that came in; one counter each."""

    UNKNOWN_COMMAND = "unknown_command"
    BAD_BODY = "bad_body"
    BAD_LENGTH = "bad_length"
    BAD_STATE = "bad_state"
    BAD_VERSION = "bad_version"
    ALREADY_BOUND = "already_bound"
    NOT_OFFERED = "not_offered"
    OVER_WINDOW = "over_window"
    BAD_SEQUENCE = "bad_sequence"
    REPEATED_SEQUENCE = "repeated_sequence"
    STRAY_RESPONSE = "stray_response"


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request for the owner. It is to be answered with `respond`; outbind and alert_notification are not."""

    pdu: Pdu


class Answer(msgspec.Struct, frozen=True):
    """The answer to a request of ours: its response or a generic_nack."""

    pdu: Pdu
    token: object
    sent_at: float


class Late(msgspec.Struct, frozen=True):
    """The answer to a request whose outcome had been given up as unknown."""

    pdu: Pdu
    token: object


class Expired(msgspec.Struct, frozen=True):
    """A request of ours that was not answered in time: its outcome is unknown, a `Late` may follow."""

    token: object
    sequence: int
    sent_at: float


class Unknown(msgspec.Struct, frozen=True):
    """A request of ours that was open when the session ended: its outcome is unknown and will stay so."""

    token: object
    sequence: int
    sent_at: float


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Something irregular came in; `status` is what it was answered with, 0 where it was let pass or dropped."""

    status: int
    detail: Detail
    command: int
    sequence: int


class BindRequested(msgspec.Struct, frozen=True, gc=False):
    """An ESME asks to bind: answer with `accept_bind` or `refuse_bind`."""

    pdu: Pdu


class Bound(msgspec.Struct, frozen=True, gc=False):
    """Our bind was accepted; `mode` is BOUND_TX, BOUND_RX or BOUND_TRX."""

    mode: State
    pdu: Pdu


class Unbound(msgspec.Struct, frozen=True, gc=False):
    """The peer asked to unbind: nothing new goes out, `Closing` follows when what is open is settled."""


class Closing(msgspec.Struct, frozen=True, gc=False):
    """The session is over: write what is outgoing, then close the connection. Always the last event."""

    reason: Reason
    status: int = 0


Event: TypeAlias = (
    Request | Answer | Late | Expired | Unknown | Refused | BindRequested | Bound | Unbound | Closing
)

OFFERED: frozenset[int] = frozenset(
    (
        Command.SUBMIT_SM,
        Command.DATA_SM,
        Command.QUERY_SM,
        Command.CANCEL_SM,
        Command.DELIVER_SM,
        Command.ALERT_NOTIFICATION,
        Command.OUTBIND,
    )
)
"""The requests that reach the owner unless it says otherwise: submit_multi and replace_sm do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the owner of a session may set. Times are seconds, lengths octets; None switches a timer off."""

    window_out: int = 10
    """How many of our requests may be open at once."""
    window_in: int = 100
    """How many of the peer's requests may be open before reading should pause (`Session.paused`)."""
    throttle_mark: int = 1_000
    """How many before ESME_RTHROTTLED: above `window_in` by what one read can bring in."""
    response_timer: float = 60.0
    enquire_link_timer: float | None = 30.0
    enquire_link_response_timer: float = 30.0
    session_init_timer: float = 10.0
    inactivity_timer: float | None = None
    pdu_read_timer: float = 10.0
    unbind_timer: float = 5.0
    tombstone_time: float = 600.0
    """How long an expired request is remembered for a late answer."""
    tombstones: int = 10_000
    """How many expired requests are remembered at most; the oldest is forgotten first."""
    limit_before_bind: int = 512
    limit: int = 66_560
    """The longest PDU: a full message_payload and everything before it fits."""
    offered: frozenset[int] = OFFERED
    """The requests of the peer that the owner wants; others are answered with ESME_RINVCMDID."""
