"""How MOs in this dialect's words are handed over: every five minutes for a month; others as they were."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from chappe.dialects.cm.mo_callback import MANNERS
from chappe.domain.address import Address
from chappe.domain.extras import Extras
from chappe.domain.ids import IdMaker, first_id_at
from chappe.domain.incoming import Arrival, Incoming
from chappe.domain.report import Delivery, IncomingNotice, OtherWay, Owed, Replied, ReportWish, Way
from chappe.domain.routing import MoTarget, Route
from chappe.pipeline.accept_mo import REPLY_MS, AcceptMo
from chappe.pipeline.directory import Directory, write_entry
from chappe.pipeline.notify import Notify
from chappe.ports.carrier import Carried, Handover
from chappe.ports.directory import Kind
from chappe.stores.memory.store import MemoryStore
from making import NoMeter, message

NOW = 1_790_000_000_000
DAY = 86_400_000
FIVE_MINUTES = 300_000


class Clock:
    def __init__(self, ms: int = NOW) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return 0.0


def wish(dialect: str = "cm", host: str = "client.example") -> ReportWish:
    return ReportWish(Way.WEBHOOK, 0, dialect, f"http://{host}/mo", "POST")


def mo(dialect: str = "cm", at_ms: int = NOW, **given: Any) -> IncomingNotice:
    return msgspec.structs.replace(
        IncomingNotice(
            first_id_at(at_ms),
            "acme",
            wish(dialect),
            Address("31612345678", 1, 1),
            Address("3669"),
            "op",
            "hi",
            b"hi",
            0,
            at_ms,
        ),
        **given,
    )


async def stored(store: MemoryStore, notice: IncomingNotice) -> None:
    record = Incoming(
        notice.message_id,
        "acme",
        "r",
        "op",
        notice.source,
        notice.destination,
        "hi",
        b"hi",
        "gsm7",
        0,
        1,
        NOW,
    )
    await store.accept_incoming([(record, notice)], [])


async def after_failure(notice: IncomingNotice, clock: Clock, **given: Any) -> tuple[Delivery, int, Any]:
    store = MemoryStore()
    notify = Notify(store, clock, lambda: 0.0, NoMeter(), MANNERS)
    await stored(store, notice)
    (owed,) = await notify.take("http://client.example", 1)
    await notify.settle([Carried(owed, Handover.FAILED, "503", **given)])
    row = store._tables.outbox[notice.message_id, 0]
    return row.delivery, row.owed.due_ms, row.owed.notice


async def test_a_failed_one_is_tried_again_every_five_minutes_for_a_month() -> None:
    clock = Clock()
    store = MemoryStore()
    notify = Notify(store, clock, lambda: 0.5, NoMeter(), MANNERS)
    notice = mo()
    await stored(store, notice)
    attempts: list[int] = []
    while True:
        owed = await notify.take("http://client.example", 1)
        assert owed
        attempts.append(clock.ms)
        await notify.settle([Carried(owed[0], Handover.FAILED, "500")])
        row = store._tables.outbox[notice.message_id, 0]
        if row.delivery is not Delivery.OPEN:
            break
        clock.ms = row.owed.due_ms
    assert {later - earlier for earlier, later in pairwise(attempts)} == {FIVE_MINUTES}
    assert attempts[-1] == NOW + 30 * DAY
    assert row.delivery is Delivery.GIVEN_UP


async def test_another_dialects_keep_to_the_usual_plan() -> None:
    delivery, due_ms, _ = await after_failure(mo("jasmin"), Clock())
    assert (delivery, due_ms) == (Delivery.OPEN, NOW + 5_000)
    delivery, _, _ = await after_failure(mo("jasmin"), Clock(NOW + 8 * DAY))
    assert delivery is Delivery.GIVEN_UP
    delivery, due_ms, _ = await after_failure(mo(), Clock(NOW + 8 * DAY))
    assert (delivery, due_ms) == (Delivery.OPEN, NOW + 8 * DAY + FIVE_MINUTES)


async def test_a_receiver_that_asks_for_longer_gets_it() -> None:
    _, due_ms, _ = await after_failure(mo(), Clock(), retry_after=3_600.0)
    assert due_ms == NOW + 3_600_000


async def test_what_one_account_sent_is_not_told_to_another() -> None:
    replied = Replied(1, "r", ("g", "", ""))
    for account, kept in (("acme", replied), ("rival", None)):
        others = (OtherWay(account, wish(host="other.example")),)
        _, _, notice = await after_failure(mo(replied=replied, others=others), Clock())
        assert (notice.account, notice.replied) == (account, kept)


@pytest.mark.parametrize(("days", "left"), [(6, {"cm", "jasmin"}), (8, {"cm"})])
async def test_the_sweep_of_old_notices_leaves_those_that_are_kept_longer(days: int, left: set[str]) -> None:
    store, clock = MemoryStore(), Clock()
    await stored(store, mo("cm"))
    await stored(store, mo("jasmin", at_ms=NOW + 1))
    clock.ms = NOW + days * DAY
    notify = Notify(store, clock, lambda: 0.5, NoMeter(), MANNERS)
    await notify.give_up_old(0)
    still = [row for row in store._tables.outbox.values() if row.delivery is Delivery.OPEN]
    assert {row.owed.notice.wish.dialect for row in still} == left


# ---------------------------------------------------------------- what is answered


async def told(dialect: str, sent_before_ms: int, **given: Any) -> Replied | None:
    """What an MO is told to answer where one message was sent so long before it."""
    store, directory = MemoryStore(), Directory()
    target = MoTarget(account="acme", way=Way.WEBHOOK, target="http://client.example/mo", dialect=dialect)
    directory.apply([write_entry(Kind.ROUTE, "mo", Route(name="mo", deliver=target))])
    fields = {
        "id": first_id_at(NOW - sent_before_ms) + 1,
        "source": Address("3669"),
        "destination": Address("31612345678", 1, 1),
        "reference": "batchA",
        "extras": Extras(groupings=("g1", "", "g3"), labelled=True),
        **given,
    }
    await store.accept([message(**fields)])
    accept = AcceptMo(
        directory=directory, store=store, ids=IdMaker(1), clock=Clock(), meter=NoMeter(), manners=MANNERS
    )
    arrival = Arrival("op", "op", Address("31612345678", 1, 1), Address("3669"), b"STOP", "gsm7", 0, NOW)
    await accept.accept([arrival])
    (row,) = store._tables.outbox.values()
    owed: Owed = row.owed
    assert isinstance(owed.notice, IncomingNotice)
    return owed.notice.replied


@pytest.mark.parametrize("dialect", list(MANNERS))
async def test_an_mo_is_told_with_the_message_that_it_answers(dialect: str) -> None:
    replied = await told(dialect, REPLY_MS - 1_000)
    assert replied is not None
    assert (replied.reference, replied.groupings) == ("batchA", ("g1", "", "g3"))


@pytest.mark.parametrize(
    "given",
    [
        {"sent_before_ms": REPLY_MS + 1_000},
        {"account": "rival"},
        {"source": Address("3670")},
        {"destination": Address("31600000000", 1, 1)},
        {"extras": None},
    ],
)
async def test_what_it_does_not_answer(given: dict[str, Any]) -> None:
    assert await told("cm", **{"sent_before_ms": 1_000, **given}) is None


async def test_nothing_is_looked_up_for_other_dialects() -> None:
    assert await told("jasmin", 1_000) is None
