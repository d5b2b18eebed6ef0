"""`chappe conversion` and `chappe message`: what end users made of messages, and finding them by their client's names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from chappe.cli import editing
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.screen import note, table
from chappe.domain.conversion import ConversionsBy, LabelQuery
from chappe.domain.ids import first_id_at, id_time_ms
from chappe.domain.state import State
from chappe.management.records import BadRecord

_MANY_GROUPINGS: Final = 1_000
"""Document 001 advises no more different groupings than this."""

_MOST: Final = 1_000

Account = Annotated[str, typer.Option(help="of one account; of all without")]


def conversion_commands(house: House) -> typer.Typer:
    """`chappe conversion ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Conversions: how many end users used what messages carried."
    )

    @app.command()
    def report(
        by: Annotated[ConversionsBy, typer.Option(help="what to count by")] = ConversionsBy.ACCOUNT,
        account: Account = "",
        days: Annotated[int, typer.Option(min=1, max=3_650, help="messages of the last so many days")] = 30,
        digits: Annotated[int, typer.Option(min=1, max=15, help="how many digits a prefix has")] = 2,
    ) -> None:
        """Tell conversion rates of messages that have a reference, by account, prefix, sender or grouping."""
        since_ms = wall_ms() - int(timedelta(days=days).total_seconds() * 1000)
        rates = editing.run(
            house,
            lambda opened: opened.store.conversion_rates(
                by, account=account, digits=digits, since_id=first_id_at(since_ms)
            ),
        )
        table(
            f"conversions by {by.value}, {days} days",
            ("account", by.value, "messages", "conversions", "rate"),
            ((one.account, one.key, one.messages, one.conversions, f"{one.percent:.1f} %") for one in rates),
        )

    @app.command()
    def groupings() -> None:
        """Count the different groupings of each account; more than 1,000 are too many to be told apart."""
        counts = editing.run(house, lambda opened: opened.store.grouping_counts())
        table(
            "groupings",
            ("account", "groupings", ""),
            (
                (account, count, f"more than {_MANY_GROUPINGS}" if count > _MANY_GROUPINGS else "")
                for account, count in counts
            ),
        )

    return app


def message_commands(house: House) -> typer.Typer:
    """`chappe message ...`"""
    app = typer.Typer(no_args_is_help=True, help="Messages by the names that their clients gave them.")

    @app.command()
    def find(  # noqa: PLR0917 - options, which nobody passes by position
        account: Account = "",
        grouping: Annotated[
            str, typer.Option(help="a custom grouping, on any level unless one is named")
        ] = "",
        level: Annotated[int, typer.Option(min=0, max=3, help="the level of the grouping, 0 for any")] = 0,
        reference: Annotated[str, typer.Option(help="the client's reference")] = "",
        number: Annotated[str, typer.Option(help="the recipient, digits only")] = "",
        limit: Annotated[int, typer.Option(min=1, max=_MOST)] = 50,
    ) -> None:
        """Find messages that have a reference or a grouping, newest first; `chappe trace` tells more of one."""
        if not (grouping or reference or number or account):
            raise BadRecord("say what to find: --grouping, --reference, --number or --account")
        query = LabelQuery(
            account=account, grouping=grouping, level=level, reference=reference, number=number, limit=limit
        )
        rows = editing.run(house, lambda opened: _found(opened, query))
        if not rows:
            note("nothing found")
            return
        table("messages", ("id", "accepted", "account", "to", "state", "reference", "groupings"), rows)

    return app


async def _found(opened: Open, query: LabelQuery) -> list[tuple[str, ...]]:
    labels = await opened.store.find_labels(query)
    stored = await opened.store.messages([label.message_id for label in labels])
    return [
        (
            opened.renderer.uuid(label.message_id),
            _date(id_time_ms(label.message_id)),
            label.account,
            label.number,
            State(found.standing.state).name.lower(),
            label.reference or "-",
            ", ".join(filter(None, label.groupings)) or "-",
        )
        for label, found in zip(labels, stored, strict=True)
        if found is not None
    ]


def _date(unix_ms: int) -> str:
    return f"{datetime.fromtimestamp(unix_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
