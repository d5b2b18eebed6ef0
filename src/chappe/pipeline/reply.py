"""What a campaign answers to an MO: a reply prepared by the one door, a subscriber put on its list or taken off it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import structs

from chappe.domain.address import Address, Npi, Ton, sender
from chappe.domain.campaign import Matched, filled, values_of
from chappe.domain.extras import Extras
from chappe.domain.incoming import Incoming, PartSet
from chappe.domain.message import AcceptResult, Message
from chappe.domain.opt_words import Wish
from chappe.domain.report import Notice
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.submit import Submit
from chappe.pipeline.throughput import CAMPAIGN
from chappe.ports.incoming import Response
from chappe.ports.meter import Meter
from chappe.ports.store import Store

_HOUR_MS: Final = 3_600_000
_MOST_REMEMBERED: Final = 10_000
_SHORTEST: Final = 7
"""Digits; SMPP peers give a short code as a network's own number, anything longer as an international one."""

_ANSWER: Final = Extras(answers=True)


class Reply:
    """Finds an MO's campaign and does what that does, in the commit that stores the MO: a crash leaves all or nothing."""

    def __init__(
        self,
        *,
        directory: Directory,
        store: Store,
        submit: Submit,
        meter: Meter,
        wake: Callable[[str], None],
    ) -> None:
        self._directory = directory
        self._store = store
        self._submit = submit
        self._meter = meter
        self._wake = wake
        self._lately: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()

    def listens(self, number: str) -> bool:
        """Whether there is a campaign on this number."""
        return self._directory.campaigns_by_number.listens(number)

    def find(self, number: str, text: str | None, at_ms: int) -> Matched | None:
        """The campaign that an MO to a number is for, and what it asks for there."""
        table = self._directory.campaigns_by_number
        return table.find(number, text, datetime.fromtimestamp(at_ms / 1000, UTC))

    async def stored_with(
        self, found: Matched, mo: Incoming, notice: Notice | None, sets: Sequence[PartSet]
    ) -> bool:
        """Stores an MO and what its campaign does about it in one commit; False for a repeat, which does nothing."""
        response = await self._response(found, mo)
        answered = await self._store.answer_incoming(mo, notice, sets, response)
        if answered.stored:
            self._count(found.campaign.name, response, answered.reply)
        return answered.stored

    async def _response(self, found: Matched, mo: Incoming) -> Response:
        pairs = tuple((name, mo.source.value) for name in found.lists)
        if found.wish is Wish.STOP:
            on = await self._store.listed(pairs)
            if len(on) == len(pairs):
                # It was confirmed when it came on the lists: a network that repeats itself gets no second one.
                return Response()
            return Response(await self._message(found, mo), joins=pairs)
        if found.wish is Wish.START:
            return Response(await self._message(found, mo), leaves=pairs)
        return Response(await self._message(found, mo))

    def _count(self, name: str, response: Response, reply: AcceptResult | None) -> None:
        if response.joins:
            self._meter.count("campaign_opt_outs", name)
        if response.leaves:
            self._meter.count("campaign_opt_ins", name)
        if response.reply is None:
            return
        if reply is AcceptResult.ACCEPTED:
            self._meter.count("campaign_replies", name)
            self._meter.count("accepted", CAMPAIGN)
            self._wake(response.reply.connector)
        elif reply is AcceptResult.NO_BALANCE:
            self._meter.count("campaign_refusals", f"{name}:no_balance")

    async def _message(self, found: Matched, mo: Incoming) -> Message | None:
        campaign = found.campaign
        account = self._directory.accounts.get(campaign.account)
        if not found.template or account is None or not self._directory.is_enabled(account):
            return None
        if not _can_be_answered(mo.source) or not self._in_time(found, mo):
            self._meter.count("campaign_refusals", f"{campaign.name}:not_answered")
            return None
        shown = values_of(campaign.name, mo.source.value, mo.destination.value, mo.text or "")
        asked = Submission(
            destination=_subscriber(mo.source),
            source=sender(campaign.sender or mo.destination.value),
            text=filled(found.template, shown),
            # However often this MO is worked upon, it is answered once.
            idempotency_key=f"mo:{mo.id}",
            extras=_ANSWER if found.wish is not None else None,
        )
        (prepared,) = await self._submit.prepared(account, campaign.name, CAMPAIGN, [asked])
        if isinstance(prepared, Message):
            return prepared
        self._meter.count("campaign_refusals", f"{campaign.name}:{prepared.reason.word}")
        return None

    def _in_time(self, found: Matched, mo: Incoming) -> bool:
        """Whether this subscriber may have another reply within the hour; opting out and in is always confirmed."""
        most = found.campaign.replies_an_hour
        if not most or found.wish in (Wish.STOP, Wish.START):
            return True
        key = (found.campaign.name, mo.source.value)
        begun_ms, count = self._lately.pop(key, (mo.received_ms, 0))
        if mo.received_ms - begun_ms >= _HOUR_MS:
            begun_ms, count = mo.received_ms, 0
        self._lately[key] = (begun_ms, count + 1)
        if len(self._lately) > _MOST_REMEMBERED:
            self._lately.popitem(last=False)
        return count < most


def in_campaign(mo: Incoming, found: Matched) -> Incoming:
    """An MO on the record of the campaign that it is for."""
    campaign = found.campaign
    keyword = found.keyword.name if found.keyword is not None else ""
    return structs.replace(
        mo,
        account=campaign.account,
        instance=campaign.instance or mo.instance or campaign.name,
        keyword=keyword or (found.wish.value.upper() if found.wish is not None else ""),
    )


def _can_be_answered(source: Address) -> bool:
    """Whether an MO came from a number: a name has no handset behind it."""
    return source.ton != Ton.ALPHANUMERIC and source.value.isascii() and source.value.isdigit()


def _subscriber(source: Address) -> Address:
    """A reply's destination: the number as it was told, its kind too where that is known."""
    if source.ton == Ton.UNKNOWN and len(source.value) >= _SHORTEST:
        return Address(source.value, Ton.INTERNATIONAL, Npi.ISDN)
    return source
