"""Operators' records: read, checked against each other, written. The one place that changes the directory."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import Account, Credential, Group, Token
from chappe.domain.app import App
from chappe.domain.campaign import Campaign
from chappe.domain.error_table import ErrorMap
from chappe.domain.instance import Instance
from chappe.domain.interception import Interceptor
from chappe.domain.link import ConnectorRecord
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.network import Network
from chappe.domain.report import Way
from chappe.domain.routing import Route
from chappe.management.sealing import Keys, is_sealed
from chappe.pipeline.directory import RECORDS, Directory, write_entry
from chappe.ports.directory import Conflict, DirectoryStore, Entry, Kind

Record = (
    Account
    | Group
    | Credential
    | Token
    | ConnectorRecord
    | Route
    | Network
    | Interceptor
    | ErrorMap
    | Instance
    | NumberList
    | Campaign
    | App
)
CheckSettings = Callable[[str, dict[str, Any]], str]
"""(connector kind, its settings in clear) -> the first thing wrong as a sentence, empty if none."""
TryWebhook = Callable[[Account], Awaitable[str]]
"""Makes the test call to an account's status webhook: why it cannot be used as a sentence, empty if it can."""

_TRIES: Final = 5
_OWNED: Final = (Kind.CREDENTIAL, Kind.TOKEN, Kind.INSTANCE, Kind.APP)
"""Records that belong to one account."""

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


def secrets_of(app: App) -> dict[str, str]:
    """What of an app's record is secret and in clear, by field."""
    fields = {"secret": app.secret, "apple": app.apple, "android": app.android}
    return {name: text for name, text in fields.items() if text and not is_sealed(text)}


def _named(record: Record, sentence: str) -> str:
    """A sentence that says which record it is about, in case it does not yet."""
    kind, key = key_of(record)
    return sentence if f"{key!r}" in sentence else f"{kind.value} {key}: {sentence}"


def _instance_problem(record: Instance, known: Directory) -> str:
    """Whose an MO to a code is must be certain: clients hand MOs in by these codes."""
    for other in known.instances.values():
        shared = set(other.codes) & set(record.codes)
        if shared and other.number != record.number:
            return f"instance {record.number}: code {min(shared)} belongs to instance {other.number} already"
    return ""


def _campaign_problem(campaign: Campaign, known: Directory) -> str:
    name = f"campaign {campaign.name}"
    if campaign.account not in known.accounts:
        return f"{name}: there is no account {campaign.account}"
    found = known.lists.get(campaign.suppression)
    if campaign.suppression and (found is None or found.kind is not ListKind.SUPPRESSION):
        return f"{name}: there is no list {campaign.suppression} of the kind suppression"
    return ""


class Records:
    """A view on the directory for one operator's act."""

    def __init__(
        self,
        store: DirectoryStore,
        keys: Keys,
        check_settings: CheckSettings,
        try_webhook: TryWebhook | None = None,
    ) -> None:
        self._store = store
        self._try_webhook = try_webhook
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
            case Credential() | Token() | Instance() | App() if record.account not in known.accounts:
                kind, key = key_of(record)
                return f"{kind.value} {key}: there is no account {record.account}"
            case Campaign():
                return _campaign_problem(record, known)
            case Instance():
                return _instance_problem(record, known)
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

    async def save(
        self,
        records: Sequence[Record],
        removed: Sequence[tuple[Kind, str]] = (),
        *,
        untested: bool = False,
    ) -> int:
        """Writes and removes records in one commit and says the new revision; raises BadRecord.

        Each is checked against the directory as it will be; nothing is removed that another still names. A status
        webhook that is new must answer its test call, unless the operator wants it `untested`.
        """
        for record in records:
            # By itself first: the tables that are made of sound records do not take others.
            if own := record.problem():
                raise BadRecord(_named(record, own))
        if not untested:
            await self._try_webhooks(records)
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

    async def _try_webhooks(self, records: Sequence[Record]) -> None:
        hooked = [one for one in records if isinstance(one, Account) and one.status_webhook is not None]
        if not hooked or self._try_webhook is None:
            return
        known = (await self.load()).accounts
        for account in hooked:
            before = known.get(account.name)
            if before is not None and before.status_webhook == account.status_webhook:
                continue
            wrong = await self._try_webhook(account)
            if wrong:
                raise BadRecord(f"account {account.name}: the status webhook cannot be used: {wrong}")

    def _entry(self, record: Record) -> Entry:
        kind, key = key_of(record)
        if isinstance(record, ConnectorRecord):
            record = msgspec.structs.replace(record, settings=self._keys.seal_settings(record.settings))
        if isinstance(record, Token) and record.secret and not is_sealed(record.secret):
            record = msgspec.structs.replace(record, secret=self._keys.seal(record.secret))
        if isinstance(record, App):
            sealed = {name: self._keys.seal(text) for name, text in secrets_of(record).items()}
            record = msgspec.structs.replace(record, **sealed)
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
        for kind in _OWNED:
            for key, owned in after.table(kind).items():
                if owned.account not in after.accounts:
                    raise BadRecord(f"{kind.value} {key} still belongs to account {owned.account}")
        for campaign in after.campaigns.values():
            if wrong := _campaign_problem(campaign, after):
                raise BadRecord(wrong)
        for route in after.routes.values():
            for target in route.targets:
                if target.connector not in after.connectors:
                    raise BadRecord(f"route {route.name} still sends to connector {target.connector}")
            for delivery in route.deliveries:
                if delivery.account not in after.accounts:
                    raise BadRecord(f"route {route.name} still delivers to account {delivery.account}")
