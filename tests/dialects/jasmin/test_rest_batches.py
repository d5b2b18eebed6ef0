"""Batches by the samples of document 002: what is counted, what is inherited, when it goes, and who is told."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chappe.dialects.jasmin import DIALECT
from chappe.dialects.jasmin.rest_batch import MOST_RECIPIENTS
from chappe.domain.message import StoredMessage
from chappe.domain.report import BatchNotice, Owed, ReportOn
from chappe.domain.state import State
from dialects.http_rig import NOW, Rig
from dialects.jasmin.test_rest_cases import UUID, basic

SAME_TO_THREE = """{
"messages": [
  {
    "to": [
      "31612345677",
      "31612345678",
      "31612345679"
    ],
    "content": "The same message to all three"
  }
]
}"""

BINARY = """{
  "messages": [
    {
      "to": [
        "31612345677",
        "31612345678",
        "31612345679"
      ],
      "hex_content": "d83edd23"
    }
  ]
}"""

DIFFERENT = """{
  "messages": [
    {
      "from": "Sender1",
      "to": [
        "31612345677",
        "31612345678",
        "31612345679"
      ],
      "content": "Message 1 goes to 3 numbers"
    },
    {
      "from": "Sender2",
      "to": [
        "31622222222",
        "31622222223",
        "31622222224"
      ],
      "content": "Message 2 goes to 3 numbers"
    },
    {
      "from": "Sender3",
      "to": "31622222225",
      "content": "Message 3 goes to 1 number"
    }
  ]
}"""

GLOBALS = """{
  "globals": {
    "from": "Sender2",
    "dlr-level": 3,
    "dlr": "yes",
    "dlr-url": "http://DLR.server/url"
  },
  "messages": [
    {
      "from": "Sender1",
      "to": [
        "31622222222",
        "3162222223",
        "3162222224"
      ],
      "content": "Message 1 goes to 3 numbers"
    },
    {
      "to": [
        "31612345677",
        "31612345678"
      ],
      "content": "Message 2 goes to 3 numbers"
    },
    {
      "to": "3163333333",
      "content": "Message 3 goes to 1 number"
    }
  ]
}"""

CALLBACKS = """{
  "batch_config": {
    "callback_url": "http://callback.url:80/successful_batch",
    "errback_url": "http://callback.url:80/errored_batch"
  },
  "messages":
  [
    {"to": ["3162222222"],
     "from": "sender",
     "coding": 8,
     "hex_content": "d83edd23"}
  ]
}"""


def scheduled(at: Any) -> str:
    return json.dumps(
        {
            "batch_config": {"schedule_at": at},
            "messages": [{"to": "3162222222", "content": "Happy New Year"}],
        }
    )


class Desk:
    """A client of the REST API and the gateway behind it; slices are spread when the test says so."""

    def __init__(self, login: str = "acme:acme-pass") -> None:
        self.rig = Rig(DIALECT)
        self.login = login

    async def post(self, body: str | dict[str, Any], **headers: str) -> dict[str, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        response = await self.rig.ask(
            "/secure/sendbatch",
            method="POST",
            body=text.encode(),
            headers={"Authorization": basic(self.login), **headers},
        )
        assert self.rig.faults == []
        assert response.status == 200, response
        found: dict[str, Any] = json.loads(response.body)["data"]
        assert UUID.fullmatch(found["batchId"])
        return found

    async def status(self, batch_id: str, method: str = "GET") -> dict[str, Any]:
        response = await self.rig.ask(
            f"/secure/batch/{batch_id}", method=method, headers={"Authorization": basic(self.login)}
        )
        assert response.status == 200, response
        found: dict[str, Any] = json.loads(response.body)["data"]
        return found

    async def spread(self) -> list[StoredMessage]:
        while (await self.rig.batches.step()).done:
            pass
        return await self.rig.stored()

    async def sent(self, body: str | dict[str, Any]) -> list[StoredMessage]:
        await self.post(body)
        return await self.spread()

    async def owed(self) -> list[Owed]:
        lanes = [each.lane for each in await self.rig.store.lanes()]
        now = self.rig.clock.ms
        return [one for lane in lanes for one in await self.rig.store.claim_notices(lane, 1_000, now, now)]

    async def told(self) -> list[tuple[str, str]]:
        """What is owed about batches: the number, and the whole call's query behind `batchId`."""
        writer = DIALECT.writers(self.rig.renderer)["jasmin.batch"]
        notices = [one.notice for one in await self.owed() if isinstance(one.notice, BatchNotice)]
        return [(notice.to, writer.write(notice).url.partition("batchId=")[2][37:]) for notice in notices]


