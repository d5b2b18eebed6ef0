from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chappe.connectors.smpp.settings import (
    BindMode,
    DeclaredTlv,
    LongMessages,
    SmppSettings,
    TlvType,
    decode,
)
from chappe.text.encodings import Charset

HOST = {"host": "smsc.example"}


def test_a_host_is_enough() -> None:
    settings = decode(HOST)
    assert settings.port == 2775
    assert settings.bind is BindMode.TRANSCEIVER
    assert (settings.binds, settings.window) == (1, 10)
    assert settings.long_messages is LongMessages.UDH
    assert settings.default_charset is Charset.GSM7
    assert (settings.response_timer, settings.enquire_link, settings.enquire_link_wait) == (60.0, 30.0, 30.0)
    assert (settings.reconnect_first, settings.reconnect_longest, settings.refused_longest) == (
        1.0,
        60.0,
        300.0,
    )


def test_what_an_operator_writes_is_read() -> None:
    settings = decode(
        {
            **HOST,
            "port": "3550",
            "bind": "pair",
            "senders": {"short_code": {"ton": 6, "npi": 0}},
            "tlvs": [{"tag": 0x1400, "type": "cstring", "from": "tag:peid", "name": "pe_id"}],
            "statuses": [{"status": 0x0450, "outcome": "refused"}],
            "pass_tlvs": [0x1401],
        }
    )
    assert settings.port == 3550
    assert settings.bind is BindMode.PAIR
    assert (settings.senders.short_code.ton, settings.senders.alphanumeric.ton) == (6, None)
    assert settings.tlvs == (DeclaredTlv(0x1400, TlvType.CSTRING, None, "tag:peid", "pe_id"),)
    assert settings.pass_tlvs == (0x1401,)


def test_defaults_are_not_written() -> None:
    assert msgspec.to_builtins(decode({**HOST, "window": 50})) == {**HOST, "window": 50}


def test_a_printed_setting_does_not_show_the_password() -> None:
    settings = SmppSettings(host="h", system_id="chappe", password="hush")
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.__rich_repr__())
    assert "chappe" in repr(settings)


TLV = {"tag": 0x1400, "type": "int1", "value": 1}


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"host": " "}, "host"),
        ({"hots": "x"}, "hots"),
        ({"port": "x"}, "port"),
        ({"port": 0}, "port"),
        ({"port": 65_536}, "port"),
        ({"binds": 0}, "binds"),
        ({"window": 0}, "window"),
        ({"bind": "trx"}, "bind"),
        ({"system_id": "s" * 16}, "system_id"),
        ({"password": "p" * 65}, "password"),
        ({"system_type": "t" * 13}, "system_type"),
        ({"address_range": "1" * 41}, "address_range"),
        ({"service_type": "s" * 6}, "service_type"),
        ({"service_type": "a\0"}, "service_type"),
        ({"interface_version": 256}, "interface_version"),
        ({"addr_ton": -1}, "addr_ton"),
        ({"source_ton": 256}, "TON"),
        ({"dest_npi": -1}, "TON"),
        ({"senders": {"alphanumeric": {"ton": 300}}}, "TON"),
        ({"senders": {"letters": {}}}, "letters"),
        ({"default_charset": "ucs2"}, "default_charset"),
        ({"default_charset": "ebcdic"}, "default_charset"),
        ({"long_messages": "split"}, "long_messages"),
        ({"response_timer": 0}, "response_timer"),
        ({"enquire_link": -1}, "enquire_link"),
        ({"connect_timer": 0}, "connect_timer"),
        ({"bind_timer": 0}, "bind_timer"),
        ({"stagger": -0.1}, "stagger"),
        ({"stagger": float("nan")}, "stagger"),
        ({"stagger": float("inf")}, "stagger"),
        ({"connect_timer": float("nan")}, "connect_timer"),
        ({"response_timer": "nan"}, "response_timer"),
        ({"reconnect_first": float("nan")}, "reconnect_first"),
        ({"reconnect_longest": float("inf")}, "reconnect_longest"),
        ({"port": 2775.5}, "port"),
        ({"port": True}, "port"),
        ({"port": " 2775"}, "port"),
        ({"port": "\u0663"}, "port"),
        ({"host": 5}, "host"),
        ({"host": None}, "host"),
        ({"password": "p\0"}, "password"),
        ({"system_id": "\x80"}, "system_id"),
        ({"tls": "maybe"}, "tls"),
        ({"reconnect_first": 90}, "reconnect_longest"),
        ({"tlvs": [{**TLV, "tag": 0}]}, "tlvs"),
        ({"tlvs": [{**TLV, "from": "reference"}]}, "tlvs"),
        ({"tlvs": [{"tag": 0x1400, "type": "int1"}]}, "tlvs"),
        ({"tlvs": [{"tag": 0x1400, "type": "int1", "from": "weather"}]}, "tlvs"),
        ({"tlvs": [{"tag": 0x1400, "type": "int1", "from": "tag:"}]}, "tlvs"),
        ({"tlvs": [{**TLV, "type": "int3"}]}, "tlvs"),
        ({"statuses": [{"status": 0, "outcome": "refused"}]}, "statuses"),
        ({"statuses": [{"status": 5, "outcome": "sent"}]}, "statuses"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(wrong: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=key):
        decode({**HOST, **wrong})
