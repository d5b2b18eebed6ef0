"""The door for what operators set: accounts, logins, connectors, routes, networks, maps of errors and the rest of `Kind`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import msgspec


class Kind(Enum):
    """What an entry describes."""

    ACCOUNT = "account"
    GROUP = "group"
    CREDENTIAL = "credential"
    TOKEN = "token"  # noqa: S105 - a kind, no secret
    CONNECTOR = "connector"
    ROUTE = "route"
    NETWORK = "network"
    INTERCEPTOR = "interceptor"
    ERROR_MAP = "error_map"
    INSTANCE = "instance"
    LIST = "list"
    CAMPAIGN = "campaign"
    APP = "app"
    SETTING = "setting"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One entry as JSON text, or its removal (`body` None). `revision` rises with every change anywhere."""

    kind: Kind
    key: str
    body: str | None
    revision: int = 0


class Conflict(Exception):
    """The directory changed between reading and writing; read again and decide again."""


class DirectoryStore(Protocol):
    """Entries by kind and key; every change is durable and gets a revision."""

    async def directory_revision(self) -> int:
        """The revision of the newest change; cheap enough to ask several times a second."""
        ...

    async def directory(self, since: int = 0) -> list[Entry]:
        """Entries changed after a revision, removals included (from 0: all that exist)."""
        ...

    async def put(self, entries: Sequence[Entry], expected: int | None = None) -> int:
        """Writes and removes entries in one commit and says the new revision.

        Raises Conflict, and does nothing, if `expected` is given and is not the present revision.
        """
        ...
