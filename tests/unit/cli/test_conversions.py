"""`chappe conversion` and `chappe message` where there is nothing yet; what they find is in tests/journeys."""

from __future__ import annotations

import asyncio

import pytest

from chappe.domain.address import Address
from chappe.domain.conversion import Conversion
from chappe.domain.extras import Extras
from chappe.domain.ids import EPOCH_MS
from chappe.stores.sqlite.store import open_store
from making import message, new_id
from unit.cli.desk import Desk

AT_MS = EPOCH_MS + 86_400_000


def test_with_nothing_to_tell(desk: Desk) -> None:
    desk("account", "add", "acme")
    assert "conversions by account, 30 days: none" in desk("conversion", "report").said
    assert "groupings: none" in desk("conversion", "groupings").said
    assert "nothing found" in desk("message", "find", "--grouping", "x").said
    assert "say what to find" in desk.refuses("message", "find")


@pytest.mark.row("001-072")
def test_messages_of_a_time_and_too_many_groupings(desk: Desk) -> None:
    desk("account", "add", "acme")

    async def work() -> None:
        store = open_store(desk.store)
        batch = [
            message(
                id=new_id(AT_MS),
                reference="r",
                destination=Address("33612345678", 1, 1),
                extras=Extras(groupings=(f"g{number}", "", ""), labelled=True),
            )
            for number in range(1_001)
        ]
        await store.accept(batch)
        await store.convert([Conversion(batch[0].id, "acme", AT_MS, AT_MS)])
        await store.close()

    asyncio.run(work())
    assert "acme 1001 more than 1000" in desk("conversion", "groupings").said
    assert ": none" in desk("conversion", "report").said
    shown = desk("conversion", "report", "--days", "3650", "--by", "prefix", "--digits", "3").said
    assert "acme 336 1001 1 0.1 %" in shown
    found = desk("message", "find", "--grouping", "g7", "--account", "acme").said
    assert "33612345678 queued r g7" in found
    assert "nothing found" in desk("message", "find", "--grouping", "g7", "--number", "1").said
