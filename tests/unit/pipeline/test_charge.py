"""What a message costs: its rule's price for each part, from accounts that keep a balance."""

import pytest

from chappe.domain.account import Account
from chappe.domain.routing import Route, Target
from chappe.pipeline.charge import charge_of, price_of

ROUTE = Route(name="r", targets=(Target(connector="op"),), price=12_500)


@pytest.mark.parametrize(("parts", "price"), [(1, 12_500), (3, 37_500), (255, 3_187_500)])
def test_each_part_has_its_price(parts: int, price: int) -> None:
    assert price_of(ROUTE, parts) == price
    assert charge_of(Account(name="a", charged=True), ROUTE, parts) == price


def test_where_no_balance_is_kept_nothing_is_reserved() -> None:
    assert charge_of(Account(name="a"), ROUTE, 3) == 0


def test_a_rule_without_a_price_costs_nothing() -> None:
    assert charge_of(Account(name="a", charged=True), Route(name="r", targets=ROUTE.targets), 9) == 0
