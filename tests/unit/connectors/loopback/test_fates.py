from __future__ import annotations

import re

import pytest

from chappe.connectors.loopback import fates
from chappe.connectors.loopback.fates import DELIVERED, DIGITS, FATES, fate_of
from chappe.domain.retry import Outcome
from chappe.domain.state import State


def test_every_number_is_documented_and_every_documented_number_is_there() -> None:
    assert set(re.findall(r"^(\d{6})  ", fates.__doc__ or "", re.MULTILINE)) == set(FATES)
    assert all(len(number) == DIGITS for number in FATES)


@pytest.mark.parametrize("number", ["31612345678", "", "0", "990", "3161990005"])
def test_ordinary_numbers_are_delivered(number: str) -> None:
    assert fate_of(number) is DELIVERED


def test_the_last_digits_decide() -> None:
    assert fate_of("31600990002").state is State.EXPIRED
    assert fate_of("990030").outcome is Outcome.REFUSED


def test_what_is_refused_has_a_status_and_what_is_taken_has_none() -> None:
    for fate in FATES.values():
        assert (fate.status == 0) is (fate.outcome in (Outcome.SENT, None))
        assert fate.state >= State.DELIVERED
