"""Notices as this dialect's callers expect them: MOs as `mobile` and `mo`, statuses by the vendor's words. Pure."""

from __future__ import annotations

from chappe.dialects.messangi.statuses import STATE_WORDS, described
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, Notice, StatusNotice
from chappe.ports.carrier import HttpCall
from chappe.protocols.http.forms import write_form

_HEADERS = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "*/*"))

Pairs = list[tuple[str, str | bytes]]


class MessangiWriter:
    """Answers `ports.carrier.NoticeWriter`."""

    def __init__(self, renderer: IdRenderer) -> None:
        self._renderer = renderer

    def write(self, notice: Notice) -> HttpCall:
        """The callback: a form by POST, a query by GET."""
        if isinstance(notice, IncomingNotice):
            pairs = _mo(notice)
        else:
            # This dialect takes no batches.
            assert isinstance(notice, StatusNotice)
            pairs = self._status(notice)
        wish, form = notice.wish, write_form(pairs)
        if wish.method == "GET":
            # A fragment is never sent, RFC 9110 §7.1.
            url = wish.target.partition("#")[0]
            return HttpCall("GET", f"{url}{'&' if '?' in url else '?'}{form}", _HEADERS[1:])
        return HttpCall("POST", wish.target, _HEADERS, form.encode())

    def taken(self, status: int, body: bytes) -> bool:
        """Any 2xx."""
        del body
        return 200 <= status < 300

    def _status(self, notice: StatusNotice) -> Pairs:
        word = STATE_WORDS[notice.state]
        return [
            ("id", self._renderer.decimal(notice.message_id)),
            ("mobile", notice.destination.value),
            ("from", notice.source.value),
            ("status", word),
            ("statusDescription", described(word)),
        ]


def _mo(notice: IncomingNotice) -> Pairs:
    return [
        ("mobile", notice.source.value),
        ("mo", notice.octets if notice.text is None else notice.text),
    ]
