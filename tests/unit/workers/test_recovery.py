"""Taking over from processes that are gone: all of it, again after a refusal, and nothing unasked."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.message import StoredMessage
from chappe.domain.state import State
from chappe.ports.store import StoreBusy
from chappe.stores.memory.store import MemoryStore
from chappe.workers.recovery import Recovery
from unit.pipeline.rig import Rig, rig
from unit.workers.warp import Errors, at, warped


class Reluctant(MemoryStore):
    """Refuses the first time."""

    refusals = 1

    async def stranded(self, owner: int, dead: Sequence[int], before: int, limit: int) -> list[StoredMessage]:
        if self.refusals:
            self.refusals -= 1
            raise StoreBusy("the disk is full")
        return await super().stranded(owner, dead, before, limit)


async def held_by_the_dead(house: Rig) -> list[int]:
    ids = [await house.accept() for _ in range(3)]
    await house.take()
    await house.crash()
    return ids


@warped
async def test_what_the_dead_held_is_taken_over_also_after_a_refusal() -> None:
    house, errors, told = rig(store=Reluctant()), Errors(), list[int]()
    ids = await held_by_the_dead(house)
    recovery = Recovery(house.release, house.owner, told.append, errors)
    recovery.start()
    await at(5)
    assert (told, errors.told) == ([], [])
    recovery.take_over([house.owner - 1], 0)
    await at(10)
    assert [await house.state(one) for one in ids] == [State.SCHEDULED] * 3
    assert told == [3]
    assert len(errors.told) == 1
    await recovery.stop()


@warped
async def test_the_living_keep_what_is_theirs() -> None:
    house, errors, told = rig(), Errors(), list[int]()
    message_id = await house.accept()
    await house.take()
    recovery = Recovery(house.release, house.owner + 1, told.append, errors)
    recovery.start()
    recovery.take_over([house.owner - 1], house.owner)
    await at(5)
    assert await house.state(message_id) is State.IN_FLIGHT
    assert told == []
    await recovery.stop()
