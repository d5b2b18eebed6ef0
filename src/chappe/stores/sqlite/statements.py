"""Reads the named statements of `sql/*.sql`: a line `-- name: x` begins one; nothing else of SQL stands in Python."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType


def load_statements() -> Mapping[str, str]:
    """Every statement by its name; raises ValueError for a name given twice."""
    found: dict[str, str] = {}
    folder = resources.files(__package__) / "sql"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".sql"):
            continue
        for block in file.read_text("utf-8").split("-- name: ")[1:]:
            name, _, text = block.partition("\n")
            name = name.strip()
            if name in found:
                raise ValueError(f"statement {name} is written twice")
            lines = [line for line in text.splitlines() if not line.startswith("--")]
            found[name] = "\n".join(lines).strip().rstrip(";")
    return MappingProxyType(found)


def load_migrations() -> tuple[str, ...]:
    """The schema's steps in order; the first makes version 1."""
    folder = resources.files(__package__) / "migrations"
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name
    )
    return tuple(item.read_text("utf-8") for item in files)
