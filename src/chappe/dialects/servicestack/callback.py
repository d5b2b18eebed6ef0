"""Notices as calls with a JSON body in this service's names. The source document has none; MO routes may name this. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chappe.dialects.servicestack.statuses import STATE_WORDS
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, Notice, StatusNotice
from chappe.ports.carrier import HttpCall

_HEADERS: Final = (("Content-Type", "application/json; charset=utf-8"), ("Accept", "application/json"))


class ServiceStackWriter:
    """Answers `ports.carrier.NoticeWriter`."""

    def __init__(self, renderer: IdRenderer) -> None:
        self._renderer = renderer

    def write(self, notice: Notice) -> HttpCall:
        """The call: always POST, since a body cannot be said in a URL."""
        if isinstance(notice, IncomingNotice):
            body = self._mo(notice)
        else:
            assert isinstance(notice, StatusNotice)
            body = self._status(notice)
        return HttpCall("POST", notice.wish.target, _HEADERS, msgspec.json.encode(body))

    def taken(self, status: int, body: bytes) -> bool:
        """Any success will do."""
        del body
        return 200 <= status < 300

    def _status(self, notice: StatusNotice) -> dict[str, Any]:
        return {
            "apiMessageId": self._renderer.uuid(notice.message_id),
            "to": notice.destination.value,
            "status": STATE_WORDS[notice.state],
            "error": notice.error,
        }

    def _mo(self, notice: IncomingNotice) -> dict[str, Any]:
        found: dict[str, Any] = {
            "apiMessageId": self._renderer.uuid(notice.message_id),
            "from": notice.source.value,
            "to": notice.destination.value,
        }
        if notice.text is None:
            return {**found, "binary": notice.octets.hex(), "coding": notice.data_coding}
        return {**found, "content": notice.text}
