"""Bars and lines as SVG text: small enough to be read as a diff, dark or light by the reader's own setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

STYLE = (
    "<style>text{font:13px system-ui,sans-serif;fill:#222}.b{fill:#2b6cb0}.p{fill:#a0aec0}.w{stroke:#1a202c;stroke-width:1.5}"
    ".l{fill:none;stroke:#2b6cb0;stroke-width:2}.a{stroke:#cbd5e0}"
    "@media(prefers-color-scheme:dark){text{fill:#e2e8f0}.w{stroke:#e2e8f0}}</style>"
)


class Bar(NamedTuple):
    """A figure with its least and its most."""

    name: str
    value: float
    low: float
    high: float


def _whole(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
    return "\n".join(
        [head, STYLE, f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>', *parts, "</svg>\n"]
    )


def bars(title: str, rows: Sequence[Bar]) -> str:
    """A bar a row, with a whisker from the least to the most; the last of several is the peer's where it is one."""
    most = max((row.high for row in rows), default=1.0) or 1.0
    parts = []
    for number, row in enumerate(rows):
        y, scale = 40 + number * 34, 380 / most
        kind = "p" if row.name.startswith("Kannel") else "b"
        middle = y + 10
        parts += [
            f'<text x="8" y="{y + 15}">{escape(row.name)}</text>',
            f'<rect class="{kind}" x="250" y="{y}" width="{row.value * scale:.1f}" height="20"/>',
            f'<line class="w" x1="{250 + row.low * scale:.1f}" x2="{250 + row.high * scale:.1f}" y1="{middle}" y2="{middle}"/>',
            f'<text x="{258 + row.high * scale:.1f}" y="{y + 15}">{row.value:,.0f}</text>',
        ]
    return _whole(720, 50 + 34 * len(rows), title, parts)


def lines(title: str, points: Sequence[tuple[float, float]], across: str, up: str) -> str:
    """One line of points over evenly spaced places, each named by its first number."""
    most = max((value for _, value in points), default=1.0) or 1.0
    step = 560 / max(len(points) - 1, 1)
    places = [(80 + step * number, 220 - 160 * value / most) for number, (_, value) in enumerate(points)]
    parts = [
        '<line class="a" x1="80" x2="640" y1="220" y2="220"/>',
        f'<polyline class="l" points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in places)}"/>',
        f'<text x="320" y="262">{escape(across)}</text>',
        f'<text x="8" y="44">{escape(up)}</text>',
    ]
    for (x, y), (name, value) in zip(places, points, strict=True):
        parts += [
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" class="b"/>',
            f'<text x="{x - 20:.0f}" y="{y - 8:.0f}">{value:,.4g}</text>',
            f'<text x="{x - 20:.0f}" y="240">{name:,.10g}</text>',
        ]
    return _whole(720, 275, title, parts)