@pytest.mark.row("002-002", "002-017", "002-018", "002-019")
async def test_the_same_message_goes_to_three() -> None:
    desk = Desk()
    given = await desk.post(SAME_TO_THREE)
    assert given.keys() == {"batchId", "messageCount"}
    assert given["messageCount"] == 3
    stored = await desk.spread()
    assert [one.message.destination.value for one in stored] == ["31612345677", "31612345678", "31612345679"]
    assert {one.message.text for one in stored} == {"The same message to all three"}
    assert {one.standing.state for one in stored} == {State.QUEUED}


@pytest.mark.row("002-025", "002-026", "002-032")
async def test_octets_without_a_coding_go_out_as_they_are() -> None:
    stored = await Desk().sent(BINARY)
    assert [(one.message.octets, one.message.data_coding) for one in stored] == [
        (bytes.fromhex("d83edd23"), 0)
    ] * 3


@pytest.mark.row("002-033", "002-034")
async def test_different_messages_from_different_senders() -> None:
    desk = Desk()
    assert (await desk.post(DIFFERENT))["messageCount"] == 7
    stored = await desk.spread()
    assert [
        (one.message.source.value, one.message.destination.value, one.message.text[:9]) for one in stored
    ] == [
        ("Sender1", "31612345677", "Message 1"),
        ("Sender1", "31612345678", "Message 1"),
        ("Sender1", "31612345679", "Message 1"),
        ("Sender2", "31622222222", "Message 2"),
        ("Sender2", "31622222223", "Message 2"),
        ("Sender2", "31622222224", "Message 2"),
        ("Sender3", "31622222225", "Message 3"),
    ]


@pytest.mark.row("002-022", "002-035", "002-036", "002-037")
async def test_globals_are_inherited_and_overridden() -> None:
    stored = await Desk().sent(GLOBALS)
    assert [one.message.source.value for one in stored] == ["Sender1"] * 3 + ["Sender2"] * 3
    level_3 = ReportOn.SMSC | ReportOn.SUCCESS | ReportOn.FAILURE
    assert {(one.message.report.events, one.message.report.target) for one in stored} == {
        (level_3, "http://DLR.server/url")
    }


@pytest.mark.row("002-021")
async def test_the_table_s_own_sample() -> None:
    desk = Desk()
    body = '{"messages": [{"to": 1, "content": "hi"}, {"to": 2, "content": "hello"}]}'
    assert (await desk.post(body))["messageCount"] == 2
    # Neither number has a route here: that is told of each, and refuses nothing as a whole.
    stored = await desk.spread()
    assert [(one.standing.state, one.message.destination.value) for one in stored] == [
        (State.REJECTED, "1"),
        (State.REJECTED, "2"),
    ]


@pytest.mark.row("002-024", "002-043", "002-045", "002-051")
async def test_the_document_s_callback() -> None:
    desk = Desk()
    given = await desk.post(CALLBACKS)
    assert given["messageCount"] == 1
    (one,) = await desk.spread()
    assert one.message.batch is not None
    assert (one.message.batch.callback, one.message.batch.errback) == (
        "http://callback.url:80/successful_batch",
        "http://callback.url:80/errored_batch",
    )
    assert desk.rig.renderer.uuid(one.message.batch.id) == given["batchId"]


