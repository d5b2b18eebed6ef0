"""`chappe list`: numbers that nothing goes to: blacklists, do-not-contact registers, opt-outs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.screen import at, note, table
from chappe.domain.lists import ListKind, NumberList, listed_number
from chappe.management.lists import Lists
from chappe.management.records import BadRecord
from chappe.ports.directory import Kind

Numbers = Annotated[list[str], typer.Argument(help="numbers, with + or 00 before them or not")]
FileName = Annotated[
    str, typer.Argument(help="a file, one number a line or first in CSV; - for what is piped in")
]


def list_commands(house: House) -> typer.Typer:
    """`chappe list ...`"""
    app = typer.Typer(no_args_is_help=True, help="Lists of numbers that nothing goes to.")
    _add_records(app, house)
    _add_bulk(app, house)
    _add_single(app, house)
    return app


def _add_records(app: typer.Typer, house: House) -> None:
    @app.command("list")
    def list_lists() -> None:
        """List the lists and count their numbers."""

        async def work(opened: Open) -> tuple[list[NumberList], dict[str, int]]:
            directory = await opened.records.load()
            return sorted(
                directory.lists.values(), key=lambda one: one.name
            ), await opened.store.list_counts()

        lists, counts = editing.run(house, work)
        table(
            "lists",
            ("name", "kind", "enabled", "numbers", "binds", "destinations"),
            (
                (
                    one.name,
                    one.kind.value,
                    "yes" if one.enabled else "no",
                    counts.get(one.name, 0),
                    _binds(one),
                    ", ".join(one.prefixes) or "all",
                )
                for one in lists
            ),
        )

    @app.command()
    def add(name: str, kind: ListKind, fields: Fields = None) -> None:
        """Add a list, e.g. `chappe list add no-ads-fr do_not_contact 'prefixes=["33"]' 'accounts=["shop"]'`."""
        given = {"name": name, "kind": kind.value, **editing.fields_of(fields or ())}
        editing.add(house, Kind.LIST, given)

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a list; takes effect at once."""
        editing.change(house, Kind.LIST, name, editing.fields_of(fields or ()))

    @app.command()
    def remove(name: str) -> None:
        """Remove a list that has no numbers any more: what subscribers asked for must not go by the way."""

        async def work(opened: Open) -> int:
            return len(await opened.store.list_page(name, "", 1))

        if editing.run(house, work):
            raise BadRecord(
                f"list {name} has numbers; chappe list dump {name} keeps them, list empty {name} drops them"
            )
        editing.remove(house, [(Kind.LIST, name)])


def _add_bulk(app: typer.Typer, house: House) -> None:
    @app.command()
    def load(
        name: str,
        file: FileName,
        *,
        replace: Annotated[
            bool,
            typer.Option("--replace", help="the file is a new edition: what it leaves out goes off the list"),
        ] = False,
    ) -> None:
        """Put the numbers of a file on a list, millions of them, while the gateway runs."""
        with _reading(file) as lines:
            loaded = _on(house, name, lambda lists: lists.load(name, lines, wall_ms(), replace=replace))
        note(f"{loaded.new} new, {loaded.known} known, {loaded.gone} gone, {loaded.bad} no number")
        if loaded.bad:
            note("no number: " + ", ".join(loaded.told) + (", ..." if loaded.bad > len(loaded.told) else ""))

    @app.command()
    def dump(name: str) -> None:
        """Write a list to the standard output: number, and when it came on the list."""

        async def write(lists: Lists) -> None:
            async for page in lists.pages(name):
                # Those of one load came at one time, which need not be written out for each of them.
                times = {at_ms: at(at_ms) for at_ms in {at_ms for _, at_ms in page}}
                sys.stdout.write("".join(f"{number},{times[at_ms]}\n" for number, at_ms in page))

        _on(house, name, write)

    @app.command()
    def empty(name: str, *, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
        """Take all numbers off a list."""
        if not yes:
            typer.confirm(f"All numbers of {name} will be written to again. Empty it?", abort=True)
        note(f"{_on(house, name, lambda lists: lists.empty(name))} gone")


def _add_single(app: typer.Typer, house: House) -> None:
    @app.command()
    def put(name: str, numbers: Numbers) -> None:
        """Put numbers on a list."""
        wanted = [_number(text) for text in numbers]
        _on(house, name, lambda lists: lists.load(name, wanted, wall_ms()))
        note(f"on {name}: {', '.join(wanted)}")

    @app.command()
    def drop(name: str, numbers: Numbers) -> None:
        """Take numbers off a list."""
        wanted = [_number(text) for text in numbers]

        async def work(opened: Open) -> int:
            return await opened.store.delist(name, wanted)

        note(f"{editing.run(house, work)} gone")

    @app.command()
    def check(number: str) -> None:
        """Say which lists a number is on."""
        wanted = _number(number)

        async def work(opened: Open) -> list[NumberList]:
            lists = list((await opened.records.load()).lists.values())
            found = await opened.store.listed([(one.name, wanted) for one in lists])
            return [lists[position] for position in found]

        found = editing.run(house, work)
        note(f"{wanted}: " + (", ".join(f"{one.name} ({one.kind.value})" for one in found) or "on no list"))


def _on(house: House, name: str, work: Callable[[Lists], Awaitable[Any]]) -> Any:
    """Works on the numbers of a list that there is; the gateway has its turn after each commit."""

    async def whole(opened: Open) -> Any:
        if name not in (await opened.records.load()).lists:
            raise BadRecord(f"there is no list {name}")
        began = time.monotonic()

        async def rest() -> None:
            nonlocal began
            await asyncio.sleep(time.monotonic() - began)
            began = time.monotonic()

        return await work(Lists(opened.store, rest))

    return editing.run(house, whole)


@contextmanager
def _reading(file: str) -> Iterator[IO[str]]:
    if file == "-":
        yield sys.stdin
        return
    with Path(file).open("r", encoding="utf-8-sig", errors="replace") as opened:
        yield opened


def _number(text: str) -> str:
    number = listed_number(text)
    if not number:
        raise BadRecord(f"{text!r} is no number")
    return number


def _binds(one: NumberList) -> str:
    named = [*one.accounts, *(f"group {group}" for group in one.groups)]
    return ", ".join(named) or "all accounts"
