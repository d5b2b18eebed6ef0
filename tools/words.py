"""The glossary gate: every public class of the domain is a word that docs/glossary.md explains. Imports no product code."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

DOMAIN = Path("src/chappe/domain")
GLOSSARY = Path("docs/glossary.md")

_TERM = re.compile(r"^\|(?!\s*:?-+)([^|]+)\|")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def terms(text: str) -> str:
    """The first cells of every table row of the glossary `text`, one a line, lower case, without code marks."""
    cells = (_TERM.match(line) for line in text.splitlines())
    return "\n".join(cell[1].replace("`", "").strip().lower() for cell in cells if cell is not None)


def public_classes(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of each public class at the top level of a module's `text`."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.lineno, node.name


def is_explained(name: str, known: str) -> bool:
    """Whether `known` terms hold the class `name`, as written or as words: `ErrorCode` or `error code`."""
    written = (name.lower(), _HUMP.sub(" ", name).lower())
    return any(re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", known) for each in written)


def missing(root: Path) -> Iterator[str]:
    """A sentence for each public class under `root`'s domain that its glossary leaves out."""
    if not (root / GLOSSARY).is_file():
        yield f"{GLOSSARY}: words: there is no glossary; write one table row for each word of the trade."
        return
    known = terms((root / GLOSSARY).read_text(encoding="utf-8"))
    for path in sorted((root / DOMAIN).rglob("*.py")):
        for line, name in public_classes(path.read_text(encoding="utf-8")):
            if not is_explained(name, known):
                place = path.relative_to(root).as_posix()
                yield f"{place}:{line}: words: `{name}` is in the first column of no table row of {GLOSSARY}."


def main(root: Path) -> int:
    """Print what is missing; exit 1 if anything is."""
    found = list(missing(root))
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path()))
