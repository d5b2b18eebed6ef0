"""Every field of a MSG, right and wrong in every way; JSON, since XML and GET read the same fields."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.cm_rig import NUMBER, Cm, auto, msg, token_of
from dialects.http_rig import NOW

HOUR = 3_600_000
MOMENT_MS = 1_790_002_800_000
"""2026-09-21 15:00:00 GMT, 2,800 s after the rig's now."""


def bad(rejection: tuple[int, str], code: int) -> str:
    assert rejection[0] == code, rejection
    assert rejection[1]
    return rejection[1]


# ---------------------------------------------------------------- from


@pytest.mark.row("001-028", "001-029", "001-030", "001-132")
@pytest.mark.parametrize(
    ("sender", "value", "ton"),
    [
        ("Elevenchars", "Elevenchars", 5),
        ("CM Telecom", "CM Telecom", 5),
        ("A", "A", 5),
        ("3669", "3669", 3),
        ("+33612345678", "33612345678", 1),
        ("0033612345678", "33612345678", 1),
        ("1234567890123456", "1234567890123456", 1),
        (3669, "3669", 3),
        (" Chappe ", "Chappe", 5),
    ],
)
async def test_senders(sender: Any, value: str, ton: int) -> None:
    message = await Cm().taken(msg(**{"from": sender}))
    assert (message.source.value, message.source.ton) == (value, ton)


@pytest.mark.row("001-028", "001-029", "001-132")
@pytest.mark.parametrize(
    "sender",
    [
        "twelve chars",
        "12345678901234567",
        "+12345678901234567",
        "Société",
        "a\nb",
        "a\x00",
        "😀",
        True,
        1.5,
        {},
        [],
        "x" * 100000,
        "9" * 100000,
    ],
)
async def test_senders_that_are_none(sender: Any) -> None:
    bad(await Cm().refused(msg(**{"from": sender})), 301)


# ---------------------------------------------------------------- body, type, dcs


@pytest.mark.row("001-036", "001-054", "001-034")
@pytest.mark.parametrize("dcs", [None, 0, "0", ""])
@pytest.mark.parametrize("kind", [None, "", "TEXT", "text"])
async def test_gsm_is_usual(dcs: Any, kind: Any) -> None:
    text = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà{}[]~\\|^€"
    message = await Cm().taken(msg(body={"content": text, "type": kind}, dcs=dcs))
    assert (message.text, message.charset, message.data_coding, message.parts) == (text, "gsm7", 0, 1)


@pytest.mark.row("001-037", "001-055", "001-056")
@pytest.mark.parametrize("dcs", [8, "8"])
async def test_dcs_8_is_unicode(dcs: Any) -> None:
    for text in ("مرحبا", "Привет", "Καλημέρα", "plain"):
        message = await Cm().taken(msg(body={"content": text}, dcs=dcs))
        assert (message.text, message.charset, message.data_coding) == (text, "ucs2", 8)


@pytest.mark.row("001-055")
async def test_what_does_not_fit_gsm_goes_as_unicode_or_is_refused_as_the_account_says() -> None:
    message = await Cm().taken(msg(body={"content": "Привет"}, dcs=0))
    assert (message.text, message.charset, message.data_coding) == ("Привет", "ucs2", 8)
    text = bad(await Cm().refused(msg(body={"content": "Привет"}), token_of("strict-shop")), 304)
    assert "U+041F" in text


@pytest.mark.row("001-038")
@pytest.mark.parametrize("dcs", [1, 4, -1, 16, 255, 8.0, "x", "08", True, False, [], {}, [8]])
async def test_any_other_dcs_is_refused(dcs: Any) -> None:
    bad(await Cm().refused(msg(dcs=dcs)), 305)


@pytest.mark.row("001-061", "001-062", "001-065")
@pytest.mark.parametrize("dcs", [None, 0, 8, "8", 7, "x", []])
@pytest.mark.parametrize("kind", ["AUTO", "auto", "Auto"])
async def test_automatic_coding_ignores_dcs(dcs: Any, kind: str) -> None:
    rig = Cm()
    plain = await rig.taken(msg(body={"content": "Bonjour", "type": kind}, dcs=dcs))
    assert (plain.charset, plain.data_coding) == ("gsm7", 0)
    unicode = await rig.taken(msg(body={"content": "Bonjour ☀", "type": kind}, dcs=dcs))
    assert (unicode.charset, unicode.data_coding) == ("ucs2", 8)


