"""Pages for browsers: a value as tables, and whatever else is shown to people. No scripts, nothing from elsewhere. Pure."""

from __future__ import annotations

from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font:16px/1.4 sans-serif;margin:2em;max-width:70em}"
    "table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.3em .6em;text-align:left;"
    "vertical-align:top}pre{background:#f4f4f4;padding:1em;overflow:auto}"
)


def page(title: str, inner: str) -> bytes:
    """A whole document; `inner` is markup, the title is not."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{inner}</body></html>"
    )
    return text.encode("utf-8", "replace")


def markup(value: Any) -> str:
    """Dictionaries and lists of dictionaries as tables, everything else as text."""
    if isinstance(value, dict):
        rows = (
            f"<tr><th>{escape(str(name))}</th><td>{markup(each)}</td></tr>" for name, each in value.items()
        )
        return f"<table>{''.join(rows)}</table>"
    if isinstance(value, list | tuple):
        return _list(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else escape(str(value))


def _list(items: list[Any] | tuple[Any, ...]) -> str:
    if not items:
        return "<p>none</p>"
    if not all(isinstance(item, dict) for item in items):
        return f"<ul>{''.join(f'<li>{markup(item)}</li>' for item in items)}</ul>"
    names = list(dict.fromkeys(name for item in items for name in item))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = (
        "<tr>" + "".join(f"<td>{markup(item.get(name))}</td>" for name in names) + "</tr>" for item in items
    )
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def code(text: str) -> str:
    """A text as it stands, in a box."""
    return f"<pre>{escape(text)}</pre>"
