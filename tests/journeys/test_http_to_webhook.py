"""HTTP in, SMPP out, its news back as webhooks: levels, methods, exact parameters, hesitant receivers."""

from __future__ import annotations

import re
from functools import partial

import pytest

from chappe.domain.account import Account
from chappe.domain.report import Delivery
from chappe.domain.state import State
from chappe.protocols.smpp.commands import DeliverSm
from chappe.sim.sink import Reply, busy, redirect
from journeys.house import ACK, PASSWORD, House, ask_http, until

RECEIPT = re.compile(
    r"id:(\S+) sub:(\S+) dlvrd:(\S+) submit date:(\S+) done date:(\S+) stat:(\S+) err:(\S+) text:(.*)",
    re.IGNORECASE | re.DOTALL,
)


def receipt_of(house: House) -> tuple[str, ...]:
    """The fields of the one receipt that the SMSC sent, as they went over the wire."""
    ((_, body),) = house.tap.of_kind(DeliverSm, from_smsc=True)
    found = RECEIPT.fullmatch(body.short_message.decode("ascii"))
    assert found is not None
    return found.groups()


@pytest.mark.row("002-037")
@pytest.mark.row("002-039")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("level", ["1", "2", "3"])
async def test_levels_and_methods(house: House, level: str, method: str) -> None:
    url = house.sink.url("/dlr?mine=a%20b")
    message_id = await house.sent(
        post=method == "get", dlr="yes", dlr_level=level, dlr_url=url, dlr_method=method
    )
    wanted = []
    if level != "2":
        smsc = [("id", message_id), ("level", "1"), ("message_status", "ESME_ROK"), ("connector", "op")]
        wanted.append(smsc)
    if level == "1":
        await house.called(1)
        (submit,) = house.tap.submits
        assert submit.registered_delivery == 0
    else:
        assert (await house.over(message_id)).found.standing.state is State.DELIVERED
        smsc_id, sub, dlvrd, submitted, done, stat, err, text = receipt_of(house)
        (row,) = house.rows()
        assert smsc_id.lstrip("0") == row.id.lstrip("0")
        assert re.fullmatch(r"\d{10}", submitted)
        final = [
            ("id", message_id),
            ("level", "2"),
            ("message_status", "DELIVRD"),
            ("connector", "op"),
            ("id_smsc", smsc_id.lstrip("0")),
            ("sub", sub),
            ("dlvrd", dlvrd),
            ("subdate", submitted),
            ("donedate", done),
            ("err", err),
            ("text", text),
        ]
        assert (stat, err, sub, dlvrd) == ("DELIVRD", "000", "001", "001")
        wanted.append(final)
    own = [("mine", "a b")]
    told = [[pair for pair in call if pair not in own] for call in house.calls()]
    assert sorted(told) == sorted(wanted)
    for request, call in zip(house.sink.requests, house.calls(), strict=True):
        assert request.method == method.upper()
        assert request.header(b"user-agent") == "Jasmin gateway/1.0 DLRThrower"
        assert request.header(b"content-type") == "application/x-www-form-urlencoded"
        assert request.header(b"accept") == "text/plain"
        assert (call[:1] == own) is (method == "get")
        assert request.query.startswith(b"mine=a%20b")


async def test_nobody_asks_nobody_is_told(house: House) -> None:
    asked = await house.sent(content="asked", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    quiet = await house.sent(content="quiet", dlr="no", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    plain = await house.sent(content="plain")
    await house.over(asked)
    for message_id in (quiet, plain):
        assert (await house.reaches(message_id, State.SENT)).notices == ()
    assert {dict(call)["id"] for call in house.calls()} == {asked}
    assert {one.short_message: one.registered_delivery & 1 for one in house.tap.submits} == {
        b"asked": 1,
        b"quiet": 0,
        b"plain": 0,
    }


@pytest.mark.parametrize(
    ("magic", "word", "state", "err"),
    [
        ("990001", "UNDELIV", State.UNDELIVERED, "001"),
        ("990002", "EXPIRED", State.EXPIRED, "254"),
        ("990003", "REJECTD", State.REJECTED, "011"),
        ("990004", "DELETED", State.UNDELIVERED, "005"),
        ("990005", "UNKNOWN", State.UNKNOWN, "255"),
    ],
)
async def test_final_states_that_are_no_delivery(
    house: House, magic: str, word: str, state: State, err: str
) -> None:
    message_id = await house.sent(to=f"31612{magic}", dlr_level="2", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    ((*_, stat, told_err, _),) = [receipt_of(house)]
    assert (stat, told_err) == (word, err)
    call = dict((await house.called(1))[0])
    assert (call["message_status"], call["err"], call["level"]) == (word, err, "2")
    assert found.found.standing.state is state


@pytest.mark.parametrize(("magic", "status"), [("990030", "ESME_RINVDSTADR"), ("990034", "ESME_RX_P_APPN")])
async def test_a_refusal_by_the_smsc_is_told_on_both_levels(house: House, magic: str, status: str) -> None:
    message_id = await house.sent(to=f"31612{magic}", dlr_level="3", dlr_url=house.sink.url("/dlr"))
    found = await house.over(message_id)
    assert found.found.standing.state is State.REJECTED
    first, second = sorted(map(dict, house.calls()), key=lambda call: call["level"])
    assert first == {"id": message_id, "level": "1", "message_status": status, "connector": "op"}
    assert (second["level"], second["message_status"], second["connector"]) == ("2", "REJECTD", "op")
    assert [second[name] for name in ("sub", "dlvrd", "subdate", "donedate", "err")] == ["ND"] * 5
    assert list(second) == [
        *(
            "id",
            "level",
            "message_status",
            "connector",
            "id_smsc",
            "sub",
            "dlvrd",
            "subdate",
            "donedate",
            "err",
        ),
        "text",
    ]
    assert len(house.rows()) == 1


async def test_callbacks_that_are_not_acknowledged_come_again(house: House) -> None:
    replies = {
        "/other-body": Reply(status=200, body=b"OK"),
        "/error": Reply(status=500, body=b"ACK/Jasmin"),
        "/cut": Reply(cut=True),
        "/busy": busy(1),
        "/redirect": redirect(house.sink.url("/elsewhere")),
    }
    ids = {}
    for path, reply in replies.items():
        house.sink.always(reply, path)
        ids[path] = await house.sent(dlr_level="2", dlr_url=house.sink.url(path))

    async def open_after(message_id: str, attempts: int) -> bool:
        (notice,) = (await house.told(message_id)).notices
        return bool(notice.answered_ms) and notice.attempts == attempts and notice.delivery is Delivery.OPEN

    for attempts in (1, 2):
        for path, message_id in ids.items():
            await house.called(attempts, path)
            await until(partial(open_after, message_id, attempts))
        if attempts == 2:
            for path in ids:
                house.sink.always(ACK, path)
        house.clock.ahead_ms += 60_000
    for path, message_id in ids.items():
        assert (await house.over(message_id)).notices[0].attempts == 3
        first, *others = house.calls(path)
        # A connection that breaks before an answer may cost another request within the attempt.
        assert others == [first] * len(others)
        assert len(others) == 2 or path == "/cut"
    assert house.calls("/elsewhere") == []


async def test_a_target_inside_is_refused_unless_the_operator_allows_it(house: House) -> None:
    url = house.sink.url("/dlr")
    await house.save(Account(name="acme"))
    answer = await house.send(dlr_level="3", dlr_url=url)
    assert (answer.status, answer.body) == (
        400,
        'Error "Argument [dlr-url] has an invalid value: [the URL\'s address is not public]."',
    )
    await house.save(Account(name="acme", private_webhooks=("127.0.0.0/8",)))
    await house.over(await house.sent(dlr_level="3", dlr_url=url))
    assert len(house.calls()) == 2
    assert len(house.rows()) == 1


async def test_json_and_form_say_the_same(house: House) -> None:
    for given in ({}, {"post": True}, {"as_json": True}):
        await house.sent(content="same é €", priority="2", **given)
    await until(lambda: len(house.tap.submits) == 3)
    assert (
        len(
            {
                (one.short_message, one.priority_flag, one.source_addr, one.destination_addr)
                for one in house.tap.submits
            }
        )
        == 1
    )
    assert house.tap.submits[0].short_message == b"same \x05 \x1be"


async def test_rate_balance_and_ping_beside_it(house: House) -> None:
    port = house.here.http_port
    login = f"username=acme&password={PASSWORD}"
    rate = await ask_http(port, f"/rate?{login}&to=31612345678&content={'x' * 161}")
    assert (rate.status, rate.body) == (200, '{"unit_rate":0.0,"submit_sm_count":2}')
    assert (await ask_http(port, f"/balance?{login}")).body == '{"balance":"ND","sms_count":"ND"}'
    ping = await ask_http(port, "/ping")
    assert (ping.status, ping.body) == (200, "Jasmin/PONG")
