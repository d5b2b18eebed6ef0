"""What a message takes: its rule's price for each part where a balance is kept, its parts where they are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.account import Account
from chappe.domain.routing import Route, Target
from chappe.pipeline.charge import NOTHING, Charge, charge_of, price_of

ROUTE = Route(name="r", targets=(Target(connector="op"),), price=12_500)
FREE = Route(name="r", targets=ROUTE.targets)


@pytest.mark.parametrize(("parts", "price"), [(1, 12_500), (3, 37_500), (255, 3_187_500)])
def test_each_part_has_its_price(parts: int, price: int) -> None:
    assert price_of(ROUTE, parts) == price
    assert charge_of(Account(name="a", charged=True), ROUTE, parts) == Charge(price)


@pytest.mark.parametrize(
    ("account", "route", "charge"),
    [
        (Account(name="a"), ROUTE, NOTHING),
        (Account(name="a", early_percent=10), ROUTE, NOTHING),
        (Account(name="a", charged=True), FREE, NOTHING),
        (Account(name="a", charged=True, counted=True), FREE, Charge(counted=3)),
        (Account(name="a", counted=True), ROUTE, Charge(counted=3)),
        (Account(name="a", charged=True, counted=True), ROUTE, Charge(37_500, counted=3)),
        (Account(name="a", charged=True, early_percent=10), ROUTE, Charge(37_500, 33_750)),
        (Account(name="a", charged=True, early_percent=1), ROUTE, Charge(37_500, 37_125)),
    ],
)
def test_what_three_parts_take(account: Account, route: Route, charge: Charge) -> None:
    assert charge_of(account, route, 3) == charge


@given(st.integers(0, 10**12), st.integers(1, 255), st.integers(1, 100))
def test_what_is_taken_early_and_late_is_the_price(price: int, parts: int, percent: int) -> None:
    route = Route(name="r", targets=ROUTE.targets, price=price)
    charge = charge_of(Account(name="a", charged=True, early_percent=percent), route, parts)
    early = charge.amount - charge.reserved
    assert charge.amount == price * parts
    assert 0 <= early <= charge.amount
    assert charge.amount * percent - 100 < early * 100 <= charge.amount * percent
