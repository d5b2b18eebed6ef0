"""Batches are looked for by the clock, at once when told of one, and spread without a pause."""

from __future__ import annotations

from chappe.domain.address import Address
from chappe.domain.batch import BatchLine, Recipient
from chappe.pipeline.batches import SLICE, Asked
from chappe.workers.batch_keeper import BatchKeeper
from unit.pipeline.rig import ACCOUNT, START_MS, Rig, ask, rig
from unit.workers.warp import Errors, at, now, warped


def kept() -> tuple[Rig, BatchKeeper, list[str], Errors]:
    house, lanes, errors = rig(), list[str](), Errors()
    return house, BatchKeeper(house.batches, lanes.extend, errors), lanes, errors


async def take(house: Rig, count: int, refused: str = "") -> None:
    lines = [
        BatchLine(Recipient(Address(f"316{n:08d}", 1, 1)), None if refused else ask(), refused)
        for n in range(count)
    ]
    url = "http://client.example/bad"
    await house.batches.take(ACCOUNT, "acme", "jasmin", Asked(lines=lines, at_ms=START_MS, errback=url))


@warped
async def test_a_batch_of_another_process_is_found_within_a_quarter_of_a_second() -> None:
    house, keeper, _, errors = kept()
    keeper.start()
    await at(1.01)
    await take(house, 3 * SLICE)
    await at(1.24)
    assert await house.store.depths() == {}
    await at(1.26)
    assert await house.store.depths() == {"op": 3 * SLICE}
    await keeper.stop()
    assert errors.told == []


@warped
async def test_whoever_is_told_of_one_looks_at_once() -> None:
    house, keeper, _, _ = kept()
    keeper.start()
    await at(1.01)
    await take(house, 2)
    keeper.poke()
    await at(1.011)
    assert (await house.store.depths(), now()) == ({"op": 2}, 1.011)
    await keeper.stop()


@warped
async def test_lanes_that_got_notices_are_told_of() -> None:
    house, keeper, lanes, _ = kept()
    await take(house, 2, refused="no")
    keeper.start()
    await at(0.1)
    assert lanes == ["http://client.example"]
    await keeper.stop()
