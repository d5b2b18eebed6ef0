"""What jasmin.cfg says, as lines of our chappe.toml, and what of it has no counterpart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chappe.management.import_jasmin import Fields

_SAME: Final[Mapping[tuple[str, str], tuple[str, str]]] = MappingProxyType(
    {
        ("smpp-server", "id"): ("smpp", "system_id"),
        ("smpp-server", "sessioninittimersecs"): ("smpp", "bind_seconds"),
        ("smpp-server", "enquirelinktimersecs"): ("smpp", "enquire_link_seconds"),
        ("smpp-server", "responsetimersecs"): ("smpp", "response_seconds"),
        ("dlr-thrower", "http_timeout"): ("webhooks", "total_seconds"),
        ("deliversm-thrower", "http_timeout"): ("webhooks", "total_seconds"),
    }
)
"""Section and key there, section and key here."""

_LISTENERS: Final = (("http-api", "http", "1401"), ("smpp-server", "smpp", "2775"))
_TOLD: Final = (
    ("http-api", "long_content_max_parts", "max_parts of each account, 255 by default; too long is refused"),
    ("http-api", "long_content_split", "settings.long_messages of each connector"),
    ("http-api", "billing_feature", "charged of each account"),
    ("smpp-server", "billing_feature", "charged of each account"),
    ("smpp-server", "dlr_pdu", "smpp_receipt_pdu of each account"),
    (
        "sm-listener",
        "submit_max_age_smppc_not_ready",
        "default_validity of each account; nothing is dropped silently",
    ),
    ("sm-listener", "submit_error_retrial", "retry and settings.statuses of each connector"),
    ("dlr-thrower", "max_retries", "webhooks are tried for a week"),
    ("deliversm-thrower", "max_retries", "webhooks are tried for a week"),
)


def config_lines(config: Mapping[str, Fields]) -> tuple[list[str], list[str]]:
    """Lines of chappe.toml for what jasmin.cfg sets, and sentences about what is said elsewhere here."""
    wanted: dict[str, dict[str, str]] = {}
    for section, ours, port in _LISTENERS:
        fields = config.get(section, {})
        if "port" in fields or "bind" in fields:
            address = f"{_address(fields.get('bind', ''))}:{fields.get('port', port)}"
            wanted.setdefault(ours, {})["listen"] = f'["{address}"]'
    for (section, key), (ours, name) in _SAME.items():
        value = config.get(section, {}).get(key)
        if value:
            plain = value.strip("\"'")
            wanted.setdefault(ours, {})[name] = plain if name.endswith("seconds") else f'"{plain}"'
    lines: list[str] = []
    for ours, fields in wanted.items():
        lines += [f"[{ours}]", *(f"{name} = {value}" for name, value in fields.items())]
    told = [
        f"[{section}] {key} = {config[section][key]}: {what}"
        for section, key, what in _TOLD
        if key in config.get(section, {})
    ]
    return lines, told


def _address(text: str) -> str:
    return f"[{text}]" if ":" in text else text
