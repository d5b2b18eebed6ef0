"""The use case of conversions over the store in memory."""

from __future__ import annotations

import pytest

from chappe.domain.address import Address
from chappe.domain.conversion import ConversionsBy, LabelQuery
from chappe.domain.extras import Extras
from chappe.pipeline.conversions import Conversions
from chappe.stores.memory.store import MemoryStore
from making import NOW, NoMeter, StoppedClock, message, new_id

NUMBER = "31612345678"


class Counter(NoMeter):
    def __init__(self) -> None:
        self.counted: list[str] = []

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        del by
        self.counted.append(f"{name}:{label}")


@pytest.fixture
def meter() -> Counter:
    return Counter()


@pytest.fixture
async def store() -> MemoryStore:
    made = MemoryStore()
    await made.accept(
        [
            message(
                id=new_id(NOW + step),
                reference="r",
                extras=Extras(labelled=True),
                destination=Address(NUMBER, 1, 1),
            )
            for step in (0, 10)
        ]
    )
    return made


async def test_the_newest_message_converts_once_and_now_if_no_time_is_told(
    store: MemoryStore, meter: Counter
) -> None:
    conversions = Conversions(store, StoppedClock(), meter)
    old, new = sorted(store._tables.messages)
    assert await conversions.convert("acme", NUMBER, "r", 0)
    assert await conversions.convert("acme", NUMBER, "r", 5)
    assert not await conversions.convert("acme", NUMBER, "other", 0)
    noted = await store.conversion_of(new)
    assert noted is not None
    assert (noted.converted_ms, noted.told_ms) == (NOW, NOW)
    assert await store.conversion_of(old) is None
    assert len(store._tables.notes[new]) == 1
    assert meter.counted == ["conversions:noted", "conversions:repeated", "conversions:unmatched"]


async def test_rates_of_a_time_in_milliseconds(store: MemoryStore, meter: Counter) -> None:
    conversions = Conversions(store, StoppedClock(), meter)
    for since_ms, until_ms, messages in ((0, 0, 2), (NOW + 10, 0, 1), (0, NOW + 10, 1), (NOW + 11, 0, 0)):
        rates = await conversions.rates(ConversionsBy.ACCOUNT, since_ms=since_ms, until_ms=until_ms)
        assert sum(one.messages for one in rates) == messages


async def test_messages_are_found_newest_first(store: MemoryStore, meter: Counter) -> None:
    found = await Conversions(store, StoppedClock(), meter).find(LabelQuery(reference="r"))
    assert [one.message.id for one in found] == sorted(store._tables.messages, reverse=True)
