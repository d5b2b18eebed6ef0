"""`chappe campaign`: what is answered to those who write to a number, and how they opt out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.screen import note, table
from chappe.domain.campaign import Campaign, filled, values_of
from chappe.domain.lists import ListKind, NumberList, listed_number
from chappe.management.records import BadRecord, Record, make
from chappe.ports.directory import Kind

Reply = Annotated[
    str, typer.Argument(help="what is answered, with {number} {code} {keyword} {text} {rest} {campaign}")
]


def campaign_commands(house: House) -> typer.Typer:
    """`chappe campaign ...`"""
    app = typer.Typer(no_args_is_help=True, help="Campaigns: keywords, replies and opt-outs of a number.")
    _add_records(app, house)
    _add_words(app, house)
    return app


def _add_records(app: typer.Typer, house: House) -> None:
    @app.command("list")
    def list_campaigns() -> None:
        """List campaigns."""
        campaigns = sorted(editing.read(house).campaigns.values(), key=lambda one: (one.account, one.name))
        table(
            "campaigns",
            ("name", "account", "enabled", "numbers", "keywords", "opt-outs go to"),
            (
                (
                    one.name,
                    one.account,
                    "yes" if one.enabled else "no",
                    ", ".join(one.numbers),
                    ", ".join(keyword.name for keyword in one.keywords) or "-",
                    one.suppression or "-",
                )
                for one in campaigns
            ),
        )

    @app.command()
    def add(name: str, account: str, number: str, fields: Fields = None) -> None:
        """Add a campaign on a number; its opt-outs go to the list optouts-ACCOUNT unless suppression= says another."""
        given = {"name": name, "account": account, "numbers": [number], **editing.fields_of(fields or ())}
        given.setdefault("suppression", f"optouts-{account}")
        editing.run(house, lambda opened: _add(opened, given), create=True)
        note(f"campaign {name} added")

    @app.command("set")
    def set_fields(name: str, fields: Fields = None) -> None:
        """Change a campaign, e.g. `otherwise="Send JOIN or STOP"`; takes effect at once."""
        editing.change(house, Kind.CAMPAIGN, name, editing.fields_of(fields or ()))

    @app.command()
    def remove(name: str) -> None:
        """Remove a campaign; the list of its opt-outs stays."""
        editing.remove(house, [(Kind.CAMPAIGN, name)])


def _add_words(app: typer.Typer, house: House) -> None:
    @app.command()
    def keyword(
        name: str,
        word: str,
        reply: Reply,
        *,
        pattern: Annotated[bool, typer.Option("--pattern", help="the word is an RE2 pattern")] = False,
    ) -> None:
        """Add a keyword to a campaign, behind those it has, or change what is answered to one."""
        field = "pattern" if pattern else "word"

        def changed(before: Campaign) -> dict[str, Any]:
            keywords = {one.name: msgspec.to_builtins(one) for one in before.keywords}
            keywords[word] = {field: word, "reply": reply}
            return {"keywords": list(keywords.values())}

        editing.change(house, Kind.CAMPAIGN, name, changed(_campaign(house, name)))

    @app.command("try")
    def try_text(number: str, text: str, source: Annotated[str, typer.Option("--from")] = "0") -> None:
        """Say what would be done about a text to a number, and do nothing."""
        code = listed_number(number) or number
        now = datetime.fromtimestamp(wall_ms() / 1000, UTC)
        found = editing.read(house).campaigns_by_number.find(code, text, now)
        if found is None:
            note(f"no campaign has the number {code} now")
            return
        campaign = found.campaign
        what = (
            found.keyword.name
            if found.keyword
            else found.wish.value
            if found.wish
            else "none of its keywords"
        )
        note(f"campaign {campaign.name} of {campaign.account}: {what}")
        if found.lists:
            note(f"{found.wish.value if found.wish else ''}: {', '.join(found.lists)}")
        if found.template:
            note(f"answers: {filled(found.template, values_of(campaign.name, source, code, text))}")


def _campaign(house: House, name: str) -> Campaign:
    found = editing.read(house).campaigns.get(name)
    if found is None:
        raise BadRecord(f"there is no campaign {name}")
    return found


async def _add(opened: Open, fields: dict[str, Any]) -> None:
    directory = await opened.records.load()
    record = make(Kind.CAMPAIGN, fields)
    assert isinstance(record, Campaign)
    if record.name in directory.campaigns:
        raise BadRecord(f"campaign {record.name} exists already")
    records: list[Record] = [record]
    if record.suppression and record.suppression not in directory.lists:
        own = NumberList(name=record.suppression, kind=ListKind.SUPPRESSION, accounts=(record.account,))
        records.append(own)
    await opened.records.save(records)
