"""`chappe send`, `trace`, `explain`, `estimate`: one message, before and after it is sent."""

from __future__ import annotations

import http.client
import random
import urllib.error
import urllib.parse
import urllib.request
from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.interception import intercepted
from chappe.cli.network import direct_opener, live_status
from chappe.cli.screen import note, table, timeline
from chappe.domain.account import Account
from chappe.domain.address import BadAddress, destination, sender
from chappe.domain.link import Health
from chappe.domain.money import format_amount
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Submission
from chappe.management.records import BadRecord
from chappe.management.timeline import tell
from chappe.pipeline.directory import Directory
from chappe.pipeline.explain import Explanation, explain
from chappe.pipeline.route import HealthOf
from chappe.pipeline.validate import content_of

_SEND_SECONDS = 30.0
To = Annotated[str, typer.Option(help="the destination number")]
From = Annotated[str, typer.Option("--from", help="the sender")]


def add_message_commands(app: typer.Typer, house: House) -> None:
    """Adds the commands about one message."""

    @app.command()
    def send(
        text: str, to: To, user: Annotated[str, typer.Option()], source: From = "", url: str = ""
    ) -> None:
        """Send a message by the running gateway's HTTP API; the password is asked for or read from CHAPPE_PASSWORD."""
        target = url or _send_url(house)
        fields = {"username": user, "password": editing.asked_password(user), "to": to, "content": text}
        if source:
            fields["from"] = source
        note(_post(target, urllib.parse.urlencode(fields).encode()))

    @app.command()
    def trace(message_id: str) -> None:
        """Tell what became of a message, step by step."""
        editing.run(house, lambda opened: _trace(opened, message_id))

    @app.command("explain")
    def explain_route(account: str, to: To, text: str = "", source: From = "", tags: str = "") -> None:
        """Say which route a message would take, and why not the others."""
        _explain(house, account, _submission(to, source, text, tags))

    @app.command()
    def estimate(account: str, to: To, text: str, source: From = "") -> None:
        """Say how many parts a text makes, in which alphabet and why, and what it costs."""
        _estimate(house, account, _submission(to, source, text, ""))


async def _trace(opened: Open, message_id: str) -> None:
    number = opened.renderer.parse(message_id)
    found = await opened.store.timeline(number) if number is not None else None
    if found is None:
        raise BadRecord(f"there is no message {message_id}")
    timeline(f"message {message_id}: {found.found.standing.state.name.lower()}", tell(found))


def _told(house: House, directory: Directory, account: Account, asked: Submission) -> Explanation:
    told = explain(
        directory,
        account,
        asked,
        now_ms=wall_ms(),
        health=_health(house, directory),
        chance=random.random(),  # noqa: S311 - a choice by weight
    )
    if isinstance(told, Refusal):
        raise BadRecord(told.text)
    return told


def _explain(house: House, name: str, asked: Submission) -> None:
    directory = editing.read(house)
    account = _account(directory, name)
    found = intercepted(directory, account, asked)
    if isinstance(found, Refusal):
        note(f"refused by interceptor {found.about}: {found.text or found.reason.word}")
        return
    told = _told(house, directory, account, found)
    note(f"network: {told.network or 'unknown'}")
    table(
        "rules",
        ("order", "route", "", "why"),
        (
            (rule.order, rule.route, "taken" if rule.taken else "match" if rule.matches else "miss", rule.why)
            for rule in told.rules
        ),
    )
    note(f"goes to connector {told.connector}" if told.connector else f"refused: {told.refusal}")


def _estimate(house: House, name: str, asked: Submission) -> None:
    directory = editing.read(house)
    account = _account(directory, name)
    found = intercepted(directory, account, asked)
    if isinstance(found, Refusal):
        raise BadRecord(f"refused by interceptor {found.about}: {found.text or found.reason.word}")
    asked = found
    content = content_of(account, asked)
    if isinstance(content, Refusal):
        raise BadRecord(content.text)
    note(f"{content.parts} part{'s' * (content.parts > 1)} of {content.charset}")
    if content.forcing:
        forcing = " ".join(f"{one} (U+{ord(one):04X})" for one in content.forcing)
        note(f"characters that force Unicode: {forcing}")
    taken = [rule.route for rule in _told(house, directory, account, asked).rules if rule.taken]
    if not taken:
        note("no route matches")
        return
    price = directory.routes[taken[0]].price
    note(f"route {taken[0]}: {format_amount(price)} a part, {format_amount(price * content.parts)} in all")


def _send_url(house: House) -> str:
    address = house.http_address()
    if not address:
        raise BadRecord("the configuration has no plain HTTP listener; name one by --url")
    return f"http://{address}/send"


def _post(url: str, body: bytes) -> str:
    if not url.startswith(("http://", "https://")):
        raise BadRecord(f"{url!r} is not a URL such as http://127.0.0.1:1401/send")
    request = urllib.request.Request(url, body, {"Content-Type": "application/x-www-form-urlencoded"})  # noqa: S310 - http and https only, as looked at above
    try:
        with direct_opener().open(request, timeout=_SEND_SECONDS) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        raise BadRecord(f"{error.code} {error.read().decode('utf-8', 'replace')}") from error
    except urllib.error.URLError as error:
        raise BadRecord(f"no gateway answers at {url}: {error.reason}") from error
    except (http.client.HTTPException, OSError) as error:
        raise BadRecord(f"no answer of a gateway at {url}: {str(error) or type(error).__name__}") from error


def _account(directory: Directory, name: str) -> Account:
    account = directory.accounts.get(name)
    if account is None:
        raise BadRecord(f"there is no account {name}")
    return account


def _submission(to: str, source: str, text: str, tags: str) -> Submission:
    try:
        return Submission(
            destination=destination(to),
            source=sender(source),
            text=text,
            tags=tuple(tag for tag in tags.split(",") if tag),
        )
    except BadAddress as error:
        raise BadRecord(str(error)) from error


def _health(house: House, directory: Directory) -> HealthOf:
    """Health by name: what the running gateway says, else up for all that are switched on."""
    live = live_status(house).get("connectors", {})

    def health(name: str) -> Health:
        if name in live:
            return Health[live[name]["health"].upper()]
        record = directory.connectors.get(name)
        return Health.UP if record is not None and record.enabled else Health.OFF

    return health
