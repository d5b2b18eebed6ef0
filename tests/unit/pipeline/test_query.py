"""What a client may ask and do about its own messages: find, cancel, replace, each only while it still can be."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.message import StoredMessage
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import ReportOn
from chappe.domain.retry import Outcome
from chappe.domain.state import State
from unit.pipeline.rig import START_MS, WEBHOOK, Rig, ask, rig

CHARGED = Account(name="acme", charged=True)


async def charged() -> Rig:
    house = rig(CHARGED, Account(name="other"))
    await house.pay_in(100_000)
    return house


def reason(answer: object) -> Reason | None:
    return answer.reason if isinstance(answer, Refusal) else None


async def test_only_its_own_account_finds_a_message() -> None:
    house = await charged()
    message_id = await house.accept()
    found = await house.query.find("acme", message_id)
    assert isinstance(found, StoredMessage)
    assert found.message.id == message_id
    strange, absent = await house.query.find("other", message_id), await house.query.find("acme", 5)
    assert strange == absent  # another's is told apart from none by nothing (reliability S15)
    assert reason(strange) is Reason.NOT_FOUND


async def test_many_are_looked_up_at_once_each_for_its_own_account_only() -> None:
    house = await charged()
    ids = [await house.accept() for _ in range(3)]
    found = await house.query.find_many("acme", [ids[2], 5, ids[0]])
    assert [one and one.message.id for one in found] == [ids[2], None, ids[0]]
    assert await house.query.find_many("other", ids) == [None] * 3
    assert await house.query.find_many("acme", []) == []


async def test_a_range_of_ids_is_its_own_accounts() -> None:
    house = await charged()
    ids = [await house.accept() for _ in range(4)]
    found = await house.query.between("acme", [(ids[1], ids[2])])
    assert [one.message.id for one in found] == ids[1:3]
    assert await house.query.between("other", [(ids[0], ids[3])]) == []


async def test_another_accounts_message_can_be_neither_cancelled_nor_replaced() -> None:
    house = await charged()
    message_id = await house.accept()
    assert reason(await house.query.cancel("other", message_id)) is Reason.NOT_FOUND
    assert (
        reason(await house.query.replace(Account(name="other"), message_id, ask(text="x")))
        is Reason.NOT_FOUND
    )
    assert (await house.found(message_id)).message.text == "hello"


@pytest.mark.parametrize("given", [{}, {"due_ms": START_MS + 5_000}])
async def test_a_waiting_message_is_cancelled_and_refunded(given: dict[str, int]) -> None:
    house = await charged()
    message_id = await house.accept(report=WEBHOOK, **given)
    assert await house.query.cancel("acme", message_id) == {"http://client.example"}
    assert await house.state(message_id) is State.CANCELLED
    assert await house.balance() == 100_000
    assert await house.events(message_id) == [
        (ReportOn.SMSC, State.CANCELLED),
        (ReportOn.FAILURE, State.CANCELLED),
    ]
    assert await house.take() == []
    assert reason(await house.query.cancel("acme", message_id)) is Reason.TOO_LATE
    assert await house.balance() == 100_000


@pytest.mark.parametrize("outcome", [None, Outcome.SENT, Outcome.REFUSED])
async def test_one_on_its_way_is_neither_cancelled_nor_replaced(outcome: Outcome | None) -> None:
    house = await charged()
    message_id = await house.accept()
    await house.take()
    if outcome is not None:
        await house.end(message_id, outcome, "1" if outcome is Outcome.SENT else "")
    before = await house.standing(message_id)
    assert reason(await house.query.cancel("acme", message_id)) is Reason.TOO_LATE
    assert reason(await house.query.replace(CHARGED, message_id, ask(text="x"))) is Reason.TOO_LATE
    assert await house.standing(message_id) == before


@pytest.mark.parametrize(
    ("outcome", "smsc_ids", "text", "refunded"),
    [
        (Outcome.DEFERRED, (), "hello", True),
        (Outcome.UNKNOWN, (), "hello", False),
        (Outcome.DEFERRED, ("A1",), "x" * 300, False),
    ],
)
async def test_what_a_network_may_have_is_cancelled_without_a_refund(
    outcome: Outcome, smsc_ids: tuple[str, ...], text: str, refunded: bool
) -> None:
    house = await charged()
    message_id = await house.accept(text=text)
    await house.take()
    await house.end(message_id, outcome, *smsc_ids)
    assert not isinstance(await house.query.cancel("acme", message_id), Refusal)
    assert (await house.balance() == 100_000) is refunded


@pytest.mark.parametrize("given", [{}, {"due_ms": START_MS + 5_000}])
async def test_a_waiting_message_gets_another_text(given: dict[str, int]) -> None:
    house = await charged()
    message_id = await house.accept(text="x" * 300, reference="r", **given)
    state = await house.state(message_id)
    assert await house.query.replace(CHARGED, message_id, ask(text="\u4f60")) is None
    found = await house.found(message_id)
    message = found.message
    assert (message.text, message.charset, message.data_coding, message.parts) == ("\u4f60", "ucs2", 8, 1)
    assert (message.reference, found.standing.state) == ("r", state)
    assert [note.note.what for note in await house.notes(message_id)] == ["replaced"]
    assert await house.store.depths() == ({} if given else {"op": 1})


async def test_other_times_count_from_then_on() -> None:
    house = await charged()
    message_id = await house.accept(expires_ms=START_MS + 1_000)
    later = ask(text="x", due_ms=START_MS + 5_000, expires_ms=START_MS + 9_000)
    assert await house.query.replace(CHARGED, message_id, later) is None
    standing = await house.standing(message_id)
    assert (standing.state, standing.due_ms) == (State.SCHEDULED, START_MS + 5_000)
    assert await house.store.depths() == {}
    house.clock.advance(5)
    assert await house.expire.waiting() == (0, set())
    assert await house.release.due() == {"op": 1}
    house.clock.advance(4)
    assert (await house.expire.waiting())[0] == 1


async def test_a_schedule_may_be_brought_forward() -> None:
    house = await charged()
    message_id = await house.accept(due_ms=START_MS + 50_000)
    house.clock.advance(10)
    assert await house.query.replace(CHARGED, message_id, ask(text="x", due_ms=START_MS + 10_000)) is None
    assert await house.state(message_id) is State.QUEUED
    assert await house.store.depths() == {"op": 1}


@pytest.mark.parametrize("given", [{"expires_ms": START_MS - 1}, {"due_ms": START_MS + 10**12}])
async def test_times_that_could_never_be_are_refused(given: dict[str, int]) -> None:
    house = await charged()
    message_id = await house.accept()
    answer = await house.query.replace(CHARGED, message_id, ask(text="x", **given))
    assert reason(answer) in (Reason.BAD_VALIDITY, Reason.BAD_SCHEDULE)
    assert (await house.found(message_id)).message.text == "hello"


async def test_octets_replaced_by_a_text_leave_no_header_behind() -> None:
    house = await charged()
    message_id = await house.accept(octets=b"\x05\x00\x03\x01\x02\x01hi", udhi=True)
    assert await house.query.replace(CHARGED, message_id, ask(text="plain")) is None
    message = (await house.found(message_id)).message
    assert (message.text, message.octets, message.udhi) == ("plain", None, False)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("x" * 161, Reason.TOO_MANY_PARTS), ("\u4f60" * 71, Reason.TOO_MANY_PARTS), ("\ud83d", Reason.BAD_TEXT)],
)
async def test_a_text_that_needs_more_parts_or_says_nothing_is_refused(text: str, wrong: Reason) -> None:
    house = await charged()
    message_id = await house.accept()
    assert reason(await house.query.replace(CHARGED, message_id, ask(text=text))) is wrong
    assert (await house.found(message_id)).message.text == "hello"


@pytest.mark.parametrize(
    ("outcome", "smsc_ids", "text"), [(Outcome.UNKNOWN, (), "hello"), (Outcome.DEFERRED, ("A1",), "x" * 300)]
)
async def test_a_message_that_a_network_may_have_keeps_its_text(
    outcome: Outcome, smsc_ids: tuple[str, ...], text: str
) -> None:
    house = await charged()
    message_id = await house.accept(text=text)
    await house.take()
    await house.end(message_id, outcome, *smsc_ids)
    assert await house.state(message_id) is State.SCHEDULED
    assert reason(await house.query.replace(CHARGED, message_id, ask(text="other"))) is Reason.TOO_LATE
    assert (await house.found(message_id)).message.text == text


async def test_one_refused_for_now_may_still_get_another_text() -> None:
    house = await charged()
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, Outcome.DEFERRED)
    assert await house.query.replace(CHARGED, message_id, ask(text="other")) is None
