"""What goes out: text policies, octets with and without a header, what becomes readable for rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.account import Account, TextPolicy
from chappe.domain.refusal import Reason, Refusal, Right
from chappe.pipeline.validate import Content, content_of, readable_text
from chappe.text.encodings import Charset, encode_text
from unit.pipeline.rig import ask


def account(**given_: Any) -> Account:
    return Account(**{"name": "acme", **given_})


def content(rules: Account, **given_: Any) -> Content:
    found = content_of(rules, ask(**given_))
    assert isinstance(found, Content), found
    return found


def refused(rules: Account, **given_: Any) -> Refusal:
    found = content_of(rules, ask(**given_))
    assert isinstance(found, Refusal), found
    return found


# ---------------------------------------------------------------- policies

AUTO, REFUSE, REPLACE = (account(text_policy=policy) for policy in TextPolicy)


@pytest.mark.parametrize("rules", [AUTO, REFUSE, REPLACE])
@pytest.mark.parametrize(
    ("data_coding", "charset"),
    [(0, "gsm7"), (1, "ascii"), (3, "latin1"), (8, "ucs2"), (0xF0, "gsm7"), (0x18, "ucs2")],
)
def test_a_text_that_fits_goes_out_as_its_client_named(
    rules: Account, data_coding: int, charset: str
) -> None:
    found = content(rules, text="hello", data_coding=data_coding)
    assert (found.text, found.charset, found.data_coding, found.parts) == ("hello", charset, data_coding, 1)
    assert found.forcing == ()


def test_auto_makes_it_unicode_and_keeps_the_message_class() -> None:
    found = content(AUTO, text="h\u4f60", data_coding=0)
    assert (found.text, found.charset, found.data_coding, found.forcing) == (
        "h\u4f60",
        "ucs2",
        8,
        ("\u4f60",),
    )
    assert content(AUTO, text="h\u4f60", data_coding=0x10).data_coding == 0x18
    assert content(AUTO, text="h\u4f60", data_coding=0xF1).data_coding == 0x19


def test_refuse_names_the_characters() -> None:
    found = refused(REFUSE, text="h\u4f60\u597d", data_coding=0)
    assert found.reason is Reason.BAD_TEXT
    assert found.about == "U+4F60 U+597D"


def test_replace_puts_question_marks() -> None:
    found = content(REPLACE, text="h\u4f60i\u4f60", data_coding=0)
    assert (found.text, found.charset, found.data_coding, found.forcing) == ("h?i?", "gsm7", 0, ("\u4f60",))


def test_parts_are_counted_as_it_goes_out() -> None:
    text = "x" * 100 + "\u4f60"
    assert content(AUTO, text=text, data_coding=0).parts == 2
    assert content(REPLACE, text=text, data_coding=0).parts == 1
    assert content(AUTO, text="\u00ea" * 160, data_coding=3).parts == 2
    assert content(AUTO, text="\u00ea" * 140, data_coding=3).parts == 1


def test_a_text_named_binary_is_its_utf8_octets() -> None:
    found = content(AUTO, text="\u20ac", data_coding=4)
    assert (found.text, found.octets, found.charset, found.parts) == (None, b"\xe2\x82\xac", "binary", 1)
    assert content(AUTO, text="x" * 141, data_coding=4).parts == 2


@pytest.mark.parametrize("data_coding", [None, 0])
def test_look_alikes_spare_unicode_where_the_account_wants_that(data_coding: int | None) -> None:
    text = "\u201cquoted\u201d \u2013 ok"
    smart = content(account(smart_encoding=True), text=text, data_coding=data_coding)
    assert (smart.text, smart.charset) == ('"quoted" - ok', "gsm7")
    assert content(AUTO, text=text, data_coding=data_coding).charset == "ucs2"
    assert content(account(smart_encoding=True), text=text, data_coding=8).text == text


@pytest.mark.parametrize("data_coding", [None, 0, 3, 4, 8])
@pytest.mark.parametrize("rules", [AUTO, REFUSE, REPLACE])
def test_half_a_surrogate_pair_can_never_be_sent(rules: Account, data_coding: int | None) -> None:
    found = content_of(rules, ask(text="a\ud83d", data_coding=data_coding))
    if isinstance(found, Content):
        assert rules is REPLACE
        assert found.text == "a?"
    else:
        assert found.reason is Reason.BAD_TEXT


def test_limits_of_parts() -> None:
    assert content(account(max_parts=2), text="x" * 306).parts == 2
    found = refused(account(max_parts=2), text="x" * 307)
    assert (found.reason, found.about) == (Reason.TOO_MANY_PARTS, "3")
    found = refused(account(denied=(Right.LONG_CONTENT,)), text="x" * 161)
    assert (found.reason, found.about) == (Reason.NO_RIGHT, Right.LONG_CONTENT.value)


# ---------------------------------------------------------------- octets


@pytest.mark.parametrize(
    ("data_coding", "length", "parts"),
    [
        (0, 160, 1),
        (0, 161, 2),
        (4, 140, 1),
        (4, 141, 2),
        (4, 268, 2),
        (4, 269, 3),
        (8, 140, 1),
        (8, 142, 2),
        (3, 140, 1),
        (3, 141, 2),
    ],
)
def test_octets_are_counted_by_their_coding(data_coding: int, length: int, parts: int) -> None:
    assert (
        content(AUTO, octets=b"\x00A" * (length // 2) + b"A" * (length % 2), data_coding=data_coding).parts
        == parts
    )


def test_octets_that_are_text_are_cut_between_characters() -> None:
    text = "\U0001f600" * 50
    found = content(AUTO, octets=text.encode("utf-16-be"), data_coding=8)
    assert (found.text, found.octets, found.parts) == (text, None, 2)


def test_octets_that_do_not_come_back_are_passed_on_as_they_are() -> None:
    octets = b"\xd8\x3d" + b"\x00A" * 100  # half a surrogate pair first
    found = content(AUTO, octets=octets, data_coding=8)
    assert (found.text, found.octets) == (None, octets)
    assert found.parts == 2


def test_user_data_with_a_header_is_one_short_message() -> None:
    octets = b"\x05\x00\x03\x01\x02\x01" + b"x" * 134
    found = content(AUTO, octets=octets, data_coding=4, udhi=True)
    assert (found.octets, found.parts) == (octets, 1)
    assert content(AUTO, octets=octets + b"x" * 114, udhi=True).parts == 1
    assert refused(AUTO, octets=octets + b"x" * 115, udhi=True).reason is Reason.BAD_TEXT


def test_the_account_says_what_its_default_coding_is() -> None:
    found = content(account(smpp_default_charset="latin1"), octets=b"caf\xe9", data_coding=0)
    assert (found.octets, found.charset) == (b"caf\xe9", "latin1")
    assert content(account(smpp_default_charset="latin1"), octets=b"x" * 141, data_coding=0).parts == 2


def test_nothing_at_all_is_one_empty_part() -> None:
    found = content(AUTO, octets=b"", text=None)
    assert (found.octets, found.parts) == (b"", 1)


@given(st.binary(max_size=600), st.integers(0, 255), st.booleans())
def test_octets_never_change_on_their_way(octets: bytes, data_coding: int, udhi: bool) -> None:
    found = content_of(AUTO, ask(octets=octets, data_coding=data_coding, udhi=udhi))
    if isinstance(found, Refusal):
        assert found.reason in (Reason.BAD_TEXT, Reason.TOO_MANY_PARTS)
        return
    assert found.data_coding == data_coding
    if found.text is None:
        assert found.octets == octets
    else:
        assert encode_text(found.text, Charset(found.charset)) == octets
    assert 1 <= found.parts <= 255


@given(st.text(max_size=400), st.none() | st.integers(0, 255), st.sampled_from([AUTO, REFUSE, REPLACE]))
def test_every_text_becomes_a_content_that_can_be_encoded_or_a_refusal(
    text: str, data_coding: int | None, rules: Account
) -> None:
    found = content_of(rules, ask(text=text, data_coding=data_coding))
    if isinstance(found, Refusal):
        assert found.reason is Reason.BAD_TEXT
        return
    assert (found.text is None) != (found.octets is None)
    if found.text is not None:
        encode_text(found.text, Charset(found.charset))


# ---------------------------------------------------------------- readable


@pytest.mark.parametrize(
    ("text", "octets", "charset", "udhi", "readable"),
    [
        ("hi", None, "gsm7", False, "hi"),
        (None, b"\x00h\x00i", "ucs2", False, "hi"),
        (None, b"\x00h\x00i", "ucs2", True, ""),
        (None, b"\xff", "binary", False, ""),
        (None, b"", "gsm7", False, ""),
        (None, None, "gsm7", False, ""),
    ],
)
def test_a_text_for_people(
    text: str | None, octets: bytes | None, charset: str, udhi: bool, readable: str
) -> None:
    assert readable_text(text, octets, charset, udhi=udhi) == readable


def test_a_message_may_have_a_limit_of_parts_of_its_own() -> None:
    assert content(account(), text="x" * 306, max_parts=2).parts == 2
    refusal = refused(account(), text="x" * 307, max_parts=2)
    assert (refusal.reason, refusal.about) == (Reason.TOO_MANY_PARTS, "3")
    assert "2 are allowed" in refusal.text
    assert "1 are allowed" in refused(account(max_parts=1), text="x" * 307, max_parts=2).text


@pytest.mark.parametrize("data_coding", [None, 0, 8])
def test_a_dialects_own_size_of_unicode_parts(data_coding: int | None) -> None:
    assert content(account(), text="я" * 133, data_coding=data_coding, unicode_part=66).parts == 3
    assert content(account(), text="я" * 133, data_coding=data_coding).parts == 2
