"""The values of a status report, each by its name, and templates filled with them."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from chappe.dialect_kit.telling import Telling
from chappe.dialects.cm.placeholders import (
    filled,
    in_markup,
    in_xml,
    status_of,
    values_of,
    with_plus,
    with_zeros,
)
from chappe.domain.address import Address
from chappe.domain.error_table import STANDARD, ErrorMap, ErrorTable
from chappe.domain.ids import IdRenderer, first_id_at
from chappe.domain.network import Network, PrefixTable
from chappe.domain.report import FINALS, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.state import FINAL, State
from chappe.domain.status_webhook import PLACEHOLDERS

ACCEPTED_MS = 1_790_000_000_000
DONE_MS = ACCEPTED_MS + 65_000
SENT_TO_CLIENT_MS = 1_790_050_000_000
"""2026-09-22 04:06:40 UTC."""

ERRORS = ErrorTable(
    [ErrorMap(connector="op", errors={f"{row.number + 600}": row.number for row in STANDARD.values()})]
)
PREFIXES = PrefixTable([Network(code="20801", prefixes=("336",))])
TELLING = Telling(IdRenderer(b"k" * 32), lambda: ERRORS, PREFIXES.network_of, lambda: SENT_TO_CLIENT_MS)


def notice(**given: Any) -> StatusNotice:
    fields: dict[str, Any] = {
        "message_id": first_id_at(ACCEPTED_MS),
        "account": "acme",
        "event": ReportOn.SUCCESS,
        "state": State.DELIVERED,
        "wish": ReportWish(Way.WEBHOOK, FINALS, "cm-query", "http://client.example/"),
        "source": Address("Chappe", 5, 0),
        "destination": Address("33612345678", 1, 1),
        "connector": "op",
        "smsc_id": "7a",
        "reference": "batchA",
        "sent_ms": ACCEPTED_MS + 1_000,
        "done_ms": DONE_MS,
    }
    return StatusNotice(**{**fields, **given})


def failed(error: str, **given: Any) -> StatusNotice:
    return notice(event=ReportOn.FAILURE, state=State.UNDELIVERED, error=error, word="UNDELIV", **given)


DELIVERED = values_of(notice(groupings=("g1", "g2", "g3")), TELLING)
FAILED = values_of(failed("623"), TELLING)


@pytest.mark.parametrize(
    ("name", "delivered", "undelivered"),
    [
        pytest.param("CREATED_S", "2026-09-21T14:14:25", None, marks=pytest.mark.row("001-182")),
        pytest.param("DATETIME_S", "2026-09-22T04:06:40", None, marks=pytest.mark.row("001-183")),
        pytest.param("GSM", "0033612345678", None, marks=pytest.mark.row("001-184")),
        pytest.param("REFERENCE", "batchA", None, marks=pytest.mark.row("001-185")),
        pytest.param("STANDARDERRORTEXT", "", STANDARD[23].text, marks=pytest.mark.row("001-186")),
        pytest.param("STATUS", "2", "3", marks=pytest.mark.row("001-187")),
        pytest.param("STATUSDESCRIPTION", "", "23", marks=pytest.mark.row("001-188")),
        pytest.param("+GSM", "+33612345678", None, marks=pytest.mark.row("001-189")),
        pytest.param("EXTERNALSTATUSDESCRIPTION", "", "UNDELIV 623", marks=pytest.mark.row("001-190")),
        pytest.param("ID", str(first_id_at(ACCEPTED_MS)), None, marks=pytest.mark.row("001-191")),
        pytest.param("OPERATOR", "20801", None, marks=pytest.mark.row("001-192")),
        pytest.param("RECIPIENT", "0033612345678", None, marks=pytest.mark.row("001-193")),
        pytest.param("SRCREATED", "09/21/2026 02:14:25 PM", None, marks=pytest.mark.row("001-194")),
        pytest.param("SRCREATED_S", "2026-09-21T14:14:25", None, marks=pytest.mark.row("001-195")),
        pytest.param("STATUSCODESTRING", "", STANDARD[23].text.lower(), marks=pytest.mark.row("001-196")),
        pytest.param("STATUSISSUCCESS", "1", "0", marks=pytest.mark.row("001-197")),
        pytest.param("TIME", "04:06:40 AM", None, marks=pytest.mark.row("001-198")),
        pytest.param("CUSTOMGROUPING", "g1", "", marks=pytest.mark.row("001-199")),
        pytest.param("CUSTOMGROUPING2", "g2", "", marks=pytest.mark.row("001-200")),
        pytest.param("CUSTOMGROUPING3", "g3", "", marks=pytest.mark.row("001-201")),
    ],
)
def test_each_placeholder_has_its_value(name: str, delivered: str, undelivered: str | None) -> None:
    assert DELIVERED[name] == delivered
    assert FAILED[name] == (delivered if undelivered is None else undelivered)


def test_there_is_a_value_for_each_placeholder_and_no_other() -> None:
    assert tuple(DELIVERED) == PLACEHOLDERS


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=pytest.mark.row(f"001-{row}"))
        for row, number in zip(range(203, 223), STANDARD, strict=True)
    ],
)
def test_each_standard_error_has_its_number_and_text(number: int) -> None:
    """The network's fault is told as it is; 7 is of one that is still tried, 8 and 21 of one that ran out of time."""
    error, state, event = f"{number + 600}", State.UNDELIVERED, ReportOn.FAILURE
    if number == 7:
        state, event = State.SENT, ReportOn.INTERMEDIATE
    if number in (8, 21):
        state, error = State.EXPIRED, "608" if number == 8 else "622"
    values = values_of(notice(event=event, state=state, error=error), TELLING)
    assert values["STATUSDESCRIPTION"] == str(number)
    assert values["STANDARDERRORTEXT"] == STANDARD[number].text
    assert values["STATUSISSUCCESS"] == "0"
    assert values["STATUS"] == ("0" if number == 7 else "3")


