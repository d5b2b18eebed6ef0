"""What clients want to be told, and the notices then owed to them; a notice outlives the message's own record."""

from __future__ import annotations

import zlib
from enum import IntEnum

import msgspec

from chappe.domain.address import Address
from chappe.domain.rich import RichMo
from chappe.domain.state import State


class ReportOn(IntEnum):
    """Events of a message's life that a client may ask to be told; several are added up as bits of an integer."""

    NOTHING = 0
    SMSC = 1
    """The SMSC took it or refused it (Jasmin's level 1)."""
    SUCCESS = 2
    """It reached its final state and was delivered."""
    FAILURE = 4
    """It reached another final state."""
    INTERMEDIATE = 8
    """The SMSC told of a state that is not final; SMPP 3.4 §5.2.17."""
    CHANGES = 16
    """Whatever becomes known on the way: the SMSC's yes and states that are not final, which it is not asked for."""


FINALS = ReportOn.SUCCESS | ReportOn.FAILURE


class Way(IntEnum):
    """How notices leave."""

    NONE = 0
    WEBHOOK = 1
    SMPP = 2


class ReportWish(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Whom to tell of what, and how: decided at submission, kept with the message.

    `target` is a URL for a webhook, a system_id for SMPP; `method` is GET or POST; `dialect` names whose
    words the notice is written in. `body` is the client's own template of a body, where the words have one.
    """

    way: Way = Way.NONE
    events: int = ReportOn.NOTHING
    dialect: str = ""
    target: str = ""
    method: str = ""
    body: str = ""

    def wants(self, event: int) -> bool:
        """Whether this event, or one of several added up, is to be told."""
        return self.way is not Way.NONE and bool(self.events & event)


NO_REPORT = ReportWish()


class BatchMark(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Which batch a message came with, and the URLs to be told when it was sent and when it was not; empty for none.

    `words` names who writes these calls.
    """

    id: int
    words: str = ""
    callback: str = ""
    errback: str = ""


class StatusNotice(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="status"):
    """News of one message for the client that sent it.

    `event` says which of the wished events it is; `command_status` is the SMSC's answer where the event is
    SMSC; dates and counters are as the SMSC wrote them, empty where it did not; times are Unix milliseconds.
    """

    message_id: int
    account: str
    event: ReportOn
    state: State
    wish: ReportWish
    source: Address
    destination: Address
    connector: str = ""
    smsc_id: str = ""
    command_status: int = 0
    error: str = ""
    sub: str = ""
    dlvrd: str = ""
    submit_date: str = ""
    done_date: str = ""
    text: str = ""
    reference: str = ""
    sent_ms: int = 0
    done_ms: int = 0
    parts: int = 1
    word: str = ""
    """The state as the SMSC spelt it, where it told one."""
    groupings: tuple[str, ...] = ()
    network: str = ""
    """MCC and MNC, as the receipt told it, else the client; empty where neither did."""


class Replied(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The MT that an MO seems to answer: its reference and groupings."""

    message_id: int
    reference: str = ""
    groupings: tuple[str, str, str] = ("", "", "")


class MoManner(msgspec.Struct, frozen=True, gc=False):
    """How a dialect hands MOs over, where it differs: tried every `every_ms`, for `keep_ms` after the MO came.

    With `replies` each MO is looked up the MT that it answers.
    """

    every_ms: int
    keep_ms: int
    replies: bool = False


class OtherWay(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Whose an MO is, and how it leaves, where the first did not take it."""

    account: str
    wish: ReportWish


class IncomingNotice(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="mo"):
    """An MO on its way to a client. `text` is None where the octets are not text; `octets` are as received.

    `others` are to be tried next, in order, where this one does not take it.
    """

    message_id: int
    account: str
    wish: ReportWish
    source: Address
    destination: Address
    connector: str
    text: str | None
    octets: bytes
    data_coding: int
    received_ms: int
    priority: int = 0
    udhi: bool = False
    partial: bool = False
    validity: str = ""
    tlvs: tuple[tuple[int, bytes], ...] = ()
    service_type: str = ""
    protocol_id: int = 0
    others: tuple[OtherWay, ...] = ()
    replied: Replied | None = None
    rich: RichMo | None = None


class BatchNotice(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="batch"):
    """Whether one message of a batch was sent: `state` is SENT or DELIVERED if it was, else how it ended.

    `to` is the destination as the client wrote it. A refusal by our rules has its `reason` (the word) and what it
    is `about`; one that the dialect itself made has only a `sentence`.
    """

    message_id: int
    account: str
    wish: ReportWish
    batch_id: int
    user: str
    to: str
    state: State
    command_status: int = 0
    error: str = ""
    reason: str = ""
    about: str = ""
    sentence: str = ""


Notice = StatusNotice | IncomingNotice | BatchNotice


def slot_of(notice: Notice) -> int:
    """Which of a message's notices this is. There is one of each slot however often a network repeats itself:

    one for the SMSC's answer, one for the final state, one for each intermediate state told of, one for a batch.
    """
    if isinstance(notice, IncomingNotice):
        return 0
    if isinstance(notice, BatchNotice):
        return 3
    if notice.event is ReportOn.SMSC:
        return 1
    if notice.event is ReportOn.INTERMEDIATE:
        return 16 + zlib.crc32(notice.word.encode()) % 1_000_003
    return 2


def lane_of(wish: ReportWish) -> str:
    """What one slow receiver may hold up: the host and port of a URL, or one SMPP client."""
    if wish.way is Way.SMPP:
        return f"smpp:{wish.target}"
    scheme, _, rest = wish.target.partition("://")
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    return f"{scheme}://{host}".lower()


class Owed(msgspec.Struct, frozen=True, gc=False):
    """A notice as the outbox keeps it: known by its message and slot.

    `due_ms` is the time of the next attempt; `attempts` counts those made, the present one included.
    """

    message_id: int
    slot: int
    lane: str
    due_ms: int
    attempts: int
    notice: Notice


class Delivery(IntEnum):
    """Where a notice stands; the numbers are stored."""

    OPEN = 1
    DONE = 2
    GIVEN_UP = 3


class DeliveryOutcome(msgspec.Struct, frozen=True, gc=False):
    """What to write of one attempt to hand a notice over: still open and due again at `due_ms`, or an end.

    `uncounted` takes the attempt back: the receiver was away. With `moved` the notice is to go elsewhere from now on.
    """

    message_id: int
    slot: int
    delivery: Delivery
    at_ms: int
    answer: str = ""
    due_ms: int = 0
    uncounted: bool = False
    moved: Notice | None = None


class NoticeRecord(msgspec.Struct, frozen=True, gc=False):
    """A notice for the timeline: where it went, where it stands, the last answer."""

    notice: Notice
    lane: str
    delivery: Delivery
    attempts: int
    due_ms: int
    answer: str
    answered_ms: int
