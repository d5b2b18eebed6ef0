"""The load-generating ESME against the simulator: totals, rates, refusals, retries, lost connections, ledgers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chappe.protocols.smpp.commands import SubmitSm
from chappe.sim.behaviour import Behaviour, CutWhen
from chappe.sim.control import How
from chappe.sim.esme import BindRefused, EsmeReport, EsmeRun, EsmeSettings, load
from chappe.sim.incoming import Mo
from chappe.sim.ledger import read_ledger_file
from chappe.sim.reconcile import reconcile
from unit.sim.drill import Drill, simulator, until

NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"binds": 0}, "binds is 0: at least 1 is meant"),
    ({"window": 0}, "window is 0: at least 1 is meant"),
    ({"total": 0}, "total is 0: at least 1 is meant"),
    ({"receipt_wait": -1.0}, "receipt_wait is -1.0: it cannot be below 0"),
    ({"give_up": -1.0}, "give_up is -1.0: it cannot be below 0"),
    ({"rate": 0.0}, "rate is 0.0: it must be above 0, or absent for no limit"),
    ({"destination": "12345"}, "destination is '12345': 8 to 20 digits are meant"),
    ({"destination": "316+0000000"}, "destination is '316+0000000': 8 to 20 digits are meant"),
    ({"text": "caf\u00e9"}, "text must be ASCII of at most 160 characters"),
    ({"text": "x" * 153 + "{seq}"}, "text must be ASCII of at most 160 characters"),
]


@pytest.mark.parametrize(("given", "sentence"), NONSENSE)
async def test_nonsense_is_told_in_a_sentence(given: dict[str, Any], sentence: str) -> None:
    settings = EsmeSettings(**given)
    assert settings.problems() == (sentence,)
    with pytest.raises(ValueError) as caught:
        EsmeRun(settings)
    assert str(caught.value) == sentence


async def loaded(smsc: Drill, **given: Any) -> EsmeReport:
    async with asyncio.timeout(20):
        return await load(EsmeSettings(port=smsc.port, **{"receipt_wait": 0.2, **given}))


async def test_all_is_accepted_and_receipted() -> None:
    async with simulator(magic=False) as smsc:
        report = await loaded(smsc, total=500, binds=3, window=10)
        assert (report.sent, report.accepted, report.unanswered, report.connects) == (500, 500, 0, 3)
        assert (report.receipts, report.receipts_matched, report.receipts_repeated) == (500, 500, 0)
        assert report.receipt_states == {"DELIVRD": 500}
        assert (report.refused, report.mos, report.resent) == ({}, 0, 0)
        assert report.latency.count == report.service.count == 500
        assert 0 < report.service.p50 <= report.service.highest
        totals = smsc.snapshot().totals
        assert (totals.submits, totals.receipts_acked) == (500, 500)
        assert smsc.snapshot().sessions == 0, "it unbinds"


async def test_as_a_transmitter_it_waits_for_no_receipts() -> None:
    async with simulator() as smsc:
        report = await loaded(smsc, total=50, receives=False, receipt_wait=60.0)
        assert (report.accepted, report.receipts) == (50, 0)
        assert smsc.snapshot().waiting == 50


async def test_without_receipts_asked_for_none_come() -> None:
    async with simulator() as smsc:
        report = await loaded(smsc, total=50, receipts=False, receipt_wait=60.0)
        assert (report.accepted, report.receipts) == (50, 0)


async def test_a_rate_is_kept_to() -> None:
    async with simulator() as smsc:
        report = await loaded(smsc, total=51, rate=250.0)
        assert report.accepted == 51
        assert report.seconds >= 0.2


async def test_the_window_is_never_exceeded() -> None:
    async with simulator(response_delay=(0.01, 0.01)) as smsc:
        run = asyncio.create_task(loaded(smsc, total=40, window=4, receipts=False))
        most = 0
        while not run.done():
            await asyncio.sleep(0)
            most = max(most, smsc.snapshot().coming)
        assert (await run).accepted == 40
        assert most == 4


async def test_what_is_sent() -> None:
    seen: list[tuple[str, bytes]] = []
    async with simulator({"keeps_texts": True}) as smsc:
        submit = smsc._lobby.intake.submit

        def watch(session: Any, pdu: Any, body: SubmitSm) -> None:
            seen.append((body.destination_addr, body.short_message))
            assert (body.source_addr, body.source_addr_ton, body.dest_addr_ton) == ("Chappe", 5, 1)
            submit(session, pdu, body)

        smsc._lobby.intake.submit = watch  # type: ignore[method-assign, assignment]
        await loaded(smsc, total=3, first=7, destination="49170000000000", text="a {seq} b")
        assert seen == [(f"491700{n:08}", b"a %08d b" % n) for n in (7, 8, 9)]
        seen.clear()
        await loaded(smsc, total=1, text="the same")
        assert seen == [("31600000000", b"the same")]


async def test_refusals_are_counted_by_name() -> None:
    async with simulator(refusal_share=1.0, refusal_status=0x14) as smsc:
        report = await loaded(smsc, total=20)
        assert (report.accepted, report.refused) == (0, {"ESME_RMSGQFUL": 20})


async def test_throttled_messages_are_submitted_again_when_asked() -> None:
    async with simulator(throttle_share=0.5) as smsc:
        report = await loaded(smsc, total=50, retry=True)
        assert report.accepted == 50
        assert report.resent == report.refused["ESME_RTHROTTLED"] > 0
        assert report.sent == 50 + report.resent


async def test_lost_connections_are_made_anew_and_nothing_is_lost(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "client", tmp_path / "smsc"
    async with simulator({"ledger": theirs}, cut_every=20, cut=CutWhen.EITHER) as smsc:
        report = await loaded(smsc, total=200, binds=2, window=5, retry=True, reconnect=0.0, ledger=ours)
        assert report.accepted == 200
        assert report.unanswered == 0
        cuts = smsc.snapshot().totals.cuts
        assert cuts >= 10
        assert report.connects == 2 + cuts
    found = reconcile(read_ledger_file(ours), read_ledger_file(theirs))
    assert (found.accepted, found.lost, found.foreign) == (200, (), ())
    assert found.surplus <= cuts * 5


async def test_without_reconnect_a_lost_connection_ends_the_run() -> None:
    async with simulator(cut_every=10) as smsc:
        report = await loaded(smsc, total=100, window=1)
        assert (report.accepted, report.unanswered, report.sent) == (9, 1, 10)


async def test_silence_is_given_up() -> None:
    async with simulator(silent=True) as smsc:
        report = await loaded(smsc, total=100, window=7, give_up=0.1)
        assert (report.accepted, report.unanswered) == (0, 7)


async def test_a_missing_receipt_is_waited_for_and_no_longer() -> None:
    async with simulator(no_receipt_share=1.0) as smsc:
        report = await loaded(smsc, total=10, receipt_wait=0.05)
        assert (report.accepted, report.receipts) == (10, 0)


async def test_mos_are_counted_apart() -> None:
    async with simulator(receipt_delay=(0.05, 0.05)) as smsc:
        run = asyncio.create_task(loaded(smsc, total=10))
        await until(lambda: smsc.snapshot().totals.submits == 10)
        smsc.inject(Mo(text="hello"))
        report = await run
        assert (report.mos, report.receipts) == (1, 10)


async def test_stop_ends_a_run_early() -> None:
    async with simulator() as smsc, asyncio.timeout(20):
        esme = EsmeRun(EsmeSettings(port=smsc.port, total=1_000_000, rate=200.0, receipt_wait=0.1))
        run = asyncio.create_task(esme.run())
        await until(lambda: smsc.snapshot().totals.submits >= 5)
        esme.stop()
        report = await run
        assert 5 <= report.accepted == report.receipts_matched < 1_000


async def test_who_stays_is_bound_until_it_is_told_to_leave() -> None:
    async with simulator() as smsc:
        settings = EsmeSettings(port=smsc.port, total=5, stays=True, give_up=0.0, receipt_wait=0.0)
        esme = EsmeRun(settings)
        run = asyncio.create_task(esme.run())
        async with asyncio.timeout(20):
            await until(lambda: smsc.snapshot().totals.receipts_acked == 5)
            smsc.inject(Mo(text="late", system_id="load"))
            await until(lambda: smsc.snapshot().totals.mos_acked == 1)
            assert not run.done()
            esme.leave()
            report = await run
        assert (report.accepted, report.receipts_matched, report.mos) == (5, 5, 1)


async def test_a_refused_bind_and_a_closed_port_are_errors() -> None:
    async with simulator(bind_status=0x0D) as smsc:
        with pytest.raises(BindRefused, match="ESME_RBINDFAIL") as caught:
            await loaded(smsc, binds=2)
        assert caught.value.status == 0x0D
        port = smsc.port
    with pytest.raises(OSError):
        await load(EsmeSettings(port=port))


async def test_a_bind_that_is_refused_is_tried_again_with_reconnect() -> None:
    async with simulator(bind_status=0x0D) as smsc:
        run = asyncio.create_task(loaded(smsc, total=10, reconnect=0.0))
        await until(lambda: smsc.snapshot().totals.bind_refusals >= 3)
        smsc.behave(Behaviour())
        report = await run
        assert report.accepted == 10
        assert report.connects >= 4


async def test_a_connection_lost_before_its_bind_is_answered() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ConnectionError, match="a connection was lost before all were bound"):
        await load(EsmeSettings(port=port))
    server.close()
    await server.wait_closed()


async def test_a_dropped_run_with_reconnect_and_stop_before_the_bind() -> None:
    async with simulator(dark=True) as smsc, asyncio.timeout(20):
        esme = EsmeRun(EsmeSettings(port=smsc.port, reconnect=0.0))
        run = asyncio.create_task(esme.run())
        await until(lambda: bool(smsc._lobby.sessions))
        smsc.drop(How.ABORT)
        esme.stop()
        assert (await run).sent == 0


async def test_a_server_that_comes_later_is_found() -> None:
    async with simulator() as smsc:
        port = smsc.port
    run = asyncio.create_task(load(EsmeSettings(port=port, total=10, reconnect=0.0)))
    for _ in range(5):
        await asyncio.sleep(0)
    async with asyncio.timeout(20), simulator({"port": port}):
        report = await run
        assert report.accepted == 10
        assert report.connects > 1


async def test_an_unbind_that_nobody_answers_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chappe.sim.esme._LEAVE", 0.02)
    async with simulator(no_receipt_share=1.0) as smsc:
        run = asyncio.create_task(loaded(smsc, total=10, receipt_wait=0.1))
        await until(lambda: smsc.snapshot().totals.submits == 10)
        await asyncio.sleep(0)
        smsc.behave(Behaviour(dark=True))
        assert (await run).sent == 10
