"""Concatenation references: one number's repeat as late as they can, and memory stays bounded."""

from hypothesis import given
from hypothesis import strategies as st

from chappe.pipeline.references import References
from unit.pipeline.rig import Dice


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 600))
def test_the_lower_octet_repeats_after_256_and_the_whole_after_65536(chance: float, count: int) -> None:
    references = References(Dice(chance))
    found = [references.next("31") for _ in range(count)]
    assert all(0 <= reference < 65_536 for reference in found)
    assert len(set(found)) == count
    octets = [reference & 0xFF for reference in found]
    assert all(len(set(octets[at : at + 256])) == len(octets[at : at + 256]) for at in range(count))


def test_numbers_do_not_share_a_counter() -> None:
    references = References(Dice(0.0))
    assert [references.next(number) for number in ("1", "2", "1", "2", "1")] == [0, 0, 1, 1, 2]


def test_the_highest_is_followed_by_zero() -> None:
    references = References(Dice(0.99999999))
    assert [references.next("1") for _ in range(2)] == [65_535, 0]


def test_the_number_longest_unused_is_forgotten() -> None:
    references = References(Dice(0.0))
    references.next("kept")
    references.next("forgotten")
    for number in range(49_999):
        if number % 1_000 == 0:
            references.next("kept")
        references.next(str(number))
    assert references.next("kept") == 51
    assert references.next("forgotten") == 0
