"""What came of Login, Send and Report, as document 000 writes it. Pure."""

from __future__ import annotations

from datetime import tzinfo

from chappe.dialect_kit.contract import ActAsk, Ask, Outcome
from chappe.dialects.mmp.acts import Asked as AskedId
from chappe.dialects.mmp.acts import LoggedIn, ReportAct, Reported, SendAct, Sent
from chappe.dialects.mmp.dates import write_date
from chappe.dialects.mmp.packets import packet_id
from chappe.dialects.mmp.sms_message import Fault
from chappe.dialects.mmp.statuses import (
    API_STATUS,
    FAIL,
    LOGIN,
    NOK,
    OK,
    WAITING,
    detail_of,
    http_of,
    json_answer,
    malformed,
    word_of,
)
from chappe.dialects.mmp.wire import ReportResponse, SmsResponse
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Accepted
from chappe.protocols.http.messages import HttpRequest, HttpResponse

PLAIN = "text/plain; charset=utf-8"
SESSION_HEADER = "MMP-Session"


def render_login(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`Login`: exactly OK or NOK."""
    del ask, renderer
    if isinstance(outcome, Refusal):
        status, headers = http_of(outcome.reason)
        return HttpResponse(max(status, 401), NOK.encode(), PLAIN, headers)
    assert isinstance(outcome, LoggedIn)
    return HttpResponse(200, OK.encode(), PLAIN, ((SESSION_HEADER, outcome.session),))


def render_send(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`Send`: one result a message, in order."""
    if isinstance(outcome, Refusal):
        assert isinstance(ask, ActAsk)
        assert isinstance(ask.act, SendAct)
        status, headers = http_of(outcome.reason)
        results = (_refused(outcome),) * ask.act.count()
        return json_answer(max(status, 400), SmsResponse(results=results), headers)
    assert isinstance(outcome, Sent)
    results = tuple(_sent(one, renderer) for one in outcome.results)
    status, headers = (413, ()) if outcome.too_many else _status_of(outcome)
    return json_answer(status, SmsResponse(packet_id(outcome.ranges, renderer), results), headers)


def _status_of(sent: Sent) -> tuple[int, tuple[tuple[str, str], ...]]:
    """200, but where nothing was taken and every message was refused for a reason that passes."""
    reasons = {one.reason for one in sent.results if isinstance(one, Refusal)}
    if len(reasons) == 1 and all(isinstance(one, Refusal) for one in sent.results):
        return http_of(reasons.pop())
    return 200, ()


def _sent(result: Accepted | Refusal | Fault, renderer: IdRenderer) -> ReportResponse:
    if isinstance(result, Accepted):
        return ReportResponse(
            partner_message_id=renderer.uuid(result.message_id),
            partner_status="REPEATED" if result.repeated else "ACCEPTED",
            partner_detail="the same message was taken before" if result.repeated else "",
            api_status=OK,
            sms_message_count=result.parts,
        )
    if isinstance(result, Fault):
        return ReportResponse(partner_status=result.word, partner_detail=result.sentence, api_status=FAIL)
    return _refused(result)


def _refused(refusal: Refusal) -> ReportResponse:
    return ReportResponse(
        partner_status=word_of(refusal.reason), partner_detail=detail_of(refusal), api_status=FAIL
    )


def render_report(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """`Report`: one result an id, in order. Where we do not know, none is called final."""
    del renderer
    if isinstance(outcome, Refusal):
        assert isinstance(ask, ActAsk)
        assert isinstance(ask.act, ReportAct)
        status, headers = http_of(outcome.reason)
        results = tuple(
            ReportResponse(
                partner_message_id=text,
                partner_status=word_of(outcome.reason),
                partner_detail=detail_of(outcome),
                api_status=WAITING,
            )
            for text in ask.act.ids()
        )
        return json_answer(max(status, 400), SmsResponse(results=results), headers)
    assert isinstance(outcome, Reported)
    results = tuple(_reported(one, outcome.zone, too_many=outcome.too_many) for one in outcome.asked)
    return json_answer(413 if outcome.too_many else 200, SmsResponse(outcome.packet_text, results))


def _reported(asked: AskedId, zone: tzinfo, *, too_many: bool) -> ReportResponse:
    if too_many:
        return ReportResponse(asked.text, "TOO_MANY", "ask for fewer ids at once", WAITING)
    if asked.elsewhere:
        return ReportResponse(asked.text, "OTHER_PACKET", "the message is not of this packet", WAITING)
    if asked.found is None:
        return ReportResponse(asked.text, "UNKNOWN_ID", "there is no such message", FAIL)
    message, standing = asked.found.message, asked.found.standing
    return ReportResponse(
        partner_message_id=asked.text,
        partner_status=standing.state.name,
        partner_detail=standing.error,
        api_status=API_STATUS[standing.state],
        send_at=write_date(standing.sent_ms, zone),
        sms_operator=standing.connector if standing.sent_ms else "",
        sms_message_count=message.parts,
    )


def fault(request: HttpRequest) -> HttpResponse:
    """The answer to a fault of ours: what became of the messages is not known, and nothing is said of them."""
    if request.path == LOGIN:
        return HttpResponse(500, NOK.encode(), PLAIN)
    return json_answer(500, SmsResponse())


def wrong_method(request: HttpRequest) -> HttpResponse:
    """The answer to another verb than POST."""
    headers = (("Allow", "POST"),)
    if request.path == LOGIN:
        return HttpResponse(405, NOK.encode(), PLAIN, headers)
    return malformed(405, "BAD_REQUEST", "POST is asked for", request.path, headers)


def not_found(request: HttpRequest, face: str) -> HttpResponse | None:
    """The answer to a path below `/mmp/` that is none of the three; None for one that is not this dialect's."""
    del face
    if not request.path.startswith("/mmp/"):
        return None
    return malformed(404, "NOT_FOUND", "there are login, send and report", request.path)
