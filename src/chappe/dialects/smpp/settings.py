"""What an operator sets of the SMPP server. Limits of one client are its account's and not here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.events import Settings

OFFERED: Final = frozenset(
    (
        Command.SUBMIT_SM,
        Command.SUBMIT_MULTI,
        Command.DATA_SM,
        Command.QUERY_SM,
        Command.CANCEL_SM,
        Command.REPLACE_SM,
    )
)
"""The requests that a bound ESME may make; whether its state allows one is in the session's own table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Times are seconds, lengths octets; None switches a timer off."""

    system_id: str = "chappe"
    """What we call ourselves in bind answers."""
    window_in: int = 5_000
    """How many requests of one session may be open whatever its account's window is; then nothing is read."""
    throttle_mark: int = 12_000
    """How many before ESME_RTHROTTLED: more than `window_in` and what one read can bring in (reliability B17)."""
    window_out: int = 50
    """How many deliver_sm or data_sm may await their answer on one session."""
    max_pdu: int = 66_560
    session_init_timer: float = 10.0
    enquire_link_timer: float | None = 30.0
    enquire_link_response_timer: float = 30.0
    response_timer: float = 60.0
    inactivity_timer: float | None = None
    pdu_read_timer: float = 10.0
    unbind_timer: float = 5.0
    refusal_delay: float = 1.0
    """How long a refused bind waits for its answer, so that guessing is slow."""
    revoked_grace: float = 5.0
    """How long a session whose login is no longer good may take to end in order."""
    connections: int = 5_000
    """How many connections may stand at once, bound or not."""
    connections_per_address: int = 500

    def session(self) -> Settings:
        """What each session is made with."""
        return Settings(
            window_out=self.window_out,
            window_in=self.window_in,
            throttle_mark=self.throttle_mark,
            response_timer=self.response_timer,
            enquire_link_timer=self.enquire_link_timer,
            enquire_link_response_timer=self.enquire_link_response_timer,
            session_init_timer=self.session_init_timer,
            inactivity_timer=self.inactivity_timer,
            pdu_read_timer=self.pdu_read_timer,
            unbind_timer=self.unbind_timer,
            limit=self.max_pdu,
            offered=OFFERED,
        )
