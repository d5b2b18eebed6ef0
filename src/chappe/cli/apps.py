"""`chappe app`: apps that get messages by push, their keys and secrets, what push services ask for, their devices."""

from __future__ import annotations

import secrets
import uuid
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.house import House, Open
from chappe.cli.screen import note, out, table
from chappe.domain.app import App
from chappe.management.records import BadRecord
from chappe.ports.directory import Kind

_MOST_CERTIFICATE: Final = 65_536
NameOrKey = Annotated[str, typer.Argument(help="the app's name or key")]


def app_commands(house: House) -> typer.Typer:
    """`chappe app ...`"""
    app = typer.Typer(no_args_is_help=True, help="Apps: messages by push first, by SMS where that fails.")

    @app.command("list")
    def list_apps() -> None:
        """List apps and how many devices each has."""

        async def work(opened: Open) -> tuple[list[App], dict[str, int]]:
            directory = await opened.records.load()
            return sorted(directory.apps.values(), key=_order), await opened.store.device_counts()

        apps, devices = editing.run(house, work)
        table(
            "apps",
            ("name", "account", "key", "type", "keys", "devices"),
            (
                (
                    one.name if one.enabled else f"{one.name} (off)",
                    one.account,
                    one.key,
                    f"{one.type.value}, {one.wait_ms(one.type) // 1000} s",
                    ", ".join(name for name in ("apple", "android") if getattr(one, name)) or "-",
                    str(devices.get(one.key, 0)),
                )
                for one in apps
            ),
        )

    _add_making(app, house)
    _add_changing(app, house)
    return app


def _order(app: App) -> tuple[str, str]:
    return app.account, app.name


def _key(house: House, named: str) -> str:
    """The key of an app by its name or key; raises BadRecord where it is none, or the name is that of several."""
    apps = editing.read(house).apps
    if named.lower() in apps:
        return named.lower()
    found = [one.key for one in apps.values() if one.name == named]
    if len(found) != 1:
        raise BadRecord(
            f"there is no app {named}" if not found else f"several apps are called {named}: name the key"
        )
    return found[0]


def _add_making(app: typer.Typer, house: House) -> None:
    @app.command()
    def add(name: str, account: str, fields: Fields = None) -> None:
        """Add an app, e.g. with `type=otp` or `wait=60`; its key and secret are shown, the secret this once."""
        record: dict[str, Any] = {
            "key": str(uuid.UUID(int=secrets.randbits(128), version=4)),
            "name": name,
            "account": account,
            "secret": secrets.token_urlsafe(24),
            **editing.fields_of(fields or ()),
        }
        record["key"] = str(record["key"]).lower()
        editing.add(house, Kind.APP, record)
        out.print(f"key [bold]{record['key']}[/bold]")
        out.print(f"secret [bold]{record['secret']}[/bold] (shown this once)")

    @app.command()
    def secret(app_name: NameOrKey) -> None:
        """Give an app another secret; the one it had is worth nothing from then on."""
        made = secrets.token_urlsafe(24)
        editing.change(house, Kind.APP, _key(house, app_name), {"secret": made})
        out.print(f"secret [bold]{made}[/bold] (shown this once)")


def _add_changing(app: typer.Typer, house: House) -> None:
    @app.command("set")
    def set_fields(app_name: NameOrKey, fields: Fields = None) -> None:
        """Change an app, e.g. `type=critical wait=120` or `enabled=false`."""
        editing.change(house, Kind.APP, _key(house, app_name), editing.fields_of(fields or ()))

    @app.command()
    def certificate(
        app_name: NameOrKey,
        apple: Annotated[Path | None, typer.Option(help="a file with Apple's certificate or key")] = None,
        android: Annotated[Path | None, typer.Option(help="a file with the key of Android's service")] = None,
    ) -> None:
        """Upload what push services ask of whoever sends to the app; it is kept sealed."""
        given = {name: _text_of(path) for name, path in (("apple", apple), ("android", android)) if path}
        editing.change(house, Kind.APP, _key(house, app_name), given)

    @app.command()
    def devices(app_name: NameOrKey, number: str) -> None:
        """List the devices of a number (digits, in international form)."""
        key = _key(house, app_name)

        async def work(opened: Open) -> Any:
            (found,) = await opened.store.devices([(key, number)])
            return found

        table(
            f"devices of {number}",
            ("platform", "token", "registered (Unix ms)"),
            ((one.platform or "-", one.token, str(one.registered_ms)) for one in editing.run(house, work)),
        )

    @app.command()
    def remove(app_name: NameOrKey) -> None:
        """Remove an app and all its devices."""
        key = _key(house, app_name)
        editing.remove(house, [(Kind.APP, key)])

        async def work(opened: Open) -> int:
            return await opened.store.forget_app(key)

        note(f"{editing.run(house, work)} devices removed")


def _text_of(path: Path) -> str:
    text = path.read_text("utf-8")
    if not text.strip() or len(text) > _MOST_CERTIFICATE:
        raise BadRecord(f"{path} does not hold 1 to {_MOST_CERTIFICATE} characters of text")
    return text
