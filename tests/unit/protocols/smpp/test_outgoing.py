"""outgoing.py: sequence_numbers, and TLVs that old peers do not get."""

import pytest

from chappe.protocols.smpp.codec import EncodeError, decode, encode_body
from chappe.protocols.smpp.commands import EnquireLink, SubmitSm
from chappe.protocols.smpp.outgoing import MAX_SEQUENCE, Outgoing, TlvsNotAllowedError


def test_octets_wait_until_they_are_taken() -> None:
    out = Outgoing()
    out.put(EnquireLink(), 1)
    out.put(SubmitSm(short_message=b"x"), 2, 0, ((0x1401, b"1\0"),))
    expected = encode_body(EnquireLink(), 1) + encode_body(
        SubmitSm(short_message=b"x"), 2, 0, ((0x1401, b"1\0"),)
    )
    assert out.size == len(expected)
    assert out.take() == expected
    assert (out.size, out.take()) == (0, b"")


def test_numbers_run_from_one_and_wrap_past_those_still_taken() -> None:
    """B11."""
    out = Outgoing()
    assert [out.next_sequence(()) for _ in range(3)] == [1, 2, 3]
    assert out.next_sequence({4, 5, 6}) == 7
    out._sequence = MAX_SEQUENCE - 1
    assert out.next_sequence(()) == MAX_SEQUENCE == 0x7FFFFFFF
    assert out.next_sequence({1, 2}) == 3
    out._sequence = MAX_SEQUENCE - 1
    assert out.next_sequence({MAX_SEQUENCE, 1}) == 2


def test_an_old_peer_gets_no_tlvs() -> None:
    """B25."""
    out = Outgoing()
    out.tlvs_allowed = False
    out.put(SubmitSm(short_message=b"x"), 1, 0, ((0x0204, b"\0\1"), (0x1401, b"")))
    assert decode(out.take()).tlvs == ()


@pytest.mark.parametrize("tag", [0x0424, 0x020C, 0x020E, 0x020F])
def test_a_message_that_is_its_tlvs_is_not_sent_without_them(tag) -> None:
    out = Outgoing()
    out.tlvs_allowed = False
    with pytest.raises(TlvsNotAllowedError):
        out.put(SubmitSm(), 1, 0, ((tag, b"\0"),))
    assert out.size == 0


def test_what_cannot_be_encoded_leaves_nothing_behind() -> None:
    out = Outgoing()
    with pytest.raises(EncodeError):
        out.put(SubmitSm(source_addr="1" * 21), 1)
    assert out.size == 0