async def test_what_is_wrong_with_one_message_is_told_of_it_alone() -> None:
    desk = Desk()
    body = {
        "batch_config": {"errback_url": "http://client.example/bad?shop=1"},
        "messages": [
            {"to": ["31612345678", "abc", True, None, {"a": 1}, [1], 3.5], "content": "x"},
            {"to": "31612345679"},
            {"to": "31612345670", "content": "x", "coding": 11},
            {"to": "31612345671", "content": "x", "foo": 1},
            {"to": "4412345678", "content": "x"},
        ],
    }
    assert (await desk.post(body))["messageCount"] == 11
    stored = await desk.spread()
    assert [one.standing.state for one in stored].count(State.QUEUED) == 1
    invalid = "status=0&statusText=HTTPAPI+error%3A+Error+%22Argument+%5Bto%5D+has+an+invalid+value%3A+%5B"
    assert await desk.told() == [
        ("abc", f"to=abc&{invalid}abc%5D.%22"),
        ("true", f"to=true&{invalid}true%5D.%22"),
        ("null", f"to=null&{invalid}null%5D.%22"),
        ('{"a": 1}', f"to=%7B%22a%22%3A+1%7D&{invalid}%7B%22a%22%3A+1%7D%5D.%22"),
        ("[1]", f"to=%5B1%5D&{invalid}%5B1%5D%5D.%22"),
        ("3.5", f"to=3.5&{invalid}3.5%5D.%22"),
        (
            "31612345679",
            "to=31612345679&status=0&statusText=HTTPAPI+error%3A+Error+%22content+or+hex-content+not+present.%22",
        ),
        (
            "31612345670",
            f"to=31612345670&{invalid.replace('%5Bto', '%5Bcoding')}11%5D.%22",
        ),
        (
            "31612345671",
            "to=31612345671&status=0&statusText=HTTPAPI+error%3A+Error+%22Argument+%5Bfoo%5D+is+unknown.%22",
        ),
        (
            "4412345678",
            "to=4412345678&status=0&statusText=HTTPAPI+error%3A+Error+%22No+route+found%22",
        ),
    ]


async def test_what_the_balance_does_not_cover_is_told_and_the_rest_goes() -> None:
    desk = Desk("rich:rich-pass")
    await desk.rig.pay_in("rich", 120_000)
    await desk.post(
        {
            "batch_config": {"errback_url": "http://client.example/bad"},
            "messages": [{"to": ["31612345671", "31612345672", "31612345673"], "content": "x"}],
        }
    )
    stored = await desk.spread()
    assert [one.standing.state for one in stored].count(State.QUEUED) == 2
    assert await desk.rig.store.balances(["rich"]) == [20_000]
    ((to, call),) = await desk.told()
    assert to == "31612345673"
    assert "Cannot+charge+submit_sm" in call


async def test_who_asked_for_receipts_is_told_of_a_refusal_too() -> None:
    desk = Desk()
    await desk.sent(
        {
            "globals": {"dlr-level": 2, "dlr-url": "http://client.example/dlr"},
            "messages": [{"to": "4412345678", "content": "x"}],
        }
    )
    (owed,) = await desk.owed()
    call = DIALECT.writer(desk.rig.renderer).write(owed.notice)
    assert b"message_status=REJECTD" in call.body


@pytest.mark.row("002-023", "002-052", "002-056")
async def test_a_day_is_86400_seconds() -> None:
    desk = Desk()
    given = await desk.post(scheduled("86400s"))
    assert (given["messageCount"], given["scheduled"]) == (1, "86400s")
    desk.rig.clock.ms += 86_399_000
    assert await desk.spread() == []
    assert (await desk.status(given["batchId"]))["waiting"] == 1
    desk.rig.clock.ms += 1_000
    assert len(await desk.spread()) == 1


async def test_at_once_is_0_seconds() -> None:
    desk = Desk()
    assert "scheduled" not in await desk.post(scheduled("0s"))
    assert len(await desk.spread()) == 1


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The process's zone is another for this test."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.row("002-053", "002-054")
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Pacific/Auckland", "UTC"], indirect=True)
async def test_a_date_is_the_server_s_local_time(zone: str) -> None:
    desk = Desk()
    wanted = NOW + 3_600_000 - NOW % 1000
    local = datetime.fromtimestamp(wanted / 1000, ZoneInfo(zone))
    given = await desk.post(scheduled(local.strftime("%Y-%m-%d %H:%M:%S")))
    assert given["scheduled"] == f"{(wanted - NOW) / 1000:g}s"
    desk.rig.clock.ms = wanted - 1
    assert await desk.spread() == []
    desk.rig.clock.ms = wanted
    assert len(await desk.spread()) == 1


async def test_a_date_may_name_its_zone() -> None:
    at = datetime.fromtimestamp(NOW / 1000 + 60, UTC)
    given = await Desk().post(scheduled(at.strftime("%Y-%m-%d %H:%M:%S+00:00")))
    assert given["scheduled"] == "60s"


@pytest.mark.parametrize(
    "at",
    [
        *("2026-13-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2026-01-31T09:00:00"),
        *("1e3s", "-5s", "", True, [], 1.5, "99999999999999999999s", "٣s"),
    ],
)
async def test_any_other_schedule_queues_nothing(at: Any) -> None:
    desk = Desk()
    response = await desk.rig.ask(
        "/secure/sendbatch",
        method="POST",
        body=scheduled(at).encode(),
        headers={"Authorization": basic(desk.login)},
    )
    assert response.status == 412
    assert desk.rig.faults == []
    assert await desk.spread() == []


