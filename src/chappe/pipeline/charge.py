"""What a message costs. What is owed is written by the store in the commit that accepts the message."""

from __future__ import annotations

import msgspec

from chappe.domain.account import Account
from chappe.domain.routing import Route


class Charge(msgspec.Struct, frozen=True, gc=False):
    """What a message takes from its account: micro-units in all, those of them only set aside, and parts."""

    amount: int = 0
    reserved: int = 0
    counted: int = 0


NOTHING = Charge()


def price_of(route: Route, parts: int) -> int:
    """Micro-units for all parts by a rule's price."""
    return route.price * parts


def charge_of(account: Account, route: Route, parts: int) -> Charge:
    """What to take from the account: no money where no balance is kept, no parts where no count is."""
    if not (account.charged or account.counted):
        return NOTHING
    amount = price_of(route, parts) if account.charged else 0
    early = amount * account.early_percent // 100
    return Charge(amount, amount - early, parts if account.counted else 0)
