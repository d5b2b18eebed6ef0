"""How large the fault tests are, and where their figures are shown.

`FAULTS=quick` is the default and what `make test` runs: each fault a few times. `FAULTS=full` is what
`make faults` sets: as often as issue and plan ask for, minutes in all; the figures stand at the end of the run.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chappe.sim.sink import Sink

pytest.register_assert_rewrite("faults.ledgers", "faults.rig")

from faults.ledgers import hooks  # noqa: E402 - what is rewritten must not be imported before
from faults.sizes import FULL, QUICK, Size  # noqa: E402 - as above

FIGURES: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture(scope="session")
def size() -> Size:
    wanted = os.environ.get("FAULTS", "quick")
    return {"quick": QUICK, "full": FULL}[wanted]


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Sink]:
    """Where webhooks go."""
    async with hooks(tmp_path) as made:
        yield made


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    """What a test measured, a line each."""
    stash = request.config.stash
    return stash.setdefault(FIGURES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(FIGURES, [])
    if lines and os.environ.get("FAULTS") == "full":
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.write_line(line)
