"""Send: every field of class SmsMessage, results in order, packets, the same again, and how refusals are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chappe.dialects.mmp import DIALECT
from chappe.domain.address import Address
from chappe.domain.extras import PluginFields
from chappe.domain.ids import IdMaker
from chappe.domain.report import FINALS, Way
from chappe.domain.schedule import MAX_AHEAD_MS
from chappe.domain.state import State
from dialects.http_rig import NOW, Rig
from dialects.mmp.core import LEAST, MmpCore, plugin_of, words

ISTANBUL = ZoneInfo("Europe/Istanbul")
DOCUMENTS_FOUR = [
    {"mobileNumber": "905332141354", "text": "message to send", "sender": "sender_name"},
    *({"mobileNumber": "905330000000", "text": "message to send"} for _ in range(3)),
]


def minute(ms: int, zone: Any = ISTANBUL) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).strftime("%Y%m%d%H%M")


SOON = (NOW // 60_000 + 60) * 60_000
LATER = SOON + 3_600_000


@pytest.mark.row("000-006")
@pytest.mark.row("000-017")
@pytest.mark.row("000-035")
@pytest.mark.row("000-018")
@pytest.mark.row("000-043")
@pytest.mark.row("000-044")
async def test_the_least_request_and_its_whole_answer() -> None:
    core = MmpCore()
    body = b'{"messages":[{"mobileNumber":"31612345678","text":"message to send"}]}'
    answer = await core.call("send", body)
    (stored,) = await core.rig.stored()
    message_id = core.rig.renderer.uuid(stored.message.id)
    packet = core.rig.renderer.hex(stored.message.id)
    assert core.answer.status == 200
    assert core.answer.content_type == "application/json; charset=utf-8"
    assert core.answer.body.decode() == (
        f'{{"partnerPacketId":"{packet}","results":[{{"partnerMessageId":"{message_id}","partnerStatus":"ACCEPTED",'
        '"partnerDetail":"","apiStatus":"OK","sendAt":"","smsOperator":"","smsMessageCount":1}]}'
    )
    assert answer["results"][0]["apiStatus"] == "OK"


@pytest.mark.row("000-006")
@pytest.mark.row("000-017")
@pytest.mark.row("000-021")
@pytest.mark.row("000-022")
async def test_results_stand_in_the_order_of_the_messages() -> None:
    core = MmpCore()
    given = [
        LEAST,
        {"text": "nobody"},
        {**LEAST, "text": "second"},
        {**LEAST, "startTime": "tomorrow"},
        {**LEAST, "text": "third"},
        {**LEAST, "mobileNumber": "4412345678"},
        None,
        {**LEAST, "text": "fourth"},
    ]
    results = await core.send(*given)
    assert words(results) == [
        ("ACCEPTED", "OK"),
        ("BAD_NUMBER", "FAIL"),
        ("ACCEPTED", "OK"),
        ("BAD_DATE", "FAIL"),
        ("ACCEPTED", "OK"),
        ("NO_ROUTE", "FAIL"),
        ("BAD_MESSAGE", "FAIL"),
        ("ACCEPTED", "OK"),
    ]
    texts = [
        (await core.stored(one["partnerMessageId"])).message.text
        for one in results
        if one["apiStatus"] == "OK"
    ]
    assert texts == ["message to send", "second", "third", "fourth"]
    assert all(bool(one["partnerMessageId"]) == (one["apiStatus"] == "OK") for one in results)
    assert all(bool(one["partnerDetail"]) == (one["apiStatus"] == "FAIL") for one in results)


async def test_the_messages_of_a_call_are_one_commit() -> None:
    core = MmpCore()
    calls: list[int] = []
    accept = core.rig.store.accept

    async def counting(batch: Any, *, whole: bool = False) -> Any:
        calls.append(len(batch))
        return await accept(batch, whole=whole)

    core.rig.store.accept = counting  # type: ignore[method-assign]
    results = await core.send(*({**LEAST, "text": f"number {number}"} for number in range(1_000)))
    assert words(results) == [("ACCEPTED", "OK")] * 1_000
    assert calls == [1_000]


async def test_a_call_without_messages_has_no_results() -> None:
    core = MmpCore()
    for body in ({}, {"messages": None}, {"messages": []}, {"Messages": []}, {"other": 1}):
        assert await core.call("send", body) == {"partnerPacketId": "", "results": []}
        assert core.answer.status == 200


# ---------------------------------------------------------------- fields


@pytest.mark.row("000-007")
@pytest.mark.row("000-008")
@pytest.mark.parametrize("name", ["mobileNumber", "text"])
@pytest.mark.parametrize("value", [None, "", ...])
async def test_number_and_text_are_required(name: str, value: Any) -> None:
    core = MmpCore()
    given = {**LEAST, name: value}
    if value is ...:
        del given[name]
    (result,) = await core.send(given)
    word = "BAD_NUMBER" if name == "mobileNumber" else "BAD_TEXT"
    assert (result["partnerStatus"], result["apiStatus"]) == (word, "FAIL")
    assert result["partnerDetail"] == f"{name} is missing"


@pytest.mark.row("000-007")
@pytest.mark.parametrize("number", ["31612345678", "+31612345678", "0031612345678", 31612345678])
async def test_a_number_in_other_spellings(number: Any) -> None:
    assert (await MmpCore().message(mobileNumber=number)).destination.value == "31612345678"


@pytest.mark.row("000-009")
async def test_the_sender_is_the_accounts_where_none_is_given() -> None:
    core = MmpCore()
    for sender, expected in (
        ("sender_name", Address("sender_name", 5, 0)),
        (None, Address("Acme", 5, 0)),
        ("", Address("Acme", 5, 0)),
        ("1234", Address("1234", 3, 1)),
    ):
        assert (await core.message(sender=sender)).source == expected
    assert words([await core.one(sender="longer than eleven")]) == [("BAD_SENDER", "FAIL")]


@pytest.mark.row("000-010")
@pytest.mark.row("000-011")
async def test_times_are_of_istanbul_where_the_account_names_no_zone() -> None:
    core = MmpCore()
    given = await core.message(startTime=minute(SOON), expireTime=minute(LATER))
    assert (given.due_ms, given.expires_ms) == (SOON, LATER)
    (stored,) = await core.rig.stored()
    assert stored.standing.state is State.SCHEDULED
    plain = await core.message()
    assert (plain.due_ms, plain.expires_ms) == (0, 0)


@pytest.mark.row("000-010")
async def test_times_are_of_the_accounts_zone() -> None:
    core = MmpCore("paris:paris-pass")
    paris = ZoneInfo("Europe/Paris")
    assert (await core.message(startTime=minute(SOON, paris))).due_ms == SOON
    assert (await core.message(startTime=minute(SOON, paris) + "59")).due_ms == SOON + 59_000


async def test_a_time_that_is_past_or_far() -> None:
    core = MmpCore()
    assert (await core.message(startTime=minute(NOW - 600_000))).due_ms == 0
    assert words([await core.one(expireTime=minute(NOW - 600_000))]) == [("BAD_DATE", "FAIL")]
    assert words([await core.one(startTime="999912312359")]) == [("BAD_DATE", "FAIL")]
    # Ten years of validity are as good as none: no more than can be written on any wire.
    assert (await core.message(expireTime="203601010000")).expires_ms == NOW + MAX_AHEAD_MS


@pytest.mark.row("000-010")
@pytest.mark.row("000-011")
@pytest.mark.parametrize("name", ["startTime", "expireTime"])
@pytest.mark.parametrize(
    "value",
    [
        "tomorrow",
        "2026",
        "202613010000",
        "202602300000",
        "202602012500",
        "000001010000",
        "2026-02-01 00:00",
        "٢٠٢٦٠٢٠١٠٠٠٠",
        "20260201000",
        "2026020100000",
        " 202602010000",
        202602012500,
    ],
)
async def test_a_bad_date_fails_its_own_message_only(name: str, value: Any) -> None:
    core = MmpCore()
    results = await core.send({**LEAST, name: value}, LEAST)
    assert words(results) == [("BAD_DATE", "FAIL"), ("ACCEPTED", "OK")]


@pytest.mark.row("000-012")
@pytest.mark.parametrize(
    ("value", "priority"),
    [
        ("yes", 2),
        ("YES", 2),
        ("true", 2),
        (True, 2),
        ("1", 2),
        (1, 2),
        ("no", 0),
        ("", 0),
        (None, 0),
        ([], 0),
    ],
)
async def test_priority(value: Any, priority: int) -> None:
    assert (await MmpCore().message(priority=value)).priority == priority


@pytest.mark.row("000-013")
@pytest.mark.row("000-014")
@pytest.mark.parametrize(
    ("sms_type", "priority", "reference", "tags"),
    [
        (None, 0, "", ()),
        ("", 0, "", ()),
        ("BULK", 0, "", ()),
        ("bulk", 0, "", ()),
        ("OTP", 3, "", ("mmp-otp",)),
        ("otp|9", 3, "9", ("mmp-otp",)),
        ("BULK|1-2-3-4", 0, "1-2-3-4", ()),
        ("|1-2-3-4", 0, "1-2-3-4", ()),
        (
            "BULK|1-2-0f8fad5b-d9cb-469f-a165-70867728950e-4",
            0,
            "1-2-0f8fad5b-d9cb-469f-a165-70867728950e-4",
            (),
        ),
        ("BULK|a|b", 0, "a|b", ()),
        ("PROMO", 0, "", ()),
    ],
)
async def test_sms_type_plain_and_composite(
    sms_type: Any, priority: int, reference: str, tags: tuple[str, ...]
) -> None:
    message = await MmpCore().message(smsType=sms_type)
    assert (message.priority, message.reference, message.tags) == (priority, reference, tags)
    if sms_type:
        assert plugin_of(message).sms_type == sms_type


@pytest.mark.row("000-015")
async def test_an_identity_number_goes_only_where_every_target_knows_such_numbers() -> None:
    core = MmpCore()
    message = await core.message(smsType="TCKN", mobileNumber="10000000146")
    assert message.destination == Address("10000000146", 0, 9)
    assert (message.connector, message.tags) == ("plug", ("mmp-tckn",))
    # The route of tax numbers has an SMSC as its second target, which would dial them.
    results = await core.send({**LEAST, "smsType": "TAXNO", "mobileNumber": "1234567890"})
    assert words(results) == [("UNSUPPORTED_TYPE", "FAIL")]
    for kind, number in (
        ("TCKN", "1000000014"),
        ("TCKN", "+905321234567"),
        ("TAXNO", "12345678901"),
        ("TAXNO", "x"),
    ):
        assert words([await core.one(smsType=kind, mobileNumber=number)]) == [("BAD_NUMBER", "FAIL")]


async def test_an_identity_number_without_a_route_of_its_own_is_not_supported() -> None:
    rig = Rig(DIALECT)
    core = MmpCore(rig=rig)
    rig.directory.routes.pop("identities")
    assert words([await core.one(smsType="TCKN", mobileNumber="31000000146")]) == [
        ("UNSUPPORTED_TYPE", "FAIL")
    ]
    assert await rig.stored() == []


@pytest.mark.row("000-036")
@pytest.mark.row("000-037")
@pytest.mark.row("000-038")
@pytest.mark.row("000-039")
@pytest.mark.row("000-040")
async def test_what_the_class_has_and_the_remark_has_not() -> None:
    message = await MmpCore().message(
        brandCode="B-1",
        recipientType="TACIR",
        messageType="BILGILENDIRME",
        accountId=7,
        senderId="12",
    )
    assert plugin_of(message) == PluginFields("", "B-1", "TACIR", "BILGILENDIRME", 7, 12)
    assert message.tags == ("mmp-account-7", "mmp-sender-12")
    (plain,) = (await MmpCore().message(accountId="0", senderId="", brandCode=None),)
    assert plain.extras is None


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, "x", "1.5", 1.5, True, [], {}, "9" * 5_000, "\u0661"])
@pytest.mark.parametrize("name", ["accountId", "senderId"])
async def test_a_number_that_is_none(name: str, value: Any) -> None:
    assert words(await MmpCore().send({**LEAST, name: value}, LEAST)) == [
        ("BAD_MESSAGE", "FAIL"),
        ("ACCEPTED", "OK"),
    ]


@pytest.mark.row("000-016")
async def test_fields_that_are_not_known_are_ignored() -> None:
    message = await MmpCore().message(smsOperator="x", somethingNew={"a": [1]}, TEXT="not this one")
    assert message.text == "message to send"


async def test_names_in_any_case() -> None:
    core = MmpCore()
    answer = await core.call(
        "send",
        {"MESSAGES": [{"MobileNumber": "31612345678", "TEXT": "x", "SENDER": "Any", "SmsType": "OTP"}]},
    )
    assert answer["results"][0]["apiStatus"] == "OK"
    (stored,) = await core.rig.stored()
    assert (stored.message.source.value, stored.message.priority) == ("Any", 3)


async def test_reports_are_asked_for_and_nobody_is_called() -> None:
    report = (await MmpCore().message()).report
    assert (report.way, report.events, report.target) == (Way.NONE, FINALS, "")


@pytest.mark.row("000-046")
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("ş" * 70, 1),
        ("ş" * 71, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 1_000, 7),
    ],
)
async def test_parts_are_counted_by_the_real_coding(text: str, parts: int) -> None:
    result = await MmpCore().one(text=text)
    assert result["smsMessageCount"] == parts


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("", "utf-8"),
        ("; charset=utf-8", "utf-8-sig"),
        ('; charset="UTF-8"; x=y', "utf-8"),
        ("; charset=utf-16", "utf-16"),
        ("; charset=utf-16le", "utf-16-le"),
        ("; charset=iso-8859-9", "iso-8859-9"),
        ("; charset=windows-1254", "cp1254"),
    ],
)
async def test_charsets(charset: str, codec: str) -> None:
    core = MmpCore()
    body = json.dumps({"messages": [{**LEAST, "text": "Şişli ığü"}]}, ensure_ascii=False).encode(codec)
    answer = await core.call("send", body, **{"Content-Type": f"application/json{charset}"})
    assert answer["results"][0]["apiStatus"] == "OK"
    assert (await core.rig.stored())[0].message.text == "Şişli ığü"


async def test_a_charset_that_is_not_read() -> None:
    core = MmpCore()
    answer = await core.call("send", b"{}", **{"Content-Type": "application/json; charset=ebcdic"})
    assert core.answer.status == 415
    assert words(core.results(answer)) == [("BAD_REQUEST", "FAIL")]


# ---------------------------------------------------------------- the same again


async def test_a_message_with_a_tag_is_taken_once() -> None:
    core = MmpCore()
    first = await core.one(smsType="BULK|1-2-3-4")
    again = await core.one(smsType="BULK|1-2-3-4")
    assert words([first, again]) == [("ACCEPTED", "OK"), ("REPEATED", "OK")]
    assert again["partnerMessageId"] == first["partnerMessageId"]
    assert again["partnerDetail"] == "the same message was taken before"
    assert len(await core.rig.stored()) == 1


async def test_a_tag_with_another_number_or_other_words_is_another_message() -> None:
    core = MmpCore()
    results = await core.send(
        {**LEAST, "smsType": "BULK|1-2-3-4"},
        {**LEAST, "smsType": "BULK|1-2-3-4", "mobileNumber": "31612345679"},
        {**LEAST, "smsType": "BULK|1-2-3-4", "text": "other"},
        {**LEAST, "smsType": "BULK|1-2-3-4", "sender": "Other"},
        {**LEAST, "smsType": "BULK|1-2-3-5"},
        {**LEAST, "smsType": "BULK|1-2-3-4"},
    )
    assert [one["partnerStatus"] for one in results] == ["ACCEPTED"] * 5 + ["REPEATED"]


async def test_without_a_tag_the_same_words_are_two_messages() -> None:
    core = MmpCore()
    assert words(await core.send(LEAST, LEAST)) == [("ACCEPTED", "OK")] * 2
    assert len({one.message.id for one in await core.rig.stored()}) == 2


async def test_a_call_with_a_key_is_taken_once_and_has_one_packet() -> None:
    core = MmpCore()
    first = await core.call("send", {"messages": [LEAST, LEAST, LEAST]}, Idempotency_Key="k-1")
    again = await core.call("send", {"messages": [LEAST, LEAST, LEAST]}, Idempotency_Key="k-1")
    assert first["partnerPacketId"] == again["partnerPacketId"] != ""
    assert [one["partnerMessageId"] for one in again["results"]] == [
        one["partnerMessageId"] for one in first["results"]
    ]
    assert [one["partnerStatus"] for one in again["results"]] == ["REPEATED"] * 3
    assert len(await core.rig.stored()) == 3
    other = await core.call("send", {"messages": [LEAST]}, Idempotency_Key="k-2")
    assert other["results"][0]["partnerStatus"] == "ACCEPTED"


async def test_a_call_with_a_key_that_says_something_else_is_refused() -> None:
    core = MmpCore()
    await core.send(LEAST, LEAST, Idempotency_Key="k-1")
    results = await core.send(LEAST, {**LEAST, "text": "other"}, LEAST, Idempotency_Key="k-1")
    assert words(results) == [("REPEATED", "OK"), ("KEY_REUSED", "FAIL"), ("ACCEPTED", "OK")]


async def test_a_key_is_one_accounts() -> None:
    core = MmpCore()
    other = MmpCore("paris:paris-pass", rig=core.rig)
    await core.send(LEAST, Idempotency_Key="k-1")
    assert words(await other.send(LEAST, Idempotency_Key="k-1")) == [("ACCEPTED", "OK")]


@pytest.mark.parametrize("key", ["x" * 201, "a b", "é", "\x7f"])
async def test_a_bad_key(key: str) -> None:
    core = MmpCore()
    assert words(await core.send(LEAST, Idempotency_Key=key)) == [("BAD_REQUEST", "FAIL")]
    assert core.answer.status == 400
    assert await core.rig.stored() == []


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("secret", "word"),
    [
        ("mute:mute-pass", "MAY_NOT_SEND"),
        ("poor:poor-pass", None),
        ("bound:bound-pass", "NO_RIGHT"),
    ],
)
async def test_rules_of_an_account(secret: str, word: str | None) -> None:
    core = MmpCore(secret)
    results = await core.send(
        {**LEAST, "priority": "yes"}, {**LEAST, "sender": "x", "startTime": minute(SOON)}
    )
    assert words(results) == [(word or "NO_BALANCE", "FAIL")] * 2
    assert core.answer.status == 200


async def test_an_otp_leans_on_the_right_to_priority() -> None:
    core = MmpCore("hasty:hasty-pass")
    assert words(await core.send({**LEAST, "smsType": "OTP"}, LEAST)) == [
        ("NO_RIGHT", "FAIL"),
        ("ACCEPTED", "OK"),
    ]


async def test_a_full_disk_is_not_final_to_who_can_wait() -> None:
    core = MmpCore()
    core.rig.store.full = True
    assert words(await core.send(LEAST, LEAST)) == [("STORE_BUSY", "FAIL")] * 2
    assert core.answer.status == 503
    assert ("Retry-After", "1") in core.answer.headers


async def test_a_call_wholly_above_the_rate_is_not_final_to_who_can_wait() -> None:
    core = MmpCore("slow:slow-pass")
    assert words(await core.send(LEAST, LEAST)) == [("ACCEPTED", "OK"), ("TOO_FAST", "FAIL")]
    assert core.answer.status == 200
    assert words(await core.send(LEAST)) == [("TOO_FAST", "FAIL")]
    assert core.answer.status == 429


async def test_too_many_messages() -> None:
    core = MmpCore()
    results = await core.send(*([LEAST] * 5_001))
    assert words(results) == [("TOO_MANY", "FAIL")] * 5_001
    assert core.answer.status == 413
    assert await core.rig.stored() == []


async def test_a_fault_of_ours_says_nothing_of_the_messages() -> None:
    core = MmpCore()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    core.rig.store.accept = broken  # type: ignore[method-assign, assignment]
    core.rig.faults = []
    answer = await core.rig.ask(
        "/mmp/send",
        method="POST",
        body=json.dumps({"messages": [LEAST]}).encode(),
        headers={"Authorization": core.authorization},
    )
    assert (answer.status, answer.body) == (500, b'{"partnerPacketId":"","results":[]}')
    assert len(core.rig.faults) == 1


async def test_ids_of_a_call_are_one_range_even_over_milliseconds() -> None:
    core = MmpCore()
    answer = await core.call("send", {"messages": [{**LEAST, "text": str(n)} for n in range(4_500)]})
    assert len(answer["partnerPacketId"]) == 64
    told = await core.report(packet=answer["partnerPacketId"])
    assert [one["partnerMessageId"] for one in told] == [one["partnerMessageId"] for one in answer["results"]]


async def test_two_fronts_at_one_moment_have_each_their_own_packet() -> None:
    rig = Rig(DIALECT)
    here, there = MmpCore(rig=rig), MmpCore(rig=rig)
    first = await here.call("send", {"messages": [LEAST, LEAST]})
    mine, rig.submit._ids = rig.submit._ids, IdMaker(2)
    second = await there.call("send", {"messages": [LEAST]})
    rig.submit._ids = mine
    third = await here.call("send", {"messages": [LEAST]})
    packets = [one["partnerPacketId"] for one in (first, second, third)]
    assert [len(await here.report(packet=packet)) for packet in packets] == [2, 1, 1]
    assert len(await rig.stored()) == 4
