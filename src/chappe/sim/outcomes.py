"""What may befall a message, and the magic numbers that ask for it by the destination's last six digits.
A table of values: no chance, no clock, no socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.statuses import Status, name_of

DIGITS: Final = 6
"""How many of a destination's last digits make a magic number: all of them begin with 990."""


class Cut(Enum):
    """When a connection breaks over a message. The message was taken in either case."""

    BEFORE = "before"
    """Its answer is never sent."""
    AFTER = "after"
    """Its answer is on the wire, and nothing after it."""


class Told(msgspec.Struct, frozen=True, gc=False):
    """One receipt: the state it tells, and how many seconds after its turn it goes."""

    state: MessageState
    err: str = "000"
    after: float = 0.0
    intermediate: bool = False
    """An intermediate notification, sent where registered_delivery asks for those (SMPP 3.4 §5.2.17)."""


_DELIVERED = Told(MessageState.DELIVERED)


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What befalls one message, from its answer to its last receipt."""

    means: str
    status: int | None = 0
    """The command_status it is answered with; None: it is lost on the way, unanswered and not taken."""
    receipts: tuple[Told, ...] = (_DELIVERED,)
    answers: int = 1
    """How many times the answer is sent."""
    nacked: bool = False
    """A refusal comes as generic_nack instead of the request's own response."""
    early: bool = False
    """The first receipt goes before the answer."""
    stray: bool = False
    """A receipt for an id that no message has goes before the others."""
    answer_after: float = 0.0
    """Seconds by which the answer is later than usual."""
    cut: Cut | None = None
    once: bool = False
    """Only the first time that a message comes; the second time it is delivered."""

    @property
    def taken(self) -> bool:
        """Whether the SMSC accepts the message, its answer being sent or not."""
        return self.status == 0


DELIVERED: Final = Outcome("delivered")
LOST: Final = Outcome("never answered, not taken", None, ())


def refused(status: int, *, once: bool = False, nacked: bool = False) -> Outcome:
    """A message that is answered with this command_status and goes no further."""
    how = f"refused with {name_of(status)}" + (" by generic_nack" if nacked else "")
    means = f"{how} the first time, then delivered" if once else how
    return Outcome(means, int(status), (), once=once, nacked=nacked)


def failed(state: MessageState, err: str) -> Outcome:
    """A message that is taken and whose one receipt tells of a failure."""
    return Outcome(f"accepted, then {state.name} with err {err}", receipts=(Told(state, err),))


_S = MessageState
_UNDELIVERABLE = Told(_S.UNDELIVERABLE, "001")

MAGIC: Mapping[str, Outcome] = MappingProxyType(
    {
        # ---- final states
        "990000": DELIVERED,
        "990001": failed(_S.UNDELIVERABLE, "001"),
        "990002": failed(_S.EXPIRED, "254"),
        "990003": failed(_S.REJECTED, "011"),
        "990004": failed(_S.DELETED, "005"),
        "990005": failed(_S.UNKNOWN, "255"),
        # ---- receipts in other numbers and orders
        "990010": Outcome("accepted, no receipt ever comes", receipts=()),
        "990011": Outcome(
            "a receipt ACCEPTED first, then DELIVERED", receipts=(Told(_S.ACCEPTED), _DELIVERED)
        ),
        "990012": Outcome(
            "an intermediate notification ENROUTE, then DELIVERED",
            receipts=(Told(_S.ENROUTE, intermediate=True), _DELIVERED),
        ),
        "990013": Outcome("a receipt ACCEPTED and no final one", receipts=(Told(_S.ACCEPTED),)),
        "990014": Outcome("the receipt comes before the answer", early=True),
        "990015": Outcome("the receipt comes three times", receipts=(_DELIVERED, _DELIVERED, _DELIVERED)),
        "990016": Outcome("DELIVERED, then UNDELIVERABLE", receipts=(_DELIVERED, _UNDELIVERABLE)),
        "990017": Outcome("UNDELIVERABLE, then DELIVERED", receipts=(_UNDELIVERABLE, _DELIVERED)),
        "990018": Outcome("DELIVERED, then ENROUTE: too late", receipts=(_DELIVERED, Told(_S.ENROUTE))),
        "990019": Outcome("the receipt is 60 s late", receipts=(Told(_S.DELIVERED, after=60.0),)),
        "990020": Outcome("a receipt for an unknown id, then its own", stray=True),
        # ---- refused for good
        "990030": refused(Status.ESME_RINVDSTADR),
        "990031": refused(Status.ESME_RSUBMITFAIL),
        "990032": refused(Status.ESME_RSYSERR),
        "990033": refused(Status.ESME_RX_T_APPN),
        "990034": refused(Status.ESME_RX_P_APPN),
        "990035": refused(Status.ESME_RX_R_APPN),
        "990036": refused(Status.ESME_RTHROTTLED),
        "990037": refused(Status.ESME_RMSGQFUL),
        "990038": refused(0x0400),
        "990039": refused(Status.ESME_RINVCMDID, nacked=True),
        # ---- refused the first time only
        "990040": refused(Status.ESME_RTHROTTLED, once=True),
        "990041": refused(Status.ESME_RMSGQFUL, once=True),
        "990042": refused(Status.ESME_RSYSERR, once=True),
        "990043": refused(Status.ESME_RX_T_APPN, once=True),
        # ---- answers that go astray
        "990050": LOST,
        "990051": Outcome("never answered the first time, then delivered", None, (), once=True),
        "990052": Outcome("answered twice", answers=2),
        "990053": Outcome("answered 5 s late", answer_after=5.0),
        "990054": Outcome("answered 90 s late", answer_after=90.0),
        "990055": Outcome(
            "taken; the connection breaks before the answer, the first time", cut=Cut.BEFORE, once=True
        ),
        "990056": Outcome("answered, and the connection breaks, the first time", cut=Cut.AFTER, once=True),
    }
)
"""Magic numbers: a destination that ends in one of these always fares so, whatever else the simulator is told."""
