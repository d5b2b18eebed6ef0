"""`chappe instance`: the numbered workspaces that signed requests name (Messangi)."""

from __future__ import annotations

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.house import House
from chappe.cli.screen import table
from chappe.ports.directory import Kind


def instance_commands(house: House) -> typer.Typer:
    """`chappe instance ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Instances: workspaces that signed requests name (Messangi)."
    )

    @app.command("list")
    def list_instances() -> None:
        """List instances."""
        instances = sorted(editing.read(house).instances.values(), key=lambda one: int(one.number))
        table(
            "instances",
            ("number", "account", "enabled", "codes", "zone", "replay"),
            (
                (
                    one.number,
                    one.account,
                    "yes" if one.enabled else "no",
                    ", ".join(one.codes) or "any",
                    one.zone or "-",
                    f"{one.replay_seconds} s",
                )
                for one in instances
            ),
        )

    @app.command()
    def add(number: str, account: str, fields: Fields = None) -> None:
        """Add an instance, e.g. `chappe instance add 43 acme codes=["2020"] zone=America/Caracas`."""
        record = {"number": number, "account": account, **editing.fields_of(fields or ())}
        editing.add(house, Kind.INSTANCE, record)

    @app.command("set")
    def set_fields(number: str, fields: Fields = None) -> None:
        """Change an instance, e.g. `replay_seconds=0` or `carriers.movistar="73404"`."""
        editing.change(house, Kind.INSTANCE, number, editing.fields_of(fields or ()))

    @app.command()
    def remove(number: str) -> None:
        """Remove an instance."""
        editing.remove(house, [(Kind.INSTANCE, number)])

    return app
