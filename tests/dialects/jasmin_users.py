"""Accounts that lack one thing each: rights, values, groups, quotas; what the cases of users are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chappe.domain.account import Account, Credential, Group
from chappe.domain.refusal import Right
from chappe.domain.value_filters import ValueFilters
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Entry, Kind
from chappe.ports.ledger import LedgerEntry
from dialects.http_rig import NOW, Rig

KEYS: Final = (
    ("long", Right.LONG_CONTENT),
    ("dlr-level", Right.RECEIPT_LEVEL),
    ("dlr-method", Right.RECEIPT_METHOD),
    ("from", Right.SOURCE_ADDRESS),
    ("priority", Right.PRIORITY),
    ("validity", Right.VALIDITY),
    ("hex", Right.BINARY),
    ("sdt", Right.SCHEDULE),
)
LEANS_ON: Final = {"dlr-method": (Right.RECEIPT_LEVEL,)}
"""Who sets a method asks for a receipt too."""


def _accounts() -> Iterator[Account]:
    for key, right in KEYS:
        yield Account(name=f"no-{key}", denied=(right,))
        others = [each for each in Right if each is not right and each not in LEANS_ON.get(key, ())]
        yield Account(name=f"only-{key}-right", denied=tuple(others))
    yield Account(name="no-http", may_send_http=False)
    yield Account(name="no-smpp", may_send_smpp=False)
    yield Account(name="no-balance", may_ask_balance=False)
    yield Account(name="no-rate", may_ask_rate=False)
    for name, filters in (
        ("f-to", ValueFilters(destination="^316")),
        ("f-from", ValueFilters(source="^Acme$")),
        ("f-priority", ValueFilters(priority="^[01]$")),
        ("f-priority-high", ValueFilters(priority="^[23]$")),
        ("f-validity", ValueFilters(validity=r"^\d{1,2}$")),
        ("f-content", ValueFilters(content="^Acme:")),
        ("f-all", ValueFilters(destination="^31", source="^A", priority="^0$", content="^x")),
        ("f-bound", ValueFilters(destination="^31")),
    ):
        denied = (Right.PRIORITY,) if name == "f-bound" else ()
        yield Account(name=name, filters=filters, denied=denied, default_sender="Default")
    yield Account(name="grouped", group="off")
    yield Account(name="gathered", group="on")
    yield Account(name="few", counted=True)
    yield Account(name="both", charged=True, counted=True)
    yield Account(name="early", charged=True, early_percent=25)
    yield Account(name="unlimited")
    yield Account(name="by-http", http_throughput=2.0)
    yield Account(name="by-smpp", smpp_throughput=2.0)


def _entries() -> Iterator[Entry]:
    yield write_entry(Kind.GROUP, "off", Group(name="off", enabled=False))
    yield write_entry(Kind.GROUP, "on", Group(name="on"))
    for account in _accounts():
        login = Credential(username=account.name, account=account.name, secret_hash="secret")
        yield write_entry(Kind.ACCOUNT, account.name, account)
        yield write_entry(Kind.CREDENTIAL, account.name, login)


async def furnish(rig: Rig) -> None:
    """Makes these accounts known and pays them in."""
    rig.directory.apply(_entries())
    for account, amount, parts in (("few", 0, 3), ("both", 100_000, 3), ("early", 100_000, 0)):
        await rig.store.deposit(LedgerEntry(account, NOW, amount, "", parts))
