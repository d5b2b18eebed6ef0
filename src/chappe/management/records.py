"""Operators' records: read, checked against each other, written. The one place that changes the directory."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import Account, Credential, Group, Token
from chappe.domain.interception import Interceptor
from chappe.domain.link import ConnectorRecord
from chappe.domain.network import Network
from chappe.domain.report import Way
from chappe.domain.routing import Route
from chappe.management.sealing import Keys, is_sealed
from chappe.pipeline.directory import RECORDS, Directory, write_entry
from chappe.ports.directory import Conflict, DirectoryStore, Entry, Kind

Record = Account | Group | Credential | Token | ConnectorRecord | Route | Network | Interceptor
CheckSettings = Callable[[str, dict[str, Any]], str]
"""(connector kind, its settings in clear) -> the first thing wrong as a sentence, empty if none."""

_TRIES: Final = 5
_KINDS: Final[Mapping[type[Any], Kind]] = MappingProxyType(
    {record: kind for kind, record in RECORDS.items() if record is not dict}
)


class BadRecord(ValueError):
    """A record that cannot stand; the message is a sentence for the operator."""


def key_of(record: Record) -> tuple[Kind, str]:
    """The kind and name of a record."""
    # The first field of every record is what it is known by.
    return _KINDS[type(record)], getattr(record, record.__struct_fields__[0])


def make(kind: Kind, fields: Mapping[str, Any]) -> Record:
    """A record of its fields; raises BadRecord naming the record and the field that does not fit."""
    given = _with_way(dict(fields)) if kind is Kind.ROUTE else dict(fields)
    name = f"{kind.value} {given.get(RECORDS[kind].__struct_fields__[0], '')}".rstrip()
    if (endless := _not_finite(given)) is not None:
        raise BadRecord(f"{name}: {endless} is no finite number")
    try:
        record: Record = msgspec.convert(given, type=RECORDS[kind], strict=False)
    except msgspec.ValidationError as error:
        raise BadRecord(f"{name}: {error}") from error
    return record


def _not_finite(fields: Mapping[str, Any]) -> str | None:
    """The dotted name of a number that JSON cannot hold, None if all are finite."""
    for name, value in fields.items():
        if isinstance(value, float) and not math.isfinite(value):
            return name
        if isinstance(value, Mapping) and (inner := _not_finite(value)) is not None:
            return f"{name}.{inner}"
    return None


def _with_way(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a route in which the way of a delivery may be its name in place of its number."""
    if "deliver" in fields:
        fields["deliver"] = _numbered(fields["deliver"])
    if isinstance(fields.get("deliver_also"), list | tuple):
        fields["deliver_also"] = [_numbered(each) for each in fields["deliver_also"]]
    return fields


def _numbered(deliver: Any) -> Any:
    if not isinstance(deliver, Mapping) or not isinstance(deliver.get("way"), str):
        return deliver
    way = Way.__members__.get(deliver["way"].upper())
    return deliver if way is None else {**deliver, "way": way.value}


def _named(record: Record, sentence: str) -> str:
    """A sentence that says which record it is about, in case it does not yet."""
    kind, key = key_of(record)
    return sentence if f"{key!r}" in sentence else f"{kind.value} {key}: {sentence}"


class Records:
    """A view on the directory for one operator's act."""

    def __init__(self, store: DirectoryStore, keys: Keys, check_settings: CheckSettings) -> None:
        self._store = store
        self._keys = keys
        self._check_settings = check_settings
        self.directory = Directory()

    async def load(self) -> Directory:
        """Reads the directory as it is now."""
        self.directory = Directory()
        self.directory.apply(await self._store.directory())
        self.directory.revision = await self._store.directory_revision()
        return self.directory

    def problem(self, record: Record, known: Directory) -> str:
        """The first thing wrong with a record, by itself or among the others; empty if none."""
        own = record.problem()
        if own:
            return _named(record, own)
        match record:
            case Credential(account=account) if account not in known.accounts:
                return f"credential {record.username}: there is no account {account}"
            case Token(account=account) if account not in known.accounts:
                return f"token {record.name}: there is no account {account}"
            case ConnectorRecord(kind=kind, settings=settings):
                wrong = self._check_settings(kind, self._keys.unseal_settings(settings))
                return f"connector {record.name}: {wrong}" if wrong else ""
            case Route(targets=targets):
                for target in targets:
                    if target.connector not in known.connectors:
                        return f"route {record.name}: there is no connector {target.connector}"
                for delivery in record.deliveries:
                    if delivery.account not in known.accounts:
                        return f"route {record.name}: there is no account {delivery.account}"
        return ""

    async def save(self, records: Sequence[Record], removed: Sequence[tuple[Kind, str]] = ()) -> int:
        """Writes and removes records in one commit and says the new revision; raises BadRecord.

        Each is checked against the directory as it will be; nothing is removed that another still names.
        """
        for record in records:
            # By itself first: the tables that are made of sound records do not take others.
            if own := record.problem():
                raise BadRecord(_named(record, own))
        for _ in range(_TRIES):
            directory = await self.load()
            entries = [self._entry(record) for record in records]
            entries += [Entry(kind, key, None) for kind, key in removed]
            after = Directory()
            after.apply(await self._store.directory())
            after.apply(entries)
            for record in records:
                wrong = self.problem(record, after)
                if wrong:
                    raise BadRecord(wrong)
            self._check_references(after)
            self._check_groups(after, removed)
            try:
                return await self._store.put(entries, directory.revision)
            except Conflict:
                continue
        raise BadRecord("the directory is changing under our hands; try again")

    def _entry(self, record: Record) -> Entry:
        kind, key = key_of(record)
        if isinstance(record, ConnectorRecord):
            record = msgspec.structs.replace(record, settings=self._keys.seal_settings(record.settings))
        if isinstance(record, Token) and record.secret and not is_sealed(record.secret):
            record = msgspec.structs.replace(record, secret=self._keys.seal(record.secret))
        return write_entry(kind, key, record)

    @staticmethod
    def _check_groups(after: Directory, removed: Sequence[tuple[Kind, str]]) -> None:
        """A group without a record is on: who removes one that is off would switch its accounts on."""
        gone = {key for kind, key in removed if kind is Kind.GROUP}
        for account in after.accounts.values():
            if account.group in gone:
                raise BadRecord(f"account {account.name} still belongs to group {account.group}")

    @staticmethod
    def _check_references(after: Directory) -> None:
        for credential in after.credentials.values():
            if credential.account not in after.accounts:
                raise BadRecord(
                    f"credential {credential.username} still belongs to account {credential.account}"
                )
        for token in after.tokens.values():
            if token.account not in after.accounts:
                raise BadRecord(f"token {token.name} still belongs to account {token.account}")
        for route in after.routes.values():
            for target in route.targets:
                if target.connector not in after.connectors:
                    raise BadRecord(f"route {route.name} still sends to connector {target.connector}")
            for delivery in route.deliveries:
                if delivery.account not in after.accounts:
                    raise BadRecord(f"route {route.name} still delivers to account {delivery.account}")
