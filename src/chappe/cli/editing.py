"""What the commands on records have in common: fields from `name=value` words, listing, saving, removing."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import tomllib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from chappe.cli.house import House, Open
from chappe.cli.screen import note
from chappe.management.records import BadRecord, key_of, make
from chappe.management.sealing import SECRET_NAMES
from chappe.pipeline.directory import RECORDS, Directory
from chappe.ports.directory import Kind

T = TypeVar("T")
_QUOTES: Final = ('"', "'")


def fields_of(words: Iterable[str]) -> dict[str, Any]:
    """Fields from words like `throughput=50`, `settings.port=2776`, `allow=["10.0.0.0/8"]`.

    A value is read as TOML if it is some, else as text; a dotted name reaches into a table. Raises BadRecord.
    """
    fields: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise BadRecord(f"{word!r} is not name=value")
        part = fields
        *tables, last = name.split(".")
        for table in tables:
            part = part.setdefault(table, {})
            if not isinstance(part, dict):
                raise BadRecord(f"{word!r}: {table} was given a value already and cannot be a table too")
        # A password of digits is a text all the same.
        part[last] = text if last in SECRET_NAMES and text[:1] not in _QUOTES else _value(text)
    return fields


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"x = {text}")
    except tomllib.TOMLDecodeError:
        return text
    # A text of several lines could hold more than the value.
    return parsed["x"] if len(parsed) == 1 else text


def asked_password(whose: str) -> str:
    """A password from CHAPPE_PASSWORD, or asked for without showing it, or a line of what is piped in.

    Never from the command line: others see that.
    """
    password = os.environ.get("CHAPPE_PASSWORD", "")
    if not password:
        piped = not sys.stdin.isatty()
        password = sys.stdin.readline().rstrip("\n") if piped else getpass.getpass(f"password of {whose}: ")
    if not password:
        raise BadRecord(f"no password of {whose} was given: type it, pipe it in or set CHAPPE_PASSWORD")
    return password


def run(house: House, work: Callable[[Open], Coroutine[Any, Any, T]], *, create: bool = False) -> T:
    """Opens the store, does the work, closes the store."""

    async def whole() -> T:
        async with house.open(create=create) as opened:
            return await work(opened)

    return asyncio.run(whole())


def read(house: House) -> Directory:
    """The directory as it is now."""
    return run(house, lambda opened: opened.records.load())


def add(house: House, kind: Kind, fields: dict[str, Any], *, untested: bool = False) -> None:
    """Makes a new record; raises BadRecord if its name is taken. `untested`: see `Records.save`."""

    async def work(opened: Open) -> None:
        directory = await opened.records.load()
        record = make(kind, fields)
        if key_of(record)[1] in directory.table(kind):
            raise BadRecord(f"{kind.value} {key_of(record)[1]} exists already")
        await opened.records.save([record], untested=untested)

    run(house, work, create=True)
    note(f"{kind.value} {fields.get(RECORDS[kind].__struct_fields__[0], '')} added")


def change(house: House, kind: Kind, key: str, fields: dict[str, Any], *, untested: bool = False) -> None:
    """Changes fields of a record; raises BadRecord if there is none of this name or its name would change."""
    if not fields:
        raise BadRecord(f"nothing to change: say what of {kind.value} {key}, as name=value")

    async def work(opened: Open) -> None:
        directory = await opened.records.load()
        before = directory.table(kind).get(key)
        if before is None:
            raise BadRecord(f"there is no {kind.value} {key}")
        record = make(kind, _merged(msgspec.to_builtins(before), fields))
        if key_of(record)[1] != key:
            raise BadRecord(
                f"{kind.value} {key} cannot be given another name; add another and remove this one"
            )
        await opened.records.save([record], untested=untested)

    run(house, work)
    note(f"{kind.value} {key} changed")


def remove(house: House, kinds_and_keys: Sequence[tuple[Kind, str]]) -> None:
    """Removes records; raises BadRecord if one is not there or another still needs it."""

    async def work(opened: Open) -> None:
        directory = await opened.records.load()
        for kind, key in kinds_and_keys:
            if key not in directory.table(kind):
                raise BadRecord(f"there is no {kind.value} {key}")
        await opened.records.save([], kinds_and_keys)

    run(house, work)
    for kind, key in kinds_and_keys:
        note(f"{kind.value} {key} removed")


def _merged(before: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    merged = dict(before)
    for name, value in fields.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged
