"""THE door: every refusal, whole and partial requests, what the accepted message is, what the store may answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from chappe.domain.account import Account, Unpaid
from chappe.domain.address import Address
from chappe.domain.link import Health
from chappe.domain.message import Message, Taken
from chappe.domain.refusal import Reason, Refusal, Right
from chappe.domain.report import ReportOn, ReportWish, Way
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.schedule import MAX_AHEAD_MS
from chappe.domain.state import State
from chappe.domain.submission import Accepted, Answer, Estimated, Submission
from chappe.ports.store import StoreBusy, StoreFailed
from chappe.stores.memory.store import MemoryStore
from unit.pipeline.rig import SENDER, START_MS, SUBSCRIBER, WEBHOOK, Rig, ask, rig

CHARGED = Account(name="acme", charged=True, default_sender="Acme")


def reasons(answers: Sequence[Answer]) -> list[Reason | None]:
    return [answer.reason if isinstance(answer, Refusal) else None for answer in answers]


async def test_what_is_accepted_is_stored_queued_and_its_connector_woken() -> None:
    house = rig()
    message_id = await house.accept(reference="r-1", tags=("vip",), priority=2, report=WEBHOOK)
    message = (await house.found(message_id)).message
    assert (message.account, message.user, message.dialect, message.route) == (
        "acme",
        "acme",
        "jasmin",
        "all",
    )
    assert (message.source, message.destination, message.text) == (SENDER, SUBSCRIBER, "hello")
    assert (message.reference, message.tags, message.priority, message.report) == (
        "r-1",
        ("vip",),
        2,
        WEBHOOK,
    )
    assert await house.state(message_id) is State.QUEUED
    assert house.woken == ["op"]
    assert house.meter.by_label["accepted", "jasmin"] == 1


async def test_without_a_sender_the_accounts_own_stands() -> None:
    house = rig()
    for source in (None, Address()):
        message = (await house.found(await house.accept(source=source))).message
        assert message.source == Address("Acme", 5, 0)


# ---------------------------------------------------------------- refusals

REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], Reason]] = [
    ("may not send", {"may_send": False}, {}, Reason.MAY_NOT_SEND),
    ("right", {"denied": (Right.PRIORITY,)}, {"asks": (Right.PRIORITY,)}, Reason.NO_RIGHT),
    ("long content", {"denied": (Right.LONG_CONTENT,)}, {"text": "x" * 161}, Reason.NO_RIGHT),
    (
        "private webhook",
        {},
        {"report": ReportWish(Way.WEBHOOK, ReportOn.SMSC, "jasmin", "http://127.0.0.1/", "GET")},
        Reason.BAD_CALLBACK,
    ),
    (
        "webhook port",
        {},
        {"report": ReportWish(Way.WEBHOOK, ReportOn.SMSC, "jasmin", "http://client.example:22/", "GET")},
        Reason.BAD_CALLBACK,
    ),
    ("default sender", {"default_sender": "much too long for one"}, {"source": None}, Reason.BAD_SENDER),
    ("parts", {"max_parts": 2}, {"text": "x" * 400}, Reason.TOO_MANY_PARTS),
    ("more parts than there can be", {}, {"text": "x" * 153 * 256}, Reason.TOO_MANY_PARTS),
    ("half a surrogate pair", {}, {"text": "\ud83d"}, Reason.BAD_TEXT),
    ("half a pair as binary", {}, {"text": "\ud83d", "data_coding": 4}, Reason.BAD_TEXT),
    ("too far ahead", {}, {"due_ms": START_MS + MAX_AHEAD_MS + 1}, Reason.BAD_SCHEDULE),
    ("validity in the past", {}, {"expires_ms": START_MS - 1}, Reason.BAD_VALIDITY),
    (
        "validity before the schedule",
        {},
        {"due_ms": START_MS + 2, "expires_ms": START_MS + 1},
        Reason.BAD_VALIDITY,
    ),
    ("no route", {}, {"destination": Address("44", 1, 1)}, Reason.NO_ROUTE),
]


@pytest.mark.parametrize(
    ("account", "given", "reason"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
async def test_what_is_refused_leaves_nothing_behind(
    account: dict[str, Any], given: dict[str, Any], reason: Reason
) -> None:
    only_dutch = Route(
        name="all", condition=Condition(destination_prefixes=("31",)), targets=(Target(connector="op"),)
    )
    house = rig(Account(**{"name": "acme", "default_sender": "Acme", **account}), only_dutch)
    answers = await house.answers(ask(**given))
    assert reasons(answers) == [reason]
    assert await house.store.newest_id() == 0
    assert house.woken == []
    assert house.meter.by_label["refused", f"jasmin:{reason.word}"] == 1


@pytest.mark.parametrize(
    ("health", "wait", "reason"),
    [
        (Health.DOWN, False, Reason.NO_CONNECTOR),
        (Health.OFF, False, Reason.NO_CONNECTOR),
        (Health.DOWN, True, None),
        (Health.SLOWED, False, None),
        (Health.UP, False, None),
    ],
)
async def test_without_a_usable_connector_the_rule_says_whether_a_message_waits(
    health: Health, wait: bool, reason: Reason | None
) -> None:
    house = rig(Route(name="all", targets=(Target(connector="op"),), wait_when_down=wait))
    house.healths["op"] = health
    assert reasons(await house.answers(ask())) == [reason]


async def test_each_of_several_gets_its_own_answer() -> None:
    house = rig(Account(name="acme", max_parts=1))
    answers = await house.answers(ask(), ask(text="x" * 161), ask())
    assert reasons(answers) == [None, Reason.TOO_MANY_PARTS, None]
    assert len({answer.message_id for answer in answers if isinstance(answer, Accepted)}) == 2
    assert house.woken == ["op"]


async def test_whole_takes_all_or_none() -> None:
    house = rig(Account(name="acme", max_parts=1))
    answers = await house.answers(ask(), ask(text="x" * 161), ask(), whole=True)
    assert reasons(answers) == [Reason.TOO_MANY_PARTS] * 3
    assert await house.store.newest_id() == 0
    assert reasons(await house.answers(ask(), ask(), whole=True)) == [None, None]


async def test_nothing_asked_is_nothing_answered() -> None:
    assert await rig().answers() == []


# ---------------------------------------------------------------- texts

LONG = "x" * 161
EURO = "\u20ac" * 80
UNICODE = "\u4f60\u597d"


@pytest.mark.parametrize(
    ("text", "charset", "data_coding", "parts"),
    [
        ("hello", "gsm7", 0, 1),
        ("", "gsm7", 0, 1),
        ("x" * 160, "gsm7", 0, 1),
        (LONG, "gsm7", 0, 2),
        ("x" * 306, "gsm7", 0, 2),
        ("x" * 307, "gsm7", 0, 3),
        (EURO, "gsm7", 0, 1),
        (EURO + "x", "gsm7", 0, 2),
        (UNICODE, "ucs2", 8, 1),
        ("\u4f60" * 70, "ucs2", 8, 1),
        ("\u4f60" * 71, "ucs2", 8, 2),
        ("\U0001f600" * 35, "ucs2", 8, 1),
        ("\U0001f600" * 36, "ucs2", 8, 2),
        ("x" * 153 * 255, "gsm7", 0, 255),
    ],
)
async def test_the_coding_of_a_text_is_ours_to_choose(
    text: str, charset: str, data_coding: int, parts: int
) -> None:
    house = rig()
    (answer,) = await house.answers(ask(text=text))
    assert isinstance(answer, Accepted)
    assert answer.parts == parts
    message = (await house.found(answer.message_id)).message
    assert (message.charset, message.data_coding, message.parts, message.text) == (
        charset,
        data_coding,
        parts,
        text,
    )


async def test_parts_of_a_long_text_share_a_reference_that_rises_per_destination() -> None:
    house = rig()
    house.chance.value = 0.5
    found = [(await house.found(await house.accept(text=LONG))).message.concatenation for _ in range(3)]
    assert found == [32_768, 32_769, 32_770]
    assert (await house.found(await house.accept(text="short"))).message.concatenation == 0


async def test_an_account_may_want_references_of_16_bits() -> None:
    house = rig(Account(name="acme", reference_bits=16))
    (answer,) = await house.answers(ask(text="x" * 306))
    assert isinstance(answer, Accepted)
    assert answer.parts == 3
    assert (await house.found(answer.message_id)).message.reference_bits == 16


# ---------------------------------------------------------------- times


async def test_a_schedule_waits_and_wakes_nobody() -> None:
    house = rig()
    message_id = await house.accept(due_ms=START_MS + 5_000)
    standing = await house.standing(message_id)
    assert (standing.state, standing.due_ms) == (State.SCHEDULED, START_MS + 5_000)
    assert house.woken == []
    await house.answers(ask(due_ms=START_MS + 5_000), ask())
    assert house.woken == ["op"]


async def test_the_accounts_validity_fills_in() -> None:
    house = rig(Account(name="acme", default_validity=60, max_validity=120))
    given = (await house.found(await house.accept())).message
    longer = (await house.found(await house.accept(expires_ms=START_MS + 999_000))).message
    assert (given.expires_ms, longer.expires_ms) == (START_MS + 60_000, START_MS + 120_000)


# ---------------------------------------------------------------- rate


async def test_an_account_may_be_too_fast() -> None:
    house = rig(Account(name="acme", throughput=2.0, burst=3))
    answers = await house.answers(*[ask() for _ in range(5)])
    assert reasons(answers) == [None, None, None, Reason.TOO_FAST, Reason.TOO_FAST]
    house.clock.advance(0.5)
    assert reasons(await house.answers(ask(), ask())) == [None, Reason.TOO_FAST]


async def test_one_accounts_rate_is_not_anothers() -> None:
    house = rig(Account(name="acme", throughput=1.0), Account(name="other", throughput=1.0))
    assert reasons(await house.answers(ask())) == [None]
    assert reasons(await house.answers(ask(), account="other")) == [None]
    assert reasons(await house.answers(ask())) == [Reason.TOO_FAST]


async def test_what_is_refused_for_itself_takes_no_token() -> None:
    house = rig(Account(name="acme", throughput=1.0, max_parts=1))
    assert reasons(await house.answers(ask(text=LONG), ask())) == [Reason.TOO_MANY_PARTS, None]


# ---------------------------------------------------------------- charge and keys


async def test_each_part_is_charged_where_a_balance_is_kept() -> None:
    house = rig(CHARGED)
    await house.pay_in(50_000)
    assert (await house.found(await house.accept(text="x" * 400))).message.charge == 30_000
    assert await house.balance() == 20_000
    assert reasons(await house.answers(ask(), ask(), ask())) == [None, None, Reason.NO_BALANCE]
    assert await house.balance() == 0
    assert house.meter.by_label["refused", "jasmin:no_balance"] == 1
    assert house.meter.by_label["accepted", "jasmin"] == 3


async def test_where_no_balance_is_kept_nothing_is_charged() -> None:
    house = rig()
    assert (await house.found(await house.accept())).message.charge == 0


async def test_whole_takes_none_where_the_balance_pays_only_some() -> None:
    house = rig(CHARGED)
    await house.pay_in(15_000)
    assert reasons(await house.answers(ask(), ask(), whole=True)) == [Reason.NO_BALANCE] * 2
    assert await house.balance() == 15_000


async def test_each_refusal_is_counted_once() -> None:
    house = rig(Account(name="acme", charged=True, max_parts=1))
    await house.pay_in(10_000)
    answers = await house.answers(ask(text=LONG), ask(), ask())
    assert reasons(answers) == [Reason.TOO_MANY_PARTS, None, Reason.NO_BALANCE]
    assert house.meter.by_name["refused"] == 2
    assert house.meter.by_name["accepted"] == 1


async def test_the_same_key_is_the_same_message() -> None:
    house = rig(CHARGED)
    await house.pay_in(100_000)
    first = await house.accept(idempotency_key="k")
    (again,) = await house.answers(ask(idempotency_key="k"))
    assert again == Accepted(first, 1, repeated=True)
    both = await house.answers(ask(idempotency_key="k2"), ask(idempotency_key="k2"))
    assert [isinstance(answer, Accepted) and answer.repeated for answer in both] == [False, True]
    assert await house.balance() == 80_000
    assert house.meter.by_name["accepted"] == 2


async def test_another_accounts_key_is_another() -> None:
    house = rig(Account(name="other"))
    first = await house.accept(idempotency_key="k")
    assert await house.accept(account="other", idempotency_key="k") != first


# ---------------------------------------------------------------- the store


class Refusing(MemoryStore):
    """A store that has no room, or has failed."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def accept(self, batch: Sequence[Message], *, whole: bool = False) -> list[Taken]:
        raise self._error


