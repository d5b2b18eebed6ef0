"""MOs: a message from a subscriber, or one part of it, and the sets that parts are gathered in."""

from __future__ import annotations

import msgspec

from chappe.domain.address import Address
from chappe.domain.rich import RichMo


class PartSet(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Which parts belong together: the key space they came in by, the two ends, the kind and value of reference."""

    group: str
    source: str
    destination: str
    kind: str
    reference: int
    total: int


class Arrival(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An MO as a connector hands it in: one PDU's worth. `octets` are the user data without its header.

    `part_set` and `number` say which part of which long message it is, if it is one; `header` is the User Data
    Header's octets, kept so that nothing of it is lost.
    """

    group: str
    connector: str
    source: Address
    destination: Address
    octets: bytes
    charset: str
    data_coding: int
    received_ms: int
    esm_class: int = 0
    header: bytes = b""
    part_set: PartSet | None = None
    number: int = 0
    priority: int = 0
    protocol_id: int = 0
    service_type: str = ""
    validity: str = ""
    tlvs: tuple[tuple[int, bytes], ...] = ()
    sequence: int = 0
    maybe_repeated: bool = False
    """Whether the network may be handing it in again, since a link went down with answers under way. Only then is an
    exact repeat dropped: a subscriber may well send the same word twice."""
    once: str = ""
    """What a client that hands in an MO itself knows it by: one that bears the same within `once_ms` is dropped."""
    once_ms: int = 0
    rich: RichMo | None = None
    """What it brings beside its text on a channel that can; `octets` are the text, or the postback that stands for it."""


class HeldPart(msgspec.Struct, frozen=True, gc=False):
    """One part waiting for its siblings."""

    part_set: PartSet
    number: int
    received_ms: int
    arrival: Arrival


class Incoming(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A whole MO on record. `text` is None for binary; `octets` are the joined user data as received.

    `digest` tells exact repeats apart within `repeat_window_ms`; `partial` where parts never came. `instance` is the
    campaign that it came to, `keyword` what matched there; `network` (MCC and MNC) is the subscriber's.
    """

    id: int
    account: str
    route: str
    connector: str
    source: Address
    destination: Address
    text: str | None
    octets: bytes
    charset: str
    data_coding: int
    parts: int
    received_ms: int
    partial: bool = False
    digest: str = ""
    repeat_window_ms: int = 0
    instance: str = ""
    keyword: str = ""
    network: str = ""
    rich: RichMo | None = None
