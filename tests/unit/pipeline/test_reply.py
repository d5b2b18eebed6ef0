"""Campaigns: an MO, its reply and its opt-out are one commit; nobody is answered twice, nor told what he asked not to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.campaign import Campaign, Keyword
from chappe.domain.incoming import Incoming, PartSet
from chappe.domain.instance import Instance
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.mo_query import LoggedMo, MoQuery
from chappe.domain.network import Network
from chappe.domain.refusal import Refusal
from chappe.domain.report import Notice
from chappe.domain.routing import Condition, MoTarget, Route
from chappe.pipeline.mo_log import MoLog
from chappe.pipeline.throughput import CAMPAIGN
from chappe.ports.connector import Ack
from chappe.ports.directory import Entry, Kind
from chappe.ports.incoming import Answered, Response
from chappe.ports.store import Store, StoreBusy
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import MO_ROUTE, START_MS, SUBSCRIBER, Rig, ask, rig
from unit.pipeline.test_accept_mo import arrival, part, take, told

OPTOUTS = NumberList(name="optouts", kind=ListKind.SUPPRESSION, accounts=("acme",))
PROMO = Campaign(
    name="promo",
    account="acme",
    numbers=("1234",),
    keywords=(Keyword(word="JOIN", reply="Welcome {number} to {code}"),),
    otherwise="Send JOIN",
    suppression="optouts",
    help_reply="Call us",
    stop_reply="bye",
    start_reply="back",
)


def house_of(*records: Any, store: Store | None = None) -> Rig:
    return rig(PROMO, OPTOUTS, *records, store=store)


async def write(house: Rig, *texts: str, **given: Any) -> list[Ack]:
    return await take(house, *(arrival(text.encode(), **given) for text in texts))


async def replies(house: Rig) -> list[str | None]:
    """The texts of what is to be sent."""
    return [one.message.text for one in await house.take()]


async def is_out(house: Rig, number: str = SUBSCRIBER.value) -> bool:
    return bool(await house.store.listed([("optouts", number)]))


async def log(house: Rig, **query: Any) -> Sequence[LoggedMo]:
    return (await MoLog(house.store).find(MoQuery(newest_first=False, **query))).mos


async def test_a_keyword_is_answered_from_the_number_that_was_written_to() -> None:
    house = house_of(MO_ROUTE)
    assert await write(house, "join please") == [Ack.TAKEN]
    (reply,) = await house.take()
    message = reply.message
    assert (message.text, message.account, message.user, message.dialect) == (
        "Welcome 31612345678 to 1234",
        "acme",
        "promo",
        CAMPAIGN,
    )
    assert (message.source, message.destination) == (Address("1234", 3, 1), SUBSCRIBER)
    assert house.woken == ["op"]
    (notice,) = await told(house)
    assert notice.text == "join please"
    (logged,) = await log(house, account="acme", instance="promo")
    assert (logged.keyword, logged.mo.id) == ("JOIN", notice.message_id)
    assert message.idempotency_key == f"mo:{logged.mo.id}"
    assert house.meter.by_label["campaign_replies", "promo"] == 1
    assert house.meter.by_label["accepted", CAMPAIGN] == 1


async def test_a_campaign_needs_no_route_for_mos() -> None:
    house = house_of()
    assert await write(house, "JOIN") == [Ack.TAKEN]
    assert len(await replies(house)) == 1
    assert await told(house) == []
    (logged,) = await log(house, account="acme")
    assert logged.mo.route == ""
    assert await write(house, "JOIN", destination=Address("9999")) == [Ack.LATER]


async def test_a_long_one_is_answered_when_it_is_whole() -> None:
    house = house_of()
    assert await take(house, part(2, b"me in", total=2)) == [Ack.TAKEN]
    assert await replies(house) == []
    await take(house, part(1, b"JOIN ", total=2))
    assert await replies(house) == ["Welcome 31612345678 to 1234"]
    assert [one.mo.text for one in await log(house)] == ["JOIN me in"]


async def test_the_reply_comes_from_the_sender_of_the_campaign() -> None:
    house = rig(Campaign(name="c", account="acme", numbers=("1234",), otherwise="hi", sender="Acme"))
    await write(house, "x")
    assert (await house.take())[0].message.source == Address("Acme", 5, 0)


async def test_a_campaigns_mo_is_its_accounts_and_told_to_whom_the_route_says() -> None:
    other = Route(name="mo", deliver=MoTarget(account="bank", target="acme"))
    house = house_of(Account(name="bank"), other)
    await write(house, "JOIN")
    (notice,) = await told(house)
    assert notice.account == "bank"
    assert [one.mo.account for one in await log(house)] == ["acme"]


# ---------------------------------------------------------------- opting out and in


async def test_a_stop_is_confirmed_once_and_holds_at_once() -> None:
    house = house_of(MO_ROUTE)
    waiting = await house.accept(text="ad")
    await write(house, "STOP")
    assert await is_out(house)
    (refused,) = await house.answers(ask(text="ad"))
    assert isinstance(refused, Refusal)
    assert await replies(house) == ["bye"]
    assert (await house.standing(waiting)).error == "suppressed"
    await write(house, "stop", "Stop!")
    assert await replies(house) == []
    assert [one.keyword for one in await log(house)] == ["STOP", "STOP", "STOP"]
    assert house.meter.by_label["campaign_opt_outs", "promo"] == 1
    assert len(await told(house)) == 3


async def test_who_is_out_gets_help_and_no_campaign() -> None:
    house = house_of()
    await write(house, "STOP", "HELP", "JOIN", "what")
    assert await replies(house) == ["bye", "Call us"]
    assert house.meter.by_label["campaign_refusals", "promo:blacklisted"] == 2


async def test_a_start_takes_him_back() -> None:
    house = house_of()
    await write(house, "STOP", "START", "JOIN")
    assert not await is_out(house)
    assert await replies(house) == ["bye", "back", "Welcome 31612345678 to 1234"]
    await house.accept(text="ad")
    assert house.meter.by_label["campaign_opt_ins", "promo"] == 1


async def test_opting_out_works_where_no_reply_can_be_made() -> None:
    broke = Account(name="acme", charged=True)
    house = house_of(broke)
    assert await write(house, "STOP", "JOIN", source=Address("31600000001", 1, 1)) == [Ack.TAKEN] * 2
    assert await is_out(house, "31600000001")
    assert await replies(house) == []
    assert house.meter.by_label["campaign_refusals", "promo:no_balance"] == 1
    off = house_of(Account(name="acme", enabled=False))
    await write(off, "STOP", "START", "STOP")
    assert await is_out(off)
    assert await replies(off) == []


async def test_a_stop_without_a_confirmation_is_silent() -> None:
    house = rig(
        OPTOUTS, Campaign(name="c", account="acme", numbers=("1234",), suppression="optouts", stop_reply="")
    )
    await write(house, "STOP")
    assert await is_out(house)
    assert await replies(house) == []


async def test_a_stop_ends_all_campaigns_on_the_number() -> None:
    others = NumberList(name="others", kind=ListKind.SUPPRESSION, accounts=("bank",))
    shared = Campaign(name="shared", account="bank", numbers=("1234",), suppression="others", order=-1)
    house = house_of(Account(name="bank"), others, shared)
    await write(house, "STOP")
    assert await house.store.listed([("optouts", SUBSCRIBER.value), ("others", SUBSCRIBER.value)]) == [0, 1]
    assert await replies(house) == ["bye"]
    # Out of one of them only, he is put out of the other, and told.
    await house.store.delist("others", [SUBSCRIBER.value])
    await write(house, "STOP")
    assert await replies(house) == ["bye"]


# ---------------------------------------------------------------- crashes and repeats


class Dying(MemoryStore):
    """Fails in the moment of the commit, before it or after it."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        self.after = after
        self.dies = True

    async def answer_incoming(
        self, mo: Incoming, notice: Notice | None, sets: Sequence[PartSet], response: Response
    ) -> Answered:
        dies, self.dies = self.dies, False
        if dies and not self.after:
            raise StoreBusy("the disk is full")
        answered = await super().answer_incoming(mo, notice, sets, response)
        if dies:
            raise StoreBusy("nobody heard that it was done")
        return answered


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("text", ["STOP", "JOIN"])
async def test_an_mo_that_comes_again_after_a_crash_is_answered_once(text: str, *, after: bool) -> None:
    store = Dying(after=after)
    house = house_of(MO_ROUTE, store=store)
    assert await write(house, text) == [Ack.LATER]
    await house.crash()
    assert await write(house, text, maybe_repeated=True) == [Ack.TAKEN]
    assert len(await replies(house)) == 1
    assert await is_out(house) is (text == "STOP")
    assert len(await log(house)) == 1
    assert len(await told(house)) == 1


