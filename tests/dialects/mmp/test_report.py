"""Report: states as the four words, by ids and by packets, what is not known, and that nothing is called final by a guess."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chappe.dialects.mmp.statuses import API_STATUS
from chappe.domain.state import FINAL, State
from dialects.http_rig import NOW
from dialects.mmp.core import LEAST, MmpCore, words


async def sent(core: MmpCore, count: int = 1) -> tuple[list[str], str]:
    """The ids and the packet of so many messages."""
    answer = await core.call("send", {"messages": [{**LEAST, "text": f"m{n}"} for n in range(count)]})
    return [one["partnerMessageId"] for one in answer["results"]], answer["partnerPacketId"]


@pytest.mark.row("000-024")
@pytest.mark.row("000-025")
@pytest.mark.row("000-026")
@pytest.mark.row("000-032")
@pytest.mark.row("000-045")
@pytest.mark.row("000-046")
async def test_a_delivered_message_whole() -> None:
    core = MmpCore()
    (message_id,), _ = await sent(core)
    # 2026-09-21T14:13:20Z is 17:13 in Istanbul.
    await core.becomes(message_id, State.DELIVERED, sent_ms=NOW)
    await core.call("report", {"messages": [message_id]})
    assert core.answer.status == 200
    assert core.answer.body.decode() == (
        f'{{"partnerPacketId":"","results":[{{"partnerMessageId":"{message_id}","partnerStatus":"DELIVERED",'
        '"partnerDetail":"","apiStatus":"DELIVERED","sendAt":"202609211713","smsOperator":"op","smsMessageCount":1}]}'
    )


@pytest.mark.row("000-027")
@pytest.mark.row("000-028")
@pytest.mark.row("000-029")
@pytest.mark.row("000-030")
@pytest.mark.row("000-031")
@pytest.mark.parametrize("state", list(State))
async def test_each_state_is_one_of_the_four_words(state: State) -> None:
    core = MmpCore()
    (message_id,), _ = await sent(core)
    if state is not State.QUEUED:
        await core.becomes(message_id, state, error="E1" if state in FINAL else None)
    (told,) = await core.report(message_id)
    expected = {
        State.DELIVERED: "DELIVERED",
        State.EXPIRED: "TIMEOUT",
        State.UNKNOWN: "TIMEOUT",
        State.UNDELIVERED: "FAIL",
        State.REJECTED: "FAIL",
        State.CANCELLED: "FAIL",
    }.get(state, "WAITING")
    assert (told["partnerStatus"], told["apiStatus"]) == (state.name, expected)
    assert told["partnerDetail"] == ("E1" if state in FINAL else "")
    was_sent = state is State.SENT
    assert (told["sendAt"], told["smsOperator"]) == (("202609211713", "op") if was_sent else ("", ""))


def test_every_state_has_a_word() -> None:
    assert set(API_STATUS) == set(State)


@pytest.mark.row("000-033")
async def test_a_final_state_is_told_again_and_again() -> None:
    core = MmpCore()
    (message_id,), _ = await sent(core)
    await core.becomes(message_id, State.DELIVERED, sent_ms=NOW)
    first = await core.report(message_id)
    assert await core.report(message_id) == first
    assert await core.report(message_id, message_id) == first * 2


@pytest.mark.row("000-024")
@pytest.mark.row("000-032")
async def test_many_ids_are_answered_in_their_order_by_one_query_a_thousand() -> None:
    core = MmpCore()
    ids, _ = await sent(core, 1_500)
    sizes: list[int] = []
    messages = core.rig.store.messages

    async def counting(wanted: Any) -> Any:
        sizes.append(len(wanted))
        return await messages(wanted)

    core.rig.store.messages = counting  # type: ignore[method-assign]
    asked = [*reversed(ids), "unknown"]
    told = await core.report(*asked)
    assert [one["partnerMessageId"] for one in told] == asked
    assert words(told) == [("QUEUED", "WAITING")] * 1_500 + [("UNKNOWN_ID", "FAIL")]
    assert sizes == [1_000, 500]


@pytest.mark.row("000-041")
@pytest.mark.row("000-042")
async def test_a_packet_alone_is_all_of_its_messages() -> None:
    core = MmpCore()
    first, packet = await sent(core, 3)
    second, other = await sent(core, 2)
    told = await core.report(packet=packet)
    assert [one["partnerMessageId"] for one in told] == first
    assert msgspec.json.decode(core.answer.body)["partnerPacketId"] == packet
    assert [one["partnerMessageId"] for one in await core.report(packet=other.upper())] == second


@pytest.mark.row("000-041")
async def test_ids_and_a_packet_are_the_ids_of_that_packet() -> None:
    core = MmpCore()
    first, packet = await sent(core, 3)
    second, _ = await sent(core, 1)
    told = await core.report(first[1], second[0], "unknown", packet=packet)
    # One of another packet is not called lost: it is only not asked for in the right place.
    assert words(told) == [("QUEUED", "WAITING"), ("OTHER_PACKET", "WAITING"), ("UNKNOWN_ID", "FAIL")]
    told = await core.report(first[1], packet="no packet of ours")
    assert words(told) == [("OTHER_PACKET", "WAITING")]


@pytest.mark.row("000-042")
async def test_neither_ids_nor_packet_is_nothing() -> None:
    core = MmpCore()
    await sent(core)
    for body in ({}, {"messages": None, "partnerPacketId": None}, {"messages": [], "partnerPacketId": ""}):
        assert await core.call("report", body) == {"partnerPacketId": "", "results": []}


async def test_a_packet_of_new_and_repeated_messages_has_both() -> None:
    core = MmpCore()
    tagged = [{**LEAST, "smsType": f"BULK|1-2-3-{n}"} for n in range(6)]
    first = await core.call("send", {"messages": tagged[1:3]})
    await core.call("send", {"messages": [LEAST]})
    again = await core.call("send", {"messages": tagged})
    assert first["partnerPacketId"] != again["partnerPacketId"]
    told = await core.report(packet=again["partnerPacketId"])
    assert {one["partnerMessageId"] for one in told} == {one["partnerMessageId"] for one in again["results"]}
    assert len(told) == 6


async def test_a_packet_that_would_be_too_scattered_is_not_named() -> None:
    core = MmpCore()
    for n in range(26):
        await core.send({**LEAST, "smsType": f"BULK|{n}"})
    answer = await core.call(
        "send", {"messages": [{**LEAST, "smsType": f"BULK|{n}"} for n in range(0, 26, 2)]}
    )
    assert answer["partnerPacketId"] == ""
    assert {one["partnerStatus"] for one in answer["results"]} == {"REPEATED"}


async def test_what_is_anothers_is_not_known() -> None:
    core = MmpCore()
    ids, packet = await sent(core, 2)
    other = MmpCore("paris:paris-pass", rig=core.rig)
    assert words(await other.report(*ids)) == [("UNKNOWN_ID", "FAIL")] * 2
    assert await other.report(packet=packet) == []
    assert words(await other.report(ids[0], packet=packet)) == [("UNKNOWN_ID", "FAIL")]


@pytest.mark.parametrize("odd", [None, "", "x" * 2_000, 5, True, {}, [], 1.5, "\u0000", "é", "-" * 36])
async def test_an_id_that_is_none(odd: Any) -> None:
    core = MmpCore()
    (message_id,), _ = await sent(core)
    told = await core.report(odd, message_id)
    assert words(told) == [("UNKNOWN_ID", "FAIL"), ("QUEUED", "WAITING")]


async def test_too_many_ids() -> None:
    core = MmpCore()
    told = await core.report(*(["x"] * 10_001))
    assert core.answer.status == 413
    assert words(told) == [("TOO_MANY", "WAITING")] * 10_000


async def test_a_packet_id_is_never_more_than_a_call_can_make() -> None:
    core = MmpCore()
    hexed = core.rig.renderer.hex
    (message_id,), packet = await sent(core)
    number = core.rig.renderer.parse(message_id)
    assert number is not None
    for wrong in (
        hexed(number) + hexed(number + (1 << 40)),
        hexed(number) + hexed(number - 1),
        hexed(number) + hexed(number + (1 << 12)),
        packet[:-1] + ("0" if packet[-1] != "0" else "1"),
        f"{packet}.{packet}x",
        ".".join([packet] * 13),
        packet + ".",
    ):
        assert await core.report(packet=wrong) == []
    assert len(await core.report(packet=f"{packet}.{packet}")) == 1
