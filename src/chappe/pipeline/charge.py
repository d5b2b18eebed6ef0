"""What a message costs. The debit itself is written by the store in the commit that accepts the message."""

from __future__ import annotations

from chappe.domain.account import Account
from chappe.domain.routing import Route


def price_of(route: Route, parts: int) -> int:
    """Micro-units for all parts by a rule's price."""
    return route.price * parts


def charge_of(account: Account, route: Route, parts: int) -> int:
    """Micro-units to reserve from the account: nothing where no balance is kept."""
    return price_of(route, parts) if account.charged else 0
