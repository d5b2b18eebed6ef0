"""News of every change, errors that an operator's map knows, and networks that a client names."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.error_table import ErrorMap
from chappe.domain.extras import Extras
from chappe.domain.link import ConnectorRecord
from chappe.domain.network import Network
from chappe.domain.receipt import Receipt
from chappe.domain.report import FINALS, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.retry import Outcome
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.state import State
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from unit.pipeline.rig import Rig, receipt, rig

EVERY_CHANGE = ReportWish(
    Way.WEBHOOK, FINALS | ReportOn.CHANGES, "cm-query", "http://client.example/s", "GET"
)


async def told(house: Rig, message_id: int) -> list[StatusNotice]:
    found = [record.notice for record in await house.notices(message_id)]
    return [one for one in found if isinstance(one, StatusNotice)]


async def test_each_change_of_state_is_told_once() -> None:
    house = rig()
    message_id = await house.sent("1", report=EVERY_CHANGE)
    for each in (receipt("1", None), receipt("1", None), receipt("1"), receipt("1")):
        await house.receipts.accept([each])
    assert sorted(await house.events(message_id)) == sorted(
        [
            (ReportOn.SMSC, State.SENT),
            (ReportOn.INTERMEDIATE, State.SENT),
            (ReportOn.SUCCESS, State.DELIVERED),
        ]
    )


async def test_a_refusal_is_told_once() -> None:
    house = rig()
    message_id = await house.accept(report=EVERY_CHANGE)
    await house.take()
    await house.end(message_id, Outcome.REFUSED, error="ESME_RINVDSTADR", command_status=0x0B)
    assert await house.events(message_id) == [(ReportOn.FAILURE, State.REJECTED)]


@pytest.mark.parametrize(
    ("extras", "network", "groupings", "shown"),
    [
        (None, "", (), ""),
        (None, "20801", (), "20801"),
        (Extras(groupings=("a", "", "c"), network="20404"), "", ("a", "", "c"), "20404"),
        (Extras(groupings=("a", "", "c"), network="20404"), "20801", ("a", "", "c"), "20801"),
    ],
)
async def test_a_report_bears_groupings_and_the_network_that_was_told(
    extras: Extras | None, network: str, groupings: tuple[str, ...], shown: str
) -> None:
    house = rig()
    message_id = await house.sent("1", report=EVERY_CHANGE, extras=extras)
    await house.receipts.accept([receipt("1", network=network)])
    first, last = await told(house, message_id)
    assert (first.groupings, first.network) == (groupings, extras.network if extras else "")
    assert (last.groupings, last.network) == (groupings, shown)


def test_a_receipt_has_no_network_unless_it_is_told() -> None:
    told: Receipt = receipt("1")
    assert told.network == ""


# ---------------------------------------------------------------- what passes is tried again


@pytest.mark.row("001-223")
@pytest.mark.parametrize(
    ("outcome", "code", "state"),
    [
        (Outcome.REFUSED, None, State.REJECTED),
        (Outcome.REFUSED, 22, State.SCHEDULED),
        (Outcome.REFUSED, 23, State.REJECTED),
        (Outcome.REFUSED, 5, State.REJECTED),
        (Outcome.DEFERRED, None, State.SCHEDULED),
        (Outcome.DEFERRED, 24, State.SCHEDULED),
        (Outcome.DEFERRED, 29, State.REJECTED),
        (Outcome.DEFERRED, 31, State.SCHEDULED),
        (Outcome.THROTTLED, 29, State.QUEUED),
        (Outcome.UNFIT, 24, State.PARKED),
    ],
)
async def test_the_temporary_flag_of_a_mapped_status_steers_the_retry(
    outcome: Outcome, code: int | None, state: State
) -> None:
    house = rig()
    if code is not None:
        one = ErrorMap(connector="op", statuses={"0x500": code})
        house.directory.apply([write_entry(Kind.ERROR_MAP, "op", one)])
    message_id = await house.accept()
    await house.take()
    await house.end(message_id, outcome, error="0x500", command_status=0x500)
    assert await house.state(message_id) is state


# ---------------------------------------------------------------- the client's own network


@pytest.mark.row("001-249")
@pytest.mark.parametrize(
    ("counts", "network", "connector"),
    [
        (True, "20801", "orange"),
        (True, "", "op"),
        (True, "20404", "op"),
        (False, "20801", "op"),
    ],
)
async def test_the_network_that_a_client_names_counts_where_its_account_says_so(
    counts: bool,
    network: str,
    connector: str,
) -> None:
    route = Route(
        name="orange",
        order=5,
        condition=Condition(networks=("20801",)),
        targets=(Target(connector="orange"),),
    )
    house = rig(
        Account(name="acme", network_from_client=counts),
        ConnectorRecord(name="orange"),
        Network(code="20416", prefixes=("31",)),
        route,
    )
    given: dict[str, Any] = {"extras": Extras(network=network)} if network else {}
    message_id = await house.accept(**given)
    assert (await house.standing(message_id)).connector == connector
