"""Notices as JSON in the words of document 000, for routes and webhooks that name this dialect. Pure."""

from __future__ import annotations

import msgspec

from chappe.dialects.mmp.dates import ISTANBUL, write_date
from chappe.dialects.mmp.statuses import API_STATUS
from chappe.dialects.mmp.wire import ReportResponse, SmsResponse
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, Notice, StatusNotice
from chappe.ports.carrier import HttpCall

_HEADERS = (("Content-Type", "application/json; charset=utf-8"),)


class IncomingSms(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An MO with the names of class SmsMessage: document 000 has no class for what subscribers send."""

    partner_message_id: str
    mobile_number: str
    text: str | None
    sender: str
    received_at: str
    data: str


class MmpWriter:
    """Answers `ports.carrier.NoticeWriter`."""

    def __init__(self, renderer: IdRenderer) -> None:
        self._renderer = renderer

    def write(self, notice: Notice) -> HttpCall:
        """A POST: an answer of Report with one result, or an MO, whose `sender` is the number it was sent to."""
        message_id = self._renderer.uuid(notice.message_id)
        body: SmsResponse | IncomingSms
        if isinstance(notice, IncomingNotice):
            body = IncomingSms(
                partner_message_id=message_id,
                mobile_number=notice.source.value,
                text=notice.text,
                sender=notice.destination.value,
                received_at=write_date(notice.received_ms, ISTANBUL),
                data=notice.octets.hex(),
            )
        else:
            # Batches are told of by the dialect that takes them.
            assert isinstance(notice, StatusNotice)
            body = SmsResponse(results=(self._result(notice, message_id),))
        return HttpCall("POST", notice.wish.target, _HEADERS, msgspec.json.encode(body))

    def taken(self, status: int, body: bytes) -> bool:
        """Any success will do."""
        del body
        return 200 <= status < 300

    @staticmethod
    def _result(notice: StatusNotice, message_id: str) -> ReportResponse:
        return ReportResponse(
            partner_message_id=message_id,
            partner_status=notice.state.name,
            partner_detail=notice.error,
            api_status=API_STATUS[notice.state],
            send_at=write_date(notice.sent_ms, ISTANBUL),
            sms_operator=notice.connector,
            sms_message_count=notice.parts,
        )
