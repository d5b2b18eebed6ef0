"""Reads the hand-written PDUs of tests/vectors/smpp: octets with remarks, and what they say."""

import re
import tomllib
from pathlib import Path
from typing import Any

from chappe.protocols.smpp import commands
from chappe.protocols.smpp.destinations import DistributionList, SmeAddress, UnsuccessSme
from chappe.protocols.smpp.pdu import Pdu
from chappe.protocols.smpp.tlvs import Tag

FOLDER = Path(__file__).parents[3] / "vectors" / "smpp"


def octets_of(text: str) -> bytes:
    """Hexadecimal, "characters" for themselves, remarks from # to the end of a line."""
    found = bytearray()
    for line in text.splitlines():
        for quoted, digits in re.findall(r'"([^"]*)"|([0-9A-Fa-f]{2})', re.sub(r"#[^\"]*$", "", line)):
            found += quoted.encode("latin-1") if not digits else bytes.fromhex(digits)
    return bytes(found)


def load(name: str) -> list[dict[str, Any]]:
    """All vectors of one file."""
    vectors: list[dict[str, Any]] = tomllib.loads((FOLDER / name).read_text("utf-8"))["vector"]
    return vectors


def pdu_of(vector: dict[str, Any]) -> Pdu:
    """The PDU that a vector says its octets are."""
    fields = dict(vector.get("body", {}))
    if "short_message" in fields:
        fields["short_message"] = fields["short_message"].encode("latin-1")
    if "destinations" in vector:
        fields["dest_address"] = tuple(
            DistributionList(**one) if "dl_name" in one else SmeAddress(**one)
            for one in vector["destinations"]
        )
    if "unsuccessful" in vector:
        fields["unsuccess_sme"] = tuple(UnsuccessSme(**one) for one in vector["unsuccessful"])
    body = getattr(commands, vector["type"])(**fields)
    tlvs = tuple((_tag(name), bytes.fromhex(value)) for name, value in vector.get("tlvs", ()))
    return Pdu(body.command, vector.get("status", 0), vector["sequence"], body, tlvs)


def _tag(name: str) -> int:
    return int(name, 16) if name.startswith("0x") else int(Tag[name.upper()])
