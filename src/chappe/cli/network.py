"""`chappe connector` and `chappe route`: the ways out, and which message takes which."""

from __future__ import annotations

import http.client
import json
import urllib.request
from typing import Annotated, Any

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.conditions import condition_told
from chappe.cli.house import House
from chappe.cli.screen import table
from chappe.cli.worded_routes import add_worded
from chappe.domain.money import format_amount, parse_amount
from chappe.domain.routing import MoTarget, Route, Target
from chappe.management.records import BadRecord
from chappe.ports.directory import Kind

_ADMIN_SECONDS = 2.0
Ask = Annotated[
    bool,
    typer.Option("--ask-password", help="ask for settings.password, or read it from CHAPPE_PASSWORD"),
]


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
    def add(name: str, kind: str = "smpp", *, ask: Ask = False, fields: Fields = None) -> None:
        """Add a connector, e.g. `chappe connector add op --ask-password settings.host=192.0.2.7 settings.system_id=me`."""
        given = _with_password(name, editing.fields_of(fields or ()), ask=ask)
        editing.add(house, Kind.CONNECTOR, {"name": name, "kind": kind, **given})

    @app.command("set")
    def set_fields(name: str, *, ask: Ask = False, fields: Fields = None) -> None:
        """Change a connector; it is opened anew with the change at once."""
        editing.change(
            house, Kind.CONNECTOR, name, _with_password(name, editing.fields_of(fields or ()), ask=ask)
        )

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
        _list_routes(house)

    @app.command()
    def add(
        name: str,
        to: Annotated[
            list[str] | None, typer.Option(help="a connector, or connector:priority:weight; see --type")
        ] = None,
        *,
        order: int = 0,
        price: str = "0",
        kind: Annotated[str, typer.Option("--type", help="a kind of Jasmin's, such as FailoverMTRoute")] = "",
        filters: Annotated[
            list[str] | None,
            typer.Option("--filter", help="with --type: one of Jasmin's, such as UserFilter=acme"),
        ] = None,
        zone: Annotated[str, typer.Option(help="with --type: the time zone of filters by time")] = "",
        fields: Fields = None,
    ) -> None:
        """Add a route, e.g. `chappe route add nl --to op condition.destination_prefixes='["31"]'`.

        With --type in Jasmin's words; --to is then a connector or smppc(name), smpps(user), http(account,METHOD,url).
        """
        if kind:
            if fields:
                raise BadRecord("with --type all is said by options; change fields afterwards")
            add_worded(house, name, kind, to or (), filters or (), order=order, price=price, zone=zone)
            return
        if filters or zone:
            raise BadRecord("--filter and --zone go with --type")
        given: dict[str, Any] = {"name": name, "order": order, "price": price}
        if to:
            given["targets"] = [_target(text) for text in to]
        editing.add(house, Kind.ROUTE, _priced({**given, **editing.fields_of(fields or ())}))

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a route; takes effect at once."""
        editing.change(house, Kind.ROUTE, name, _priced(editing.fields_of(fields or ())))

    @app.command()
    def remove(name: str) -> None:
        """Remove a route."""
        editing.remove(house, [(Kind.ROUTE, name)])

    return app


def _list_routes(house: House) -> None:
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
                condition_told(route.condition),
                _targets(route),
            )
            for route in routes
        ),
    )


def live_status(house: House) -> dict[str, Any]:
    """What the running gateway says of itself; empty where none answers."""
    address = house.admin_address()
    if not address:
        return {}
    try:
        with direct_opener().open(f"http://{address}/status", timeout=_ADMIN_SECONDS) as answer:
            found = json.load(answer)
    except (http.client.HTTPException, OSError, ValueError):
        return {}
    # Whatever else listens there may answer with anything.
    return found if isinstance(found, dict) else {}


def _with_password(name: str, fields: dict[str, Any], *, ask: bool) -> dict[str, Any]:
    settings = fields.get("settings", {})
    if not ask or not isinstance(settings, dict):
        return fields
    return {**fields, "settings": {**settings, "password": editing.asked_password(f"connector {name}")}}


def direct_opener() -> urllib.request.OpenerDirector:
    """Opens URLs without the proxy that the environment may name: it would be asked for our own listeners."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _priced(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a route with its price, an amount of money, in micro-units."""
    if "price" not in fields:
        return fields
    try:
        return {**fields, "price": parse_amount(str(fields["price"]))}
    except ValueError as error:
        raise BadRecord(str(error)) from error


def _target(text: str) -> dict[str, Any]:
    connector, *rest = text.split(":")
    try:
        numbers = [int(part) for part in rest]
    except ValueError as error:
        raise BadRecord(f"{text!r} is not connector:priority:weight") from error
    if not connector or len(numbers) > 2:
        raise BadRecord(f"{text!r} is not connector:priority:weight")
    return {"connector": connector, **dict(zip(("priority", "weight"), numbers, strict=False))}


def _targets(route: Route) -> str:
    several = len(route.targets) + len(route.deliveries) > 1
    if route.deliver is not None:
        return ", ".join(
            f"{to.account} by {to.way.name.lower()} {to.target}{_rank(to, shown=several)}"
            for to in route.deliveries
        )
    return ", ".join(f"{to.connector}{_rank(to, shown=several)}" for to in route.targets)


def _rank(to: Target | MoTarget, *, shown: bool) -> str:
    return f" (priority {to.priority}, weight {to.weight})" if shown else ""
