"""receipts.py: texts as the world writes them, TLVs, and which of the two wins."""

import re
from datetime import UTC, datetime
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp import receipts
from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipts import Form, Source, is_intermediate, looks_like, read, write
from chappe.protocols.smpp.tlvs import Tag, integer, text

DONE = datetime(2026, 3, 14, 15, 12, 1, tzinfo=UTC)
SENT = datetime(2026, 3, 14, 15, 9, 55, tzinfo=UTC)
V1 = (
    "id:0000421733 sub:001 dlvrd:001 submit date:2603141509 done date:2603141512 stat:DELIVRD err:000 "
    "text:Hello Ann, your"
)
DATES = "submit date:2603141509 done date:2603141512"


def fields(line: str) -> dict[str, str]:
    found = read(line)
    assert found is not None
    names = ("id", "stat", "sub", "dlvrd", "submit_date", "done_date", "err", "text")
    return {name: getattr(found, name) for name in names if getattr(found, name)}


BASE = {"id": "42", "stat": "DELIVRD", "submit_date": "2603141509", "done_date": "2603141512", "err": "000"}
COUNTED = BASE | {"sub": "001", "dlvrd": "001"}

CASES = [
    ("V1", V1, COUNTED | {"id": "0000421733", "text": "Hello Ann, your"}),
    ("V2", f"id:42 sub:001 dlvrd:001 {DATES} stat:DELIVRD err:000 Text:Hi", COUNTED | {"text": "Hi"}),
    ("keys in capitals", f"ID:42 SUB:001 DLVRD:001 {DATES.upper()} STAT:DELIVRD ERR:000 TEXT:", COUNTED),
    ("V3", "id:42 submit date:260314150955 done date:260314151201 stat:DELIVRD err:000 text:",
     BASE | {"submit_date": "260314150955", "done_date": "260314151201"}),
    ("V4", "id:42 submit date:20260314150955 done date:20260314151201 stat:DELIVRD err:0",
     BASE | {"submit_date": "20260314150955", "done_date": "20260314151201", "err": "0"}),
    ("V5", f"id:42 {DATES} stat:DELIVRD err:000 text:hello", BASE | {"text": "hello"}),
    ("V6", f"id:42 {DATES} stat:DELIVRD err:000", BASE),
    ("V7", "sub:001 id:42 err:000 dlvrd:001 done date:2603141512 submit date:2603141509 text: stat:DELIVRD", COUNTED),
    ("V7 with words in its text", f"sub:001 id:42 err:000 dlvrd:001 {DATES} text:a b c stat:DELIVRD",
     COUNTED | {"text": "a b c"}),
    ("V8", f"id:42 sub:001 dlvrd:001 {DATES} stat:DELIVRD err:000 Hello Ann", COUNTED | {"text": "Hello Ann"}),
    ("V8 whose words have keys", f"id:42 {DATES} stat:DELIVRD err:000 Hi id:5 stat:REJECTD",
     BASE | {"text": "Hi id:5 stat:REJECTD" }),
    ("V9", f"id:42 sub:... dlvrd:... {DATES} stat:DELIVRD err:000 text:Meep",
     BASE | {"sub": "...", "dlvrd": "...", "text": "Meep"}),
    ("V10 four digits", f"id:42 {DATES} stat:DELIVRD err:0000 text:x", BASE | {"err": "0000", "text": "x"}),
    ("V10 hexadecimal", f"id:42 {DATES} stat:DELIVRD err:21b text:x", BASE | {"err": "21b", "text": "x"}),
    ("V10 a blank", f"id:42 {DATES} stat:DELIVRD err: 0 text:x", BASE | {"err": "0", "text": "x"}),
    ("V10 negative", f"id:42 {DATES} stat:DELIVRD err:-1 text:x", BASE | {"err": "-1", "text": "x"}),
    ("V18", f"id:42 {DATES} stat:Delivered err:000", BASE | {"stat": "Delivered"}),
    ("V19", f" id:42  sub:001\tdlvrd:001 {DATES}  stat:DELIVRD\r\nerr:000 \r\n\0", COUNTED),
    ("V20", "id:42 submit date:2026-03-14 15:09:55 done date: stat:DELIVRD err:000",
     {"id": "42", "stat": "DELIVRD", "submit_date": "2026-03-14 15:09:55", "err": "000"}),
    ("V23", f"id:42 {DATES} stat:DELIVRD err:000 text:id:1 stat:REJECTD", BASE | {"text": "id:1 stat:REJECTD"}),
    ("dates with underscores", "id:42 submit_date:1 done_date:2 stat:DELIVRD",
     {"id": "42", "stat": "DELIVRD", "submit_date": "1", "done_date": "2"}),
    ("two blanks inside a key", "id:42 submit  date:1 done date:2 stat:DELIVRD",
     {"id": "42", "stat": "DELIVRD", "submit_date": "1", "done_date": "2"}),
    ("an id of every character", f"id:a:b-c_d/{{e}}.0@x {DATES} stat:DELIVRD err:000", BASE | {"id": "a:b-c_d/{e}.0@x"}),
    ("text before all others", "text:x sub:001 id:42 stat:DELIVRD",
     {"id": "42", "stat": "DELIVRD", "text": "x sub:001"}),
    ("words between", "id:42 hello there stat:DELIVRD", {"id": "42", "stat": "DELIVRD"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "line", "expected"), CASES, ids=[case[0] for case in CASES])
def test_texts_of_the_world(name, line, expected) -> None:
    assert fields(line) == expected
    found = read(line)
    assert found is not None
    assert (found.state, found.source, found.conflict) == (MessageState.DELIVERED, Source.TEXT, False)


def test_keys_that_nobody_knows_are_kept() -> None:
    """V21."""
    found = read(f"id:42 {DATES} stat:DELIVRD err:000 mcc:208 mnc:01 price:0.031 text:Hi mcc:1")
    assert found is not None
    assert found.extra == (("mcc", "208"), ("mnc", "01"), ("price", "0.031"))
    assert found.text == "Hi mcc:1"
    again = read("id:42 id:43 stat:DELIVRD")
    assert again is not None
    assert (again.id, again.extra) == ("42", (("id", "43"),))


def test_a_word_that_nobody_knows_is_kept_without_a_state() -> None:
    found = read("id:42 stat:BLOCKED err:000")
    assert found is not None
    assert (found.stat, found.state) == ("BLOCKED", None)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Hello Ann, how are you?",
        "id:42",
        "stat:DELIVRD",
        "id: stat:DELIVRD",
        "id:42 stat:",
        "id:42 text:stat is DELIVRD",
        "paid:42 thestat:DELIVRD",
        "text:id:42 and nothing",
    ],
)
def test_what_is_no_receipt(line) -> None:
    assert read(line) is None


