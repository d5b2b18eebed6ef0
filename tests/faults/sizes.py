"""How large the fault tests are: each fault a few times, or as often as issue and plan ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How often each fault is made, under which load a second on each of the two ways in."""

    kills: int
    cuts: int
    rate: float
    waits_for_leases: bool
    """Whether leases of the dead process run out in real time; else the store's clock readings are moved."""
    fills: int
    messages: int


QUICK = Size(kills=2, cuts=12, rate=150.0, waits_for_leases=False, fills=1, messages=60)
FULL = Size(kills=20, cuts=100, rate=500.0, waits_for_leases=True, fills=5, messages=1_000)
