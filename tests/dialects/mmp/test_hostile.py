"""Bodies and fields wrong in every way: an answer of this dialect, no trace, nothing kept that was not asked for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialects.mmp.core import LEAST, MmpCore, words

ODD: tuple[Any, ...] = (None, True, False, 0, -1, 1.5, 10**30, "", " ", "x" * 200_000, [], [[]], {}, {"a": 1})
FIELDS = (
    "mobileNumber",
    "text",
    "sender",
    "startTime",
    "expireTime",
    "priority",
    "smsType",
    "smsOperator",
    "brandCode",
    "recipientType",
    "messageType",
    "accountId",
    "senderId",
)
BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"\xff\xfe",
    b'{"messages":5}',
    b'{"messages":{}}',
    b'{"messages":"x"}',
    b"[" * 100_000,
    b'{"messages":' + b"[" * 50_000,
    b'{"messages":[{"text":"\\ud800","mobileNumber":"31612345678"}]}',
    b'{"messages":[{"text":"\xc3","mobileNumber":"31612345678"}]}',
    b"<messages/>",
    b"messages=1",
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize(("name", "word"), [("send", "FAIL"), ("report", "WAITING")])
async def test_a_body_that_cannot_be_read(body: bytes, name: str, word: str) -> None:
    core = MmpCore()
    answer = await core.call(name, body)
    assert core.answer.status == 400
    assert words(core.results(answer)) == [("BAD_REQUEST", word)]
    assert len(core.answer.body) < 1_000
    assert await core.rig.stored() == []


@pytest.mark.parametrize("item", [None, True, 1, "x", [], [LEAST], 1.5])
async def test_an_item_that_is_no_message(item: Any) -> None:
    core = MmpCore()
    assert words(await core.send(item, LEAST)) == [("BAD_MESSAGE", "FAIL"), ("ACCEPTED", "OK")]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ODD, ids=lambda value: str(value)[:12])
async def test_any_value_in_any_field_touches_its_own_message_only(field: str, value: Any) -> None:
    core = MmpCore()
    results = await core.send({**LEAST, field: value}, LEAST)
    assert words(results[1:]) == [("ACCEPTED", "OK")]
    first = results[0]
    assert first["apiStatus"] in ("OK", "FAIL")
    assert len(first["partnerDetail"]) < 300
    stored = await core.rig.stored()
    assert len(stored) == (2 if first["apiStatus"] == "OK" else 1)


@pytest.mark.parametrize("value", ODD, ids=lambda value: str(value)[:12])
async def test_any_value_for_a_packet(value: Any) -> None:
    core = MmpCore()
    answer = await core.call("report", {"partnerPacketId": value, "messages": []})
    told = core.results(answer)
    assert all(one["apiStatus"] == "WAITING" for one in told)
    assert core.answer.status in (200, 400)


async def test_texts_come_back_as_they_were() -> None:
    core = MmpCore()
    for text in ("\u0000\u0001", "'; DROP TABLE message; --", "\u202e", "😀" * 10, "<script>", '"\\'):
        assert (await core.message(text=text)).text == text


@settings(max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from([*FIELDS, "messages", "partnerPacketId", "MESSAGES"]), inner, max_size=5
            )
        ),
        max_leaves=12,
    )
)
@pytest.mark.parametrize("name", ["send", "report"])
async def test_any_json_gets_an_answer_of_the_class(name: str, body: Any) -> None:
    core = MmpCore()
    octets = json.dumps(body).encode("utf-8", "surrogatepass")
    core.results(await core.call(name, octets))
    assert core.answer.status in (200, 400)


@settings(max_examples=200)
@given(st.binary(max_size=200))
async def test_any_octets_get_an_answer(octets: bytes) -> None:
    core = MmpCore()
    answer = await core.call("send", octets, **{"Content-Type": "application/json; charset=utf-16"})
    core.results(answer)
    assert msgspec.json.decode(core.answer.body) == answer
