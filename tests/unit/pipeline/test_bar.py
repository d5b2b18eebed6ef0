"""Lists at the door and before the wire: who is bound is refused or stopped, and where nobody is, nobody is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.batch import BatchLine, Recipient
from chappe.domain.extras import Extras
from chappe.domain.interception import Interceptor, Part, Replacement
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome
from chappe.domain.routing import Route, Target
from chappe.domain.state import State
from chappe.domain.submission import Accepted
from chappe.pipeline.batches import Asked
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Entry, Kind
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import START_MS, SUBSCRIBER, WEBHOOK, Rig, ask, rig

BARRED = NumberList(name="barred")
OPTOUTS = NumberList(name="optouts", kind=ListKind.SUPPRESSION, accounts=("acme",))
NO_ADS = NumberList(name="no-ads", kind=ListKind.DO_NOT_CONTACT, groups=("g",), prefixes=("31",))
OTHER = Address("33612345678", 1, 1)
NUMBER = SUBSCRIBER.value


class Counting(MemoryStore):
    """The engine in memory, which notes what it is asked of lists."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[tuple[str, str]]] = []

    async def listed(self, asked: Sequence[tuple[str, str]]) -> list[int]:
        self.asked.append(list(asked))
        return await super().listed(asked)


async def house_of(*lists: NumberList, members: dict[str, list[str]] | None = None) -> tuple[Rig, Counting]:
    store = Counting()
    house = rig(*lists, Account(name="bank", default_sender="Bank"), store=store)
    for name, numbers in (members or {}).items():
        await store.enlist(name, numbers, START_MS)
    return house, store


async def reasons(house: Rig, *to: Address, account: str = "acme") -> list[str]:
    answers = await house.answers(*(ask(destination=one) for one in to), account=account)
    return [answer.about if isinstance(answer, Refusal) else "" for answer in answers]


async def test_without_a_list_the_store_is_not_asked() -> None:
    house, store = await house_of(members={"barred": [NUMBER]})
    await house.accept()
    assert len(await house.take()) == 1
    assert store.asked == []


async def test_one_that_is_bound_is_refused_and_the_others_go() -> None:
    house, store = await house_of(BARRED, OPTOUTS, members={"optouts": [NUMBER]})
    answers = await house.answers(ask(destination=OTHER), ask(), ask(destination=OTHER))
    assert isinstance(answers[1], Refusal)
    assert (answers[1].reason, answers[1].about) == (Reason.BLACKLISTED, "suppression")
    assert [type(answer) for answer in answers] == [Accepted, Refusal, Accepted]
    assert len(store.asked) == 1
    assert house.meter.by_label["refused", "jasmin:blacklisted"] == 1


async def test_a_call_that_is_whole_is_refused_whole() -> None:
    house, _ = await house_of(BARRED, members={"barred": [NUMBER]})
    answers = await house.answers(ask(destination=OTHER), ask(), whole=True)
    assert all(isinstance(answer, Refusal) and answer.about == "blacklist" for answer in answers)
    assert await house.take() == []


async def test_a_list_binds_only_its_own() -> None:
    house, store = await house_of(OPTOUTS, members={"optouts": [NUMBER]})
    assert await reasons(house, SUBSCRIBER, account="bank") == [""]
    assert store.asked == []
    assert await reasons(house, SUBSCRIBER) == ["suppression"]


async def test_of_several_lists_the_hardest_is_told() -> None:
    everywhere = {"optouts": [NUMBER], "no-ads": [NUMBER, OTHER.value], "barred": [NUMBER]}
    house, _ = await house_of(OPTOUTS, NO_ADS, BARRED, members=everywhere)
    assert await reasons(house, SUBSCRIBER, OTHER) == ["blacklist", ""]


async def test_a_destination_is_looked_up_as_interceptors_left_it() -> None:
    change = Interceptor(name="i", replace=(Replacement(pattern="^06", by="316", part=Part.DESTINATION),))
    store = Counting()
    house = rig(BARRED, change, store=store)
    await store.enlist("barred", [NUMBER], START_MS)
    assert await reasons(house, Address("0612345678")) == ["blacklist"]


async def test_an_answer_reaches_who_opted_out_but_not_who_is_barred() -> None:
    house, _ = await house_of(
        BARRED, OPTOUTS, members={"optouts": [NUMBER, OTHER.value], "barred": [OTHER.value]}
    )
    answer = Extras(answers=True)
    answers = await house.answers(
        ask(extras=answer), ask(extras=answer, destination=OTHER), ask(extras=Extras())
    )
    assert [type(one) for one in answers] == [Accepted, Refusal, Refusal]
    assert len(await house.take()) == 1


