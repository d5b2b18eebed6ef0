"""Finds plugs by walking their folders, sorted: a new one is a folder and no line anywhere."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import chappe.connectors
import chappe.dialects
from chappe.dialect_kit.contract import Dialect
from chappe.domain.report import MoManner
from chappe.ports.connector_kind import ConnectorKind


def http_dialects() -> dict[str, Dialect]:
    """HTTP dialects by name: each folder's constant DIALECT. Raises ValueError for a name taken twice."""
    found: dict[str, Dialect] = {}
    for module in _plugs(chappe.dialects):
        dialect = getattr(module, "DIALECT", None)
        if isinstance(dialect, Dialect):
            if dialect.name in found:
                raise ValueError(f"two dialects are called {dialect.name}")
            found[dialect.name] = dialect
    return found


def mo_manners() -> dict[str, MoManner]:
    """How MOs are handed over by the name of their words, where that is not the usual way."""
    return {name: manner for one in http_dialects().values() for name, manner in one.mo_manners.items()}


def connector_kinds() -> dict[str, ConnectorKind]:
    """Connector kinds by name: each folder's constant KIND. Raises ValueError for a name taken twice."""
    found: dict[str, ConnectorKind] = {}
    for module in _plugs(chappe.connectors):
        kind = getattr(module, "KIND", None)
        if isinstance(kind, ConnectorKind):
            if kind.name in found:
                raise ValueError(f"two connector kinds are called {kind.name}")
            found[kind.name] = kind
    return found


def _plugs(package: ModuleType) -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]
