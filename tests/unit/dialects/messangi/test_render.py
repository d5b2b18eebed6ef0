"""Dates, and what an MO shows that is no text."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from chappe.dialects.messangi.render import iso_date, mo_element, plain_date, refused
from chappe.domain.address import Address
from chappe.domain.incoming import Incoming
from chappe.domain.mo_query import LoggedMo
from chappe.domain.refusal import Reason, Refusal

CARACAS = ZoneInfo("America/Caracas")


@pytest.mark.row("004-026")
@pytest.mark.row("004-068")
@pytest.mark.parametrize(
    ("unix_ms", "zone", "iso", "plain"),
    [
        # Half an hour behind the hour in 2013, as in the sample.
        (1_379_429_039_176, CARACAS, "2013-09-17T10:13:59.176-04:30", "2013-09-17 10:13:59.176"),
        (1_790_000_000_000, CARACAS, "2026-09-21T10:13:20.000-04:00", "2026-09-21 10:13:20.000"),
        (1_790_000_000_001, ZoneInfo("UTC"), "2026-09-21T14:13:20.001+00:00", "2026-09-21 14:13:20.001"),
        (
            1_790_000_000_999,
            ZoneInfo("Asia/Kathmandu"),
            "2026-09-21T19:58:20.999+05:45",
            "2026-09-21 19:58:20.999",
        ),
    ],
)
def test_dates(unix_ms: int, zone: ZoneInfo, iso: str, plain: str) -> None:
    assert iso_date(unix_ms, zone) == iso
    assert plain_date(unix_ms, zone) == plain


@pytest.mark.parametrize(
    ("charset", "octets", "text"), [("binary", b"\x00\xff", "\x00ÿ"), ("latin1", b"\xe9", "é")]
)
def test_an_mo_without_text_shows_its_octets(charset: str, octets: bytes, text: str) -> None:
    mo = Incoming(1, "acme", "r", "op", Address("316"), Address("2020"), None, octets, charset, 4, 1, 0)
    name, children = mo_element(LoggedMo(mo, "43", "^X", "20404"), "KPN", CARACAS, iso=False)
    assert name == "MOMessage"
    told = dict(children)  # type: ignore[arg-type]
    assert (told["text"], told["keyword"], told["carrier"]) == (text, "^X", "KPN")
    whole = msgspec.structs.replace(mo, text="whole")
    assert dict(mo_element(LoggedMo(whole), "", CARACAS, iso=True)[1])["text"] == "whole"  # type: ignore[arg-type]


def test_a_status_of_an_operators_rule_goes_first() -> None:
    assert refused("sendMT", Refusal(Reason.INTERCEPTED, http_status=451)).status == 451
    assert refused("sendMT", Refusal(Reason.INTERCEPTED)).status == 200
