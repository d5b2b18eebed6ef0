"""`chappe mo`: what subscribers wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.house import House
from chappe.cli.screen import at, note, table
from chappe.domain.mo_query import MOST_FOUND, MoQuery
from chappe.management.records import BadRecord
from chappe.pipeline.mo_log import MoLog

When = Annotated[str, typer.Option(help="a day or a time, UTC: 2026-05-01 or 2026-05-01T12:30")]
Many = Annotated[list[str] | None, typer.Option(help="digits; may be given several times")]
By = Annotated[list[str] | None, typer.Option(help="may be given several times")]
From = Annotated[list[str] | None, typer.Option("--from", help="the subscriber; may be given several times")]


def mo_commands(house: House) -> typer.Typer:
    """`chappe mo ...`"""
    app = typer.Typer(no_args_is_help=True, help="MOs: what subscribers wrote, and what came of it.")

    @app.command("list")
    def list_mos(
        *,
        account: str = "",
        instance: Annotated[str, typer.Option(help="a campaign, or a workspace's number")] = "",
        source: From = None,
        to: Many = None,
        connector: By = None,
        text: Annotated[str, typer.Option(help="what the text contains, whatever its case")] = "",
        pattern: Annotated[str, typer.Option(help="an RE2 pattern, matched at the text's start")] = "",
        since: When = "",
        until: When = "",
        offset: Annotated[int, typer.Option(min=0)] = 0,
        limit: Annotated[int, typer.Option(min=1, max=MOST_FOUND)] = 50,
        oldest: Annotated[bool, typer.Option("--oldest", help="oldest first")] = False,
    ) -> None:
        """Search the log of MOs, newest first."""
        query = MoQuery(
            account=account,
            instance=instance,
            sources=tuple(source or ()),
            destinations=tuple(to or ()),
            connectors=tuple(connector or ()),
            text=text,
            pattern=pattern,
            since_ms=_ms(since),
            until_ms=_ms(until),
            offset=offset,
            limit=limit,
            newest_first=not oldest,
        )
        found = editing.run(house, lambda opened: MoLog(opened.store).find(query))
        table(
            "MOs",
            ("received", "from", "to", "account", "instance", "keyword", "text"),
            (
                (
                    at(one.mo.received_ms),
                    one.mo.source.value,
                    one.mo.destination.value,
                    one.mo.account or "-",
                    one.instance or "-",
                    one.keyword or "-",
                    one.mo.text if one.mo.text is not None else one.mo.octets.hex(),
                )
                for one in found.mos
            ),
        )
        note(f"{len(found.mos)} of {found.total}")

    return app


def _ms(text: str) -> int:
    if not text:
        return 0
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRecord(f"{text!r} is no day or time such as 2026-05-01 or 2026-05-01T12:30") from error
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
