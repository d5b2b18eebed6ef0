"""Notices of batches as calls to callback_url and errback_url. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chappe.dialects.jasmin.statuses import ANSWERS, STATE_WORDS
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Reason, Refusal
from chappe.domain.report import BatchNotice, Notice
from chappe.domain.state import State
from chappe.ports.carrier import HttpCall
from chappe.protocols.http.forms import write_form
from chappe.protocols.smpp.statuses import name_of

_HEADERS: Final = (("User-Agent", "Jasmin gateway/1.0 RESTAPI"), ("Accept", "*/*"))
_WAS_SENT: Final = frozenset({State.SENT, State.DELIVERED})
_REASONS: Final[Mapping[str, Reason]] = MappingProxyType({reason.word: reason for reason in Reason})


class BatchWriter:
    """Answers `ports.carrier.NoticeWriter`."""

    def __init__(self, renderer: IdRenderer) -> None:
        self._renderer = renderer

    def write(self, notice: Notice) -> HttpCall:
        """A GET with batchId, to, status and statusText, in this order, behind what the URL's query has."""
        assert isinstance(notice, BatchNotice)
        was_sent = notice.state in _WAS_SENT
        text = (
            f'Success "{self._renderer.uuid(notice.message_id)}"'
            if was_sent
            else f"HTTPAPI error: {_error(notice)}"
        )
        form = write_form(
            [
                ("batchId", self._renderer.uuid(notice.batch_id)),
                ("to", notice.to),
                ("status", "1" if was_sent else "0"),
                ("statusText", text),
            ]
        )
        # A fragment is never sent, RFC 9110 §7.1: parameters behind one would stay at home.
        url = notice.wish.target.partition("#")[0]
        return HttpCall("GET", f"{url}{'&' if '?' in url else '?'}{form}", _HEADERS)

    def taken(self, status: int, body: bytes) -> bool:
        """Jasmin never looks at the answer, so that its clients say what they like: any success will do."""
        del body
        return 200 <= status < 300


def _error(notice: BatchNotice) -> str:
    reason = _REASONS.get(notice.reason)
    if reason is not None:
        text = ANSWERS[reason][1](notice.user, Refusal(reason, notice.about, notice.error))
        return f'Error "{text}"'
    if notice.command_status:
        return f'Error "{name_of(notice.command_status)}"'
    if notice.sentence:
        return notice.sentence
    return f'Error "{STATE_WORDS[notice.state]}"'
