"""Hypothesis strategies that follow the tables: every body, every TLV, every PDU, and PDUs with a few octets changed."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chappe.protocols.smpp.codec import encode
from chappe.protocols.smpp.commands import BODIES, Body
from chappe.protocols.smpp.destinations import (
    Destinations,
    DistributionList,
    SmeAddress,
    Unsuccessful,
    UnsuccessSme,
)
from chappe.protocols.smpp.fields import COctet, CountedOctets, FieldKind, Integer
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import PARAMETERS

LATIN = st.characters(min_codepoint=1, max_codepoint=255)
sequences = st.integers(1, 0x7FFFFFFF)
statuses = st.sampled_from((0, 0, 1, 8, 0x58, 0x400, 0xFFFFFFFF))
octet = st.integers(0, 255)


def strings(maximum: int) -> st.SearchStrategy[str]:
    return st.text(LATIN, max_size=maximum - 1)


def values(kind: FieldKind) -> st.SearchStrategy[Any]:
    match kind:
        case Integer(octets):
            return st.integers(0, 256**octets - 1)
        case COctet(maximum):
            return strings(maximum)
        case CountedOctets(maximum):
            return st.binary(max_size=maximum)
        case Destinations():
            one = st.builds(SmeAddress, strings(21), octet, octet) | st.builds(DistributionList, strings(21))
            return st.lists(one, min_size=1, max_size=4).map(tuple)
        case Unsuccessful():
            bad = st.builds(UnsuccessSme, strings(21), st.integers(0, 0xFFFFFFFF), octet, octet)
            return st.lists(bad, max_size=4).map(tuple)
    raise AssertionError(kind)


def bodies(classes: Sequence[type[Body]] = tuple(BODIES.values())) -> st.SearchStrategy[Body]:
    return st.one_of([st.builds(c, **{f.name: values(f.kind) for f in c.layout}) for c in classes])


def tlvs_of(tag: int) -> st.SearchStrategy[tuple[int, bytes]]:
    row = PARAMETERS[tag]
    return st.tuples(st.just(int(tag)), st.binary(min_size=row.low, max_size=min(row.high, 300)))


vendor_tlvs = st.tuples(st.integers(0x1400, 0x3FFF), st.binary(max_size=40))
known_tlvs = st.one_of([tlvs_of(tag) for tag in PARAMETERS])
tlv_tuples = st.lists(known_tlvs | vendor_tlvs, max_size=4).map(tuple)


def pdus(classes: Sequence[type[Body]] = tuple(BODIES.values())) -> st.SearchStrategy[Pdu]:
    return st.builds(
        lambda body, status, sequence, tlvs: Pdu(body.command, status, sequence, body, tlvs),
        bodies(classes),
        statuses,
        sequences,
        tlv_tuples,
    )


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The octets of a PDU, some of them changed, added or cut off, command_length set right again."""
    octets = bytearray(encode(draw(pdus())))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(4, len(octets)))
        match draw(st.sampled_from(("set", "insert", "cut", "end"))):
            case "set" if at < len(octets):
                octets[at] = draw(octet)
            case "insert":
                octets[at:at] = draw(st.binary(max_size=30))
            case "cut" if len(octets) > 16:
                del octets[max(16, at) :]
            case _:
                octets += b"\0" * draw(st.integers(0, 3))
    octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)