@pytest.mark.parametrize(
    ("error", "reason"),
    [(StoreBusy("the disk is full"), Reason.STORE_BUSY), (StoreFailed("sync failed"), Reason.INTERNAL)],
)
async def test_without_a_commit_there_is_no_yes(error: Exception, reason: Reason) -> None:
    house = rig(Account(name="acme", max_parts=1), store=Refusing(error))
    answers = await house.answers(ask(), ask(text=LONG), ask())
    assert reasons(answers) == [reason, Reason.TOO_MANY_PARTS, reason]
    assert house.meter.by_name["accepted"] == 0
    assert house.meter.by_name["refused"] == 3
    assert house.woken == []


# ---------------------------------------------------------------- estimate


@pytest.mark.parametrize("text", ["hello", "x" * 400, UNICODE, "caf\u00e9 \u201cquoted\u201d"])
async def test_an_estimate_is_what_acceptance_makes_of_it(text: str) -> None:
    house = rig(CHARGED)
    await house.pay_in(1_000_000)
    asked = ask(text=text)
    estimated = house.submitting.estimate(CHARGED, asked)
    assert isinstance(estimated, Estimated)
    assert await house.store.newest_id() == 0
    message = (await house.found(await house.accept(text=text))).message
    assert (estimated.parts, estimated.charset, estimated.price) == (
        message.parts,
        message.charset,
        message.charge,
    )
    assert (estimated.route, estimated.connector, estimated.unit_price) == ("all", "op", 10_000)


