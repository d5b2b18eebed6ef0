"""Reports asked for and told: until the end, from the store where another process sent, and not before they are stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chappe.connectors.plugin import KIND
from chappe.domain.link import AskReceipts, ConnectorRecord
from chappe.domain.message import PartRecord
from chappe.domain.state import State
from chappe.ports.connector import Ack
from chappe.ports.connector_kind import Context
from chappe.ports.messages import AwaitedPage, AwaitedPart
from chappe.ports.store import StoreBusy
from contracts.connectors_under_test import RealClock, Recorder, TestMeter
from making import message
from unit.connectors.plugin.rig import calls, given, plugged, texts, until


def asked(folder: Path) -> list[str]:
    return [made for request in calls(folder, "report") for made in json.loads(request)["messages"]]


@pytest.mark.row("000-027", "000-028", "000-029")
async def test_each_end_is_told_once(tmp_path: Path) -> None:
    async with plugged(tmp_path) as under_test:
        recorder = under_test.recorder
        await under_test.ends(texts("report=DELIVERED", "report=FAIL", "report=TIMEOUT"))
        await recorder.until(lambda: len(recorder.receipts) == 3)
        told = {one.smsc_id.rpartition(".")[2]: (one.state, one.word, one.error) for one in recorder.receipts}
        assert told == {
            "DELIVERED": (State.DELIVERED, "DELIVRD", ""),
            "FAIL": (State.UNDELIVERED, "UNDELIV", "p-FAIL"),
            "TIMEOUT": (State.EXPIRED, "EXPIRED", "p-TIMEOUT"),
        }
        assert {one.done_date for one in recorder.receipts} == {"2603141509"}
        await under_test.ends(texts("report=LATER"))
        before = under_test.meter.counts["plugin_reports op"]
        await until(lambda: under_test.meter.counts["plugin_reports op"] > before + 3)
        assert len(recorder.receipts) == 3
        assert [made for made in asked(tmp_path) if not made.endswith("LATER")] == [
            one.smsc_id for one in recorder.receipts
        ]


@pytest.mark.row("000-030", "000-031")
@pytest.mark.parametrize("word", ["LATER", "OK", "SOMETHING"])
async def test_what_is_no_end_is_asked_about_again(tmp_path: Path, word: str) -> None:
    async with plugged(tmp_path) as under_test:
        await under_test.ends(texts(f"report={word}"))
        await until(lambda: under_test.meter.counts["plugin_reports op"] > 3)
        assert under_test.recorder.receipts == []
        odd = {"LATER": "", "OK": "ok_in_report", "SOMETHING": "api_status"}[word]
        assert not odd or under_test.meter.counts[f"plugin_oddities op:{odd}"] >= 2


async def test_what_is_not_stored_is_told_again_without_asking(tmp_path: Path) -> None:
    recorder = Recorder(ack=None)
    async with plugged(tmp_path, recorder=recorder) as under_test:
        await under_test.ends(texts("hello"))
        await recorder.until(lambda: recorder.inbound)
        under_test.connector.acknowledge([(recorder.inbound[0].handle, Ack.LATER)])
        await recorder.until(lambda: len(recorder.inbound) == 2)
        under_test.connector.acknowledge([(recorder.inbound[1].handle, Ack.TAKEN)])
        assert recorder.receipts[0] == recorder.receipts[1]
        assert len(asked(tmp_path)) == 1


@dataclass
class Stored:
    """A store with messages that another process sent; the first time it is asked it is busy."""

    pages: list[AwaitedPage]
    places: list[tuple[int, int]] = field(default_factory=list)

    async def awaited_parts(self, connector: str, after: tuple[int, int], limit: int) -> AwaitedPage:
        assert (connector, limit) == ("op", 1_000)
        self.places.append(after)
        if not self.pages:
            raise StoreBusy("full")
        return self.pages.pop(0)


@pytest.mark.row("000-033")
async def test_what_another_process_sent_is_asked_about(tmp_path: Path) -> None:
    def awaited(smsc_id: str, packet: str) -> AwaitedPart:
        return AwaitedPart(
            message(), PartRecord(1, 1, "op", smsc_id, RealClock().now_ms(), open=True, packet=packet)
        )

    stored = Stored(
        [
            AwaitedPage((awaited("1.DELIVERED", "P"), awaited("2.FAIL", "P")), (5, 7)),
            AwaitedPage((), (9, 9)),
            AwaitedPage((awaited("3.DELIVERED", ""),), None),
        ]
    )
    recorder = Recorder()
    record = ConnectorRecord(name="op", kind="plugin", receipts=AskReceipts.ALWAYS, settings=given(tmp_path))
    connector = KIND.build(record, recorder, Context(RealClock(), lambda: 0.5, TestMeter(), stored))
    await connector.open()
    await recorder.until(lambda: len(recorder.receipts) == 3)
    await connector.close(0.0)
    assert stored.places == [(0, 0), (5, 7), (9, 9)]
    assert {one.smsc_id for one in recorder.receipts} == {"1.DELIVERED", "2.FAIL", "3.DELIVERED"}
    packets = {json.loads(request)["partnerPacketId"] for request in calls(tmp_path, "report")}
    assert packets == {"P", ""}


async def test_who_wants_no_receipts_asks_for_none(tmp_path: Path) -> None:
    recorder = Recorder()
    record = ConnectorRecord(name="op", kind="plugin", settings=given(tmp_path, report_first=0.001))
    connector = KIND.build(
        record, recorder, Context(RealClock(), lambda: 0.5, TestMeter(), Stored([AwaitedPage((), None)]))
    )
    await connector.open()
    await recorder.up()
    connector.send(texts("hello"))
    await recorder.told(1)
    connector.send(texts("hello"))
    await recorder.told(2)
    await connector.close(1.0)
    assert calls(tmp_path, "report") == []
