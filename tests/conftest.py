"""Hooks of every test run; what serves one folder only stands in that folder's own conftest."""

import pytest

from acceptance import TABLE, mark_rows, read_table


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tie each test to the acceptance rows it names; a number that is not in the table ends the run."""
    mark_rows(items, read_table(config.rootpath / TABLE))