@pytest.mark.row("001-202")
def test_every_state_is_one_of_four() -> None:
    told = {state: status_of(notice(event=ReportOn.FAILURE, state=state)) for state in FINAL}
    assert told.pop(State.DELIVERED) == 2
    assert told.pop(State.REJECTED) == 1
    assert set(told.values()) == {3}
    assert status_of(notice(event=ReportOn.SMSC, state=State.SENT)) == 0
    for word in ("ENROUTE", "ACCEPTD"):
        assert status_of(notice(event=ReportOn.INTERMEDIATE, state=State.SENT, word=word)) == 0


@pytest.mark.parametrize("word", ["READ", "SEEN"])
def test_what_was_opened_has_a_status_of_its_own(word: str) -> None:
    told = notice(event=ReportOn.INTERMEDIATE, word=word)
    assert status_of(told) == 4
    assert values_of(told, TELLING)["STATUSISSUCCESS"] == "1"


def test_what_the_smsc_took_is_dated_when_it_did() -> None:
    told = notice(event=ReportOn.SMSC, state=State.SENT, done_ms=0)
    values = values_of(told, TELLING)
    assert values["CREATED_S"] == "2026-09-21T14:13:21"
    assert (values["STATUS"], values["STATUSDESCRIPTION"]) == ("0", "")


def test_the_network_that_was_told_goes_before_the_prefix() -> None:
    assert values_of(notice(network="20820"), TELLING)["OPERATOR"] == "20820"
    assert values_of(notice(destination=Address("447700900000", 1, 1)), TELLING)["OPERATOR"] == ""


@pytest.mark.parametrize("value", ["3669", "Chappe", "", "123456"])
def test_what_is_no_international_number_stays_as_it_is(value: str) -> None:
    assert (with_zeros(value), with_plus(value)) == (value, value)


@pytest.mark.parametrize("word", ["READ", "SEEN"])
def test_the_end_is_delivered_also_where_being_read_ended_it(word: str) -> None:
    assert status_of(notice(event=ReportOn.SUCCESS, state=State.DELIVERED, word=word)) == 2


def test_a_template_is_filled_once_and_what_is_no_placeholder_stays() -> None:
    values = {"STATUS": "[GSM]", "GSM": "1", "+GSM": "+1"}
    assert filled("[STATUS] [+GSM] [gsm] [FOO] [[GSM]] [GSM", values, str) == "[GSM] +1 [gsm] [FOO] [1] [GSM"


def test_a_text_for_xml_holds_nothing_that_breaks_it() -> None:
    assert in_xml("a<b>&\x00\x1b\n") == "a&lt;b&gt;&amp;\n"
    assert in_xml("\ufffe\uffff\ud7ff") == "\ud7ff"


def test_a_text_for_xml_may_stand_in_an_attribute() -> None:
    found = ET.fromstring(filled("<a b=\"[X]\" c='[X]'>[X]</a>", {"X": 'it\'s "so"'}, in_markup))
    assert {found.get("b"), found.get("c"), found.text} == {'it\'s "so"'}