async def test_a_subscriber_may_write_the_same_word_twice() -> None:
    house = house_of()
    await write(house, "JOIN", "JOIN")
    assert len(await replies(house)) == 2


# ---------------------------------------------------------------- limits


async def test_two_machines_do_not_talk_for_ever() -> None:
    chatty = Campaign(name="c", account="acme", numbers=("1234",), otherwise="what?", replies_an_hour=3)
    house = rig(chatty)
    await write(house, *["what?"] * 5)
    await write(house, "hello", source=Address("31600000001", 1, 1))
    assert len(await replies(house)) == 4
    assert len(await log(house)) == 6
    await write(house, "hello", received_ms=START_MS + 3_600_000)
    assert len(await replies(house)) == 1


async def test_the_accounts_own_rate_does_not_hold_for_replies() -> None:
    house = house_of(Account(name="acme", throughput=0.001))
    await write(house, "JOIN", "JOIN", "JOIN")
    assert len(await replies(house)) == 3


async def test_a_stop_overtakes_the_replies_that_still_wait() -> None:
    house = house_of()
    await write(house, "JOIN", "STOP")
    assert await replies(house) == ["bye"]


@pytest.mark.parametrize(
    ("source", "answered"),
    [
        (Address("Bank", 5, 0), None),
        (Address("", 0, 0), None),
        (Address("+316", 0, 0), None),
        (Address("31612345678", 0, 0), Address("31612345678", 1, 1)),
        (Address("4321", 0, 0), Address("4321", 0, 0)),
        (Address("612345678", 2, 8), Address("612345678", 2, 8)),
    ],
)
async def test_only_numbers_are_answered_and_as_what_they_are(
    source: Address, answered: Address | None
) -> None:
    house = house_of()
    assert await write(house, "JOIN", source=source) == [Ack.TAKEN]
    assert [one.message.destination for one in await house.take()] == ([answered] if answered else [])


