"""Makes the directory match a file: what differs is shown first, then written in one commit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from chappe.domain.account import MAX_PASSWORD, Credential, Token, token_digest
from chappe.domain.app import App
from chappe.domain.link import ConnectorRecord
from chappe.domain.money import parse_amount
from chappe.management.passwords import Passwords
from chappe.management.records import BadRecord, Record, key_of, make
from chappe.management.sealing import Keys, without_secrets
from chappe.pipeline.directory import Directory
from chappe.ports.directory import Kind

_SECTIONS: Final[Mapping[str, Kind]] = {
    "account": Kind.ACCOUNT,
    "group": Kind.GROUP,
    "credential": Kind.CREDENTIAL,
    "token": Kind.TOKEN,
    "connector": Kind.CONNECTOR,
    "route": Kind.ROUTE,
    "network": Kind.NETWORK,
    "interceptor": Kind.INTERCEPTOR,
    "list": Kind.LIST,
    "campaign": Kind.CAMPAIGN,
    "instance": Kind.INSTANCE,
    "app": Kind.APP,
    "error_map": Kind.ERROR_MAP,
}


class Difference(msgspec.Struct, frozen=True):
    """One thing that the file would change: `before` and `after` are lines for people, None where there is none."""

    kind: Kind
    key: str
    before: str | None
    after: str | None


class Plan(msgspec.Struct, frozen=True):
    """What applying a file would do."""

    differences: tuple[Difference, ...]
    records: tuple[Record, ...]
    removed: tuple[tuple[Kind, str], ...]


def read_file(text: str) -> dict[Kind, list[dict[str, Any]]]:
    """The sections of a file; raises BadRecord for what is no section of ours or no TOML."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecord(f"the file is no TOML: {error}") from error
    sections: dict[Kind, list[dict[str, Any]]] = {}
    for name, rows in parsed.items():
        kind = _SECTIONS.get(name)
        if kind is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            known = ", ".join(f"[[{section}]]" for section in _SECTIONS)
            raise BadRecord(f"[{name}] is none of the sections {known}")
        sections[kind] = rows
    return sections


def make_plan(
    sections: Mapping[Kind, Sequence[dict[str, Any]]], now: Directory, keys: Keys, passwords: Passwords
) -> Plan:
    """What differs between the file and the directory. Kinds that the file does not mention stay as they are."""
    differences: list[Difference] = []
    records: list[Record] = []
    removed: list[tuple[Kind, str]] = []
    for kind, rows in sections.items():
        present: dict[str, Record] = now.table(kind)
        named: set[str] = set()
        for row in rows:
            record = _record(kind, row, now, passwords)
            _, key = key_of(record)
            if key in named:
                raise BadRecord(f"{kind.value} {key} stands twice in the file")
            named.add(key)
            before = present.get(key)
            if before is None or not _equal(before, record, keys):
                differences.append(Difference(kind, key, shown(before) if before else None, shown(record)))
                records.append(record)
        for key in sorted(present.keys() - named):
            differences.append(Difference(kind, key, shown(present[key]), None))
            removed.append((kind, key))
    return Plan(tuple(differences), tuple(records), tuple(removed))


def plan_of(records: Sequence[Record], now: Directory, keys: Keys) -> Plan:
    """What writing these records would change; everything else stays as it is."""
    differences: list[Difference] = []
    changed: list[Record] = []
    for record in records:
        kind, key = key_of(record)
        before = now.table(kind).get(key)
        if before is None or not _equal(before, record, keys):
            differences.append(Difference(kind, key, shown(before) if before else None, shown(record)))
            changed.append(record)
    return Plan(tuple(differences), tuple(changed), ())


def _record(kind: Kind, row: dict[str, Any], now: Directory, passwords: Passwords) -> Record:
    fields = dict(row)
    if kind is Kind.ROUTE and "price" in fields:
        try:
            fields["price"] = parse_amount(fields["price"])
        except ValueError as error:
            raise BadRecord(f"route {fields.get('name')}: {error}") from error
    if kind is Kind.CREDENTIAL:
        _hash_password(fields, now, passwords)
    if kind is Kind.TOKEN and isinstance(token := fields.pop("token", None), str):
        fields["digest"] = token_digest(token)
    return make(kind, fields)


def _hash_password(fields: dict[str, Any], now: Directory, passwords: Passwords) -> None:
    """A password in the file becomes a hash; the one kept stays where it still matches."""
    before = now.credentials.get(str(fields.get("username")))
    password = fields.pop("password", None)
    if password is not None and not 1 <= len(str(password)) <= MAX_PASSWORD:
        raise BadRecord(f"credential {fields.get('username')}: a password is 1 to {MAX_PASSWORD} characters")
    if password is None:
        if before is None and "secret_hash" not in fields:
            raise BadRecord(f"credential {fields.get('username')} is new and has no password")
        if before is not None:
            fields.setdefault("secret_hash", before.secret_hash)
            fields.setdefault("version", before.version)
    elif before is not None and passwords.matches(before.secret_hash, str(password)):
        fields.update(secret_hash=before.secret_hash, version=before.version)
    else:
        fields.update(secret_hash=passwords.hash(str(password)), version=before.version + 1 if before else 1)


def _equal(before: Record, after: Record, keys: Keys) -> bool:
    if isinstance(before, ConnectorRecord) and isinstance(after, ConnectorRecord):
        before = msgspec.structs.replace(before, settings=keys.unseal_settings(before.settings))
    if isinstance(before, Token):
        before = msgspec.structs.replace(before, secret=keys.unseal(before.secret))
    if isinstance(before, App):
        sealed = {"secret": before.secret, "apple": before.apple, "android": before.android}
        before = msgspec.structs.replace(before, **{name: keys.unseal(text) for name, text in sealed.items()})
    return before == after


def shown(record: Record) -> str:
    """A record on one line, without its secrets."""
    fields = msgspec.to_builtins(record)
    if isinstance(record, ConnectorRecord):
        fields["settings"] = without_secrets(record.settings)
    if isinstance(record, Credential):
        del fields["secret_hash"]
    if isinstance(record, Token):
        del fields["digest"]
        fields["secret"] = "••••" if record.secret else ""
    if isinstance(record, App):
        fields.update({name: "••••" for name in ("secret", "apple", "android") if fields.get(name)})
    return " ".join(f"{name}={value!r}" for name, value in fields.items() if value not in ("", [], {}, None))
