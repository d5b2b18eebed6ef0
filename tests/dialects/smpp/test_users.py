"""Rights, value filters, quotas, groups and figures on a socket: each refusal has its command_status and keeps nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.account import Account, Group
from chappe.domain.refusal import Right
from chappe.domain.routing import Route, Target
from chappe.domain.value_filters import ValueFilters
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.ports.ledger import LedgerEntry, Quota
from chappe.protocols.smpp.commands import BindTransceiver, ReplaceSm
from chappe.protocols.smpp.statuses import Status
from dialects.smpp.core_under_test import NOW, House
from dialects.smpp.esme import PASSWORD, submit_sm

REFUSED: list[tuple[dict[str, Any], dict[str, Any], Status]] = [
    ({"may_send_smpp": False}, {}, Status.ESME_RINVSYSID),
    ({"denied": (Right.RECEIPT_LEVEL,)}, {"registered_delivery": 1}, Status.ESME_RINVSYSID),
    ({"denied": (Right.SOURCE_ADDRESS,)}, {}, Status.ESME_RINVSYSID),
    ({"denied": (Right.PRIORITY,)}, {"priority_flag": 1}, Status.ESME_RINVSYSID),
    ({"filters": ValueFilters(destination="^32")}, {}, Status.ESME_RINVDSTADR),
    ({"filters": ValueFilters(source="^Acme$")}, {}, Status.ESME_RINVSRCADR),
    ({"filters": ValueFilters(priority="^1$")}, {"priority_flag": 2}, Status.ESME_RINVPRTFLG),
    (
        {"filters": ValueFilters(validity="^60$")},
        {"validity_period": "000000030000000R"},
        Status.ESME_RINVEXPIRY,
    ),
    ({"filters": ValueFilters(content="^Acme:")}, {}, Status.ESME_RSYSERR),
    ({"charged": True}, {}, Status.ESME_RSYSERR),
    ({"counted": True}, {}, Status.ESME_RSYSERR),
]


def furnish(house: House, **given: Any) -> None:
    house.change(Kind.ACCOUNT, "acme", Account(name="acme", **given))
    house.change(Kind.ROUTE, "all", Route(name="all", targets=(Target(connector="op"),), price=50_000))


@pytest.mark.parametrize(("given", "fields", "status"), REFUSED)
async def test_each_refusal_has_its_status(
    house: House, given: dict[str, Any], fields: dict[str, Any], status: Status
) -> None:
    esme = await house.transceiver()
    furnish(house, **given)
    answer = await esme.ask(submit_sm(**fields))
    assert answer.status == status
    assert await house.all_stored() == []
    furnish(house)
    assert (await esme.ask(submit_sm(**fields))).status == 0


async def test_values_that_pass_pass(house: House) -> None:
    filters = ValueFilters(destination="^316", source="^Shop$", priority="^[01]$", content="^hello")
    esme = await house.transceiver()
    furnish(house, filters=filters)
    assert (await esme.ask(submit_sm(priority_flag=1))).status == 0


async def test_a_part_that_the_client_cut_itself_is_no_text_to_match(house: House) -> None:
    esme = await house.transceiver()
    furnish(house, filters=ValueFilters(content="^Acme:"))
    part = submit_sm(b"\5\0\3\1\2\2second half", esm_class=0x40)
    assert (await esme.ask(part)).status == 0


async def test_a_limit_for_smpp_holds_over_sessions_and_not_for_http(house: House) -> None:
    first, second = await house.transceiver(), await house.transceiver()
    furnish(house, smpp_throughput=0.01)
    assert [(await each.ask(submit_sm())).status for each in (first, second)] == [0, Status.ESME_RTHROTTLED]
    furnish(house, http_throughput=0.01)
    assert [(await first.ask(submit_sm())).status for _ in range(3)] == [0, 0, 0]


async def test_each_part_is_charged_and_counted(house: House) -> None:
    esme = await house.transceiver()
    furnish(house, charged=True, counted=True, early_percent=10)
    await house.store.deposit(LedgerEntry("acme", NOW, 200_000, "", 3))
    assert (await esme.ask(submit_sm(b"x" * 200))).status == 0
    assert await house.store.quotas(["acme"]) == [Quota(100_000, 90_000, 1)]
    assert (await esme.ask(submit_sm(b"x" * 200))).status == Status.ESME_RSYSERR


async def test_a_group_that_is_switched_off_ends_its_sessions_and_lets_nobody_in(house: House) -> None:
    esme = await house.transceiver()
    furnish(house, group="g")
    house.directory.apply([write_entry(Kind.GROUP, "g", Group(name="g", enabled=False))])
    assert (await esme.ask(submit_sm())).status == Status.ESME_RINVSYSID
    house.server.recheck()
    await esme.gone()
    another = await house.esme()
    assert await another.refused(BindTransceiver("acme", PASSWORD)) == Status.ESME_RINVPASWD


async def test_sessions_and_what_is_sent_to_them_are_counted(house: House) -> None:
    transmitter, receiver = await house.transmitter(), await house.receiver()
    await house.esme()
    await house.meter.reaches(3, "smpp_connections")
    assert house.server.modes() == {"tx": 1, "rx": 1, "trx": 0, "": 1}
    message_id = await transmitter.submit(registered_delivery=1)
    await house.sent(message_id)
    await house.receipt(message_id)
    receiver.take(await receiver.next())
    assert house.meter.of("smpp_outgoing", "deliver_sm") == 1
    transmitter.unbind()
    await transmitter.gone()
    assert house.server.modes()["tx"] == 0


async def test_a_text_that_replaces_another_passes_the_filter_too(house: House) -> None:
    esme = await house.transceiver()
    furnish(house, filters=ValueFilters(content="^Acme:", source="^Shop$"), default_sender="Other")
    later = {"schedule_delivery_time": "000000010000000R", "source_addr": ""}
    message_id = await esme.submit(b"Acme: one", **later)
    refused = ReplaceSm(message_id, source_addr="", short_message=b"buy")
    assert (await esme.ask(refused)).status == Status.ESME_RSYSERR
    assert (await house.stored(message_id)).message.octets == b"Acme: one"
    assert (await esme.ask(ReplaceSm(message_id, source_addr="", short_message=b"Acme: two"))).status == 0
    assert (await house.stored(message_id)).message.octets == b"Acme: two"