async def test_a_binary_body_is_octets() -> None:
    message = await Cm().taken(msg(body={"content": "00ff7f", "type": "binary"}))
    assert (message.octets, message.text, message.data_coding) == (b"\x00\xff\x7f", None, 4)


@pytest.mark.row("001-135")
@pytest.mark.parametrize(
    "body",
    [
        "x",
        7,
        [],
        ["x"],
        True,
        {"content": []},
        {"content": {}},
        {"content": True},
        {"content": 1.5},
        {"content": "x", "type": "FLASH"},
        {"content": "x", "type": 7},
        {"content": "x", "type": []},
        {"content": "x", "type": True},
        {"content": "0g", "type": "BINARY"},
        {"content": "abc", "type": "BINARY"},
    ],
)
async def test_bodies_that_are_none(body: Any) -> None:
    bad(await Cm().refused(msg(body=body)), 304)


# ---------------------------------------------------------------- parts


def pair(least: Any, most: Any) -> dict[str, Any]:
    return {"minimumNumberOfMessageParts": least, "maximumNumberOfMessageParts": most}


@pytest.mark.row("001-049", "001-045", "001-034")
@pytest.mark.parametrize(("length", "parts"), [(160, 1), (161, 2), (306, 2), (307, 3), (459, 3)])
async def test_gsm_parts_of_153(length: int, parts: int) -> None:
    assert (await Cm().taken(msg(body={"content": "x" * length}, **pair(1, 3)))).parts == parts


@pytest.mark.row("001-050")
@pytest.mark.parametrize(("length", "parts"), [(80, 1), (81, 2), (152, 2), (153, 3)])
async def test_extension_characters_count_twice(length: int, parts: int) -> None:
    assert (await Cm().taken(msg(body={"content": "€" * length}, **pair(1, 8)))).parts == parts


@pytest.mark.row("001-057", "001-058", "001-063")
@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (132, 2), (133, 3), (198, 3), (199, 4)])
async def test_unicode_parts_of_66(length: int, parts: int) -> None:
    rig = Cm()
    assert (await rig.taken(auto("Я" * length))).parts == parts
    assert (await rig.taken(msg(body={"content": "Я" * length}, dcs=8, **pair(1, 8)))).parts == parts
    assert (await rig.taken(msg(body={"content": "Я" * length}, **pair(1, 8)))).parts == parts


@pytest.mark.row("001-059")
@pytest.mark.parametrize(("length", "parts"), [(35, 1), (36, 2), (66, 2), (67, 3)])
async def test_emoji_count_twice(length: int, parts: int) -> None:
    assert (await Cm().taken(auto("👋" * length))).parts == parts


@pytest.mark.row("001-067")
async def test_up_to_255_parts() -> None:
    message = await Cm().taken(msg(body={"content": "x" * 255 * 153}, **pair(1, 255)))
    assert message.parts == 255


@pytest.mark.row("001-067")
async def test_more_than_the_advised_parts_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Cm()
    counted: list[tuple[str, str, int]] = []
    meter = rig.core.meter
    monkeypatch.setattr(meter, "count", lambda name, label="", by=1: counted.append((name, label, by)), False)
    await rig.taken(msg(body={"content": "x" * 9 * 153}, **pair(1, 9)))
    assert ("against_advice", "cm:parts", 1) in counted


@pytest.mark.row("001-047")
@pytest.mark.parametrize(("least", "most"), [(3, 8), ("2", "3"), (0, 8), (8, 8)])
async def test_a_minimum_above_the_need_says_nothing(least: Any, most: Any) -> None:
    assert (await Cm().taken(msg(**pair(least, most)))).parts == 1


@pytest.mark.row("001-064", "001-046")
async def test_the_maximum_limits_automatic_texts_too() -> None:
    _, text = await Cm().refused(auto("Я" * 71, **pair(1, 1)))
    assert text == "Maximum number of parts exceeded. (need at least 2, max is 1)"