async def test_an_estimate_names_the_characters_that_force_unicode() -> None:
    house = rig()
    estimated = house.submitting.estimate(CHARGED, ask(text="abc\u4f60d\u597d"))
    assert isinstance(estimated, Estimated)
    assert estimated.forcing == ("\u4f60", "\u597d")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (ask(text="x" * 153 * 256), Reason.TOO_MANY_PARTS),
        (ask(destination=Address("44", 1, 1)), Reason.NO_ROUTE),
    ],
)
async def test_what_cannot_be_estimated_is_refused(asked: Submission, reason: Reason) -> None:
    house: Rig = rig(
        Route(
            name="all", condition=Condition(destination_prefixes=("31",)), targets=(Target(connector="op"),)
        )
    )
    found = house.submitting.estimate(CHARGED, asked)
    assert isinstance(found, Refusal)
    assert found.reason is reason


async def test_an_estimate_without_a_sender_takes_the_accounts() -> None:
    house = rig(Route(name="all", condition=Condition(sender="Acme$"), targets=(Target(connector="op"),)))
    assert isinstance(house.submitting.estimate(CHARGED, ask(source=None)), Estimated)
    wrong = Account(name="acme", default_sender="much too long for one")
    refused = house.submitting.estimate(wrong, ask(source=None))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.BAD_SENDER


