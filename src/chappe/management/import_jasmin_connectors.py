"""What an SMPP client connector of Jasmin becomes here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from chappe.domain.link import ConnectorRecord
from chappe.management.import_jasmin import UNSET, Fields, said
from chappe.management.records import BadRecord, make
from chappe.ports.directory import Kind

_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "host": "host",
        "port": "port",
        "username": "system_id",
        "password": "password",
        "systype": "system_type",
        "bind": "bind",
        "bind_ton": "addr_ton",
        "bind_npi": "addr_npi",
        "addr_range": "address_range",
        "bind_to": "bind_timer",
        "elink_interval": "enquire_link",
        "res_to": "response_timer",
        "con_loss_delay": "reconnect_first",
        "proto_id": "protocol_id",
    }
)
_TON_NPI: Final = (
    ("src_ton", "source_ton", "2"),
    ("src_npi", "source_npi", "1"),
    ("dst_ton", "dest_ton", "1"),
    ("dst_npi", "dest_npi", "1"),
)
"""Jasmin's key, ours, and Jasmin's default: where it stands the address itself says it here."""

_TON_WORDS: Final = (
    "UNKNOWN",
    "INTERNATIONAL",
    "NATIONAL",
    "NETWORK_SPECIFIC",
    "SUBSCRIBER_NUMBER",
    "ALPHANUMERIC",
    "ABBREVIATED",
)
_NOT_CARRIED: Final = (
    (
        "src_addr",
        UNSET,
        "a connector has no sender here: give it to the accounts (default_sender) or an interceptor",
    ),
    ("priority", frozenset({"0", "LEVEL_0"}), "clients say their own priority"),
    ("validity", UNSET, "give accounts a default_validity"),
    ("ripf", frozenset({"0", "DO_NOT_REPLACE"}), "clients say it themselves"),
    ("def_msg_id", frozenset({"0", *UNSET}), "clients say it themselves"),
    ("coding", frozenset({"0"}), "the coding follows the text; see default_charset"),
    ("custom_tlvs", UNSET, "write them into settings.tlvs"),
    ("con_loss_retry", frozenset({"yes", "True"}), "a link that is lost is always made again"),
    ("con_fail_retry", frozenset({"yes", "True"}), "a link that fails is always tried again"),
)


def connector_of(fields: Fields) -> tuple[ConnectorRecord, list[str], list[str]]:
    """The connector, what could not be carried over, and what is to be known; raises BadRecord or ValueError."""
    cid = fields["cid"]
    left_out: list[str] = []
    notes: list[str] = []
    if "host" not in fields:
        raise BadRecord(f"only its name is known: smppccm -s {cid} prints the rest")
    settings: dict[str, Any] = {
        ours: fields[theirs] for theirs, ours in _SETTINGS.items() if said(fields, theirs) is not None
    }
    for key in ("addr_ton", "addr_npi"):
        if key in settings:
            settings[key] = _number(settings[key])
    for theirs, ours, usual in _TON_NPI:
        value = said(fields, theirs)
        if value is not None and str(_number(value)) != usual:
            settings[ours] = _number(value)
    if fields.get("ssl", "no").lower() in ("yes", "true"):
        settings["tls"] = True
        notes.append(f"connector {cid}: the SMSC's certificate is verified; Jasmin did not look at it")
    for key, harmless, what in _NOT_CARRIED:
        value = fields.get(key, "")
        if value and value not in harmless:
            left_out.append(f"connector {cid}: {key} {value}: {what}")
    if "password" not in settings:
        left_out.append(
            f"connector {cid}: its password was not there: chappe connector set {cid} --ask-password"
        )
    if "reconnect_first" in settings:
        settings["reconnect_longest"] = max(60.0, float(settings["reconnect_first"]))
    record: dict[str, Any] = {"name": cid, "settings": _typed(settings)}
    record["enabled"] = fields.get("service", "started") != "stopped"
    record["throughput"] = float(fields.get("submit_throughput", "1"))
    if (expiry := said(fields, "dlr_expiry")) is not None:
        record["receipt_wait"] = int(expiry)
    made = make(Kind.CONNECTOR, record)
    assert isinstance(made, ConnectorRecord)
    if wrong := made.problem():
        raise BadRecord(wrong)
    return made, left_out, notes


def _typed(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with numbers where numbers are meant."""
    whole = {"port", "addr_ton", "addr_npi", "protocol_id"}
    seconds = {"bind_timer", "enquire_link", "response_timer", "reconnect_first"}
    return {
        name: int(value) if name in whole else float(value) if name in seconds else value
        for name, value in settings.items()
    }


def _number(text: Any) -> int:
    """A TON or NPI: its number, or the name that the console may print for a TON."""
    word = str(text).removeprefix("AddrTon.").removeprefix("AddrNpi.")
    return _TON_WORDS.index(word) if word in _TON_WORDS else int(word)
