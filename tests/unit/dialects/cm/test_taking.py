"""From a MSG to submissions, without a core; whole calls are in tests/dialects/cm."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.cm.calls import Call, token_in
from chappe.dialects.cm.statuses import NO_NUMBER, Rejection
from chappe.dialects.cm.taking import (
    MOST_NUMBERS,
    MOST_OCTETS,
    UNICODE_PART,
    Manner,
    manner_of,
    read_call,
    read_msg,
)
from chappe.domain.account import Account
from chappe.domain.refusal import Right
from chappe.domain.report import NO_REPORT
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory

NOW = 1_790_000_000_000
MANNER = Manner(now_ms=NOW, zone="", usual_ms=1_000, report=NO_REPORT, trial=False, replies=False)
SHOWN = token_in("11111111-2222-4333-8444-555555555555")


def msg(**given: Any) -> dict[str, Any]:
    return {"from": "Chappe", "to": [{"number": "0033612345678"}], "body": {"content": "x"}, **given}


def asked(one: Any, **manner: Any) -> Submission:
    (found,) = read_msg(one, msgspec.structs.replace(MANNER, **manner))
    assert isinstance(found.asked, Submission), found
    return found.asked


def test_a_submission() -> None:
    found = asked(
        msg(reference="r", validity="2h", minimumNumberOfMessageParts=1, maximumNumberOfMessageParts=3)
    )
    assert (found.max_parts, found.unicode_part, found.reference) == (3, UNICODE_PART, "r")
    assert found.expires_ms == NOW + 7_200_000
    assert found.asks == (Right.SOURCE_ADDRESS, Right.VALIDITY)
    assert asked(msg()).expires_ms == NOW + 1_000
    assert Right.BINARY in asked(msg(body={"content": "00", "type": "BINARY"})).asks


def test_trial_accounts_have_no_reference_and_replies_need_a_label() -> None:
    assert asked(msg(reference="r"), trial=True).reference == ""
    assert asked(msg()).extras is None
    found = asked(msg(), replies=True).extras
    assert found is not None
    assert found.labelled


def test_numbers_share_the_rest_and_a_wrong_one_stands_alone() -> None:
    found = read_msg(
        msg(to=[{"number": "0033612345678"}, {"Number": ""}, {"NUMBER": "+33612345679"}]), MANNER
    )
    assert [isinstance(one.asked, Submission) for one in found] == [True, False, True]
    assert found[1].asked is NO_NUMBER
    assert found[0].asked.source is found[2].asked.source  # type: ignore[union-attr]


def test_what_an_account_makes_of_messages() -> None:
    assert SHOWN is not None
    manner = manner_of(Directory(), Account(name="a", trial=True, default_validity=60), Call(SHOWN, []), NOW)
    assert (manner.trial, manner.usual_ms, manner.replies, manner.report) == (True, 60_000, False, NO_REPORT)
    assert manner_of(Directory(), Account(name="a"), Call(SHOWN, []), NOW).usual_ms == 4 * 3_600_000


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "from",
    "to",
    "body",
    "dcs",
    "reference",
    "validity",
    "appKey",
    "allowedChannels",
    "richContent",
    "FROM",
]


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING) | ANYTHING)
def test_whatever_is_written_is_a_submission_or_a_rejection(one: Any) -> None:
    found = read_msg(one, MANNER)
    assert found
    for each in found:
        assert isinstance(each.asked, Submission | Rejection)


@pytest.mark.parametrize("name", KEYS)
@given(value=ANYTHING)
def test_one_wrong_field_is_no_fault(name: str, value: Any) -> None:
    assert read_msg(msg(**{name: value}), MANNER)


async def test_what_one_call_makes_is_bounded_by_its_copies() -> None:
    assert SHOWN is not None
    numbers = [{"number": "0033612345678"}] * MOST_NUMBERS
    long = {"content": "x" * 39_000, "type": "AUTO"}
    unicode = {"content": "\u20ac\u4e2d" * 11_000, "type": "AUTO"}
    rich = {"conversation": [{"text": "x" * 13_000}] * 5}
    for wrong in ({"body": long}, {"body": unicode}, {"richContent": rich}):
        # One wrong number in front hides nothing.
        batch = msg(to=[{"number": "x"}, *numbers[1:]], **wrong)
        found = await read_call(Call(SHOWN, [batch] * 2), MANNER, whole=False)
        assert isinstance(found, Rejection)
        assert (found.code, str(MOST_OCTETS) in found.text) == (203, True)
        alone = await read_call(Call(SHOWN, [batch]), MANNER, whole=False)
        assert isinstance(alone, list)
        assert len(alone) == MOST_NUMBERS
    plain = await read_call(Call(SHOWN, [msg(to=numbers)] * 10), MANNER, whole=False)
    assert isinstance(plain, list)
    assert len(plain) == 10_000


def test_a_reference_that_is_too_long_does_not_come_back_whole_for_every_number() -> None:
    found = read_msg(msg(reference="r" * 200_000, to=[{"number": "0033612345678"}] * 1_000), MANNER)
    assert {one.reference for one in found} == {"r" * 255}


def test_of_two_spellings_of_a_key_the_last_counts() -> None:
    (found,) = read_msg(msg(to=[{"number": "1", "Number": "0033612345678"}]), MANNER)
    assert found.to == "0033612345678"
