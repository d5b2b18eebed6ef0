"""The magic numbers as a table: well formed, each its own, and none that contradicts itself."""

import pytest

from chappe.protocols.smpp.statuses import Status
from chappe.sim.outcomes import DELIVERED, DIGITS, LOST, MAGIC, Cut, Outcome, failed, refused


@pytest.mark.parametrize("number", MAGIC)
def test_a_magic_number_is_six_digits_that_begin_with_990(number: str) -> None:
    assert len(number) == DIGITS
    assert number.isdecimal()
    assert number.startswith("990")


def test_each_magic_number_does_something_of_its_own_and_says_what() -> None:
    assert len(set(MAGIC.values())) == len(MAGIC)
    means = [outcome.means for outcome in MAGIC.values()]
    assert len(set(means)) == len(means)
    assert all(means)


@pytest.mark.parametrize(("number", "outcome"), MAGIC.items())
def test_what_is_not_taken_gets_no_receipt(number: str, outcome: Outcome) -> None:
    if not outcome.taken:
        assert outcome.receipts == ()
    if outcome.nacked:
        assert outcome.status


def test_ways_to_be_made() -> None:
    assert DELIVERED.taken
    assert not LOST.taken
    assert refused(Status.ESME_RTHROTTLED).means == "refused with ESME_RTHROTTLED"
    assert refused(0x400, once=True).means == "refused with ESME_0x00000400 the first time, then delivered"
    assert refused(3, nacked=True).means == "refused with ESME_RINVCMDID by generic_nack"
    assert failed(MAGIC["990002"].receipts[0].state, "254") == MAGIC["990002"]
    assert {outcome.cut for outcome in MAGIC.values()} == {None, Cut.BEFORE, Cut.AFTER}
