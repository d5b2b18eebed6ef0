"""Opens what the configuration names: the store, or the writer that holds it, and the gateway's key."""

from __future__ import annotations

from typing import Any

import apsw

from chappe.app.bus import WRITER_SOCKET
from chappe.app.config import Config
from chappe.app.registry import connector_kinds
from chappe.app.roles import Role
from chappe.management.records import CheckSettings
from chappe.management.sealing import Keys, holds_sealed, is_sealed, load_keys
from chappe.pipeline.directory import Directory
from chappe.ports.store import Store, StoreUnusable
from chappe.stores.sqlite.remote_writer import OnFed
from chappe.stores.sqlite.store import SqliteStore, connect_store, open_store


def open_configured_store(config: Config, *, create: bool = True, serves: bool = False) -> SqliteStore:
    """The store that the configuration names; makes its folder too where it may. Raises StoreUnusable or OSError.

    `serves` is for the gateway itself, of which there is one a store.
    """
    path = config.store.path
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return open_store(
            path,
            create=create,
            interval=config.store.commit_interval_ms / 1000,
            reserve=config.store.reserve_mb << 20,
            cache_mb=config.store.cache_mb,
            serves=serves,
        )
    except apsw.Error as error:
        # Damage behind the first pages shows only when the counts are read.
        raise StoreUnusable(f"{path} is damaged: {error}; chappe verify-store says where") from error


async def connect_configured_store(config: Config, role: Role, fed: OnFed) -> SqliteStore:
    """The store that the gateway's writer holds. Raises OSError while it is not there."""
    assert role.meeting is not None
    return await connect_store(
        role.meeting / WRITER_SOCKET,
        config.store.path.parent,
        fed=fed,
        reserve=config.store.reserve_mb << 20,
    )


def open_keys(config: Config, *, create: bool = True) -> Keys:
    """The gateway's key; raises ValueError or OSError with the reason."""
    if create:
        config.node.key_file.parent.mkdir(parents=True, exist_ok=True)
    return load_keys(config.node.key_file, create=create)


async def open_store_keys(config: Config, store: Store, *, create: bool = True) -> Keys:
    """The key that goes with a store. None is made anew where the store holds secrets that only a lost one opens."""
    path = config.node.key_file
    if create and not path.exists():
        directory = Directory()
        directory.apply(await store.directory())
        sealed = any(is_sealed(token.secret) for token in directory.tokens.values())
        if sealed or any(holds_sealed(record.settings) for record in directory.connectors.values()):
            raise ValueError(
                f"the key file {path} does not exist, but secrets in the store are sealed with it"
            )
    return open_keys(config, create=create)


def settings_checker() -> CheckSettings:
    """Checks connector settings by their kind."""
    kinds = connector_kinds()

    def check(kind: str, settings: dict[str, Any]) -> str:
        if kind not in kinds:
            return f"there is no kind {kind!r}, only {', '.join(kinds)}"
        return kinds[kind].check(settings)

    return check
