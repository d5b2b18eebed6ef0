"""MOs as calls: today's form and the older ones."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import msgspec
import pytest

from chappe.dialects.cm.mo_callback import MANNERS, OLDER_WRITERS, MoForm, MoWriter
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, Replied, ReportWish, Way
from chappe.domain.rich import Location, Media, RichMo

MO = IncomingNotice(
    7,
    "acme",
    ReportWish(Way.WEBHOOK, 0, "cm", "http://client.example/mo?k=1"),
    Address("33612345678", 1, 1),
    Address("3669", 3, 1),
    "op",
    "STOP été",
    b"STOP \xe9t\xe9",
    3,
    1_790_000_000_000,
    replied=Replied(5, "batchA", ("g1", "g2", "")),
)


def written(form: MoForm, **given: Any) -> Any:
    return MoWriter(form).write(msgspec.structs.replace(MO, **given))


def told(**given: Any) -> Any:
    return json.loads(written(MoForm.JSON, **given).body)


def test_the_json_form_key_by_key() -> None:
    call = written(MoForm.JSON)
    assert (call.method, call.url) == ("POST", "http://client.example/mo?k=1")
    assert call.headers == (("Content-Type", "application/json; charset=utf-8"),)
    assert json.loads(call.body) == {
        "reference": "batchA",
        "from": {"number": "+33612345678", "name": ""},
        "to": {"number": "3669"},
        "message": {
            "text": "STOP été",
            "media": {"mediaUri": "", "contentType": "", "title": ""},
            "custom": {},
        },
        "groupings": ["g1", "g2", ""],
        "timeUtc": "2026-09-21T14:13:20",
        "channel": "SMS",
        "messageContext": "",
    }


def test_what_answers_nothing_has_no_reference_and_three_empty_groupings() -> None:
    got = told(replied=None)
    assert (got["reference"], got["groupings"]) == ("", ["", "", ""])


@pytest.mark.row("001-171")
def test_what_a_rich_channel_brings() -> None:
    rich = RichMo(
        channel="whatsapp",
        postback="yes",
        media=Media(uri="https://example.org/a.png", mime_type="image/png", name="a"),
        location=Location(latitude=45.5, longitude=4.25, label="Lyon"),
        answers="x1",
    )
    got = told(text="Oui", rich=rich)
    assert got["message"] == {
        "text": "yes",
        "media": {"mediaUri": "https://example.org/a.png", "contentType": "image/png", "title": "a"},
        "custom": {"location": {"latitude": 45.5, "longitude": 4.25, "label": "Lyon"}},
    }
    assert (got["channel"], got["messageContext"]) == ("WhatsApp", "x1")
    assert told(text="typed", rich=RichMo(channel="rcs"))["message"]["text"] == "typed"


def test_octets_that_are_no_text_are_told_in_hexadecimal() -> None:
    assert told(text=None, octets=b"\x00\xff")["message"]["text"] == "00ff"


def test_the_older_forms() -> None:
    flat = {
        "reference": "batchA",
        "from": "+33612345678",
        "to": "3669",
        "body": "STOP été",
        "groupings": ["g1", "g2", ""],
    }
    assert json.loads(written(MoForm.FLAT).body) == flat
    call = written(MoForm.GET)
    assert (call.method, call.body) == ("GET", b"")
    assert parse_qsl(urlsplit(call.url).query, keep_blank_values=True) == [
        ("k", "1"),
        ("reference", "batchA"),
        ("from", "+33612345678"),
        ("to", "3669"),
        ("body", "STOP été"),
        ("groupings", "g1"),
        ("groupings", "g2"),
        ("groupings", ""),
    ]
    call = written(MoForm.XML, text="a<b&c\x00")
    assert call.headers == (("Content-Type", "application/xml; charset=utf-8"),)
    tree = ET.fromstring(call.body)
    assert [(each.tag, each.text) for each in tree] == [
        ("REFERENCE", "batchA"),
        ("FROM", "+33612345678"),
        ("TO", "3669"),
        ("BODY", "a<b&c"),
        ("GROUPINGS", None),
    ]
    assert [each.text for each in tree[-1]] == ["g1", "g2", None]


@pytest.mark.parametrize("form", MoForm)
def test_no_text_breaks_out(form: MoForm) -> None:
    call = written(form, text="a&b=c#\r\nX: 1\x00 😀 \" ' ]]> [STATUS]")
    assert all("!" <= each <= "~" for each in call.url)
    assert urlsplit(call.url).fragment == ""
    if form in (MoForm.JSON, MoForm.FLAT):
        assert b"\r" not in call.body
    if form is MoForm.XML:
        assert ET.fromstring(call.body)[3].text == "a&b=c#\nX: 1 😀 \" ' ]]> [STATUS]"


@pytest.mark.parametrize("form", MoForm)
def test_exactly_200_acknowledges(form: MoForm) -> None:
    writer = MoWriter(form)
    assert writer.taken(200, b"")
    assert not any(writer.taken(status, b"") for status in (201, 202, 204, 302, 500))


def test_each_form_is_known_by_its_name_and_tried_for_a_month() -> None:
    assert set(MANNERS) == {form.value for form in MoForm}
    assert {(one.every_ms, one.keep_ms, one.replies) for one in MANNERS.values()} == {
        (300_000, 30 * 86_400_000, True)
    }
    assert set(OLDER_WRITERS) == set(MANNERS) - {"cm"}
    for name, make in OLDER_WRITERS.items():
        assert make(IdRenderer(b"k" * 32)).write(MO) == MoWriter(MoForm(name)).write(MO)
