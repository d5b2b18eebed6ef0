"""A running server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dialects.smpp.core_under_test import House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    await made.open()
    yield made
    await made.close()