# ---------------------------------------------------------------- what waits already


async def test_who_comes_on_a_list_gets_no_more_of_what_waits() -> None:
    house, store = await house_of(OPTOUTS)
    first = await house.accept(report=WEBHOOK)
    second = await house.accept(destination=OTHER)
    await store.enlist("optouts", [NUMBER], START_MS)
    assert [one.message.id for one in await house.take()] == [second]
    standing = await house.standing(first)
    assert (standing.state, standing.error) == (State.REJECTED, "suppressed")
    assert await house.events(first) == [(ReportOn.SMSC, State.REJECTED), (ReportOn.FAILURE, State.REJECTED)]
    assert house.meter.by_name["barred"] == 1


async def test_a_scheduled_one_is_stopped_when_its_time_comes() -> None:
    house, store = await house_of(NO_ADS)
    message_id = await house.accept(due_ms=START_MS + 60_000)
    await store.enlist("no-ads", [NUMBER], START_MS)
    house.clock.advance(61)
    await house.release.due()
    assert await house.take() == []
    assert (await house.standing(message_id)).error == "do_not_contact"


async def test_its_charge_comes_back() -> None:
    store = Counting()
    charged = Account(name="acme", default_sender="Acme", charged=True, early_percent=30)
    house = rig(charged, BARRED, store=store)
    await house.pay_in(50_000)
    await house.accept()
    assert await house.balance() == 40_000
    await store.enlist("barred", [NUMBER], START_MS)
    await house.take()
    assert await house.balance() == 50_000


async def test_one_that_a_network_may_have_is_not_called_refused() -> None:
    house, store = await house_of(BARRED)
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.UNKNOWN)
    house.clock.advance(3_600)
    await house.release.due()
    await store.enlist("barred", [NUMBER], START_MS)
    assert await house.take() == []
    assert (await house.standing(message_id)).state is State.UNDELIVERED


async def test_a_list_that_comes_while_messages_wait_holds_for_them() -> None:
    house, store = await house_of(members={"barred": [NUMBER]})
    await house.accept()
    house.directory.apply([write_entry(Kind.LIST, "barred", BARRED)])
    assert await house.take() == []
    house.directory.apply([Entry(Kind.LIST, "barred", None)])
    await house.accept()
    assert len(await house.take()) == 1
    assert len(store.asked) == 1


async def test_messages_of_an_account_that_is_gone_keep_to_the_lists_of_all() -> None:
    house, store = await house_of(BARRED, members={})
    await house.accept(account="bank")
    house.directory.apply([Entry(Kind.ACCOUNT, "bank", None)])
    await store.enlist("barred", [NUMBER], START_MS)
    assert await house.take() == []


async def test_a_batch_goes_to_those_who_may_get_it() -> None:
    house, _ = await house_of(OPTOUTS, members={"optouts": [NUMBER]})
    template = ask(destination=Address())
    lines = [BatchLine(Recipient(one), template) for one in (OTHER, SUBSCRIBER)]
    batch = await house.batches.take(
        house.directory.accounts["acme"], "acme", "jasmin", Asked(lines=lines, at_ms=START_MS)
    )
    assert not isinstance(batch, Refusal)
    while (await house.batches.step()).done:
        pass
    progress = await house.batches.find("acme", batch.id)
    assert not isinstance(progress, Refusal)
    assert progress.states == {State.QUEUED: 1, State.REJECTED: 1}
    assert [one.message.destination for one in await house.take()] == [OTHER]


@pytest.mark.parametrize("count", [1, 50])
async def test_many_are_looked_up_at_once(count: int) -> None:
    house, store = await house_of(BARRED, OPTOUTS)
    await house.answers(*(ask(destination=Address(f"316{n:08d}", 1, 1)) for n in range(count)))
    assert [len(asked) for asked in store.asked] == [2 * count]
    assert len(await house.take()) == count
    assert [len(asked) for asked in store.asked] == [2 * count, 2 * count]


async def test_a_route_elsewhere_is_no_way_around() -> None:
    store = Counting()
    house = rig(BARRED, Route(name="spare", order=9, targets=(Target(connector="spare"),)), store=store)
    message_id = await house.accept()
    await store.enlist("barred", [NUMBER], START_MS)
    assert await house.take("spare") == []
    assert await house.state(message_id) is State.REJECTED
