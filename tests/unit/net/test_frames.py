"""Frames: whole ones come out however the octets come in, and nobody is believed who announces too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.net.frames import MOST_OCTETS, Frames, frame


@given(st.lists(st.binary(max_size=40), max_size=10), st.integers(1, 50))
def test_frames_come_out_as_they_went_in(sent: list[bytes], step: int) -> None:
    octets = b"".join(map(frame, sent))
    frames = Frames()
    got = [one for at in range(0, len(octets), step) for one in frames.feed(octets[at : at + step])]
    assert got == sent


def test_a_length_that_none_of_ours_has_is_refused() -> None:
    with pytest.raises(ValueError, match="octets"):
        Frames().feed((MOST_OCTETS + 1).to_bytes(4, "big"))
