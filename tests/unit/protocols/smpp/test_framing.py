"""framing.py: B1, B2, B3 and B5, and that no cutting of the stream changes what comes out."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.commands import EnquireLink, SubmitSm
from chappe.protocols.smpp.framing import Framer, FramingError

LINK = encode_body(EnquireLink(), 7)
SUBMIT = encode_body(SubmitSm(short_message=b"x" * 100), 8)


def header(length: int, sequence: int = 0x01020304) -> bytes:
    return length.to_bytes(4, "big") + b"\0\0\0\x15\0\0\0\0" + sequence.to_bytes(4, "big")


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


def fed(framer: Framer, parts: list[bytes]) -> list[bytes]:
    return [frame for part in parts for frame in framer.feed(part)]


@given(st.lists(st.sampled_from([LINK, SUBMIT]), max_size=6), st.lists(st.integers(0, 999), max_size=8))
def test_every_cutting_gives_the_same_frames(frames, cuts) -> None:
    framer = Framer(1000)
    assert fed(framer, pieces(b"".join(frames), cuts)) == frames
    assert framer.error is None
    assert not framer.incomplete


def test_octet_by_octet() -> None:
    framer = Framer(1000)
    assert fed(framer, [bytes((octet,)) for octet in SUBMIT + LINK]) == [SUBMIT, LINK]


def test_what_waits_for_its_rest() -> None:
    framer = Framer(1000)
    assert framer.feed(LINK + SUBMIT[:3]) == [LINK]
    assert framer.incomplete
    assert framer.feed(SUBMIT[3:20]) == []
    assert framer.incomplete
    assert framer.feed(SUBMIT[20:]) == [SUBMIT]
    assert not framer.incomplete


@pytest.mark.parametrize("length", [0, 1, 15, 65, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
@given(st.lists(st.integers(0, 99), max_size=5))
def test_a_length_that_cannot_be(length, cuts) -> None:
    """B1, B2, B3: what came before still comes out, nothing after does, and the header's number is told."""
    framer = Framer(64)
    assert fed(framer, pieces(LINK + header(length) + LINK, cuts)) == [LINK]
    assert isinstance(framer.error, FramingError)
    assert (framer.error.status, framer.error.sequence) == (0x02, 0x01020304)
    assert framer.feed(LINK) == []


@pytest.mark.parametrize("length", [16, 17, 64])
def test_the_limits_themselves_are_allowed(length) -> None:
    framer = Framer(64)
    frame = header(length) + bytes(length - 16)
    assert framer.feed(frame) == [frame]
    assert framer.error is None


def test_the_limit_may_be_raised() -> None:
    framer = Framer(512)
    big = header(66_560) + bytes(66_544)
    framer.limit = 66_560
    assert framer.feed(big[:600]) == []
    assert framer.feed(big[600:]) == [big]


def test_a_long_pdu_in_single_octets_is_copied_once_and_not_for_each() -> None:
    """The buffer grows in place and is not looked at before the PDU is whole."""
    framer = Framer(66_560)
    framer.feed(header(66_560))
    buffer = framer._buffer
    for _ in range(2_000):
        framer.feed(b"x")
    assert framer._buffer is buffer
    assert (len(buffer), framer._need) == (2_016, 66_560)
