"""The record that travels: its stored form comes back, and columns that SQL addresses stand where it expects them."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.message import Message, Note, PartSent, Standing, Transition
from chappe.domain.state import State
from chappe.domain.submission import SmppOptions
from making import message, webhook

numbers = st.integers(-(1 << 62), 1 << 62)
messages = st.builds(
    message,
    id=st.integers(1, (1 << 63) - 1),
    text=st.none() | st.text(st.characters(codec="utf-8")),
    octets=st.none() | st.binary(max_size=300),
    source=st.builds(Address, st.text(st.characters(codec="utf-8"), max_size=11)),
    due_ms=numbers,
    charge=numbers,
    tags=st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
    tlvs=st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=9))).map(tuple),
    options=st.builds(SmppOptions, st.text(st.characters(codec="utf-8")), st.integers(0, 255)),
    report=st.just(webhook()),
)


@given(messages)
def test_a_message_comes_back_from_its_stored_form(given_: Message) -> None:
    assert msgspec.json.decode(msgspec.json.encode(given_), type=Message) == given_


def test_fields_stand_where_statements_look_for_them() -> None:
    names = Message.__struct_fields__
    assert (names[6], names[7], names[13], names[14]) == ("text", "octets", "expires_ms", "parts")
    assert (names[0], names[1], names[19], names[25]) == ("id", "account", "charge", "idempotency_key")


def test_records_are_stored_as_arrays_so_that_a_field_may_be_added_at_the_end() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(message(tags=("x",))))
    assert isinstance(fields, list)
    short = msgspec.json.decode(msgspec.json.encode(fields[:20]), type=Message)
    assert (short.tags, short.idempotency_key) == ((), "")


def test_a_note_and_a_part_come_back() -> None:
    for value in (Note("deferred", "op", "busy", 3), PartSent(2, "0A")):
        assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value


def test_a_new_standing_says_that_nothing_happened_yet() -> None:
    standing = Standing(State.QUEUED, "op")
    assert (standing.attempts, standing.sent_ms, standing.final_ms, standing.refunded) == (0, 0, 0, 0)
    assert standing.possible_duplicate == ""


def test_a_transition_changes_nothing_that_it_does_not_name() -> None:
    change = Transition(1, 0, State.SENT, 5)
    untouched = (
        "connector",
        "due_ms",
        "error",
        "command_status",
        "possible_duplicate",
        "part",
        "note",
        "body",
    )
    assert all(getattr(change, name) is None for name in untouched)
    assert not any(
        getattr(change, name) for name in ("refund", "uncounted", "when_all_parts", "owes", "sent")
    )
