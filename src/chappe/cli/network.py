"""`chappe connector` and `chappe route`: the ways out, and which message takes which."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Annotated, Any

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.house import House
from chappe.cli.screen import table
from chappe.domain.money import format_amount, parse_amount
from chappe.domain.routing import Route
from chappe.management.records import BadRecord
from chappe.ports.directory import Kind

_ADMIN_SECONDS = 2.0


def connector_commands(house: House) -> typer.Typer:
    """`chappe connector ...`"""
    app = typer.Typer(no_args_is_help=True, help="Connectors: configured ways out, and how they fare.")

    @app.command("list")
    def list_connectors() -> None:
        """List connectors; with a running gateway, how each fares."""
        live = live_status(house)
        rows = []
        for name, record in sorted(editing.read(house).connectors.items()):
            now = live.get("connectors", {}).get(name, {})
            health = now.get("health", "-") if record.enabled else "off"
            used = f"{now['window_used']}/{now['window']}" if "window" in now else "-"
            queued = live.get("queued", {}).get(name, 0) if live else "-"
            rows.append(
                (name, record.kind, health, now.get("binds", "-"), used, queued, now.get("detail", ""))
            )
        table("connectors", ("name", "kind", "health", "binds", "window", "queued", "detail"), rows)

    @app.command()
    def add(name: str, kind: str = "smpp", fields: Fields = None) -> None:
        """Add a connector, e.g. `chappe connector add op settings.host=192.0.2.7 settings.system_id=me`."""
        editing.add(house, Kind.CONNECTOR, {"name": name, "kind": kind, **editing.fields_of(fields or ())})

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a connector; it is opened anew with the change at once."""
        editing.change(house, Kind.CONNECTOR, name, editing.fields_of(fields or ()))

    @app.command()
    def enable(name: str) -> None:
        """Switch a connector on."""
        editing.change(house, Kind.CONNECTOR, name, {"enabled": True})

    @app.command()
    def disable(name: str) -> None:
        """Switch a connector off; what is queued for it waits."""
        editing.change(house, Kind.CONNECTOR, name, {"enabled": False})

    @app.command()
    def remove(name: str) -> None:
        """Remove a connector that no route sends to."""
        editing.remove(house, [(Kind.CONNECTOR, name)])

    return app


def route_commands(house: House) -> typer.Typer:
    """`chappe route ...`"""
    app = typer.Typer(no_args_is_help=True, help="Routes: ordered rules; the first that matches decides.")

    @app.command("list")
    def list_routes() -> None:
        """List routes, first asked first."""
        routes = sorted(editing.read(house).routes.values(), key=lambda route: (-route.order, route.name))
        table(
            "routes",
            ("order", "name", "enabled", "price", "when", "goes to"),
            (
                (
                    route.order,
                    route.name,
                    "yes" if route.enabled else "no",
                    format_amount(route.price),
                    _condition(route),
                    _targets(route),
                )
                for route in routes
            ),
        )

    @app.command()
    def add(
        name: str,
        to: Annotated[
            list[str] | None, typer.Option(help="a connector, or connector:priority:weight")
        ] = None,
        order: int = 0,
        price: str = "0",
        fields: Fields = None,
    ) -> None:
        """Add a route, e.g. `chappe route add nl --to op condition.destination_prefixes='["31"]'`."""
        given: dict[str, Any] = {"name": name, "order": order, "price": _price(price)}
        if to:
            given["targets"] = [_target(text) for text in to]
        editing.add(house, Kind.ROUTE, {**given, **editing.fields_of(fields or ())})

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a route; takes effect at once."""
        changes = editing.fields_of(fields or ())
        if "price" in changes:
            changes["price"] = _price(str(changes["price"]))
        editing.change(house, Kind.ROUTE, name, changes)

    @app.command()
    def remove(name: str) -> None:
        """Remove a route."""
        editing.remove(house, [(Kind.ROUTE, name)])

    return app


def live_status(house: House) -> dict[str, Any]:
    """What the running gateway says of itself; empty where none answers."""
    address = house.admin_address()
    if not address:
        return {}
    try:
        with urllib.request.urlopen(f"http://{address}/status", timeout=_ADMIN_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return {}
    return found


def _price(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError as error:
        raise BadRecord(str(error)) from error


def _target(text: str) -> dict[str, Any]:
    connector, *rest = text.split(":")
    try:
        numbers = [int(part) for part in rest]
    except ValueError as error:
        raise BadRecord(f"{text!r} is not connector:priority:weight") from error
    return {"connector": connector, **dict(zip(("priority", "weight"), numbers, strict=False))}


def _condition(route: Route) -> str:
    fields = {name: getattr(route.condition, name) for name in route.condition.__struct_fields__}
    told = (
        f"{name}={','.join(map(str, v)) if isinstance(v, tuple) else v}" for name, v in fields.items() if v
    )
    return " ".join(told) or "always"


def _targets(route: Route) -> str:
    if route.deliver is not None:
        return f"{route.deliver.account} by {route.deliver.way.name.lower()} {route.deliver.target}"
    return ", ".join(
        target.connector
        + (f" (priority {target.priority}, weight {target.weight})" if len(route.targets) > 1 else "")
        for target in route.targets
    )
