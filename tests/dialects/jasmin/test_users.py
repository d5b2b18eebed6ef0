"""Balances, counts and limits over several requests, as a client of this wire sees them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from chappe.dialects.jasmin import DIALECT
from chappe.domain.account import Account, Group
from chappe.domain.link import Health
from chappe.domain.message import PartSent
from chappe.domain.retry import Outcome
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.directory import write_entry
from chappe.pipeline.dispatch import Dispatch
from chappe.pipeline.query import Query
from chappe.ports.connector import SendOutcome
from chappe.ports.directory import Kind
from dialects.http_rig import NoMeter, Rig
from dialects.jasmin_users import furnish

UNPAID = (403, b'Error "Cannot charge submit_sm, check RouterPB log file for details"')
TOO_FAST = (403, b'Error "User throughput exceeded"')


class Desk:
    """A furnished rig with a connector's end of it."""

    def __init__(self) -> None:
        self.rig = Rig(DIALECT)
        meter = NoMeter()
        self.dispatch = Dispatch(
            directory=self.rig.directory,
            store=self.rig.store,
            clock=self.rig.clock,
            chance=lambda: 0.5,
            health=lambda _: Health.UP,
            meter=meter,
            receipts=AcceptReceipt(self.rig.store, self.rig.directory, self.rig.clock, meter),
            owner=1,
        )

    async def send(self, user: str, **given: str) -> tuple[int, bytes]:
        more = "".join(f"&{name}={value}" for name, value in {"content": "x", **given}.items())
        answer = await self.rig.ask(f"/send?username={user}&password=secret&to=31612345678{more}")
        return answer.status, answer.body

    async def balance(self, user: str) -> Any:
        answer = await self.rig.ask(f"/balance?username={user}&password=secret")
        assert answer.status == 200
        return msgspec.json.decode(answer.body)

    async def end(self, outcome: Outcome, parts: int = 1) -> None:
        (going,) = await self.dispatch.take("op", 1)
        numbers = range(1, parts + 1) if outcome is Outcome.SENT else ()
        sent = tuple(PartSent(number, f"{going.message.id:x}{number}") for number in numbers)
        await self.dispatch.conclude("op", [SendOutcome(going.message.id, outcome, sent)])


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await furnish(made.rig)
    return made


async def test_a_part_is_charged_at_once_and_the_rest_when_the_smsc_takes_it(desk: Desk) -> None:
    # 25 % of 0.05 at once.
    assert await desk.balance("early") == {"balance": 0.1, "sms_count": "ND"}
    assert (await desk.send("early"))[0] == 200
    assert await desk.balance("early") == {"balance": 0.0875, "sms_count": "ND"}
    await desk.end(Outcome.SENT)
    assert await desk.balance("early") == {"balance": 0.05, "sms_count": "ND"}


async def test_what_is_promised_to_one_message_pays_for_no_other(desk: Desk) -> None:
    assert [(await desk.send("early"))[0] for _ in range(2)] == [200, 200]
    assert await desk.balance("early") == {"balance": 0.075, "sms_count": "ND"}
    # Jasmin would take a third one, and find nothing left to charge when the SMSC answers.
    assert await desk.send("early") == UNPAID
    for _ in range(2):
        await desk.end(Outcome.SENT)
    assert await desk.balance("early") == {"balance": 0.0, "sms_count": "ND"}


async def test_what_no_smsc_took_costs_nothing(desk: Desk) -> None:
    for user in ("early", "both"):
        before = await desk.balance(user)
        assert (await desk.send(user))[0] == 200
        assert await desk.balance(user) != before
        await desk.end(Outcome.REFUSED)
        assert await desk.balance(user) == before


async def test_a_cancelled_message_costs_nothing(desk: Desk) -> None:
    before = await desk.balance("both")
    await desk.send("both", sdt="000000000100000R")
    assert await desk.balance("both") == {"balance": 0.05, "sms_count": 2}
    (found,) = await desk.rig.stored()
    assert await Query(desk.rig.store, desk.rig.clock).cancel("both", found.message.id) == set()
    assert await desk.balance("both") == before


