"""Interceptors: what each declared action makes of a message, what is refused as a rule, and what never changes."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.address import Address
from chappe.domain.conditions import Condition
from chappe.domain.interception import (
    Draft,
    Interceptor,
    Part,
    Rejection,
    Replacement,
    Script,
    TlvValue,
    apply,
    refusal_of,
    with_tags,
    with_tlvs,
)
from chappe.domain.refusal import Reason, Refusal

DRAFT = Draft(
    Address("Acme", 5, 0),
    Address("31612345678", 1, 1),
    "buy now",
    ("a", "b"),
    ((0x1401, b"20801\0"), (5, b"x")),
)
tags = st.lists(st.sampled_from("abcd"), max_size=4).map(tuple)
tlvs = st.lists(st.tuples(st.integers(1, 4), st.binary(max_size=3)), max_size=5).map(tuple)


def applied(**actions: Any) -> Draft:
    made = apply(Interceptor(name="i", **actions), DRAFT)
    assert isinstance(made, Draft), made
    return made


@pytest.mark.parametrize(
    ("actions", "field", "value"),
    [
        ({"sender": "Shop"}, "source", Address("Shop", 5, 0)),
        ({"sender": "12345"}, "source", Address("12345", 3, 1)),
        ({"sender": "+31612345678"}, "source", Address("31612345678", 1, 1)),
        ({"replace": (Replacement(pattern="b"),)}, "text", "uy now"),
        ({"replace": (Replacement(pattern="(?i)BUY", by="get"),)}, "text", "get now"),
        ({"replace": (Replacement(pattern=r"(\w+) (\w+)", by=r"\2 \1"),)}, "text", "now buy"),
        ({"replace": (Replacement(pattern="now", by=r"[\0]\\"),)}, "text", "buy [now]\\"),
        ({"replace": (Replacement(pattern="b(x)?", by=r"<\1>"),)}, "text", "<>uy now"),
        ({"replace": (Replacement(pattern="a"), Replacement(pattern="u", by="a"))}, "text", "bay now"),
        ({"replace": (Replacement(pattern="^31", by="32", part=Part.DESTINATION),)}, "destination", Address("32612345678", 1, 1)),
        ({"replace": (Replacement(pattern="Acme", by="Ajax", part=Part.SENDER),)}, "source", Address("Ajax", 5, 0)),
        ({"replace": (Replacement(pattern="zzz", by="q", part=Part.SENDER),)}, "source", Address("Acme", 5, 0)),
        ({"add_tags": ("c", "a")}, "tags", ("a", "b", "c")),
        ({"remove_tags": ("a",)}, "tags", ("b",)),
        ({"remove_tags": ("a",), "add_tags": ("a",)}, "tags", ("b", "a")),
        ({"set_tlvs": (TlvValue(tag=5, text="y"),)}, "tlvs", ((0x1401, b"20801\0"), (5, b"y"))),
        ({"set_tlvs": (TlvValue(tag=6, text="é", nul=True),)}, "tlvs", (*DRAFT.tlvs, (6, b"\xe9\0"))),
        ({"set_tlvs": (TlvValue(tag=6, hex="00ff"),)}, "tlvs", (*DRAFT.tlvs, (6, b"\0\xff"))),
        ({"set_tlvs": (TlvValue(tag=6, number=258, octets=4),)}, "tlvs", (*DRAFT.tlvs, (6, b"\0\0\1\2"))),
        ({"remove_tlvs": (0x1401,)}, "tlvs", ((5, b"x"),)),
    ],
)  # fmt: skip
def test_each_action_changes_its_part_and_no_other(
    actions: dict[str, Any], field: str, value: object
) -> None:
    made = applied(**actions)
    names = [name for name in Draft.__struct_fields__ if name != field]
    assert getattr(made, field) == value
    assert [getattr(made, name) for name in names] == [getattr(DRAFT, name) for name in names]


def test_ton_and_npi_stay_where_the_number_stays() -> None:
    odd = Draft(Address("1234", 6, 9), Address("31612345678", 2, 8), "x")
    rule = Interceptor(
        name="i",
        replace=(Replacement(pattern="9", part=Part.SENDER), Replacement(pattern="9", part=Part.DESTINATION)),
    )
    assert apply(rule, odd) == odd


@pytest.mark.parametrize(
    ("part", "reason"), [(Part.SENDER, Reason.BAD_SENDER), (Part.DESTINATION, Reason.BAD_DESTINATION)]
)
def test_an_address_that_is_none_afterwards_refuses_the_message(part: Part, reason: Reason) -> None:
    rule = Interceptor(name="i", replace=(Replacement(pattern="^", by="x" * 30, part=part),))
    refusal = apply(rule, DRAFT)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.about) == (reason, "i")


def test_what_is_no_text_has_none_to_replace() -> None:
    binary = Draft(DRAFT.source, DRAFT.destination, None)
    assert apply(Interceptor(name="i", replace=(Replacement(pattern="a"),)), binary) == binary


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "does nothing"),
        ({"name": "a b", "sender": "x"}, "interceptor name"),
        ({"sender": "x" * 12}, "sender"),
        ({"replace": (Replacement(pattern="("),)}, "replace '('"),
        ({"replace": (Replacement(pattern="(?=a)"),)}, "replace"),
        ({"replace": (Replacement(pattern="a", by=r"\1"),)}, "is no group"),
        ({"replace": (Replacement(pattern="(a)", by=r"\2"),)}, "is no group"),
        ({"replace": (Replacement(pattern="a", by="\\"),)}, "is no group"),
        ({"replace": (Replacement(pattern="a", by=r"\n"),)}, "is no group"),
        ({"set_tlvs": (TlvValue(tag=0, text="x"),)}, "tag"),
        ({"set_tlvs": (TlvValue(tag=1),)}, "one of text, hex and number"),
        ({"set_tlvs": (TlvValue(tag=1, text="x", number=1),)}, "one of text, hex and number"),
        ({"set_tlvs": (TlvValue(tag=1, text="€"),)}, "cannot be written"),
        ({"set_tlvs": (TlvValue(tag=1, hex="0"),)}, "cannot be written"),
        ({"set_tlvs": (TlvValue(tag=1, number=256),)}, "cannot be written"),
        ({"set_tlvs": (TlvValue(tag=1, number=1, octets=3),)}, "1, 2, 4 or 8"),
        ({"set_tlvs": (TlvValue(tag=1, text="x" * 256),)}, "longer than 255"),
        ({"reject": Rejection(http_status=200)}, "http_status"),
        ({"reject": Rejection(smpp_status=-1)}, "smpp_status"),
        ({"reject": Rejection(reason="a\nb")}, "printable"),
        ({"script": Script(code=" ")}, "a script is"),
        ({"script": Script(code="if:")}, "no Python"),
        ({"script": Script(code="x\0")}, "no Python"),
        ({"script": Script(code="x", seconds=0)}, "seconds"),
        ({"script": Script(code="x", seconds=31)}, "seconds"),
        ({"sender": "x", "condition": Condition(days=(9,))}, "days"),
    ],
)
def test_a_rule_that_cannot_stand_is_a_sentence(fields: dict[str, Any], word: str) -> None:
    assert word in Interceptor(**{"name": "i", **fields}).problem()


def test_sound_rules_have_no_problem() -> None:
    assert not Interceptor(name="i", sender="Acme", script=Script(code="x = 1"), reject=Rejection()).problem()
    assert not Interceptor(name="i", replace=(Replacement(pattern="(a)", by=r"\0\1\\"),)).problem()


def test_a_rejection_without_statuses_has_those_of_jasmin() -> None:
    told = refusal_of("i", Rejection(reason="no"))
    assert (told.reason, told.about, told.text) == (Reason.INTERCEPTED, "i", "no")
    assert (told.http_status, told.smpp_status) == (520, 255)
    own = refusal_of("i", Rejection(http_status=403, smpp_status=8))
    assert (own.http_status, own.smpp_status) == (403, 8)


@pytest.mark.parametrize(
    ("word", "reason"),
    [("spam", Reason.SPAM), ("blacklisted", Reason.BLACKLISTED), ("rejected", Reason.REJECTED_BY_RULE)],
)
def test_a_rejection_as_something_else_is_answered_in_each_dialects_own_way(
    word: str, reason: Reason
) -> None:
    read = msgspec.convert({"name": "i", "reject": {"as": word, "reason": "no"}}, Interceptor).reject
    assert read is not None
    told = refusal_of("i", read)
    assert (told.reason, told.text, told.http_status, told.smpp_status) == (reason, "no", 0, 0)
    own = refusal_of("i", msgspec.structs.replace(read, http_status=451, smpp_status=0x58))
    assert (own.reason, own.http_status, own.smpp_status) == (reason, 451, 0x58)


@given(tags, tags)
def test_tags_are_there_once_and_in_order(before: tuple[str, ...], more: tuple[str, ...]) -> None:
    found = with_tags(before, more)
    assert set(found) == {*before, *more}
    assert len(set(found)) == len(found)
    assert list(found[: len(set(before))]) == list(dict.fromkeys(before))


@given(tlvs, tlvs)
def test_a_tlv_that_is_set_stands_once_and_others_stay(
    before: tuple[tuple[int, bytes], ...], more: tuple[tuple[int, bytes], ...]
) -> None:
    found = with_tlvs(before, more)
    new = dict(more)
    assert [tlv for tlv in found if tlv[0] not in new] == [tlv for tlv in before if tlv[0] not in new]
    assert {tag: value for tag, value in found if tag in new} == new
    assert len([tag for tag, _ in found if tag in new]) == len(new)


@given(st.text("ab1", max_size=30), st.text(max_size=5))
def test_replacing_is_what_python_does_with_a_literal(text: str, by: str) -> None:
    literal = by.replace("\\", "\\\\")
    rule = Replacement(pattern="a+1?", by=literal)
    assert not rule.problem()
    assert rule.applied(text) == re.sub("a+1?", lambda _: by, text)


@given(st.text(max_size=60))
def test_a_rule_without_a_match_changes_nothing(text: str) -> None:
    draft = Draft(DRAFT.source, DRAFT.destination, text.replace("#", ""))
    assert apply(Interceptor(name="i", replace=(Replacement(pattern="#", by="!"),)), draft) == draft
