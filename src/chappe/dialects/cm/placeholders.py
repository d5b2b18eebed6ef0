"""A status report as the values of its placeholders, and templates filled with them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from chappe.dialect_kit.telling import Telling
from chappe.domain.report import ReportOn, StatusNotice
from chappe.domain.state import State
from chappe.domain.status_webhook import PLACEHOLDER

ACCEPTED: Final = 0
REJECTED: Final = 1
DELIVERED: Final = 2
FAILED: Final = 3
READ: Final = 4
"""Not in document 001: what rich channels tell of a message that was opened."""

_READ_WORDS: Final = frozenset({"READ", "SEEN"})
_NO_ERROR: Final = frozenset({"", "0", "000"})
_NO_XML: Final = "\ufffe\uffff"
"""XML 1.0 §2.2; the control characters beside them."""
_LEAST_INTERNATIONAL: Final = 7
"""Digits from which on a number is taken for one with its country code; shorter ones are short codes."""


def status_of(notice: StatusNotice) -> int:
    """The status that a report tells, one of document 001's four or READ."""
    # Of a push that had to be read the same word ends it: clients wait for the end, so that is told as it is.
    if notice.event is ReportOn.INTERMEDIATE and notice.word.upper() in _READ_WORDS:
        return READ
    if notice.event is ReportOn.INTERMEDIATE or notice.state is State.SENT:
        return ACCEPTED
    if notice.state is State.DELIVERED:
        return DELIVERED
    return REJECTED if notice.state is State.REJECTED else FAILED


def is_number(value: str) -> bool:
    """Whether this is a whole number with its country code, rather than a short code or a name."""
    return value.isascii() and value.isdigit() and len(value) >= _LEAST_INTERNATIONAL


def with_zeros(value: str) -> str:
    """A number as the vendor writes it, 00 in front."""
    return f"00{value}" if is_number(value) else value


def with_plus(value: str) -> str:
    """A number with its plus."""
    return f"+{value}" if is_number(value) else value


def iso(unix_ms: int) -> str:
    """yyyy-MM-ddTHH:mm:ss in UTC."""
    return f"{_date(unix_ms):%Y-%m-%dT%H:%M:%S}"


def registered_ms(notice: StatusNotice) -> int:
    """When what a report tells became known."""
    return notice.done_ms or notice.sent_ms


def supplier_said(notice: StatusNotice) -> str:
    """The state and the error in the network's own words, or ours where it never had the message."""
    error = "" if notice.error in _NO_ERROR else notice.error
    return " ".join(filter(None, (notice.word, error)))


def values_of(notice: StatusNotice, telling: Telling) -> dict[str, str]:
    """Every placeholder by its name; document 001, "Paramètres". Times are UTC."""
    error = telling.error_of(notice)
    registered, now = registered_ms(notice), telling.now_ms()
    gsm = with_zeros(notice.destination.value)
    first, second, third = (*notice.groupings, "", "", "")[:3]
    text = error.text if error is not None else ""
    return {
        "CREATED_S": iso(registered),
        "DATETIME_S": iso(now),
        "GSM": gsm,
        "REFERENCE": notice.reference,
        "STANDARDERRORTEXT": text,
        "STATUS": str(status_of(notice)),
        # The number of the error, blank where all is well: receivers take what is not blank for a failure.
        "STATUSDESCRIPTION": str(error.number) if error is not None else "",
        "+GSM": with_plus(notice.destination.value),
        "EXTERNALSTATUSDESCRIPTION": supplier_said(notice),
        "ID": str(notice.message_id),
        "OPERATOR": telling.network(notice),
        "RECIPIENT": gsm,
        "SRCREATED": f"{_date(registered):%m/%d/%Y %I:%M:%S %p}",
        "SRCREATED_S": iso(registered),
        "STATUSCODESTRING": text.lower(),
        "STATUSISSUCCESS": "1" if error is None else "0",
        "TIME": f"{_date(now):%I:%M:%S %p}",
        "CUSTOMGROUPING": first,
        "CUSTOMGROUPING2": second,
        "CUSTOMGROUPING3": third,
    }


def in_xml(value: str) -> str:
    """A text for XML 1.0, without the characters that no document may hold."""
    kept = "".join(each for each in value if (each >= " " or each in "\t\n\r") and each not in _NO_XML)
    return escape(kept)


def in_markup(value: str) -> str:
    """As in_xml, and for attributes too: a customer's own template may have its placeholders there."""
    return in_xml(value).replace('"', "&quot;").replace("'", "&apos;")


def filled(template: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    """A template with its placeholders replaced; what is no placeholder of ours stays as it is."""
    return PLACEHOLDER.sub(
        lambda found: escape(values[found[1]]) if found[1] in values else found[0], template
    )


def _date(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
