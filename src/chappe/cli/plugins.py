"""Commands for those who write plug-ins: a skeleton to begin with, and the contract asked of what they wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from chappe.cli import editing
from chappe.cli.house import House
from chappe.cli.screen import complain, note, table
from chappe.management.records import BadRecord

_SECRET: Final = "secret"  # noqa: S105 - that of the skeletons, which is nobody's
_NUMBER: Final = "905332141354"
"""The number that the document's own example has."""


def plugin_commands(house: House) -> typer.Typer:
    """`chappe plugin ...`."""
    app = typer.Typer(no_args_is_help=True, help="Plug-ins: Login, Send, Report, Destroy.")

    @app.command()
    def test(
        plugin: Annotated[str, typer.Argument(help="file.py:Class, module:Class, entry point or file.dll")],
        *,
        secret: Annotated[str, typer.Option(help="what Login is to take")] = _SECRET,
        number: Annotated[str, typer.Option(help="whom it sends to: these may be real messages")] = _NUMBER,
        many: Annotated[int, typer.Option(min=1, max=10_000, help="messages in the largest Send")] = 100,
        setting: Annotated[
            list[str] | None, typer.Option("--set", help="a setting of the connector, NAME=VALUE")
        ] = None,
    ) -> None:
        """Ask a plug-in everything that its contract says; exit code 1 if anything is against it."""
        settings = {"plugin": plugin, "secret": secret, **editing.fields_of(setting or [])}
        findings = house.plugins().test(settings, number=number, many=many)
        table(f"{plugin}", ("", "tried", ""), ((one.verdict, one.what, one.detail) for one in findings))
        wrong = sum(one.is_wrong for one in findings)
        if wrong:
            complain(f"{wrong} of {len(findings)} against the contract")
            raise typer.Exit(1)
        note(f"{len(findings)} tried, nothing against the contract")

    @app.command()
    def new(
        file: Annotated[
            Path, typer.Argument(help="the file to write: its ending says the language, .py or .cs")
        ],
    ) -> None:
        """Write the skeleton of a plug-in, which passes `plugin test`."""
        text = house.plugins().skeleton(file.suffix)
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except FileExistsError as error:
            raise BadRecord(f"{file} is there already") from error
        note(f"{file} written; docs/writing-a-plugin.md says how it goes on")

    @app.command()
    def build(
        *,
        folder: Annotated[Path | None, typer.Option(help="where to; the user's cache by default")] = None,
    ) -> None:
        """Compile the host of .NET plug-ins and the interface assembly to compile them against (needs mono-mcs)."""
        for built in house.plugins().build(folder):
            note(str(built))

    return app
