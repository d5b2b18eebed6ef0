"""Messages that a process ended over: alone from then on, and given up when it is clear that it is this one."""

from __future__ import annotations

import pytest

from chappe.connectors.plugin import deadly as module
from chappe.connectors.plugin.deadly import Deadly
from chappe.ports.connector import Outgoing
from making import message


def some(count: int) -> list[Outgoing]:
    return [Outgoing(message(), 1) for _ in range(count)]


def test_a_batch_says_of_none_that_it_was_this_one() -> None:
    deadly, batch = Deadly(1), some(3)
    assert not deadly.ended_over(batch)
    assert all(deadly.is_suspect(one.message.id) for one in batch)
    deadly.survived(batch[:1])
    assert [deadly.is_suspect(one.message.id) for one in batch] == [False, True, True]


def test_alone_it_is_counted() -> None:
    deadly, batch = Deadly(3), some(1)
    assert [deadly.ended_over(batch) for _ in range(3)] == [False, False, True]
    assert not deadly.is_suspect(batch[0].message.id)


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 5)
    deadly = Deadly(3)
    first, second = some(3), some(4)
    deadly.ended_over(first)
    deadly.ended_over(second)
    assert len(deadly) == 5
    assert not deadly.is_suspect(first[0].message.id)
    assert deadly.is_suspect(second[3].message.id)