@given(st.text())
def test_random_text_is_no_receipt(line) -> None:
    if re.search(r"id:", line, re.IGNORECASE) is None:
        assert read(line) is None


@given(
    st.lists(
        st.sampled_from(
            ("id:", "stat:", "text:", "err:", "sub:", "done date:", " ", "a", "5", "\0", "x:", "DELIVRD")
        ),
        max_size=20,
    )
)
def test_a_heap_of_keys_is_read_or_not_but_never_fails(parts) -> None:
    found = read("".join(parts))
    assert found is None or (found.id and found.stat)


ID = text(Tag.RECEIPTED_MESSAGE_ID, "42")
DELIVERED = integer(Tag.MESSAGE_STATE, 2)
ERROR = (int(Tag.NETWORK_ERROR_CODE), b"\x03\x01\x15")


def test_tlvs_alone() -> None:
    """V15."""
    found = read("", (ID, DELIVERED, ERROR))
    assert found is not None
    assert (found.id, found.stat, found.state) == ("42", "DELIVRD", MessageState.DELIVERED)
    assert (found.err, found.network_error, found.source) == ("277", (3, 277), Source.TLV)
    assert not found.conflict


def test_tlvs_and_text_that_agree() -> None:
    found = read(f"id:42 {DATES} stat:DELIVRD err:007", (ID, DELIVERED, ERROR))
    assert found is not None
    assert (found.source, found.conflict, found.err, found.extra) == (Source.BOTH, False, "007", ())


@pytest.mark.parametrize(
    ("text_wins", "id_", "stat", "state", "extra"),
    [
        (False, "42", "DELIVRD", MessageState.DELIVERED, (("id", "43"), ("stat", "EXPIRED"))),
        (True, "43", "EXPIRED", MessageState.EXPIRED, (("id", "42"), ("stat", "DELIVRD"))),
    ],
)
def test_tlvs_and_text_that_do_not(text_wins, id_, stat, state, extra) -> None:
    found = read(f"id:43 {DATES} stat:EXPIRED err:000", (ID, DELIVERED), text_wins=text_wins)
    assert found is not None
    assert (found.id, found.stat, found.state) == (id_, stat, state)
    assert (found.conflict, found.extra, found.source) == (True, extra, Source.BOTH)


def test_the_tlvs_win_unless_said_otherwise() -> None:
    found = read("id:43 stat:EXPIRED", (ID, DELIVERED))
    assert found is not None
    assert (found.id, found.state) == ("42", MessageState.DELIVERED)


@pytest.mark.parametrize(
    ("line", "tlvs", "source"),
    [
        ("id:42", (DELIVERED,), Source.BOTH),
        ("stat:DELIVRD", (ID,), Source.BOTH),
        ("hello", (ID, DELIVERED), Source.TLV),
        ("id:42 stat:DELIVRD", (ERROR,), Source.TEXT),
    ],
)
def test_where_the_id_and_the_state_stood(line, tlvs, source) -> None:
    found = read(line, tlvs)
    assert found is not None
    assert found.source is source


def test_another_spelling_of_the_same_state_is_no_conflict() -> None:
    found = read("id:42 stat:delivered", (DELIVERED,))
    assert found is not None
    assert (found.stat, found.conflict, found.source) == ("delivered", False, Source.BOTH)