async def test_parts_are_counted_whatever_they_cost(desk: Desk) -> None:
    assert (await desk.send("few", content="x" * 200))[0] == 200
    assert await desk.balance("few") == {"balance": "ND", "sms_count": 1}
    assert await desk.send("few", content="x" * 200) == UNPAID
    assert (await desk.send("few"))[0] == 200
    assert await desk.balance("few") == {"balance": "ND", "sms_count": 0}
    assert await desk.send("few") == UNPAID
    await desk.end(Outcome.SENT, 2)
    assert await desk.balance("few") == {"balance": "ND", "sms_count": 0}


async def test_asking_for_a_rate_takes_nothing(desk: Desk) -> None:
    for _ in range(5):
        await desk.rig.ask("/rate?username=both&password=secret&to=31612345678")
    assert await desk.balance("both") == {"balance": 0.1, "sms_count": 3}


async def test_a_limit_for_http_is_a_distance_between_messages(desk: Desk) -> None:
    assert (await desk.send("by-http"))[0] == 200
    assert await desk.send("by-http", content="x" * 400) == TOO_FAST
    desk.rig.clock.seconds = 0.49
    assert await desk.send("by-http") == TOO_FAST
    desk.rig.clock.seconds = 0.5
    # It counts requests, not parts.
    assert (await desk.send("by-http", content="x" * 400))[0] == 200
    desk.rig.clock.seconds = 1.0
    assert (await desk.send("by-http"))[0] == 200


async def test_a_limit_for_smpp_does_not_hold_here(desk: Desk) -> None:
    assert [(await desk.send("by-smpp"))[0] for _ in range(5)] == [200] * 5


async def test_who_is_too_fast_is_not_charged(desk: Desk) -> None:
    account = Account(name="early", charged=True, http_throughput=1.0)
    desk.rig.directory.apply([write_entry(Kind.ACCOUNT, "early", account)])
    assert (await desk.send("early"))[0] == 200
    assert await desk.send("early") == TOO_FAST
    assert (await desk.balance("early"))["balance"] == 0.05


async def test_a_group_that_is_switched_off_shuts_out_who_is_known_already(desk: Desk) -> None:
    assert (await desk.send("gathered"))[0] == 200
    desk.rig.directory.apply([write_entry(Kind.GROUP, "on", Group(name="on", enabled=False))])
    assert await desk.send("gathered") == (403, b'Error "Authentication failure for username:gathered"')
    desk.rig.directory.apply([write_entry(Kind.GROUP, "on", Group(name="on"))])
    assert (await desk.send("gathered"))[0] == 200


async def rest(desk: Desk, login: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    token = b64encode(login.encode()).decode()
    answer = await desk.rig.ask(
        path, method="POST" if body else "GET", body=body, headers={"Authorization": f"Basic {token}"}
    )
    return answer.status, msgspec.json.decode(answer.body)


async def test_the_rest_api_tells_and_refuses_the_same(desk: Desk) -> None:
    both = {"data": {"balance": 0.1, "sms_count": 3}}
    assert await rest(desk, "both:secret", "/secure/balance") == (200, both)
    one = b'{"to": 31712345678, "content": "x"}'
    status, told = await rest(desk, "f-to:secret", "/secure/send", one)
    assert status == 400
    assert "Value filter failed for user [f-to] (destination_address filter mismatch)." in told["message"]
    assert (await rest(desk, "no-http:secret", "/secure/send", one))[0] == 403
    batch = b'{"messages": [' + one + b"]}"
    assert (await rest(desk, "no-http:secret", "/secure/sendbatch", batch))[0] == 403
    assert await desk.rig.stored() == []


@pytest.mark.row("002-004")
async def test_each_customer_has_credentials_and_a_ledger_of_its_own(desk: Desk) -> None:
    one = b'{"to": 31612345678, "content": "x"}'
    before = await rest(desk, "early:secret", "/secure/balance")
    assert (await rest(desk, "both:secret", "/secure/send", one))[0] == 200
    after = {"data": {"balance": 0.05, "sms_count": 2}}
    assert await rest(desk, "both:secret", "/secure/balance") == (200, after)
    assert await rest(desk, "early:secret", "/secure/balance") == before
    (found,) = await desk.rig.stored()
    assert (found.message.account, found.message.user) == ("both", "both")
    acme = {"data": {"balance": "ND", "sms_count": "ND"}}
    assert await rest(desk, "acme:acme-pass", "/secure/balance") == (200, acme)
    # One customer's password opens no other's door.
    assert (await rest(desk, "both:acme-pass", "/secure/balance"))[0] == 401