async def test_validity_counts_from_when_the_batch_begins() -> None:
    desk = Desk()
    await desk.post(
        {
            "globals": {"validity_period": 10},
            "batch_config": {"schedule_at": "3600s"},
            "messages": [{"to": "31612345678", "content": "x"}],
        }
    )
    desk.rig.clock.ms += 3_600_000
    (one,) = await desk.spread()
    assert one.message.expires_ms == NOW + 3_600_000 + 600_000


async def test_an_account_s_rate_holds_within_a_batch() -> None:
    desk = Desk("slow:slow-pass")
    stored = await desk.sent({"messages": [{"to": [f"3161234567{n}" for n in range(5)], "content": "x"}]})
    assert [max(one.message.due_ms - NOW, 0) for one in stored] == [0, 1_000, 2_000, 3_000, 4_000]


async def test_status_counts_and_cancelling_ends_what_waits() -> None:
    desk = Desk()
    given = await desk.post(
        {
            "batch_config": {"errback_url": "http://client.example/bad"},
            "messages": [{"to": [f"316{n:08d}" for n in range(1_100)], "content": "x"}],
        }
    )
    batch_id = given["batchId"]
    first = await desk.status(batch_id)
    assert (first["status"], first["messageCount"], first["waiting"]) == ("open", 1_100, 1_100)
    await desk.rig.batches.step()
    assert (await desk.status(batch_id, "DELETE"))["status"] == "cancelling"
    await desk.spread()
    over = await desk.status(batch_id)
    assert (over["status"], over["waiting"], over["cancelled"]) == ("cancelled", 0, 1_100)
    told = await desk.told()
    assert len(told) == 1_000
    assert {call.rpartition("&")[2] for _, call in told} == {
        "statusText=HTTPAPI+error%3A+Error+%22DELETED%22"
    }


async def test_another_s_batch_is_not_found() -> None:
    desk = Desk()
    given = await desk.post(SAME_TO_THREE)
    for method in ("GET", "DELETE"):
        response = await desk.rig.ask(
            f"/secure/batch/{given['batchId']}",
            method=method,
            headers={"Authorization": basic("rich:rich-pass")},
        )
        assert response.status == 404
    assert (await desk.status(given["batchId"]))["status"] == "open"


async def test_a_key_that_was_used_answers_with_the_earlier_batch() -> None:
    desk = Desk()
    first = await desk.post(SAME_TO_THREE, **{"Idempotency-Key": "k-1"})
    assert await desk.post(SAME_TO_THREE, **{"Idempotency-Key": "k-1"}) == first
    assert (await desk.post(DIFFERENT, **{"Idempotency-Key": "k-2"}))["messageCount"] == 7
    assert len(await desk.spread()) == 10
    # Long after it was spread as well.
    assert await desk.post(SAME_TO_THREE, **{"Idempotency-Key": "k-1"}) == first


async def test_a_key_that_was_used_for_another_batch_is_refused() -> None:
    desk = Desk()
    await desk.post(SAME_TO_THREE, **{"Idempotency-Key": "k-1"})
    response = await desk.rig.ask(
        "/secure/sendbatch",
        method="POST",
        body=DIFFERENT.encode(),
        headers={"Authorization": basic(desk.login), "Idempotency-Key": "k-1"},
    )
    assert (response.status, json.loads(response.body)) == (
        409,
        {"title": "The idempotency key was used for another message"},
    )
    assert len(await desk.spread()) == 3


async def test_a_million_destinations_are_refused_whole() -> None:
    desk = Desk()
    body = b'{"messages":[{"content":"x","to":[' + b"1," * (MOST_RECIPIENTS) + b"1]}]}"
    response = await desk.rig.ask(
        "/secure/sendbatch", method="POST", body=body, headers={"Authorization": basic(desk.login)}
    )
    assert (response.status, json.loads(response.body)["title"]) == (400, "Batch too large")
    assert await desk.spread() == []


async def test_a_full_disk_takes_no_batch() -> None:
    desk = Desk()
    desk.rig.store.full = True
    response = await desk.rig.ask(
        "/secure/sendbatch",
        method="POST",
        body=SAME_TO_THREE.encode(),
        headers={"Authorization": basic(desk.login)},
    )
    assert response.status == 500
    assert (
        json.loads(response.body)["title"]
        == "Cannot send submit_sm, check SMPPClientManagerPB log file for details"
    )
