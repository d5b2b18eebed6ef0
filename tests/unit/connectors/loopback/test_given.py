"""What a loopback connector was given: bounded in memory, all of it in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chappe.connectors.loopback.connector import build
from chappe.connectors.loopback.settings import check
from chappe.domain.link import ConnectorRecord
from contracts.connectors_under_test import Recorder, TestMeter, context
from unit.connectors.loopback.playing import playing, to


def test_a_negative_bound_is_none() -> None:
    assert "keep" in check({"keep": -1})
    assert check({"keep": 0, "record": "given.jsonl"}) == ""


async def test_the_record_in_memory_is_bounded() -> None:
    async with playing("rcs", keep=2) as (connector, made):
        await made.ends([to(f"3160000000{number}") for number in range(5)])
        assert [one.destination for one in connector.latest()] == ["31600000003", "31600000004"]


async def test_the_file_has_all_of_it_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "given.jsonl"
    for number in ("31600000001", "31600990030"):
        async with playing("rcs", record=str(file), keep=0) as (connector, made):
            await made.ends([to(number)])
            assert connector.latest() == ()
    first, second = map(json.loads, file.read_text().splitlines())
    assert (first["destination"], second["destination"]) == ("31600000001", "31600990030")
    assert first["rich"]["conversation"] == [{"text": "look"}]
    assert first["rich"]["suggestions"] == [{"type": "reply", "label": "Yes", "postback": "y"}]


async def test_octets_are_recorded_in_hexadecimal() -> None:
    async with playing("sms") as (connector, made):
        await made.ends([to("31600000001", None, text=None, octets=b"\x01\xff")])
        assert connector.latest()[0].octets == "01ff"


async def test_a_file_that_cannot_be_opened_keeps_it_off(tmp_path: Path) -> None:
    record = ConnectorRecord(name="op", kind="loopback", settings={"record": str(tmp_path / "no" / "file")})
    with pytest.raises(OSError, match="No such file"):
        await build(record, Recorder(), context(TestMeter())).open()
