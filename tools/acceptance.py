"""Which rows of the acceptance table the tests show. A row counts when every test that names it passed in this run."""

from __future__ import annotations

import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import MappingProxyType

import pytest

TABLE = Path("tests/acceptance/table.md")
PROPERTY = "acceptance row"
TEXT_WIDTH = 96

_ROW = re.compile(r"^\| *(\d{3}-\d{3}) *\|(.*)\|$")


def read_table(path: Path) -> Mapping[str, str]:
    """Row number to the capability it states, in table order; raises ValueError when a number stands twice."""
    rows: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = _ROW.match(line)
        if found is None:
            continue
        if found[1] in rows:
            raise ValueError(f"{path}: row {found[1]} stands twice")
        rows[found[1]] = found[2].split("|")[1].strip()
    return MappingProxyType(rows)


def mark_rows(items: Iterable[pytest.Item], table: Mapping[str, str]) -> None:
    """Note on each test the rows its `row` markers name; raises pytest.UsageError for one the table has not.

    The note travels as a user property, so that it comes back with the report from another process too.
    """
    for item in items:
        for marker in item.iter_markers("row"):
            if marker.kwargs or not marker.args:
                raise pytest.UsageError(f'{item.nodeid}: write @pytest.mark.row("002-064", ...)')
            for number in marker.args:
                if number not in table:
                    raise pytest.UsageError(f"{item.nodeid}: the acceptance table has no row {number!r}")
                item.user_properties.append((PROPERTY, number))


class Tally:
    """The pytest plug-in that keeps, for one run, the rows of tests that passed and of tests that did not."""

    def __init__(self) -> None:
        self._passed: set[str] = set()
        self._broken: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test passed when its call did and neither set-up nor tear-down failed; a skip or an xfail is no pass."""
        rows = {str(value) for name, value in report.user_properties if name == PROPERTY}
        if report.outcome != "passed" or "wasxfail" in vars(report):
            self._broken |= rows
        elif report.when == "call":
            self._passed |= rows

    @property
    def shown(self) -> frozenset[str]:
        """Rows that some test shows and no test belies."""
        return frozenset(self._passed - self._broken)


def account(table: Mapping[str, str], shown: AbstractSet[str]) -> Iterator[str]:
    """The missing rows, a line for each document, and the sum."""
    for number, text in table.items():
        if number not in shown:
            yield f"missing {number}  {textwrap.shorten(text, TEXT_WIDTH, placeholder=' ...')}"
    yield ""
    documents = Counter(number.partition("-")[0] for number in table)
    held = Counter(number.partition("-")[0] for number in table if number in shown)
    for document, rows in documents.items():
        yield f"{document}: {held[document]} of {rows}"
    yield f"{len(shown)} of {len(table)} rows shown"


def main(arguments: list[str]) -> int:
    """Run the tests that carry a `row` marker and print the account; pytest's exit code, 0 when no test carries one."""
    table = read_table(TABLE)
    tally = Tally()
    code = pytest.main(["-m", "row", *arguments], plugins=[tally])
    print()
    for line in account(table, tally.shown):
        print(line)
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