@pytest.mark.parametrize("text_wins", [False, True])
@pytest.mark.parametrize(
    ("line", "tlvs"),
    [
        ("id:42", (DELIVERED,)),
        ("stat:DELIVRD", (ID,)),
        ("hello", (ID, DELIVERED)),
        ("id:42 stat:DELIVRD", ((0x1401, b"208"),)),
        ("id:42 stat:DELIVRD", ((int(Tag.RECEIPTED_MESSAGE_ID), b"\0"), (int(Tag.MESSAGE_STATE), b""))),
        ("id:42 stat:DELIVRD", ((int(Tag.MESSAGE_STATE), b"\xff"),)),
        ("id:42 stat:DELIVRD", ((int(Tag.NETWORK_ERROR_CODE), b"\0"),)),
        ("", ((int(Tag.RECEIPTED_MESSAGE_ID), b" 42 "), DELIVERED)),
    ],
)
def test_each_lends_what_the_other_lacks(line, tlvs, text_wins) -> None:
    found = read(line, tlvs, text_wins=text_wins)
    assert found is not None
    assert (found.id, found.stat, found.state) == ("42", "DELIVRD", MessageState.DELIVERED)
    assert (found.conflict, found.network_error) == (False, None)


@pytest.mark.parametrize("tlvs", [(ID,), (DELIVERED,), ((0x1401, b"1"),)])
def test_tlvs_that_are_no_receipt(tlvs) -> None:
    assert read("hello", tlvs) is None


LINES = st.builds(
    "id:{} {}submit date:{} done date:{} stat:{} err:{}{}".format,
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
    st.sampled_from(("", "sub:001 dlvrd:000 ")),
    st.from_regex(r"\A[0-9]{10,14}\Z"),
    st.from_regex(r"\A[0-9]{10,14}\Z"),
    st.from_regex(r"\A[A-Z]{1,9}\Z"),
    st.from_regex(r"\A[0-9A-Fa-f]{1,4}\Z"),
    st.just("") | st.text(max_size=30).map(" text:{}".format),
)


@given(LINES)
def test_the_usual_layouts_read_at_one_stroke_are_read_the_same_step_by_step(line) -> None:
    assert receipts._usual(line) is not None
    quick = read(line)
    with mock.patch.object(receipts, "_usual", return_value=None):
        assert read(line) == quick


@pytest.mark.parametrize(
    ("esm_class", "receipt", "intermediate"),
    [
        (0x00, False, False),
        (0x04, True, False),
        (0x44, True, False),
        (0x07, True, False),
        (0x20, True, True),
        (0xE3, True, True),
        (0x08, False, False),
        (0x10, False, False),
        (0x18, False, False),
        (0x24, False, False),
        (0x40, False, False),
    ],
)
def test_what_the_message_type_says(esm_class, receipt, intermediate) -> None:
    """SMPP 3.4 §5.2.12: bits 5 to 2, whatever the others are."""
    assert (looks_like(esm_class), is_intermediate(esm_class)) == (receipt, intermediate)


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (Form.APPENDIX_B, "id:42 sub:001 dlvrd:001 submit date:2603141509 done date:2603141512 stat:DELIVRD err:000 text:Hello Ann, your appo"),
        (Form.JASMIN, "id:42 submit date:2603141509 done date:2603141512 stat:DELIVRD err:000"),
        (Form.CM, "id:42 submit date:20260314150955 done date:20260314151201 stat:DELIVRD err:000"),
    ],
)  # fmt: skip
def test_the_forms_we_write(form, line) -> None:
    assert (
        write(
            form,
            message_id="42",
            state=MessageState.DELIVERED,
            submitted=SENT,
            done=DONE,
            text="Hello Ann, your appointment",
        )
        == line
    )


@pytest.mark.parametrize("form", Form)
def test_a_receipt_with_an_endless_id_is_cut(form) -> None:
    line = write(form, message_id="x" * 300, state=MessageState.DELIVERED, submitted=SENT, done=DONE)
    assert line == "id:" + "x" * 251


def test_a_receipt_is_a_value() -> None:
    found = read(V1)
    assert found is not None
    with pytest.raises(AttributeError):
        found.id = "43"  # type: ignore[misc]


def test_what_was_not_delivered_is_not_counted_as_delivered() -> None:
    line = write(Form.APPENDIX_B, message_id="42", state=MessageState.EXPIRED, submitted=SENT, done=DONE)
    assert "sub:001 dlvrd:000 " in line
    assert "stat:EXPIRED" in line


@given(
    st.sampled_from(Form),
    st.from_regex(r"\A[0-9A-Za-z-]{1,300}\Z"),
    st.sampled_from(MessageState),
    st.from_regex(r"\A[0-9]{3}\Z"),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
def test_what_we_write_we_read_and_it_is_never_too_long(form, message_id, state, err, words) -> None:
    line = write(form, message_id=message_id, state=state, submitted=SENT, done=DONE, err=err, text=words)
    assert len(line) <= 254
    if len(message_id) > 64:
        return
    found = read(line)
    assert found is not None
    assert (found.id, found.state, found.err) == (message_id, state, err)
    assert found.text == (words[:20].strip(" ") if form is Form.APPENDIX_B else "")
