"""What is said of connectors that are open, that never were, and that nobody knows."""

from __future__ import annotations

from chappe.domain.link import ConnectorRecord, Health, LinkStatus
from chappe.workers.link_board import LinkBoard
from unit.pipeline.rig import directory_of
from unit.workers.rims import Desk


def test_health_is_what_a_connector_told_last() -> None:
    board = LinkBoard(directory_of(ConnectorRecord(name="op")))
    board.statuses["op"] = LinkStatus("op", Health.SLOWED)
    assert board.health("op") is Health.SLOWED


def test_without_a_word_from_it_one_switched_on_is_down_and_any_other_is_off() -> None:
    board = LinkBoard(directory_of(ConnectorRecord(name="op"), ConnectorRecord(name="out", enabled=False)))
    assert [board.health(name) for name in ("op", "out", "nobody")] == [Health.DOWN, Health.OFF, Health.OFF]


async def test_now_asks_open_connectors_and_repeats_the_last_word_of_others() -> None:
    board = LinkBoard(directory_of())
    desk = Desk("b")
    await desk.open()
    board.connectors["b"] = desk
    board.statuses["b"] = LinkStatus("b", Health.CONNECTING)
    board.statuses["a"] = LinkStatus("a", Health.OFF, detail="no such host")
    told = board.now()
    assert list(told) == ["a", "b"]
    assert (told["a"].detail, told["b"].health, told["b"].binds) == ("no such host", Health.UP, 1)
