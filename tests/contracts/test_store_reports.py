"""The store's contract: an account's messages by time, a stretch at a time."""

from __future__ import annotations

from chappe.domain.ids import first_id_at
from chappe.ports.reports import Stretch
from chappe.ports.store import Store
from making import NOW, message, new_id


async def test_stretches_part_the_whole_and_give_only_the_accounts_own(store: Store) -> None:
    made = [message(id=new_id(NOW + at * 1_000), account="acme" if at % 3 else "other") for at in range(10)]
    await store.accept(made)
    after, before = first_id_at(NOW) - 1, first_id_at(NOW + 10_000)
    seen: list[int] = []
    looked_at = 0
    while True:
        stretch = await store.stretch("acme", after, before, 4)
        looked_at += stretch.looked_at
        seen += [one.message.id for one in stretch.found]
        if stretch.looked_at < 4:
            break
        after = stretch.last_id
    assert looked_at == 10
    assert seen == [one.id for one in made if one.account == "acme"]
    assert await store.stretch("acme", made[-1].id, before, 4) == Stretch((), 0, 0)


async def test_neither_bound_is_included(store: Store) -> None:
    made = [message(id=new_id(NOW + at)) for at in range(3)]
    await store.accept(made)
    stretch = await store.stretch("acme", made[0].id, made[2].id, 9)
    assert [one.message.id for one in stretch.found] == [made[1].id]
    assert (stretch.looked_at, stretch.last_id) == (1, made[1].id)
