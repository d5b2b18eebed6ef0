"""`chappe token`: product tokens, API keys and the like, each shown once, when it is made."""

from __future__ import annotations

import secrets
import uuid
from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.house import House
from chappe.cli.screen import out, table
from chappe.domain.account import token_digest
from chappe.ports.directory import Kind


def token_commands(house: House) -> typer.Typer:
    """`chappe token ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Tokens: logins by one long word (CM, ServiceStack, Messangi)."
    )

    @app.command("list")
    def list_tokens() -> None:
        """List tokens."""
        tokens = sorted(editing.read(house).tokens.values(), key=lambda one: one.name)
        table(
            "tokens",
            ("name", "account", "enabled", "signs", "roles", "may come from"),
            (
                (
                    one.name,
                    one.account,
                    "yes" if one.enabled else "no",
                    "yes" if one.secret else "no",
                    ", ".join(one.roles) or "-",
                    ", ".join(one.allow) or "anywhere",
                )
                for one in tokens
            ),
        )

    _add_add(app, house)

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a token, e.g. `enabled=false` or `roles=["Admin"]`."""
        editing.change(house, Kind.TOKEN, name, editing.fields_of(fields or ()))

    @app.command()
    def remove(name: str) -> None:
        """Remove a token."""
        editing.remove(house, [(Kind.TOKEN, name)])

    return app


def _add_add(app: typer.Typer, house: House) -> None:
    @app.command()
    def add(
        name: str,
        account: str,
        fields: Fields = None,
        *,
        signing: Annotated[
            bool, typer.Option("--signing", help="make a secret beside it that requests are signed with")
        ] = False,
        known: Annotated[
            bool,
            typer.Option("--known", help="take one that exists, from CHAPPE_PASSWORD or what is piped in"),
        ] = False,
    ) -> None:
        """Add a token made by chance (a GUID), which is shown this once."""
        token = (
            editing.asked_password(f"token {name}")
            if known
            else str(uuid.UUID(int=secrets.randbits(128), version=4))
        )
        record = {
            "name": name,
            "account": account,
            "digest": token_digest(token),
            **editing.fields_of(fields or ()),
        }
        if signing:
            record.setdefault("secret", secrets.token_urlsafe(24))
        editing.add(house, Kind.TOKEN, record)
        if not known:
            out.print(f"token [bold]{token}[/bold] (shown this once)")
        if signing:
            out.print(f"secret [bold]{record['secret']}[/bold] (shown this once)")