async def test_what_is_refused_is_counted_and_loses_no_mo() -> None:
    house = house_of(Account(name="acme", may_send_http=False))
    assert await write(house, "JOIN") == [Ack.TAKEN]
    assert house.meter.by_label["campaign_refusals", "promo:may_not_send"] == 1
    assert len(await log(house)) == 1


async def test_a_campaign_that_comes_is_heard_and_one_that_goes_is_not() -> None:
    house = house_of(MO_ROUTE)
    house.directory.apply([Entry(Kind.CAMPAIGN, "promo", None)])
    await write(house, "STOP")
    assert await replies(house) == []
    assert not await is_out(house)
    assert [(one.instance, one.mo.account) for one in await log(house)] == [("", "acme")]


# ---------------------------------------------------------------- the log


async def test_the_log_knows_workspace_and_network() -> None:
    workspace = Instance(number="43", account="acme", codes=("1234", "77"))
    house = house_of(MO_ROUTE, workspace, Network(code="20404", prefixes=("316",)))
    await write(house, "JOIN")
    await write(house, "x", destination=Address("77"))
    await write(house, "x", destination=Address("78"), source=Address("33612345678", 1, 1))
    assert [(one.instance, one.keyword, one.network) for one in await log(house)] == [
        ("43", "JOIN", "20404"),
        ("43", "", "20404"),
        ("", "", ""),
    ]


async def test_a_campaign_says_its_own_workspace() -> None:
    house = rig(
        Campaign(name="c", account="acme", numbers=("1234",), instance="7"),
        Instance(number="43", account="acme", codes=("1234",)),
    )
    await write(house, "x")
    assert [one.instance for one in await log(house)] == ["7"]


async def test_an_unsound_search_is_refused() -> None:
    with pytest.raises(ValueError, match="a page has 1 to 1000 messages"):
        await MoLog(MemoryStore()).find(MoQuery(limit=0))


async def test_a_condition_of_the_route_still_decides_who_is_told() -> None:
    route = Route(
        name="mo", condition=Condition(text="JOIN"), deliver=MoTarget(account="acme", target="acme")
    )
    house = house_of(route)
    assert await write(house, "JOIN", "hello") == [Ack.TAKEN] * 2
    assert [notice.text for notice in await told(house)] == ["JOIN"]


async def test_a_binary_one_is_kept_and_answered_as_any_other() -> None:
    house = house_of()
    await take(house, arrival(b"\0\1", charset="binary", data_coding=4))
    assert await replies(house) == ["Send JOIN"]
