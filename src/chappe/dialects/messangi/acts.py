"""What each method does with the core, once its signature holds. Answers are made by render.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chappe.dialect_kit.contract import BadRequest
from chappe.dialect_kit.core import Core
from chappe.dialects.messangi import render
from chappe.dialects.messangi.arguments import (
    BadParameter,
    Sending,
    guess_of,
    instance_of,
    message_id_of,
    report_of,
    sending_of,
)
from chappe.dialects.messangi.carriers import carrier_name, network_for, networks_of
from chappe.dialects.messangi.incoming import NotTaken, fire, get_mos
from chappe.dialects.messangi.paths import (
    FIRE,
    GET_MESSAGE,
    GET_MOS,
    REPORT,
    SEND_MT,
    SEND_PIN,
    SEND_SMS,
    VERIFY_PIN,
    Call,
)
from chappe.dialects.messangi.report import TooMany, look_through, network_told
from chappe.dialects.messangi.signature import is_signed
from chappe.domain.account import Account, token_digest
from chappe.domain.address import Address, BadAddress, sender
from chappe.domain.conditions import zone_of
from chappe.domain.extras import Extras
from chappe.domain.ids import id_time_ms
from chappe.domain.instance import Instance
from chappe.domain.message import StoredMessage
from chappe.domain.refusal import Reason, Refusal, Refused, Right, refuse
from chappe.domain.report import FINALS, ReportWish, Way
from chappe.domain.state import State
from chappe.domain.submission import Accepted, Submission
from chappe.pipeline.authenticate import Login
from chappe.pipeline.pins import PinAsk
from chappe.protocols.http.messages import HttpRequest, HttpResponse

NAME: Final = "messangi"

# Nobody is told by callback, but the SMSC is asked for receipts, so that getMessage knows more.
_WISH: Final = ReportWish(Way.NONE, FINALS, NAME)


class Work(msgspec.Struct, frozen=True):
    """One call whose signature held: who calls, in which instance, in whose time zone."""

    core: Core
    login: Login
    call: Call
    request: HttpRequest
    instance: Instance
    zone: ZoneInfo

    @property
    def account(self) -> Account:
        """Whose call it is."""
        return self.login.account

    @property
    def replay_key(self) -> str:
        """What the same signed call is known by."""
        return f"{NAME}:{self.call.method}:{self.call.signature.lower()}"


class Act:
    """Does one call: what `ActAsk.act` is for this dialect."""

    __slots__ = ("call",)

    def __init__(self, call: Call) -> None:
        self.call = call

    async def __call__(self, core: Core, login: Login | None, request: HttpRequest) -> HttpResponse:
        """The answer. Raises Refused, or BadRequest for a parameter that cannot be meant."""
        assert login is not None
        work = _verified(core, login, self.call, request)
        try:
            return await _METHODS[self.call.method](work)
        except BadParameter as error:
            raise BadRequest(render.failed(self.call.method, f"Invalid parameter: {error}")) from error
        except NotTaken as error:
            raise BadRequest(render.failed(self.call.method, str(error), 503)) from error


def _verified(core: Core, login: Login, call: Call, request: HttpRequest) -> Work:
    """Signature first, then the instance: who fails at either learns the same."""
    token = core.directory.tokens_by_digest.get(token_digest(call.public_key))
    secret = core.services.unseal(token.secret) if token is not None and token.secret else ""
    instance = core.directory.instances.get(instance_of(call))
    if not is_signed(secret, call.signed, call.signature):
        core.meter.count("auth_failures")
        raise refuse(Reason.BAD_CREDENTIALS)
    if instance is None or not instance.enabled or instance.account != login.account.name:
        raise refuse(Reason.BAD_CREDENTIALS)
    return Work(core, login, call, request, instance, _zone(instance, login.account))


def _zone(instance: Instance, account: Account) -> ZoneInfo:
    return zone_of(instance.zone or account.timezone or "UTC")


# ---------------------------------------------------------------- sending


async def _send_sms(work: Work) -> HttpResponse:
    asked = sending_of(work.call)
    submission = _submission(work, asked)
    message_id = await _submitted(work, submission)
    shown = render.Shown(
        message_id=work.core.renderer.decimal(message_id),
        carrier=carrier_name(work.core.directory, _network(work, submission)),
        source=submission.source.value if submission.source else work.account.default_sender,
        to=asked.to.value,
        text=asked.text,
        state=State.QUEUED,
        at_ms=id_time_ms(message_id),
        zone=work.zone,
        client=work.account.name,
    )
    return render.done(SEND_SMS, ("messages", (render.message_element(shown),)))


async def _send_mt(work: Work) -> HttpResponse:
    await _submitted(work, _submission(work, sending_of(work.call)))
    return render.done(SEND_MT)


async def _submitted(work: Work, submission: Submission) -> int:
    answers = await work.core.submit.submit(work.account, work.login.credential.username, NAME, [submission])
    answer = answers[0]
    if isinstance(answer, Refusal):
        raise Refused(answer)
    assert isinstance(answer, Accepted)
    return answer.message_id


def _submission(work: Work, asked: Sending) -> Submission:
    window_ms = work.instance.replay_seconds * 1_000
    source = _source(work, asked.source)
    network = _carrier(work, asked)
    return Submission(
        destination=asked.to,
        source=source,
        text=asked.text,
        report=_WISH,
        # To whoever hears of the message, and to rules: flags are for jobs behind the gateway.
        reference=asked.flags,
        tags=(asked.flags,) if asked.flags else (),
        idempotency_key=work.replay_key if window_ms else "",
        key_holds_ms=window_ms,
        asks=(Right.SOURCE_ADDRESS,) if asked.source else (),
        extras=Extras(network=network) if network else None,
    )


def _source(work: Work, text: str) -> Address | None:
    """The sender: the one that is named if it is the instance's, else the instance's first."""
    codes = work.instance.codes
    named = text or (codes[0] if codes else "")
    if not work.instance.may_use(named) and text:
        raise BadParameter("from")
    try:
        return sender(named) if named else None
    except BadAddress as error:
        raise BadParameter("from") from error


def _carrier(work: Work, asked: Sending) -> str:
    if not asked.carrier:
        return ""
    codes = networks_of(work.core.directory, work.instance, asked.carrier)
    if not codes:
        raise BadParameter("carrier")
    return network_for(work.core.directory, codes, asked.to.value)


def _network(work: Work, submission: Submission) -> str:
    if submission.extras is not None:
        return submission.extras.network
    return work.core.directory.prefixes.network_of(submission.destination.value)


# ---------------------------------------------------------------- PINs


async def _send_pin(work: Work) -> HttpResponse:
    asked = sending_of(work.call)
    window_ms = work.instance.replay_seconds * 1_000
    plain = msgspec.structs.replace(_submission(work, asked), idempotency_key="", key_holds_ms=0)
    sent = await work.core.services.pins.send(
        work.account,
        work.login.credential.username,
        NAME,
        PinAsk(plain, asked.length, work.replay_key if window_ms else "", window_ms),
    )
    if isinstance(sent, Refusal):
        raise Refused(sent)
    return render.done(SEND_PIN, ("PinSMSConfirmation", (("pin", sent.digits),)))


async def _verify_pin(work: Work) -> HttpResponse:
    to, digits = guess_of(work.call)
    right = await work.core.services.pins.verify(work.account.name, to.value, digits)
    return render.done(VERIFY_PIN, ("PinSMSVerification", (("valid", "true" if right else "false"),)))


# ---------------------------------------------------------------- looking up


async def _get_message(work: Work) -> HttpResponse:
    message_id = work.core.renderer.parse_decimal(message_id_of(work.call))
    if message_id is None:
        raise BadParameter("messageId")
    found = await work.core.query.find(work.account.name, message_id)
    if isinstance(found, Refusal):
        raise Refused(found)
    return render.done(GET_MESSAGE, render.looked_up_element(_shown(work, found)))


async def _report(work: Work) -> HttpResponse:
    first_ms, last_ms, page = report_of(work.call)
    try:
        report = await look_through(work.core, work.instance, first_ms, last_ms, page)
    except TooMany:
        raise BadRequest(render.failed(REPORT, "The dates hold too many messages, ask for less")) from None
    messages = tuple(render.looked_up_element(_shown(work, one)) for one in report.page)
    return render.done(REPORT, ("messages", (("records", str(report.total)), *messages)))


def _shown(work: Work, found: StoredMessage) -> render.Shown:
    message = found.message
    return render.Shown(
        message_id=work.core.renderer.decimal(message.id),
        carrier=carrier_name(work.core.directory, network_told(work.core, found)),
        source=message.source.value,
        to=message.destination.value,
        text=message.text or "",
        state=found.standing.state,
        at_ms=id_time_ms(message.id),
        zone=work.zone,
        client=message.account,
    )


async def _fire(work: Work) -> HttpResponse:
    return await fire(work.core, work.call, work.request, work.instance, work.replay_key)


async def _get_mos(work: Work) -> HttpResponse:
    return await get_mos(work.core, work.call, work.instance, work.zone)


_METHODS: Final[Mapping[str, Callable[[Work], Awaitable[HttpResponse]]]] = MappingProxyType(
    {
        SEND_SMS: _send_sms,
        SEND_MT: _send_mt,
        SEND_PIN: _send_pin,
        VERIFY_PIN: _verify_pin,
        GET_MESSAGE: _get_message,
        REPORT: _report,
        FIRE: _fire,
        GET_MOS: _get_mos,
    }
)
