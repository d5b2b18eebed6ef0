"""The use cases that a dialect may call, in one value; a dialect is given it and needs nothing else of the middle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chappe.domain.ids import IdRenderer
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.batches import Batches
from chappe.pipeline.conversions import Conversions
from chappe.pipeline.directory import Directory
from chappe.pipeline.mo_log import MoLog
from chappe.pipeline.pins import Pins
from chappe.pipeline.query import Query
from chappe.pipeline.submit import Submit
from chappe.ports.clock import Clock
from chappe.ports.ledger import LedgerStore
from chappe.ports.meter import Meter
from chappe.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Use cases beside the one path of messages, each asked for by a dialect or two."""

    store: Store
    unseal: Callable[[str], str]
    """A record's sealed secret in clear; raises ValueError for one sealed with another key."""
    seal_key: bytes
    """The house's key for signed sessions (`dialect_kit/signed_session.py`): the same on every front."""
    pins: Pins
    mos: AcceptMo
    """The door of MOs, for those that clients hand in themselves."""
    mo_log: MoLog
    conversions: Conversions


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every dialect is handed."""

    authenticator: Authenticator
    submit: Submit
    query: Query
    batches: Batches
    ledger: LedgerStore
    directory: Directory
    renderer: IdRenderer
    clock: Clock
    meter: Meter
    services: Services
    lanes_due: Callable[[frozenset[str]], None]
    """Tells whoever hands notices over that these lanes have new ones."""
