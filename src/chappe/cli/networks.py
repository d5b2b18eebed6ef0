"""`chappe network`: mobile networks and the number prefixes by which they are known."""

from __future__ import annotations

from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.house import House
from chappe.cli.screen import table
from chappe.ports.directory import Kind

Code = Annotated[str, typer.Argument(help="MCC and MNC, five or six digits")]


def network_commands(house: House) -> typer.Typer:
    """`chappe network ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Networks: which number prefixes belong to which MCC and MNC."
    )

    @app.command("list")
    def list_networks() -> None:
        """List networks; routes name them in condition.networks."""
        networks = sorted(editing.read(house).networks.values(), key=lambda one: one.code)
        table(
            "networks",
            ("code", "country", "operator", "prefixes"),
            (
                (one.code, one.country or "-", one.operator or "-", ", ".join(one.prefixes))
                for one in networks
            ),
        )

    @app.command()
    def add(code: Code, fields: Fields = None) -> None:
        """Add a network, e.g. `chappe network add 20404 operator=Vodafone 'prefixes=["31654"]'`."""
        editing.add(house, Kind.NETWORK, {"code": code, **editing.fields_of(fields or ())})

    @app.command("set")
    def set_fields(code: Code, fields: Fields = None) -> None:
        """Change a network; takes effect at once."""
        editing.change(house, Kind.NETWORK, code, editing.fields_of(fields or ()))

    @app.command()
    def remove(code: Code) -> None:
        """Remove a network."""
        editing.remove(house, [(Kind.NETWORK, code)])

    return app
