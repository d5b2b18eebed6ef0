"""MOs by this dialect: those that a client fires, and the log of those that came."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chappe.dialect_kit.core import Core
from chappe.dialects.messangi import render
from chappe.dialects.messangi.arguments import BadParameter, fired_by_path, fitting, page_of
from chappe.dialects.messangi.carriers import carrier_name, networks_of
from chappe.dialects.messangi.descriptor import read_descriptor
from chappe.dialects.messangi.encoded import BadEncoding
from chappe.dialects.messangi.filter import Filter
from chappe.dialects.messangi.paths import FIRE, GET_MOS, Call
from chappe.domain.address import Address, BadAddress, destination, sender
from chappe.domain.incoming import Arrival
from chappe.domain.instance import Instance
from chappe.domain.mo_query import LoggedMo, MoFound, MoQuery
from chappe.ports.connector import Ack
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from chappe.text.encodings import Charset, encode_text
from chappe.text.gsm7 import Unencodable

_WAY_IN: Final = "messangi"
_OLD_WORD: Final = "activateCampaign"
_NOTHING: Final = MoFound(0, ())


class NotTaken(Exception):
    """An MO that nobody wants now; the message is the description of the answer."""


async def fire(
    core: Core, call: Call, request: HttpRequest, instance: Instance, replay_key: str
) -> HttpResponse:
    """Hands an MO in as if the subscriber had sent it; by POST each is a new one, since its signature never changes."""
    if len(call.parameters) == 1:
        return await _fire_by_body(core, request, instance)
    number, text = fired_by_path(call)
    once_ms = instance.replay_seconds * 1_000
    arrival = _arrival(request, instance, number, "", text)
    if once_ms:
        arrival = msgspec.structs.replace(arrival, once=replay_key, once_ms=once_ms)
    await _handed_in(core, arrival)
    return render.done(_OLD_WORD if instance.old_words else FIRE)


async def _fire_by_body(core: Core, request: HttpRequest, instance: Instance) -> HttpResponse:
    try:
        fired = read_descriptor(request, instance)
        number = destination(fired.mobile)
    except BadEncoding as error:
        raise BadParameter(str(error)) from error
    except BadAddress as error:
        raise BadParameter(instance.mobile_field) from error
    if not fired.text:
        raise BadParameter(instance.text_field)
    await _handed_in(core, _arrival(request, instance, number, fired.code, fitting(fired.text)))
    told = (("instanceId", instance.number), ("mobileNumber", number.value), ("text", fired.text))
    return render.done(FIRE, ("mo", told))


def _arrival(request: HttpRequest, instance: Instance, number: Address, code: str, text: str) -> Arrival:
    codes = instance.codes
    if not codes or (code and code not in codes):
        # A code of nobody's, or of somebody else's: an MO to it would come to others.
        raise BadParameter(instance.code_field)
    charset, data_coding = Charset.GSM7, 0
    try:
        try:
            octets = encode_text(text, charset)
        except Unencodable:
            charset, data_coding = Charset.UCS2, 8
            octets = encode_text(text, charset)
    except (Unencodable, UnicodeEncodeError) as error:
        raise BadParameter("text") from error
    return Arrival(
        group=_WAY_IN,
        connector=_WAY_IN,
        source=number,
        destination=sender(code or codes[0]),
        octets=octets,
        charset=charset.value,
        data_coding=data_coding,
        received_ms=request.received_ms,
    )


async def _handed_in(core: Core, arrival: Arrival) -> None:
    taken = await core.services.mos.accept([arrival])
    core.lanes_due(taken.lanes)
    if taken.answers[0] is Ack.LATER:
        raise NotTaken("No campaign takes this message now")
    if taken.answers[0] is Ack.REFUSED:
        raise NotTaken("The message is not allowed")


async def get_mos(core: Core, call: Call, instance: Instance, zone: ZoneInfo) -> HttpResponse:
    """One page of the instance's MOs."""
    page = page_of(call)
    query = _query(core, instance, page.filter, (page.number - 1) * page.size, page.size)
    try:
        found = await core.services.mo_log.find(query) if query is not None else _NOTHING
    except ValueError as error:
        raise BadParameter("keyword") from error
    messages = tuple(
        render.mo_element(one, _carrier(core, one), zone, iso=instance.iso_dates) for one in found.mos
    )
    listed = (("records", str(found.total)), ("MessageList", messages))
    return render.done(GET_MOS, ("MOMessageList", listed))


def _carrier(core: Core, logged: LoggedMo) -> str:
    return carrier_name(core.directory, logged.network)


def _query(core: Core, instance: Instance, wanted: Filter, offset: int, limit: int) -> MoQuery | None:
    """What the log is asked; None where nothing can be found: another's code, a carrier that nobody knows."""
    foreign = instance.codes and wanted.destinations and not set(wanted.destinations) & set(instance.codes)
    networks = tuple(code for name in wanted.carriers for code in networks_of(core.directory, instance, name))
    if foreign or (wanted.carriers and not networks):
        return None
    return MoQuery(
        account=instance.account,
        # One without codes stands for the account: nothing says which MOs are its own.
        instance=instance.number if instance.codes else "",
        sources=wanted.sources,
        destinations=wanted.destinations,
        networks=networks,
        pattern=wanted.pattern,
        newest_first=wanted.newest_first,
        offset=offset,
        limit=limit,
    )
