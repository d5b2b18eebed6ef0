"""The JSON gateway: what a call is answered with, part by part and as a whole, every code with its text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.domain.conditions import Condition
from chappe.domain.interception import Interceptor, RejectAs, Rejection
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.refusal import Reason, Refusal
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.ports.store import StoreFailed
from chappe.protocols.http.messages import HttpResponse
from dialects.cm_rig import JSON, NUMBER, TOKEN, UNKNOWN, Cm, auto, msg, token_of
from dialects.http_rig import NOW

GOOD = {"status": "Accepted", "parts": 1, "messageDetails": None, "messageErrorCode": 0}


def whole(status: int, details: str, code: int) -> tuple[int, dict[str, Any]]:
    return status, {"details": details, "errorCode": code, "messages": []}


def read(response: HttpResponse) -> tuple[int, dict[str, Any]]:
    assert response.content_type == "application/json; charset=utf-8"
    return response.status, json.loads(response.body)


@pytest.mark.row("001-019", "001-081", "001-117", "001-124", "001-006")
async def test_one_message_is_accepted() -> None:
    rig = Cm()
    response = await rig.call(msg(reference="order0001"))
    assert (response.status, response.body) == (
        200,
        (
            b'{"details":"Created 1 message(s)","errorCode":0,"messages":[{"to":"0033612345678","status":"Accepted",'
            b'"reference":"order0001","parts":1,"messageDetails":null,"messageErrorCode":0}]}'
        ),
    )
    (stored,) = await rig.stored()
    message = stored.message
    assert (message.account, message.user, message.dialect) == ("shop", "shop", "cm")
    assert (message.destination.value, message.source.value) == ("33612345678", "Chappe")
    assert (message.text, message.reference) == ("Bonjour", "order0001")


@pytest.mark.row("001-020", "001-052", "001-053", "001-043")
async def test_every_number_of_every_msg_is_a_message() -> None:
    rig = Cm()
    numbers = ["0033612345678", "+32470123456", "31612345678", "0033612345679", "0033612345680"]
    found = await rig.answered(
        msg(to=[{"number": each} for each in numbers[:2]], reference="a", body={"content": "first"}),
        msg(to=[{"number": each} for each in numbers[2:]], reference="b", body={"content": "second"}),
    )
    assert (found["status"], found["details"], found["errorCode"]) == (200, "Created 5 message(s)", 0)
    assert [one["to"] for one in found["messages"]] == numbers
    assert [one["reference"] for one in found["messages"]] == ["a", "a", "b", "b", "b"]
    assert [(one.message.text, one.message.reference) for one in await rig.stored()] == [
        *[("first", "a")] * 2,
        *[("second", "b")] * 3,
    ]


@pytest.mark.row("001-080", "001-084", "001-129", "001-117")
async def test_what_is_right_is_sent_and_what_is_wrong_is_told() -> None:
    rig = Cm()
    found = await rig.answered(msg(), msg(body={"content": ""}, reference="wrong"), msg())
    assert (found["status"], found["details"], found["errorCode"]) == (200, "Created 2 message(s)", 201)
    good = {"to": NUMBER, "reference": None, **GOOD}
    bad = {
        "to": NUMBER,
        "status": "Rejected",
        "reference": "wrong",
        "parts": 0,
        "messageDetails": "A body without content was found",
        "messageErrorCode": 304,
    }
    assert found["messages"] == [good, bad, good]
    assert len(await rig.stored()) == 2


@pytest.mark.row("001-085", "001-129", "001-083")
async def test_all_wrong_is_400() -> None:
    rig = Cm()
    found = await rig.answered(msg(body={"content": ""}), msg(to=[{"number": "x"}]))
    assert (found["status"], found["details"], found["errorCode"]) == (400, "Created 0 message(s)", 201)
    assert [one["messageErrorCode"] for one in found["messages"]] == [304, 303]
    assert await rig.stored() == []


# ---------------------------------------------------------------- the token


@pytest.mark.row("001-006", "001-111", "001-126", "001-083")
@pytest.mark.parametrize("token", [UNKNOWN, token_of("gone"), "00000000-0000-0000-0000-000000000000"])
async def test_a_token_of_no_account(token: str) -> None:
    rig = Cm()
    found = read(await rig.call(msg(), token=token))
    assert found == whole(400, "No account found for the given authentication", 101)
    assert await rig.stored() == []


@pytest.mark.row("001-114", "001-128")
@pytest.mark.parametrize(
    "authentication",
    [
        None,
        {},
        [],
        "x",
        7,
        {"productToken": None},
        {"productToken": ""},
        {"productToken": 7},
        {"productToken": [TOKEN]},
        {"productToken": TOKEN.replace("-", "")},
        {"productToken": TOKEN + "0"},
        {"productToken": "x" * 100_000},
        {"productToken": "\u0660" + TOKEN[1:]},
    ],
)
async def test_no_token_or_none_that_is_a_guid(authentication: Any) -> None:
    rig = Cm()
    body = {"messages": {"authentication": authentication, "msg": [msg()]}}
    assert read(await rig.post(json.dumps(body).encode())) == whole(400, "Invalid product token.", 103)


@pytest.mark.row("001-006")
async def test_the_header_wins_over_the_body() -> None:
    rig = Cm()
    bare = json.dumps({"messages": {"msg": [msg()]}}).encode()
    assert (await rig.post(bare, X_CM_PRODUCTTOKEN=TOKEN)).status == 200
    both = json.dumps({"messages": {"authentication": {"productToken": UNKNOWN}, "msg": [msg()]}}).encode()
    assert (await rig.post(both, X_CM_PRODUCTTOKEN=TOKEN)).status == 200
    other = json.dumps({"messages": {"authentication": {"productToken": TOKEN}, "msg": [msg()]}}).encode()
    assert read(await rig.post(other, X_CM_PRODUCTTOKEN=UNKNOWN))[1]["errorCode"] == 101
    assert read(await rig.post(other, X_CM_PRODUCTTOKEN="none"))[1]["errorCode"] == 103


async def test_guessing_tokens_is_slowed_and_a_right_one_still_serves() -> None:
    rig = Cm()
    for _ in range(40):
        assert read(await rig.call(msg(), token=UNKNOWN))[1]["errorCode"] == 101
    assert (await rig.call(msg())).status == 200


# ---------------------------------------------------------------- the call as a whole


@pytest.mark.row("001-116", "001-130", "001-016")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b'"x"',
        b"{}",
        b'{"messages":null}',
        b'{"messages":[]}',
        b'{"messages":"x"}',
        b"<MESSAGES/>",
        b"\xff\xfe{\x00}\x00",
        b'{"messages":{"msg":[{"from":"\xe9"}]}}',
        b'{"messages":{"msg":[{"from":"\\ud800"}]}}',
        b"[" * 100_000,
        b'{"messages":' * 5_000,
        b'{"messages":{"msg":[NaN]}}',
        b"\x00" * 1_000,
    ],
)
async def test_what_is_no_call(body: bytes) -> None:
    rig = Cm()
    assert read(await rig.post(body, X_CM_PRODUCTTOKEN=TOKEN)) == whole(400, "Invalid JSON", 202)
    assert rig.faults == []


@pytest.mark.row("001-115", "001-131")
@pytest.mark.parametrize("msgs", [None, [], {}, "x", 7, {"from": "x"}])
async def test_no_msg(msgs: Any) -> None:
    rig = Cm()
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": msgs}}
    assert read(await rig.post(json.dumps(body).encode())) == whole(
        400, "A MESSAGES object requires at least one MSG object", 203
    )


@pytest.mark.row("001-026")
async def test_a_thousand_msg_and_no_more() -> None:
    rig = Cm()
    found = await rig.answered(*[msg()] * 1_000)
    assert (found["status"], found["details"], len(found["messages"])) == (
        200,
        "Created 1000 message(s)",
        1_000,
    )
    assert len(await rig.stored()) == 1_000
    rig = Cm()
    assert read(await rig.call(*[msg()] * 1_001)) == whole(
        400, "A MESSAGES object may hold at most 1000 MSG objects", 203
    )
    assert await rig.stored() == []


async def test_more_messages_than_one_call_may_make() -> None:
    rig = Cm()
    many = msg(to=[{"number": NUMBER}] * 1_000)
    status, found = read(await rig.call(*[many] * 11))
    assert (status, found["errorCode"], found["messages"]) == (400, 203, [])
    assert await rig.stored() == []


async def test_a_byte_order_mark_and_unknown_keys_and_nulls_do_no_harm() -> None:
    rig = Cm()
    one = msg(minimum_number_of_message_parts=1, tag="x", context={"a": [1]}, **{"$type": "Message"})
    one |= {"richContent": None, "allowedChannels": None, "appKey": None, "validity": None, "dcs": None}
    one |= {"customGrouping": None, "minimumNumberOfMessageParts": None, "maximumNumberOfMessageParts": None}
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": [one], "x": 1}, "y": [2]}
    assert (await rig.post(b"\xef\xbb\xbf" + json.dumps(body).encode())).status == 200


@pytest.mark.row("001-017")
@pytest.mark.parametrize("spelt", [str.lower, str.upper, str.title, str.swapcase])
async def test_keys_are_case_blind(spelt: Any) -> None:
    def respelt(value: Any) -> Any:
        if isinstance(value, dict):
            return {spelt(name): respelt(each) for name, each in value.items()}
        return [respelt(each) for each in value] if isinstance(value, list) else value

    usual, other = Cm(), Cm()
    one = auto(
        "Καλημέρα" * 12,
        reference="r1",
        customGrouping="a",
        customGrouping2="b",
        customGrouping3="c",
        validity="2h",
        minimumNumberOfMessageParts=1,
        maximumNumberOfMessageParts=3,
        allowedChannels=["SMS"],
    )
    body = {"messages": {"authentication": {"productToken": TOKEN}, "msg": [one]}}
    await usual.post(json.dumps(body).encode())
    response = await other.post(json.dumps(respelt(body)).encode())
    assert json.loads(response.body)["details"] == "Created 1 message(s)"
    (first,), (second,) = await usual.stored(), await other.stored()
    for name in (
        "source",
        "destination",
        "text",
        "reference",
        "extras",
        "expires_ms",
        "parts",
        "data_coding",
    ):
        assert getattr(first.message, name) == getattr(second.message, name)


async def test_of_two_spellings_of_one_key_the_last_counts() -> None:
    rig = Cm()
    text = f'{{"Messages":{{"AUTHENTICATION":{{"producttoken":"{TOKEN}"}},"msg":[{{"from":"A","FROM":"B",'
    text += '"to":[{"NUMBER":"0033612345678","number":"0033612345679"}],"body":{"content":"x"}}]}}'
    assert (await rig.post(text.encode())).status == 200
    (stored,) = await rig.stored()
    assert stored.message.source.value == "B"


# ---------------------------------------------------------------- codes of messages


@pytest.mark.row("001-118", "001-132", "001-025", "001-027")
@pytest.mark.parametrize("sender", [None, "", "   "])
async def test_no_from(sender: str | None) -> None:
    assert await Cm().refused(msg(**{"from": sender})) == (301, "No FROM field found in a MSG object.")


@pytest.mark.row("001-119", "001-133", "001-025")
@pytest.mark.parametrize(
    "to", [None, [], [{}], [{"number": ""}], [{"number": None}], ["x"], [7], [None], [[]]]
)
async def test_no_number(to: Any) -> None:
    assert await Cm().refused(msg(to=to)) == (302, "Empty mobile number field, MT ignored")


async def test_a_msg_without_numbers_has_an_entry_all_the_same() -> None:
    rig = Cm()
    assert (await rig.entry(msg(to=None, reference="x")))["to"] is None
    assert (await rig.entry(msg(to=None, reference="x")))["reference"] == "x"


@pytest.mark.row("001-120", "001-134", "001-031", "001-032")
@pytest.mark.parametrize(
    "number",
    [
        "abc",
        "0612345678",
        "00612",
        "+",
        "00",
        "0033 6 12 34 56 78",
        "+33-612345678",
        "0033612345678,0033612345679",
        "0033612345678 0033612345679",
        "0" * 20,
        "9" * 21,
        "٠٠٣٣٦١٢٣٤٥٦٧٨",
        "0033612345678é",
    ],
)
async def test_what_is_no_number(number: str) -> None:
    rig = Cm()
    assert await rig.refused(msg(to=[{"number": number}])) == (303, f"Gsm '{number}' is not a number.")
    assert (await rig.entry(msg(to=[{"number": number}])))["to"] == number


@pytest.mark.row("001-031")
@pytest.mark.parametrize("number", [NUMBER, "+33612345678", "33612345678", 33612345678, " 0033612345678 "])
async def test_forms_of_one_number(number: Any) -> None:
    rig = Cm()
    message = await rig.taken(msg(to=[{"number": number}]))
    assert (message.destination.value, message.destination.ton) == ("33612345678", 1)
    assert (await rig.entry(msg(to=[{"number": number}])))["to"] == str(number)


@pytest.mark.row("001-121", "001-136")
@pytest.mark.parametrize("to", [{"number": NUMBER}, NUMBER, 7, True])
async def test_to_that_is_no_array(to: Any) -> None:
    assert await Cm().refused(msg(to=to)) == (305, "The To object is an invalid type, it should be an array")


@pytest.mark.row("001-122", "001-135", "001-025", "001-033")
async def test_no_body() -> None:
    assert await Cm().refused(msg(body=None)) == (304, "No body was found in a MSG object.")


@pytest.mark.row("001-123", "001-135", "001-033")
@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": ""}, {"type": "AUTO"}])
async def test_a_body_without_content(body: Any) -> None:
    assert await Cm().refused(msg(body=body)) == (304, "A body without content was found")


@pytest.mark.row("001-046", "001-048", "001-135")
@pytest.mark.parametrize(
    ("one", "need", "most"),
    [
        (msg(body={"content": "x" * 161}), 2, 1),
        (auto("x" * 1_225), 9, 8),
        (auto("x" * 460, minimumNumberOfMessageParts=1, maximumNumberOfMessageParts=3), 4, 3),
        (msg(body={"content": "x" * 2_000_000}), 13_072, 1),
        (auto("Я" * 2_000_000), 30_304, 8),
        (
            auto("x" * 255 * 153 + "x", minimumNumberOfMessageParts=1, maximumNumberOfMessageParts=255),
            256,
            255,
        ),
    ],
)
async def test_more_parts_than_allowed(one: Any, need: int, most: int) -> None:
    assert await Cm().refused(one) == (
        304,
        f"Maximum number of parts exceeded. (need at least {need}, max is {most})",
    )


async def test_the_accounts_own_limit_of_parts_holds_too() -> None:
    code, text = await Cm().refused(auto("x" * 500), token_of("brief"))
    assert (code, text) == (304, "Maximum number of parts exceeded. (need at least 4, max is 3)")


@pytest.mark.row("001-113", "001-125")
async def test_what_cannot_be_routed() -> None:
    rig = Cm()
    found = await rig.answered(msg(to=[{"number": "0085212345678"}]))
    assert (found["status"], found["details"], found["errorCode"]) == (400, "Message is unrouteable.", 999)
    found = await rig.answered(msg(to=[{"number": "0085212345678"}]), msg())
    assert (found["status"], found["details"], found["errorCode"]) == (200, "Created 1 message(s)", 201)
    assert found["messages"][0]["messageDetails"] == "Message is unrouteable."


REASONS = [
    (Reason.SPAM, 401, "Message has been spam filtered."),
    (Reason.BLACKLISTED, 402, "Message has been blacklisted."),
    (Reason.REJECTED_BY_RULE, 403, "Message has been rejected."),
    (Reason.INTERCEPTED, 403, "Message has been rejected."),
    (Reason.FILTERED, 403, "Message has been rejected."),
    (Reason.TOO_FAST, 403, "More messages a second than this account may send"),
]


@pytest.mark.parametrize(("reason", "code", "text"), REASONS, ids=[reason.word for reason, _, _ in REASONS])
async def test_each_refusal_of_the_core_has_a_code(
    monkeypatch: pytest.MonkeyPatch, reason: Reason, code: int, text: str
) -> None:
    rig = Cm()

    async def submit(*_: Any, whole: bool = False) -> list[Refusal]:
        del whole
        return [Refusal(reason)]

    monkeypatch.setattr(rig.submit, "submit", submit)
    assert await rig.refused(msg()) == (code, text)


@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        pytest.param(RejectAs.SPAM, 401, "Message has been spam filtered.", marks=pytest.mark.row("001-137")),
        pytest.param(
            RejectAs.BLACKLISTED, 402, "Message has been blacklisted.", marks=pytest.mark.row("001-138")
        ),
        pytest.param(RejectAs.REJECTED, 403, "Message has been rejected.", marks=pytest.mark.row("001-139")),
    ],
)
async def test_rules_for_contents(kind: RejectAs, code: int, text: str) -> None:
    rig = Cm()
    rule = Interceptor(name="rule", condition=Condition(text="(?i).*viagra"), reject=Rejection(kind=kind))
    rig.directory.apply([write_entry(Kind.INTERCEPTOR, "rule", rule)])
    assert await rig.refused(msg(body={"content": "cheap Viagra"})) == (code, text)
    found = await rig.answered(msg(body={"content": "VIAGRA"}), msg())
    assert (found["status"], found["details"], found["errorCode"]) == (200, "Created 1 message(s)", 201)


@pytest.mark.row("001-138")
@pytest.mark.parametrize("kind", list(ListKind))
async def test_numbers_on_lists(kind: ListKind) -> None:
    rig = Cm()
    rig.directory.apply([write_entry(Kind.LIST, "barred", NumberList(name="barred", kind=kind))])
    await rig.store.enlist("barred", [NUMBER[2:]], NOW)
    assert await rig.refused(msg()) == (402, "Message has been blacklisted.")
    assert (await rig.entry(msg(to=[{"number": "0033612345679"}])))["status"] == "Accepted"


async def test_a_rate_and_a_right_of_the_account() -> None:
    rig = Cm()
    found = await rig.answered(msg(), msg(), msg(), token=token_of("quick-shop"))
    assert [one["messageErrorCode"] for one in found["messages"]] == [0, 0, 403]
    assert (await rig.entry(msg(), token_of("mute-shop")))["messageErrorCode"] == 403


# ---------------------------------------------------------------- faults, verbs


@pytest.mark.row("001-110", "001-125")
async def test_a_fault_of_ours_is_told_without_a_trace() -> None:
    rig = Cm()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    rig.store.accept = broken  # type: ignore[method-assign, assignment]
    assert read(await rig.call(msg())) == whole(500, "Unknown error", 999)
    assert len(rig.faults) == 1


@pytest.mark.row("001-140")
@pytest.mark.parametrize("wrong", [True, False])
async def test_a_store_that_takes_nothing(wrong: bool) -> None:
    rig = Cm()

    async def failed(*_: object, **__: object) -> None:
        raise StoreFailed("the disk is gone")

    rig.store.accept = failed  # type: ignore[method-assign, assignment]
    msgs = [msg(), msg(body={"content": ""})] if wrong else [msg()]
    assert read(await rig.call(*msgs)) == whole(500, "An internal error has occurred", 500)
    rig = Cm()
    rig.store.full = True
    assert read(await rig.call(*msgs)) == whole(500, "An internal error has occurred", 500)


@pytest.mark.row("001-109")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_verbs(method: str) -> None:
    response = await Cm().ask(JSON, method=method)
    assert (response.status, response.body) == (405, b"")


# ---------------------------------------------------------------- trial and prepaid accounts


@pytest.mark.row("001-112", "001-127")
async def test_a_trial_account_without_credit() -> None:
    rig = Cm()
    assert read(await rig.call(msg(), msg(), token=token_of("trial"))) == whole(
        400, "Insufficient balance.", 102
    )
    assert await rig.stored() == []


@pytest.mark.row("001-127")
async def test_a_trial_account_whose_credit_ends_within_a_call() -> None:
    rig = Cm()
    await rig.pay_in("trial", 100_000)
    found = await rig.answered(msg(), msg(), msg(), token=token_of("trial"))
    assert (found["status"], found["details"], found["errorCode"]) == (200, "Created 2 message(s)", 201)
    assert found["messages"][2]["messageDetails"] == "Insufficient balance."
    assert found["messages"][2]["messageErrorCode"] == 102


@pytest.mark.row("001-041")
async def test_a_trial_accounts_messages_bear_no_reference() -> None:
    rig = Cm()
    await rig.pay_in("trial", 100_000)
    assert (await rig.entry(msg(reference="mine"), token_of("trial")))["reference"] == "mine"
    (stored,) = await rig.stored()
    assert stored.message.reference == ""
    assert (await rig.taken(msg(reference="mine"))).reference == "mine"
