"""What is remembered of messages: states that final ones end, forgetting the oldest, first and second times."""

from datetime import UTC, datetime

from chappe.protocols.smpp.message_states import MessageState
from chappe.sim.memory import FINAL, Firsts, Memory, Remembered

AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


def test_a_final_state_stays() -> None:
    message = Remembered("a")
    assert (message.state, message.final_date) == (MessageState.ENROUTE, "")
    message.move(MessageState.ACCEPTED, "000", AT)
    assert (message.state, message.final_date) == (MessageState.ACCEPTED, "")
    message.move(MessageState.UNDELIVERABLE, "999", AT)
    assert (message.state, message.err, message.final_date) == (
        MessageState.UNDELIVERABLE,
        255,
        "260314150926000+",
    )
    message.move(MessageState.DELIVERED, "000", AT)
    assert message.state is MessageState.UNDELIVERABLE
    assert not message.cancel(AT)


def test_cancel_before_the_end() -> None:
    message = Remembered("a")
    assert message.cancel(AT)
    assert (message.state, message.cancelled) == (MessageState.DELETED, True)
    assert not message.cancel(AT)
    other = Remembered("a")
    other.move(MessageState.DELETED, "21b", AT)
    assert (other.cancelled, other.err) == (False, 0)


def test_three_states_are_not_final() -> None:
    assert {state.name for state in set(MessageState) - FINAL} == {"SCHEDULED", "ENROUTE", "ACCEPTED"}


def test_the_oldest_is_forgotten() -> None:
    memory = Memory(2)
    for id_ in "abc":
        memory.add(id_, "Chappe")
    assert memory.find("a") is None
    assert memory.find("b") is not None
    assert memory.find("c", "Chappe") is memory.find("c")
    assert memory.find("c", "Other") is None


def test_first_and_second_time() -> None:
    firsts = Firsts(2)
    assert firsts.first("s", "d", b"1")
    assert firsts.first("s", "d", b"2")
    assert not firsts.first("s", "d", b"1")
    assert firsts.first("s", "d", b"1"), "the second time ends it"
    assert firsts.first("s", "d", b"3")
    assert firsts.first("s", "d", b"2"), "forgotten for the third"
