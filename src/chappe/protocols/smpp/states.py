"""Who may say what in which state: the table of SMPP 3.4 §2.3, and nothing that changes a state.
Responses are in no row: they are matched by sequence_number alone, and never answered.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from chappe.protocols.smpp.command_ids import Command


class Role(Enum):
    """Which end of the session one is."""

    ESME = "esme"
    """The client, that binds."""
    SMSC = "smsc"
    """The message centre, that is bound to."""

    @property
    def peer(self) -> "Role":
        """The other end."""
        return Role.SMSC if self is Role.ESME else Role.ESME


class State(Enum):
    """Session states of SMPP 3.4 §2.2, and the two moments between them that a machine must know."""

    OPEN = "open"
    BINDING = "binding"
    """A bind request awaits its answer."""
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBOUND = "unbound"
    """The peer asked to unbind: what is open may still be answered, nothing new may begin."""
    CLOSED = "closed"


class Row(NamedTuple):
    """One request of the table: the states it is allowed in and the roles that may issue it."""

    command: Command
    states: frozenset[State]
    issuers: frozenset[Role]


_OPEN = frozenset((State.OPEN,))
_SENDING = frozenset((State.BOUND_TX, State.BOUND_TRX))
_RECEIVING = frozenset((State.BOUND_RX, State.BOUND_TRX))
BOUND = _SENDING | _RECEIVING
"""The states in which a session is bound."""
_ALIVE = frozenset(State) - {State.CLOSED}
_ESME = frozenset((Role.ESME,))
_SMSC = frozenset((Role.SMSC,))
_BOTH = _ESME | _SMSC

TABLE = (
    Row(Command.BIND_TRANSMITTER, _OPEN, _ESME),
    Row(Command.BIND_RECEIVER, _OPEN, _ESME),
    Row(Command.BIND_TRANSCEIVER, _OPEN, _ESME),
    Row(Command.OUTBIND, _OPEN, _SMSC),
    Row(Command.UNBIND, BOUND | {State.UNBOUND}, _BOTH),
    Row(Command.SUBMIT_SM, _SENDING, _ESME),
    Row(Command.SUBMIT_MULTI, _SENDING, _ESME),
    Row(Command.DATA_SM, _SENDING, _ESME),
    Row(Command.DATA_SM, _RECEIVING, _SMSC),
    Row(Command.DELIVER_SM, _RECEIVING, _SMSC),
    Row(Command.QUERY_SM, _SENDING, _ESME),
    Row(Command.CANCEL_SM, _SENDING, _ESME),
    # SMPP 3.4 §2.3 gives replace_sm to transmitters alone; a transceiver is said to have all of theirs (§2.2).
    Row(Command.REPLACE_SM, _SENDING, _ESME),
    # SMPP 3.4 §2.3 asks for a bind here too; a probe before the bind is harmless and SMPP 5.0 allows it.
    Row(Command.ENQUIRE_LINK, _ALIVE, _BOTH),
    Row(Command.ALERT_NOTIFICATION, _RECEIVING, _SMSC),
)

ALLOWED: Mapping[tuple[Role, State], frozenset[int]] = MappingProxyType(
    {
        (role, state): frozenset(
            int(row.command) for row in TABLE if role in row.issuers and state in row.states
        )
        for role in Role
        for state in State
    }
)
"""The requests that a role may issue in a state."""

BINDS: Mapping[int, State] = MappingProxyType(
    {
        int(Command.BIND_TRANSMITTER): State.BOUND_TX,
        int(Command.BIND_RECEIVER): State.BOUND_RX,
        int(Command.BIND_TRANSCEIVER): State.BOUND_TRX,
    }
)
"""Each bind request and the state it leads to, SMPP 3.4 §2.2."""

CONTROL: frozenset[int] = frozenset((Command.UNBIND, Command.ENQUIRE_LINK, *BINDS))
"""The requests that a session deals with itself; they take no place in a window."""