@pytest.mark.row("001-044", "001-136")
@pytest.mark.parametrize("given", [pair(1, None), pair(None, 8)])
async def test_one_of_the_two_alone(given: dict[str, Any]) -> None:
    text = bad(await Cm().refused(msg(**given)), 305)
    assert text == "MINIMUMNUMBEROFMESSAGEPARTS and MAXIMUMNUMBEROFMESSAGEPARTS are used together"


@pytest.mark.row("001-136")
@pytest.mark.parametrize(
    ("least", "most"),
    [
        (1, 0),
        (1, 256),
        (5, 4),
        (-1, 8),
        (1, -1),
        ("x", 8),
        (1, "8.0"),
        (1, 8.0),
        (True, 8),
        (1, True),
        (1, []),
        ({}, 8),
        (1, "9999"),
        (1, 10**30),
        ("", ""),
        (1, "٨"),
    ],
)
async def test_parts_that_are_no_numbers(least: Any, most: Any) -> None:
    bad(await Cm().refused(msg(**pair(least, most))), 305)


# ---------------------------------------------------------------- reference, groupings


@pytest.mark.row("001-040", "001-039")
@pytest.mark.parametrize(
    ("given", "kept"),
    [("x", "x"), ("A" * 32, "A" * 32), (293854, "293854"), ("wsms-1:2/3_é", "wsms-1:2/3_é"), (" a ", "a")],
)
async def test_references(given: Any, kept: str) -> None:
    assert (await Cm().taken(msg(reference=given))).reference == kept


@pytest.mark.row("001-040")
@pytest.mark.parametrize("given", ["", None])
async def test_an_empty_reference_is_none(given: Any) -> None:
    rig = Cm()
    found = await rig.answered({**msg(), "reference": given})
    assert found["messages"][0]["reference"] is None
    assert (await rig.stored())[0].message.reference == ""


@pytest.mark.row("001-040", "001-136")
@pytest.mark.parametrize("given", ["x" * 33, "x" * 100_000, "a\nb", "a\x00", [], {}, True, 1.5, 10**33])
async def test_references_that_are_none(given: Any) -> None:
    bad(await Cm().refused(msg(reference=given)), 305)


@pytest.mark.row("001-068", "001-069", "001-070", "001-073")
async def test_three_groupings() -> None:
    rig = Cm()
    message = await rig.taken(msg(customGrouping="soldes", customGrouping3="v" * 100))
    assert message.extras is not None
    assert message.extras.groupings == ("soldes", "", "v" * 100)
    message = await rig.taken(msg(customGrouping2="é\n☀", customGrouping=7))
    assert message.extras is not None
    assert message.extras.groupings == ("7", "é\n☀", "")


@pytest.mark.row("001-070", "001-136")
@pytest.mark.parametrize("name", ["customGrouping", "customGrouping2", "customGrouping3"])
@pytest.mark.parametrize("value", ["x" * 101, [], {}, True, 1.5])
async def test_groupings_that_are_none(name: str, value: Any) -> None:
    assert name in bad(await Cm().refused(msg(**{name: value})), 305)


async def test_nothing_of_it_is_kept_where_nothing_was_said() -> None:
    message = await Cm().taken(msg())
    assert message.extras is None
    assert message.unicode_part == 0


# ---------------------------------------------------------------- validity


@pytest.mark.row("001-077", "001-076")
@pytest.mark.parametrize(
    "given",
    [
        "2026-09-21 15:00:00 GMT",
        "2026-09-21 15:00:00 gmt",
        "2026-09-21 15:00:00GMT",
        "2026-09-21 15:00:00:00 GMT",
        "2026-09-21 23:00:00+8",
        "2026-09-21 23:00:00 +08",
        "2026-09-21 08:00:00-07:00",
        "2026-09-21T15:00:00Z",
        "2026-09-21 20:30:00+0530",
        "2026-09-21 17:00:00",
        " 2026-09-21 17:00:00 ",
    ],
)
async def test_moments(given: str) -> None:
    assert (await Cm().taken(msg(validity=given))).expires_ms == MOMENT_MS


async def test_a_time_without_a_zone_is_the_accounts() -> None:
    given = msg(validity="2026-09-21 17:00:00")
    assert (await Cm().taken(given, token_of("parisian"))).expires_ms == MOMENT_MS