# ---------------------------------------------------------------- what a message brings with it, what is not paid

PREPAID = Account(name="acme", charged=True, default_sender="Acme", unpaid=Unpaid.REPORT)


async def test_a_message_carries_the_size_of_its_unicode_parts_where_it_is_long() -> None:
    house = rig()
    long = (await house.found(await house.accept(text="я" * 133, unicode_part=66))).message
    assert (long.parts, long.unicode_part) == (3, 66)
    assert (await house.found(await house.accept(text="я", unicode_part=66))).message.unicode_part == 0
    assert reasons(await house.answers(ask(text="x" * 161, max_parts=1))) == [Reason.TOO_MANY_PARTS]


@pytest.mark.parametrize("whole", [False, True])
async def test_an_account_may_learn_by_report_what_it_cannot_pay(whole: bool) -> None:
    house = rig(PREPAID)
    await house.pay_in(10_000)
    wish = msgspec.structs.replace(WEBHOOK, events=ReportOn.FAILURE)
    answers = await house.answers(ask(), ask(report=wish), ask(), whole=whole)
    assert reasons(answers) == [None, None, None]
    assert await house.balance() == 0
    first, second, third = [one.message_id for one in answers if isinstance(one, Accepted)]
    assert await house.state(first) is State.QUEUED
    assert [await house.state(each) for each in (second, third)] == [State.REJECTED] * 2
    timeline = await house.store.timeline(second)
    assert timeline is not None
    (told,) = timeline.notices
    assert told.lane == "http://client.example"
    assert timeline.found.standing.error == "the balance does not cover this message"


async def test_a_refusal_of_the_whole_comes_before_what_is_not_paid() -> None:
    house = rig(PREPAID)
    assert reasons(await house.answers(ask(text="x" * 161, max_parts=1), ask(), whole=True)) == [
        Reason.TOO_MANY_PARTS,
        Reason.TOO_MANY_PARTS,
    ]
