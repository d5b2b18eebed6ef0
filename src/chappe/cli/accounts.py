"""`chappe account`, `chappe group` and `chappe credential`: who may send, and how they log in."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from chappe.cli import editing
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.screen import note, out, table
from chappe.domain.account import MAX_PASSWORD, Credential
from chappe.domain.money import format_amount, parse_amount
from chappe.management.passwords import SMPP_LENGTH, random_password
from chappe.management.records import BadRecord
from chappe.ports.directory import Kind
from chappe.ports.ledger import LedgerEntry, Quota

Fields = Annotated[list[str] | None, typer.Argument(help="name=value ...", metavar="[FIELD=VALUE]...")]
Untested = Annotated[
    bool,
    typer.Option("--untested", help="take a status webhook without its test call, which must answer 200"),
]
Length = Annotated[
    int,
    typer.Option(min=SMPP_LENGTH, max=MAX_PASSWORD, help="letters and digits; a bind leaves room for 8"),
]


def account_commands(house: House) -> typer.Typer:
    """`chappe account ...`"""
    app = typer.Typer(no_args_is_help=True, help="Accounts: customers, their rights, rates and balances.")

    @app.command("list")
    def list_accounts() -> None:
        """List accounts with their balances."""
        editing.run(house, _list_accounts)

    @app.command()
    def add(name: str, fields: Fields = None, *, untested: Untested = False) -> None:
        """Add an account, e.g. `chappe account add acme throughput=50 charged=true`."""
        given = {"name": name, **editing.fields_of(fields or ())}
        editing.add(house, Kind.ACCOUNT, given, untested=untested)

    @app.command("set")
    def set_fields(
        name: str,
        fields: Fields = None,
        *,
        untested: Untested = False,
        unhooked: Annotated[
            bool, typer.Option("--no-status-webhook", help="take the status webhook away")
        ] = False,
    ) -> None:
        """Change an account; takes effect at once. A new status webhook is called once, and must answer 200."""
        given = editing.fields_of(fields or ())
        if unhooked:
            given["status_webhook"] = None
        editing.change(house, Kind.ACCOUNT, name, given, untested=untested)

    @app.command()
    def remove(name: str) -> None:
        """Remove an account that has no logins left."""
        editing.remove(house, [(Kind.ACCOUNT, name)])

    # An amount may begin with a minus, which else would begin an option.
    @app.command(context_settings={"ignore_unknown_options": True})
    def deposit(
        name: str,
        amount: str,
        why: str = "",
        *,
        parts: Annotated[
            bool,
            typer.Option("--parts", help="the amount is a number of parts (Jasmin's sms_count), no money"),
        ] = False,
    ) -> None:
        """Pay into an account (negative: take back), e.g. `chappe account deposit acme 100`."""
        quota = editing.run(house, lambda opened: _deposit(opened, name, amount, why, parts=parts))
        if parts:
            note(f"{name} has {quota.parts} parts left")
        else:
            note(f"the balance of {name} is {format_amount(quota.amount)}")

    return app


async def _list_accounts(opened: Open) -> None:
    directory = await opened.records.load()
    names = sorted(directory.accounts)
    quotas = await opened.store.quotas(names)
    table(
        "accounts",
        ("name", "group", "enabled", "balance", "rate/s", "logins", "parts"),
        (
            (
                name,
                account.group or "-",
                "yes" if directory.is_enabled(account) else "no",
                format_amount(quota.amount) if account.charged else "-",
                f"{account.throughput:g}" if account.throughput else "-",
                ", ".join(c.username for c in directory.credentials.values() if c.account == name) or "-",
                str(quota.parts) if account.counted else "-",
            )
            for name, quota in zip(names, quotas, strict=True)
            for account in (directory.accounts[name],)
        ),
    )


async def _deposit(opened: Open, name: str, amount: str, why: str, *, parts: bool) -> Quota:
    if name not in (await opened.records.load()).accounts:
        raise BadRecord(f"there is no account {name}")
    money, count = (0, _count(amount)) if parts else (_money(amount), 0)
    entry = LedgerEntry(name, wall_ms(), money, why, count)
    if await opened.store.deposit(entry) is None:
        raise BadRecord(f"the {'count' if parts else 'balance'} of {name} would become negative")
    (quota,) = await opened.store.quotas([name])
    return quota


def _money(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError as error:
        raise BadRecord(str(error)) from error


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError as error:
        raise BadRecord(f"not a number of parts: {text!r}") from error
    if abs(count) >= 1 << 31:
        raise BadRecord(f"not a number of parts: {text!r}")
    return count


def group_commands(house: House) -> typer.Typer:
    """`chappe group ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Groups of accounts: one that is off switches all its accounts off."
    )

    @app.command("list")
    def list_groups() -> None:
        """List groups and the accounts in them."""
        directory = editing.read(house)
        names = {account.group for account in directory.accounts.values() if account.group}
        table(
            "groups",
            ("name", "enabled", "accounts"),
            (
                (
                    name,
                    "no" if name in directory.groups and not directory.groups[name].enabled else "yes",
                    ", ".join(sorted(a.name for a in directory.accounts.values() if a.group == name)) or "-",
                )
                for name in sorted(names | directory.groups.keys())
            ),
        )

    @app.command()
    def add(name: str, fields: Fields = None) -> None:
        """Add a group, e.g. `chappe group add resellers`; accounts join it by `group=resellers`."""
        editing.add(house, Kind.GROUP, {"name": name, **editing.fields_of(fields or ())})

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a group, e.g. `enabled=false`: its accounts can neither log in nor send, open binds end."""
        editing.change(house, Kind.GROUP, name, editing.fields_of(fields or ()))

    @app.command()
    def remove(name: str) -> None:
        """Remove a group that has no accounts left."""
        editing.remove(house, [(Kind.GROUP, name)])

    return app


def credential_commands(house: House) -> typer.Typer:
    """`chappe credential ...`"""
    app = typer.Typer(no_args_is_help=True, help="Logins: a user name (system_id over SMPP) and a password.")

    @app.command("list")
    def list_credentials() -> None:
        """List logins."""
        credentials = sorted(editing.read(house).credentials.values(), key=lambda one: one.username)
        table(
            "logins",
            ("user name", "account", "enabled", "roles", "may come from"),
            (
                (
                    one.username,
                    one.account,
                    "yes" if one.enabled else "no",
                    ", ".join(one.roles) or "-",
                    ", ".join(one.allow) or "anywhere",
                )
                for one in credentials
            ),
        )

    @app.command()
    def add(username: str, account: str, length: Length = SMPP_LENGTH) -> None:
        """Add a login with a random password, which is shown this once."""
        password = random_password(length)
        secret_hash = house.passwords().hash(password)
        editing.add(
            house, Kind.CREDENTIAL, {"username": username, "account": account, "secret_hash": secret_hash}
        )
        _show(username, password)

    @app.command()
    def reset(username: str, length: Length = SMPP_LENGTH) -> None:
        """Give a login another random password, which is shown this once; open binds of it are ended."""
        password = random_password(length)
        secret_hash = house.passwords().hash(password)

        editing.run(house, lambda opened: _reset(opened, username, secret_hash))
        _show(username, password)

    @app.command("set")
    def set_fields(username: str, fields: Fields = None) -> None:
        """Change a login, e.g. `enabled=false`, `allow=["192.0.2.0/24"]` or `roles=["Client"]`."""
        editing.change(house, Kind.CREDENTIAL, username, editing.fields_of(fields or ()))

    @app.command()
    def remove(username: str) -> None:
        """Remove a login."""
        editing.remove(house, [(Kind.CREDENTIAL, username)])

    return app


async def _reset(opened: Open, username: str, secret_hash: str) -> None:
    before = (await opened.records.load()).credentials.get(username)
    if before is None:
        raise BadRecord(f"there is no credential {username}")
    after: Credential = msgspec.structs.replace(before, secret_hash=secret_hash, version=before.version + 1)
    await opened.records.save([after])


def _show(username: str, password: str) -> None:
    out.print(f"user name {username}, password [bold]{password}[/bold] (shown this once)")
