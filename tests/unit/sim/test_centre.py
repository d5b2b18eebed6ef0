"""Numbers that go up from where they are told or by chance; the present to the second."""

from datetime import UTC, datetime
from random import Random

import pytest

from chappe.sim.behaviour import Behaviour
from chappe.sim.centre import Centre


async def test_numbers_go_up_from_the_first() -> None:
    centre = Centre(Behaviour(), Random(1), first_id=41)
    assert [centre.next_number() for _ in range(3)] == [41, 42, 43]


async def test_without_a_first_chance_gives_it_so_that_a_restart_repeats_none() -> None:
    firsts = [Centre(Behaviour(), Random(seed)).next_number() for seed in range(20)]
    assert len(set(firsts)) == 20
    assert all(0 < first < 1 << 31 for first in firsts)
    assert Centre(Behaviour(), Random(7)).next_number() == firsts[7]


async def test_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre(Behaviour(), Random(1))
    now = 1_773_500_966.7
    monkeypatch.setattr("time.time", lambda: now)
    first = centre.moment()
    assert first == datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
    assert centre.moment() is first
    assert centre.wall() == now
    now += 1
    assert centre.moment() == datetime(2026, 3, 14, 15, 9, 27, tzinfo=UTC)
