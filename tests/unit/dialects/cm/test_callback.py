"""Status reports as calls: the four forms, and that no value breaks out of one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest

from chappe.dialects.cm.callback import WORDS, CmWriter, StatusWriter, sample_call, wish_of
from chappe.dialects.cm.mo_callback import MoForm, MoWriter
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.error_table import STANDARD
from chappe.domain.ids import IdRenderer
from chappe.domain.report import NO_REPORT, IncomingNotice, ReportOn, ReportWish, StatusNotice, Way, lane_of
from chappe.domain.state import State
from chappe.domain.status_webhook import StatusForm, StatusWebhook
from unit.dialects.cm.test_placeholders import TELLING, failed, notice

URL = "http://client.example/status?s=[STATUS]&to=[+GSM]&r=[REFERENCE]#x[TIME]"
EVIL = "a&b=c\r\nX: 1\x00\x1b é 😀 \" ' <i> ]]> \\ % + [STATUS]"


def hooked(form: StatusForm, body: str = "", url: str = URL) -> ReportWish:
    return wish_of(Account(name="acme", status_webhook=StatusWebhook(url=url, form=form, body=body)))


def call(form: StatusForm, told: Any, body: str = "") -> Any:
    written = StatusNotice(
        **{**{n: getattr(told, n) for n in told.__struct_fields__}, "wish": hooked(form, body)}
    )
    return StatusWriter(form, TELLING).write(written)


def test_the_wish_of_an_account() -> None:
    assert wish_of(Account(name="acme")) is NO_REPORT
    wish = hooked(StatusForm.XML, "<x/>")
    assert (wish.way, wish.dialect, wish.target, wish.method, wish.body) == (
        Way.WEBHOOK,
        "cm-xml",
        URL,
        "POST",
        "<x/>",
    )
    assert hooked(StatusForm.QUERY).method == "GET"
    assert wish.wants(ReportOn.CHANGES)
    assert wish.wants(ReportOn.SUCCESS)
    assert wish.wants(ReportOn.FAILURE)
    assert not wish.wants(ReportOn.SMSC)
    assert not wish.wants(ReportOn.INTERMEDIATE)
    assert lane_of(wish) == "http://client.example"
    assert len(set(WORDS.values())) == len(StatusForm)


@pytest.mark.row("001-180")
def test_by_get_the_placeholders_in_the_url_are_filled() -> None:
    made = call(StatusForm.QUERY, notice(reference="a b&c/é"))
    assert (made.method, made.headers, made.body) == ("GET", (), b"")
    assert made.url == "http://client.example/status?s=2&to=%2B33612345678&r=a%20b%26c%2F%C3%A9"


def test_json_is_the_vendors_newer_form() -> None:
    made = call(StatusForm.JSON, failed("623"))
    assert made.method == "POST"
    assert made.url == "http://client.example/status?s=3&to=%2B33612345678&r=batchA"
    assert made.headers == (("Content-Type", "application/json; charset=utf-8"),)
    assert json.loads(made.body) == {
        "messages": {
            "msg": {
                "received": "2026-09-21T14:14:25",
                "to": "0033612345678",
                "reference": "batchA",
                "status": {"code": "3", "errorCode": "23", "errorDescription": STANDARD[23].text},
                "operator": "20801",
            }
        }
    }


def test_xml_is_the_vendors_newer_form() -> None:
    made = call(StatusForm.XML, failed("623"))
    assert made.headers == (("Content-Type", "application/xml; charset=utf-8"),)
    assert made.body.decode() == (
        '<MESSAGES><MSG RECEIVED="2026-09-21T14:14:25"><TO>0033612345678</TO><REFERENCE>batchA</REFERENCE>'
        f"<STATUS><CODE>3</CODE><ERRORCODE>23</ERRORCODE><ERRORDESCRIPTION>{STANDARD[23].text}"
        "</ERRORDESCRIPTION></STATUS></MSG></MESSAGES>"
    )


def test_a_form_tells_every_placeholder() -> None:
    made = call(StatusForm.FORM, failed("623", reference="a+b c"))
    told = dict(parse_qsl(made.body.decode(), keep_blank_values=True))
    assert (told["STATUS"], told["REFERENCE"], told["+GSM"]) == ("3", "a+b c", "+33612345678")
    assert len(told) == 20


@pytest.mark.parametrize(
    ("form", "template", "body"),
    [
        (StatusForm.JSON, '{"s":"[STATUS]","r":"[REFERENCE]"}', '{"s":"2","r":"say \\"no\\" & <go>"}'),
        (
            StatusForm.XML,
            "<s r='[STATUS]'>[REFERENCE]</s>",
            "<s r='2'>say &quot;no&quot; &amp; &lt;go&gt;</s>",
        ),
        (StatusForm.FORM, "s=[STATUS]&r=[REFERENCE]", "s=2&r=say%20%22no%22%20%26%20%3Cgo%3E"),
    ],
)
def test_an_own_template_gets_values_that_fit_its_form(form: StatusForm, template: str, body: str) -> None:
    assert call(form, notice(reference='say "no" & <go>'), template).body.decode() == body


@pytest.mark.parametrize("form", StatusForm)
def test_no_value_breaks_out(form: StatusForm) -> None:
    told = failed(EVIL, reference=EVIL, groupings=(EVIL, EVIL, EVIL))
    made = call(form, told)
    parts = urlsplit(made.url)
    assert (parts.netloc, parts.path, parts.fragment) == ("client.example", "/status", "")
    assert all("!" <= each <= "~" for each in made.url)
    assert [name for name, _ in parse_qsl(parts.query)] == ["s", "to", "r"]
    match form:
        case StatusForm.JSON:
            assert json.loads(made.body)["messages"]["msg"]["reference"].startswith("a&b=c\r\n")
        case StatusForm.XML:
            tree = ET.fromstring(made.body)
            assert [each.tag for each in tree[0]] == ["TO", "REFERENCE", "STATUS"]
        case StatusForm.FORM:
            assert len(parse_qsl(made.body.decode(), keep_blank_values=True)) == 20


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (199, False), (302, False), (500, False)]
)
def test_any_success_acknowledges_a_report(status: int, taken: bool) -> None:
    assert StatusWriter(StatusForm.QUERY, TELLING).taken(status, b"whatever") is taken


@pytest.mark.parametrize("form", StatusForm)
def test_the_test_call_is_what_a_report_will_be(form: StatusForm) -> None:
    made = sample_call(StatusWebhook(url=URL, form=form), 1_790_000_000_000)
    assert made.method == ("GET" if form is StatusForm.QUERY else "POST")
    assert made.url == "http://client.example/status?s=2&to=%2B31600000000&r=test"
    assert bool(made.body) is (form is not StatusForm.QUERY)


def test_under_the_dialects_own_name_mos_go_as_json_and_reports_by_get() -> None:
    writer = CmWriter(IdRenderer(b"k" * 32))
    mo = IncomingNotice(
        1,
        "acme",
        ReportWish(Way.WEBHOOK, 0, "cm", "http://client.example/mo"),
        Address("33612345678", 1, 1),
        Address("3669"),
        "op",
        "STOP",
        b"STOP",
        0,
        1_790_000_000_000,
    )
    assert writer.write(mo) == MoWriter(MoForm.JSON).write(mo)
    assert writer.write(notice(state=State.DELIVERED)).url == "http://client.example/"
    assert writer.taken(200, b"")
    assert not writer.taken(204, b"")
