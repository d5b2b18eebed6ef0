"""`chappe route add --type ...`: routes and filters by the names that Jasmin has for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chappe.cli import editing
from chappe.cli.house import House, Open
from chappe.cli.interceptors import read_script
from chappe.cli.screen import note
from chappe.domain.money import parse_amount
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget
from chappe.management.jasmin_terms import JasminFilter, make_route
from chappe.management.records import BadRecord, Record
from chappe.pipeline.directory import Directory

_TYPED: Final = re.compile(r"(smppc|smpps|http)\((.+)\)")


def add_worded(
    house: House,
    name: str,
    kind: str,
    to: Sequence[str],
    filters: Sequence[str],
    *,
    order: int,
    price: str,
    zone: str,
) -> None:
    """Adds a route that is said in Jasmin's words, with what its scripts need; raises BadRecord."""
    try:
        micro = parse_amount(price)
    except ValueError as error:
        raise BadRecord(str(error)) from error
    wanted = [_filter(text) for text in filters]

    async def work(opened: Open) -> tuple[str, ...]:
        directory = await opened.records.load()
        if name in directory.routes:
            raise BadRecord(f"route {name} exists already")
        route, scripts, notes = make_route(
            name,
            kind,
            [_target(text, directory) for text in to],
            wanted,
            order=order,
            price=micro,
            zone=zone,
        )
        records: list[Record] = [*scripts, route]
        await opened.records.save(records)
        return notes

    for sentence in editing.run(house, work, create=True):
        note(sentence)
    note(f"route {name} added")


def _filter(text: str) -> JasminFilter:
    kind, _, value = text.partition("=")
    if kind == "EvalPyFilter" and value:
        return JasminFilter(kind, read_script(Path(value)))
    return JasminFilter(kind, value)


def _target(text: str, directory: Directory) -> str | MoTarget:
    """A connector as `name` or `smppc(name)`, a client as `smpps(user)`, a webhook as `http(account,METHOD,url)`."""
    found = _TYPED.fullmatch(text)
    if found is None:
        return text
    kind, inside = found.groups()
    if kind == "smppc":
        return inside
    if kind == "smpps":
        login = directory.credentials.get(inside)
        if login is None:
            raise BadRecord(f"there is no login {inside}")
        return MoTarget(account=login.account, target=inside)
    account, _, rest = inside.partition(",")
    method, _, url = rest.partition(",")
    if method.upper() not in ("GET", "POST") or not url:
        raise BadRecord(f"{text!r} is not http(account,GET or POST,url)")
    return MoTarget(account=account, way=Way.WEBHOOK, target=url, dialect="jasmin", method=method.upper())
