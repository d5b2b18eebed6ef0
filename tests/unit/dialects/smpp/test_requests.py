"""Requests over the real middle and the store in memory: one call for a read, answers in order, nothing of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from chappe.dialects.smpp.requests import Reply, Requests
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.report import ReportOn
from chappe.domain.routing import Route, Target
from chappe.domain.state import State
from chappe.ports.directory import Kind
from chappe.ports.store import StoreBusy, StoreFailed
from chappe.protocols.smpp.commands import (
    Body,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSmResp,
)
from chappe.protocols.smpp.destinations import DistributionList, SmeAddress, UnsuccessSme
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.statuses import Status
from chappe.protocols.smpp.tlvs import Tag, Tlv
from dialects.smpp.core_under_test import NOW, House
from dialects.smpp.esme import submit_sm


class Rig:
    def __init__(self) -> None:
        self.house = House()
        self.requests = Requests(self.house.core)

    async def ask(
        self, *bodies: Body, account: str = "acme", tlvs: tuple[Tlv, ...] = ()
    ) -> list[tuple[int, Body | None]]:
        pdus = [Pdu(body.command, 0, number, body, tlvs) for number, body in enumerate(bodies, 1)]
        replies: Sequence[Reply] = await self.requests.answer(account, account, pdus)
        assert [pdu for pdu, _, _ in replies] == pdus
        return [(status, body) for _, status, body in replies]

    async def one(
        self, body: Body, account: str = "acme", tlvs: tuple[Tlv, ...] = ()
    ) -> tuple[int, Body | None]:
        (reply,) = await self.ask(body, account=account, tlvs=tlvs)
        return reply

    async def submitted(self, account: str = "acme", **given: Any) -> str:
        status, body = await self.one(submit_sm(**given), account)
        assert isinstance(body, SubmitSmResp), Status(status).name
        return body.message_id


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_all_submissions_of_a_read_are_one_commit_and_answered_in_order(rig: Rig) -> None:
    replies = await rig.ask(
        submit_sm(b"1"),
        submit_sm(b"2", destination_addr="nobody"),
        DataSm(destination_addr="31612345678", registered_delivery=1),
        SubmitMulti(dest_address=(SmeAddress("31612345678"), SmeAddress("31687654321")), short_message=b"3"),
        QuerySm("unknown"),
        submit_sm(b"4"),
        tlvs=(),
    )
    kinds = [type(body).__name__ for _, body in replies]
    assert kinds == ["SubmitSmResp", "NoneType", "DataSmResp", "SubmitMultiResp", "NoneType", "SubmitSmResp"]
    assert [status for status, _ in replies] == [
        0,
        Status.ESME_RINVDSTADR,
        0,
        0,
        Status.ESME_RINVMSGID,
        0,
    ]
    assert rig.house.store.batches == [5]
    ids = [
        body.message_id
        for _, body in replies
        if isinstance(body, SubmitSmResp | DataSmResp | SubmitMultiResp)
    ]
    assert [(await rig.house.stored(each)).message.octets for each in ids] == [b"1", b"", b"3", b"4"]


async def test_what_was_accepted_is_as_it_was_written(rig: Rig) -> None:
    message_id = await rig.submitted(
        short_message=b"\x00h", data_coding=8, priority_flag=2, service_type="CMT"
    )
    message = (await rig.house.stored(message_id)).message
    assert (message.account, message.user, message.dialect) == ("acme", "acme", "smpp")
    assert (message.octets, message.data_coding, message.priority) == (b"\x00h", 8, 2)
    assert message.options.service_type == "CMT"
    assert message.report.target == "acme"
    assert message.source == Address("Shop", 5, 0)


@pytest.mark.parametrize(
    ("account", "given", "status"),
    [
        ("mute", {}, "ESME_RINVSYSID"),
        ("off", {}, "ESME_RINVSYSID"),
        ("nobody", {}, "ESME_RINVSYSID"),
        ("denied", {}, "ESME_RINVSYSID"),
        ("denied", {"source_addr": "", "registered_delivery": 0, "priority_flag": 1}, "ESME_RINVSYSID"),
        ("denied", {"source_addr": "", "registered_delivery": 1}, "ESME_RINVSYSID"),
        (
            "denied",
            {"source_addr": "", "registered_delivery": 0, "validity_period": "000000010000000R"},
            "ESME_RINVSYSID",
        ),
        ("acme", {"destination_addr": "9911111111"}, "ESME_RSUBMITFAIL"),
        ("acme", {"destination_addr": ""}, "ESME_RINVDSTADR"),
        ("acme", {"source_addr": "far too long a name"}, "ESME_RINVSRCADR"),
        (
            "acme",
            {"schedule_delivery_time": "000002000000000R", "validity_period": "000001000000000R"},
            "ESME_RINVEXPIRY",
        ),
        ("acme", {"schedule_delivery_time": "020000000000000R"}, "ESME_RINVSCHED"),
    ],
)
async def test_refusals(rig: Rig, account: str, given: dict[str, Any], status: str) -> None:
    got, body = await rig.one(submit_sm(**given), account)
    assert Status(got).name == status
    assert (body is None) is bool(got)


async def test_no_route_has_its_status(rig: Rig) -> None:
    rig.house.change(Kind.ROUTE, "all", None)
    assert await rig.one(submit_sm()) == (Status.ESME_RINVDSTADR, None)


async def test_what_a_balance_does_not_cover_has_its_status(rig: Rig) -> None:
    priced = Route(name="all", targets=(Target(connector="op"),), price=50_000)
    rig.house.change(Kind.ROUTE, "all", priced)
    assert await rig.one(submit_sm(), "poor") == (Status.ESME_RSYSERR, None)


async def test_a_rate_is_held_over_one_read(rig: Rig) -> None:
    statuses = [status for status, _ in await rig.ask(*[submit_sm()] * 3, account="slow")]
    assert statuses == [0, Status.ESME_RTHROTTLED, Status.ESME_RTHROTTLED]


async def test_limits_that_change_hold_from_the_next_read_on(rig: Rig) -> None:
    await rig.submitted()
    rig.house.change(Kind.ACCOUNT, "acme", Account(name="acme", may_send=False))
    assert await rig.one(submit_sm()) == (Status.ESME_RINVSYSID, None)
    rig.house.change(Kind.ACCOUNT, "acme", Account(name="acme"))
    await rig.submitted()


async def test_a_text_over_the_accounts_parts_or_over_255_is_too_long(rig: Rig) -> None:
    for account, octets, status in (
        ("short", b"x" * 306, 0),
        ("short", b"x" * 307, Status.ESME_RINVMSGLEN),
        ("acme", b"x" * 153 * 255, 0),
        ("acme", b"x" * (153 * 255 + 1), Status.ESME_RINVMSGLEN),
        ("acme", b"x" * 65_000, Status.ESME_RINVMSGLEN),
    ):
        got, _ = await rig.one(submit_sm(b""), account, ((Tag.MESSAGE_PAYLOAD, octets),))
        assert got == status
    parts = [stored.message.parts for stored in await rig.house.all_stored()]
    assert parts == [2, 255]
    header = b"\x05\x00\x03\x01\x02\x01"
    got, _ = await rig.one(submit_sm(b"", esm_class=0x40), tlvs=((Tag.MESSAGE_PAYLOAD, header + b"x" * 260),))
    assert got == Status.ESME_RINVMSGLEN


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreBusy("the disk is full"), Status.ESME_RMSGQFUL), (StoreFailed("gone"), Status.ESME_RSYSERR)],
)
async def test_a_store_that_cannot_take_more_is_no_yes(rig: Rig, error: Exception, status: Status) -> None:
    rig.house.store.fault = error
    assert await rig.ask(submit_sm(), submit_sm()) == [(status, None)] * 2


async def test_submit_multi_tells_whom_it_did_not_reach(rig: Rig) -> None:
    status, body = await rig.one(
        SubmitMulti(
            dest_address=(
                SmeAddress("x", 1, 1),
                SmeAddress("9911111111", 1, 1),
                SmeAddress("+31612345678", 1, 1),
                SmeAddress("31687654321", 1, 1),
            ),
            short_message=b"hi",
        )
    )
    assert status == 0
    first, second = await rig.house.all_stored()
    assert first.message.destination.value == "31612345678"
    assert second.message.destination.value == "31687654321"
    assert body == SubmitMultiResp(
        rig.house.renderer.hex(first.message.id),
        (
            UnsuccessSme("x", Status.ESME_RINVDSTADR, 1, 1),
            UnsuccessSme("9911111111", Status.ESME_RSUBMITFAIL, 1, 1),
        ),
    )


@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        ((SmeAddress("x"), SmeAddress("9911111111")), Status.ESME_RINVDSTADR),
        ((SmeAddress("9911111111"),), Status.ESME_RSUBMITFAIL),
    ],
)
async def test_a_submit_multi_that_reaches_nobody_has_the_first_ones_status(
    rig: Rig, addresses: tuple[SmeAddress, ...], status: Status
) -> None:
    got, body = await rig.one(SubmitMulti(dest_address=addresses, short_message=b"hi"))
    assert got == status
    assert isinstance(body, SubmitMultiResp)
    assert (body.message_id, len(body.unsuccess_sme)) == ("", len(addresses))


async def test_distribution_lists_are_not_kept(rig: Rig) -> None:
    got = await rig.one(SubmitMulti(dest_address=(SmeAddress("31612345678"), DistributionList("all"))))
    assert got == (Status.ESME_RINVDLNAME, None)
    assert await rig.house.all_stored() == []


# ---------------------------------------------------------------- about earlier messages


async def test_query_sm_tells_the_state(rig: Rig) -> None:
    message_id = await rig.submitted()
    assert await rig.one(QuerySm(message_id)) == (0, QuerySmResp(message_id, "", 1, 0))
    await rig.house.sent(message_id)
    assert await rig.one(QuerySm(message_id)) == (0, QuerySmResp(message_id, "", 1, 0))
    await rig.house.receipt(message_id, state=State.UNDELIVERED, word="UNDELIV", error="027")
    assert await rig.one(QuerySm(message_id)) == (0, QuerySmResp(message_id, "260921141320200+", 5, 27))
    shouted = message_id.upper()
    assert await rig.one(QuerySm(shouted)) == (0, QuerySmResp(shouted, "260921141320200+", 5, 27))


@pytest.mark.parametrize("make", [QuerySm, lambda of: CancelSm(message_id=of), ReplaceSm])
async def test_anothers_message_an_unknown_one_and_no_id_are_not_found_alike(rig: Rig, make: Any) -> None:
    message_id = await rig.submitted()
    unknown = rig.house.renderer.hex(12345)
    for account, asked in (
        ("other", message_id),
        ("acme", unknown),
        ("acme", ""),
        ("acme", "1" * 64),
        ("acme", "\xff"),
    ):
        assert await rig.one(make(asked), account) == (Status.ESME_RINVMSGID, None)
    assert (await rig.house.stored(message_id)).standing.state is State.QUEUED


async def test_cancel_sm_ends_a_message_that_waits_and_tells_its_receipt(rig: Rig) -> None:
    message_id = await rig.submitted()
    assert await rig.one(CancelSm(message_id=message_id)) == (0, CancelSmResp())
    assert (await rig.house.stored(message_id)).standing.state is State.CANCELLED
    (lane,) = await rig.house.store.lanes()
    assert lane.lane == "smpp:acme"
    assert "smpp:acme" in rig.house.notifier._due
    assert await rig.one(CancelSm(message_id=message_id)) == (Status.ESME_RCANCELFAIL, None)
    assert await rig.one(QuerySm(message_id)) == (0, QuerySmResp(message_id, "260921141320200+", 4, 0))


async def test_cancelling_what_nobody_waits_for_tells_nobody(rig: Rig) -> None:
    message_id = await rig.submitted(registered_delivery=0)
    assert await rig.one(CancelSm(message_id=message_id)) == (0, CancelSmResp())
    assert rig.house.notifier._due == {}


async def test_what_is_on_its_way_is_past_cancelling_and_replacing(rig: Rig) -> None:
    message_id = await rig.submitted()
    await rig.house.sent(message_id)
    assert await rig.one(CancelSm(message_id=message_id)) == (Status.ESME_RCANCELFAIL, None)
    assert await rig.one(ReplaceSm(message_id=message_id)) == (Status.ESME_RREPLACEFAIL, None)


async def test_replace_sm_changes_the_text_of_a_message_that_waits(rig: Rig) -> None:
    message_id = await rig.submitted(schedule_delivery_time="000000010000000R", data_coding=8)
    body = ReplaceSm(message_id=message_id, short_message=b"\0n\0e\0w")
    assert await rig.one(body) == (0, ReplaceSmResp())
    found = await rig.house.stored(message_id)
    assert (found.message.octets, found.message.data_coding) == (b"\0n\0e\0w", 8)
    assert found.standing.due_ms == NOW + 3_600_000
    assert found.message.report.events == ReportOn.SUCCESS | ReportOn.FAILURE
    status, _ = await rig.one(msgspec.structs.replace(body, short_message=b"\0x" * 120))
    assert status == Status.ESME_RINVMSGLEN
    later = msgspec.structs.replace(
        body, schedule_delivery_time="000000020000000R", validity_period="000000030000000R"
    )
    assert await rig.one(later) == (0, ReplaceSmResp())
    found = await rig.house.stored(message_id)
    assert (found.standing.due_ms, found.message.expires_ms) == (NOW + 7_200_000, NOW + 10_800_000)


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreBusy("full"), Status.ESME_RMSGQFUL), (StoreFailed("gone"), Status.ESME_RSYSERR)],
)
async def test_a_store_that_fails_is_no_answer_about_a_message(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, error: Exception, status: Status
) -> None:
    message_id = await rig.submitted()

    async def messages(ids: Sequence[int]) -> None:
        raise error

    monkeypatch.setattr(rig.house.store, "messages", messages)
    for body in (QuerySm(message_id), CancelSm(message_id=message_id), ReplaceSm(message_id=message_id)):
        assert await rig.one(body) == (status, None)


async def test_a_request_that_no_esme_may_make_is_not_known(rig: Rig) -> None:
    assert await rig.one(DeliverSm()) == (Status.ESME_RINVCMDID, None)
