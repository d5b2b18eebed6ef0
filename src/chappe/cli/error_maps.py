"""`chappe error-map`: what networks' own errors mean in the standard table of status reports."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.house import House
from chappe.cli.screen import note, table
from chappe.domain.error_table import ANY, STANDARD
from chappe.domain.state import State
from chappe.ports.directory import Kind

Connector = Annotated[str, typer.Argument(help="a connector's name, or * for all")]
_LASTING: Final[Mapping[bool | None, str]] = MappingProxyType(
    {True: "temporary", False: "permanent", None: "-"}
)


def error_map_commands(house: House) -> typer.Typer:
    """`chappe error-map ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Maps of errors: what a network's own codes mean in status reports."
    )

    @app.command("list")
    def list_maps() -> None:
        """List maps of errors."""
        maps = sorted(editing.read(house).error_maps.values(), key=lambda one: one.connector)
        table(
            "maps of errors",
            ("connector", "base", "errors", "statuses", "words"),
            (
                (one.connector, one.base or "-", _told(one.errors), _told(one.statuses), _told(one.words))
                for one in maps
            ),
        )

    @app.command()
    def standard() -> None:
        """List the standard errors, and which of them pass."""
        table(
            "standard errors",
            ("number", "lasts", "text"),
            ((row.number, _LASTING[row.temporary], row.text) for row in STANDARD.values()),
        )

    @app.command()
    def add(connector: Connector, fields: Fields = None) -> None:
        """Add a map, e.g. `chappe error-map add op base=gsm errors.020=22 statuses.0x45=25 words.REJECTD=29`."""
        editing.add(house, Kind.ERROR_MAP, {"connector": connector, **editing.fields_of(fields or ())})

    @app.command("set")
    def set_fields(connector: Connector, fields: Fields = None) -> None:
        """Change a map; takes effect at once."""
        editing.change(house, Kind.ERROR_MAP, connector, editing.fields_of(fields or ()))

    @app.command()
    def remove(connector: Connector) -> None:
        """Remove a map."""
        editing.remove(house, [(Kind.ERROR_MAP, connector)])

    @app.command()
    def explain(
        connector: Annotated[str, typer.Argument(help="a connector's name")] = ANY,
        err: Annotated[str, typer.Option(help="err of a receipt")] = "",
        stat: Annotated[str, typer.Option(help="stat of a receipt")] = "",
        status: Annotated[str, typer.Option(help="command_status, e.g. 0x45")] = "0",
    ) -> None:
        """Tell which standard error a report would bear."""
        state = State.EXPIRED if stat.upper() == "EXPIRED" else State.UNDELIVERED
        found = editing.read(house).errors.find(connector, state, error=err, word=stat, status=int(status, 0))
        assert found is not None
        note(f"{found.number} ({_LASTING[found.temporary]}): {found.text}")

    return app


def _told(mapping: dict[str, int]) -> str:
    return ", ".join(f"{theirs}={number}" for theirs, number in sorted(mapping.items())) or "-"
