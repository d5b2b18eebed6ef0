"""An SMPP client connector of Jasmin: each key that has one of ours, and those that have none."""

from __future__ import annotations

import pytest

from chappe.connectors.smpp.settings import decode
from chappe.management.import_jasmin_connectors import connector_of
from chappe.management.records import BadRecord
from unit.management.test_import_jasmin import console

LEAST = {"cid": "op", "host": "192.0.2.7", "password": "p"}


def test_a_whole_one_is_settings_that_our_connector_takes() -> None:
    record, left_out, notes = connector_of(console("connectors.txt").connectors["operator"])
    settings = decode(record.settings)
    assert (settings.host, settings.port, settings.system_id, settings.password) == (
        "192.0.2.10",
        2776,
        "esme1",
        "hushhush",
    )
    assert (settings.system_type, settings.tls, settings.source_ton, settings.source_npi) == (
        "SMPP",
        True,
        5,
        None,
    )
    assert (settings.bind_timer, settings.enquire_link, settings.response_timer) == (30, 15, 60)
    assert (record.throughput, record.receipt_wait, record.enabled) == (110, 172_800, True)
    assert left_out == []
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("key", "value", "setting", "expected"),
    [
        ("port", "2776", "port", 2776),
        ("username", "me", "system_id", "me"),
        ("bind", "transmitter", "bind", "transmitter"),
        ("bind_ton", "INTERNATIONAL", "addr_ton", 1),
        ("bind_npi", "1", "addr_npi", 1),
        ("addr_range", "^44", "address_range", "^44"),
        ("src_ton", "2", "source_ton", None),
        ("src_ton", "ALPHANUMERIC", "source_ton", 5),
        ("dst_ton", "0", "dest_ton", 0),
        ("dst_npi", "8", "dest_npi", 8),
        ("proto_id", "64", "protocol_id", 64),
        ("con_loss_delay", "90", "reconnect_longest", 90.0),
    ],
)
def test_each_key_has_its_setting(key: str, value: str, setting: str, expected: object) -> None:
    record, left_out, _ = connector_of({**LEAST, key: value})
    assert record.settings.get(setting) == expected
    assert left_out == []
    decode(record.settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("src_addr", "1234"),
        ("priority", "2"),
        ("validity", "60"),
        ("ripf", "1"),
        ("def_msg_id", "3"),
        ("coding", "8"),
        ("custom_tlvs", "0x1401,COctetString,20801,optional"),
        ("con_loss_retry", "no"),
        ("con_fail_retry", "no"),
    ],
)
def test_what_has_none_is_told_unless_it_is_harmless(key: str, value: str) -> None:
    _, left_out, _ = connector_of({**LEAST, key: value})
    assert [f"{key} {value}" in line for line in left_out] == [True]


def test_the_default_rate_of_jasmin_is_kept_and_zero_is_no_limit() -> None:
    assert connector_of(LEAST)[0].throughput == 1
    assert connector_of({**LEAST, "submit_throughput": "0"})[0].throughput == 0


def test_one_that_is_stopped_stays_so() -> None:
    assert not connector_of({**LEAST, "service": "stopped"})[0].enabled


def test_one_of_which_only_the_name_is_known_is_none() -> None:
    with pytest.raises(BadRecord, match="smppccm -s op"):
        connector_of({"cid": "op", "service": "started"})


def test_a_password_that_is_not_there_is_asked_for() -> None:
    _, left_out, _ = connector_of({"cid": "op", "host": "h"})
    assert "--ask-password" in left_out[0]
