"""Notices as this dialect's HTTP calls: status reports in four forms. Which form, and where to, is the account's setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import msgspec

from chappe.dialect_kit.telling import Telling, untold
from chappe.dialects.cm.mo_callback import MoForm, MoWriter
from chappe.dialects.cm.placeholders import (
    filled,
    in_markup,
    in_xml,
    iso,
    registered_ms,
    status_of,
    values_of,
    with_zeros,
)
from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.ids import IdRenderer, first_id_at
from chappe.domain.report import (
    FINALS,
    NO_REPORT,
    IncomingNotice,
    Notice,
    ReportOn,
    ReportWish,
    StatusNotice,
    Way,
)
from chappe.domain.state import State
from chappe.domain.status_webhook import PLACEHOLDERS, StatusForm, StatusWebhook
from chappe.ports.carrier import HttpCall, NoticeWriter

WORDS: Final[Mapping[StatusForm, str]] = MappingProxyType({form: f"cm-{form.value}" for form in StatusForm})
"""The names by which wishes know the writer of each form."""

_EVENTS: Final = int(FINALS | ReportOn.CHANGES)
_TYPES: Final[Mapping[StatusForm, str]] = MappingProxyType(
    {
        StatusForm.JSON: "application/json; charset=utf-8",
        StatusForm.XML: "application/xml; charset=utf-8",
        StatusForm.FORM: "application/x-www-form-urlencoded",
    }
)
_FORM: Final = "&".join(f"{quote(name, safe='')}=[{name}]" for name in PLACEHOLDERS)
_SAMPLE_NUMBER: Final = Address("31600000000", 1, 1)


def wish_of(account: Account) -> ReportWish:
    """What an account wants to be told of its messages: every change of status, if it has set where."""
    hook = account.status_webhook
    if hook is None:
        return NO_REPORT
    method = "GET" if hook.form is StatusForm.QUERY else "POST"
    return ReportWish(Way.WEBHOOK, _EVENTS, WORDS[hook.form], hook.url, method, hook.body)


class StatusWriter:
    """Answers `ports.carrier.NoticeWriter` for status reports of one form."""

    def __init__(self, form: StatusForm, telling: Telling) -> None:
        self._form = form
        self._telling = telling

    def write(self, notice: Notice) -> HttpCall:
        """The request: placeholders in the URL are filled in whatever the form."""
        # Only an account's own setting names this writer, and only status reports are owed by it.
        assert isinstance(notice, StatusNotice)
        values = values_of(notice, self._telling)
        wish = notice.wish
        # A fragment is never sent, RFC 9110 §7.1: placeholders behind one would stay at home.
        url = filled(wish.target.partition("#")[0], values, _in_url)
        if self._form is StatusForm.QUERY:
            return HttpCall("GET", url)
        return HttpCall(
            "POST",
            url,
            (("Content-Type", _TYPES[self._form]),),
            self._body(notice, values).encode("utf-8", "replace"),
        )

    def taken(self, status: int, body: bytes) -> bool:
        """Any success; whatever else comes, the report is sent again."""
        del body
        return 200 <= status < 300

    def _body(self, notice: StatusNotice, values: Mapping[str, str]) -> str:
        own = notice.wish.body
        match self._form:
            case StatusForm.JSON:
                return filled(own, values, _in_json) if own else _json(notice, values)
            case StatusForm.XML:
                return filled(own, values, in_markup) if own else _xml(notice, values)
        return filled(own or _FORM, values, _in_url)


def _maker(form: StatusForm) -> Callable[[Telling], NoticeWriter]:
    return lambda telling: StatusWriter(form, telling)


STATUS_WRITERS: Final[Mapping[str, Callable[[Telling], NoticeWriter]]] = MappingProxyType(
    {name: _maker(form) for form, name in WORDS.items()}
)
"""Writers of status reports, by their names."""


class CmWriter:
    """Answers `ports.carrier.NoticeWriter` under the dialect's own name: MOs as JSON, and reports by GET."""

    def __init__(self, renderer: IdRenderer) -> None:
        self._mo = MoWriter(MoForm.JSON)
        self._status = StatusWriter(StatusForm.QUERY, untold(renderer))

    def write(self, notice: Notice) -> HttpCall:
        """The request that tells of a notice."""
        return (self._mo if isinstance(notice, IncomingNotice) else self._status).write(notice)

    def taken(self, status: int, body: bytes) -> bool:
        """Exactly 200, which is what the vendor asks of receivers of MOs."""
        return self._mo.taken(status, body)


def sample_call(hook: StatusWebhook, now_ms: int) -> HttpCall:
    """The test call at set-up: a report of a delivered message that does not exist."""
    wish = wish_of(Account(name="test", status_webhook=hook))
    notice = StatusNotice(
        message_id=first_id_at(now_ms),
        account="test",
        event=ReportOn.SUCCESS,
        state=State.DELIVERED,
        wish=wish,
        source=Address("test"),
        destination=_SAMPLE_NUMBER,
        reference="test",
        done_ms=now_ms,
        sent_ms=now_ms,
    )
    quiet = untold(IdRenderer(bytes(16)))
    telling = Telling(quiet.renderer, quiet.errors, quiet.network_of, lambda: now_ms)
    return StatusWriter(hook.form, telling).write(notice)


def _in_url(value: str) -> str:
    return quote(value, safe="", errors="replace")


def _in_json(value: str) -> str:
    return msgspec.json.encode(value).decode()[1:-1]


def _json(notice: StatusNotice, values: Mapping[str, str]) -> str:
    """The vendor's newer form: one message, all values texts."""
    return msgspec.json.encode(
        {
            "messages": {
                "msg": {
                    "received": iso(registered_ms(notice)),
                    "to": with_zeros(notice.destination.value),
                    "reference": notice.reference,
                    "status": {
                        "code": str(status_of(notice)),
                        "errorCode": values["STATUSDESCRIPTION"],
                        "errorDescription": values["STANDARDERRORTEXT"],
                    },
                    "operator": values["OPERATOR"],
                }
            }
        }
    ).decode()


def _xml(notice: StatusNotice, values: Mapping[str, str]) -> str:
    return (
        f'<MESSAGES><MSG RECEIVED="{iso(registered_ms(notice))}"><TO>{in_xml(values["GSM"])}</TO>'
        f"<REFERENCE>{in_xml(notice.reference)}</REFERENCE><STATUS><CODE>{status_of(notice)}</CODE>"
        f"<ERRORCODE>{values['STATUSDESCRIPTION']}</ERRORCODE>"
        f"<ERRORDESCRIPTION>{in_xml(values['STANDARDERRORTEXT'])}</ERRORDESCRIPTION></STATUS></MSG></MESSAGES>"
    )