@pytest.mark.row("001-076")
@pytest.mark.parametrize(
    ("given", "hours"),
    [
        ("2h", 2),
        ("30m", 0.5),
        ("48h", 48),
        ("2880m", 48),
        ("49h", 48),
        ("999999h", 48),
        ("2027-01-01 00:00:00 GMT", 48),
    ],
)
async def test_lengths_and_the_longest(given: str, hours: float) -> None:
    assert (await Cm().taken(msg(validity=given))).expires_ms == NOW + hours * HOUR


@pytest.mark.row("001-075")
async def test_four_hours_where_nothing_is_said() -> None:
    rig = Cm()
    assert (await rig.taken(msg())).expires_ms == NOW + 4 * HOUR
    assert (await rig.taken(msg(validity=""))).expires_ms == NOW + 4 * HOUR
    assert (await rig.taken(msg(), token_of("brief"))).expires_ms == NOW + HOUR


@pytest.mark.row("001-136")
@pytest.mark.parametrize(
    "given",
    [
        "0h",
        "2h30m",
        "-1h",
        "1d",
        "h",
        "2026-09-21",
        "2026-13-21 15:00:00 GMT",
        "2026-02-30 15:00:00 GMT",
        "2026-09-21 25:00:00 GMT",
        "2026-09-21 15:00:00+99",
        "2026-09-21 15:00:00 CET",
        "2020-01-01 00:00:00 GMT",
        "0000-00-00 00:00:00 GMT",
        "9999-99-99 99:99:99",
        "tomorrow",
        "x" * 100_000,
        "1" * 100_000 + "h",
        7,
        True,
        [],
        {},
    ],
)
async def test_validities_that_are_none(given: Any) -> None:
    bad(await Cm().refused(msg(validity=given)), 305)


# ---------------------------------------------------------------- channels, app, rich content


@pytest.mark.row("001-153", "001-155")
@pytest.mark.parametrize(
    ("given", "channels"),
    [([], ()), (["SMS"], ("sms",)), ([" SMS"], ("sms",)), (["sms", "Push"], ("sms", "push"))],
)
async def test_allowed_channels(given: Any, channels: tuple[str, ...]) -> None:
    message = await Cm().taken(msg(allowedChannels=given))
    assert (message.extras.channels if message.extras else ()) == channels


@pytest.mark.row("001-154", "001-136")
@pytest.mark.parametrize("given", ["SMS", 7, {}, [7], [None], ["Pigeon"], ["Viber"], [""] * 51])
async def test_channels_that_are_none(given: Any) -> None:
    bad(await Cm().refused(msg(allowedChannels=given)), 305)


@pytest.mark.row("001-136")
@pytest.mark.parametrize("given", ["x", 7, True, [], {}, "1111", "11111111-2222-3333-4444-555555555555"])
async def test_apps_that_are_none(given: Any) -> None:
    bad(await Cm().refused(msg(appKey=given)), 305)


@pytest.mark.row("001-136")
@pytest.mark.parametrize("given", ["x", 7, [], {"conversation": "x"}, {"suggestions": [{"action": "Fly"}]}])
async def test_rich_content_that_is_none(given: Any) -> None:
    bad(await Cm().refused(msg(richContent=given)), 305)


async def test_a_conversation_needs_no_body_and_suggestions_do() -> None:
    rich = {"conversation": [{"text": "hello"}]}
    for body in ({"type": "AUTO", "content": ""}, {"content": None}, None):
        german = msg(body=body, richContent=rich, to=[{"number": "004915112345678"}])
        assert (await Cm().taken(german)).text == ""
    asks = {"suggestions": [{"action": "Reply", "label": "Yes", "postbackdata": "y"}]}
    bad(await Cm().refused(msg(body={"content": ""}, richContent=asks)), 304)


@pytest.mark.row("001-136")
@pytest.mark.parametrize("one", [None, 7, "x", [], True, [{"from": "x"}]])
async def test_a_msg_that_is_no_object(one: Any) -> None:
    assert await Cm().refused(one) == (305, "The MSG object is an invalid type, it should be an object")


async def test_more_numbers_than_one_msg_may_have() -> None:
    bad(await Cm().refused(msg(to=[{"number": NUMBER}] * 1_001)), 302)
