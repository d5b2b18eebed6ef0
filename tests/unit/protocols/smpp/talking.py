"""Two sessions and the wire between them, for the tests of lifecycle.py and session.py."""

from dataclasses import replace

from chappe.protocols.smpp.codec import decode, encode_body
from chappe.protocols.smpp.commands import BODIES, Bind, BindTransceiver, Body
from chappe.protocols.smpp.events import BindRequested, Bound, Event, Settings
from chappe.protocols.smpp.framing import Framer
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.session import Session
from chappe.protocols.smpp.states import Role
from chappe.protocols.smpp.tlvs import Tlv

SETTINGS = Settings()


def session(role: Role = Role.SMSC, now: float = 0.0, **changes: object) -> Session:
    return Session(role, replace(SETTINGS, **changes), now)  # type: ignore[arg-type]


def sent(one: Session) -> list[Pdu]:
    """The PDUs that a session wants written."""
    return [decode(frame) for frame in Framer(1_000_000).feed(one.take_outgoing())]


def said(
    one: Session,
    body: Body,
    sequence: int = 1,
    status: int = 0,
    tlvs: tuple[Tlv, ...] = (),
    *,
    now: float = 0.0,
) -> list[Event]:
    """Lets the peer say one PDU."""
    return one.receive(encode_body(body, sequence, status, tlvs), now)


def bound_smsc(bind: Bind | None = None, now: float = 0.0, **changes: object) -> Session:
    """An SMSC to which an ESME has bound."""
    made = session(Role.SMSC, now, **changes)
    (event,) = said(made, bind or BindTransceiver("esme", "secret"), now=now)
    assert isinstance(event, BindRequested)
    assert made.accept_bind(event.pdu, system_id="smsc", now=now)
    made.take_outgoing()
    return made


def bound_esme(bind: Bind | None = None, now: float = 0.0, **changes: object) -> Session:
    """An ESME that has bound to an SMSC which does not tell its version."""
    made = session(Role.ESME, now, **changes)
    asked = bind or BindTransceiver("esme", "secret")
    made.bind(asked, now)
    made.take_outgoing()
    events = made.receive(encode_body(answer_to(asked), 1), now)
    assert isinstance(events[0], Bound)
    return made


def answer_to(body: Body) -> Body:
    """The empty response to a request."""
    return BODIES[body.command | 0x80000000]()
