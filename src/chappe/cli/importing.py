"""`chappe import jasmin`: takes over what Jasmin's console printed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.plans import show_plan
from chappe.cli.screen import note
from chappe.domain.money import format_amount
from chappe.management.apply import plan_of
from chappe.management.import_jasmin import Export, read_export
from chappe.management.import_jasmin_config import config_lines
from chappe.management.import_jasmin_records import Moved, move
from chappe.management.passwords import random_password
from chappe.management.records import BadRecord
from chappe.ports.ledger import LedgerEntry

_MOST_OCTETS = 64 << 20
_UNKNOWN_LENGTH = 30


def import_commands(house: House) -> typer.Typer:
    """`chappe import ...`"""
    app = typer.Typer(no_args_is_help=True, help="Take over what another gateway has.")

    @app.callback()
    def several() -> None:
        """Take over what another gateway has."""

    @app.command()
    def jasmin(
        paths: list[Path],
        *,
        zone: Annotated[str, typer.Option(help="the time zone of Jasmin's server, e.g. Europe/Paris")] = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="only show what would be done")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    ) -> None:
        """Create accounts, logins, connectors and routes from what jcli printed, and jasmin.cfg; shows it all first."""
        export = read_export(_texts(paths))

        async def work(opened: Open) -> None:
            @cache
            def unknown() -> str:
                return house.passwords().hash(random_password(_UNKNOWN_LENGTH))

            def hashed(password: str | None) -> str:
                # One for all whose password nobody knows: a hash each would take a while.
                return unknown() if password is None else house.passwords().hash(password)

            moved = move(export, await opened.records.load(), hashed, zone)
            plan = plan_of(moved.records, opened.records.directory, opened.keys)
            show_plan(plan)
            _tell(moved, export)
            if dry_run or not plan.differences:
                return
            if yes or typer.confirm("Take this over?"):
                revision = await opened.records.save(plan.records)
                for account, amount, parts in moved.deposits:
                    await opened.store.deposit(LedgerEntry(account, wall_ms(), amount, "from Jasmin", parts))
                note(f"taken over as revision {revision}")

        editing.run(house, work, create=True)

    return app


def _texts(paths: list[Path]) -> list[tuple[str, str]]:
    """The files, and those of folders; raises BadRecord for what cannot be read."""
    files = [
        file
        for path in paths
        for file in (sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path])
    ]
    if not files:
        raise BadRecord("there is no file in what was named")
    texts = []
    for file in files:
        try:
            if file.stat().st_size > _MOST_OCTETS:
                raise BadRecord(f"{file} is too large to be what a console printed")
            texts.append((file.name, file.read_text("utf-8")))
        except UnicodeDecodeError as error:
            raise BadRecord(
                f"{file} is no text; give what jcli printed, not the files that Jasmin persists"
            ) from error
        except OSError as error:
            raise BadRecord(f"{file} cannot be read: {error}") from error
    return texts


def _tell(moved: Moved, export: Export) -> None:
    for account, amount, parts in moved.deposits:
        what = [f"a balance of {format_amount(amount)}"] * bool(amount) + [f"{parts} parts"] * bool(parts)
        note(f"{account} is given {' and '.join(what)}")
    lines, elsewhere = config_lines(export.config)
    _list("for chappe.toml, from jasmin.cfg:", lines)
    _list("of jasmin.cfg, said elsewhere here:", elsewhere)
    _list("to be known:", moved.notes)
    _list(
        "passwords that Jasmin does not tell; give new ones by chappe credential reset:",
        moved.unknown_passwords,
    )
    _list("not carried over:", moved.left_out)


def _list(title: str, lines: list[str]) -> None:
    if lines:
        note(title)
    for line in lines:
        note(f"  {line}")
