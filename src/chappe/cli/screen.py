"""How commands print: tables, times, sentences. Control characters of anything printed are made visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chappe.management.timeline import Line

out: Final = Console(highlight=False, emoji=False)
errors: Final = Console(stderr=True, highlight=False, emoji=False)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def safe(text: str) -> str:
    """A text that cannot steer the terminal or rich's markup."""
    return escape(_CONTROLS.sub(lambda found: f"\\x{ord(found.group()):02x}", text))


def at(unix_ms: int) -> str:
    """A time for people, UTC, with milliseconds."""
    if not unix_ms:
        return "-"
    return f"{datetime.fromtimestamp(unix_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}.{unix_ms % 1000:03d}"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints a table, or a line if there is nothing in it."""
    shown = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        shown.add_column(column, overflow="fold")
    count = 0
    for row in rows:
        count += 1
        shown.add_row(*(safe(str(cell)) for cell in row))
    out.print(shown if count else f"{title}: none")


def timeline(title: str, lines: Iterable[Line]) -> None:
    """Prints a message's story."""
    out.print(f"[bold]{safe(title)}[/bold]")
    for line in lines:
        out.print(f"  {at(line.at_ms)[11:]}  {line.what:<18} {safe(line.detail)}", soft_wrap=True)


def note(sentence: str) -> None:
    """Prints a sentence."""
    out.print(safe(sentence), soft_wrap=True)


def complain(sentence: str) -> None:
    """Prints what went wrong."""
    errors.print(f"[red]{safe(sentence)}[/red]", soft_wrap=True)
