"""A webhook carrier put together: what it tells is kept, its words are the Jasmin dialect's, its receivers the tests'."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from chappe.callbacks.webhook import Webhook, WebhookSettings
from chappe.dialects.jasmin.callback import JasminWriter
from chappe.domain.account import Account
from chappe.domain.ids import IdRenderer
from chappe.domain.report import Notice, Owed, ReportOn, ReportWish, Way, lane_of, slot_of
from chappe.ports.carrier import Carried, Handover, NoticeWriter
from making import message, notice
from unit.pipeline.rig import SetClock, Tally

PATIENCE = 10.0
JASMIN = JasminWriter(IdRenderer(b"sixteen octets at least"))
ACK = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nACK/Jasmin"
ACCOUNTS = {
    account.name: account
    for account in (
        Account(name="local", private_webhooks=("127.0.0.0/8", "::1/128"), webhook_ports=("80", "443")),
        Account(name="named", private_webhooks=("127.0.0.0/8", "::1/128"), webhook_ports=()),
        Account(name="strict", webhook_ports=()),
        Account(name="ports", webhook_ports=("80", "443", "8000-8999")),
        Account(name="wrong", private_webhooks=("no network",)),
    )
}


class Told:
    """Answers `ports.carrier.CarrierEvents`: keeps outcomes."""

    def __init__(self) -> None:
        self.carried_: list[Carried] = []
        self.rooms: list[str] = []
        self._changed = asyncio.Event()

    def carried(self, batch: Sequence[Carried]) -> None:
        self.carried_ += batch
        self._changed.set()

    def roomy(self, lane: str) -> None:
        self.rooms.append(lane)

    async def outcomes(self, count: int) -> list[Carried]:
        """Waits for so many; there must be no more."""
        async with asyncio.timeout(PATIENCE):
            while len(self.carried_) < count:
                self._changed.clear()
                await self._changed.wait()
        assert len(self.carried_) == count
        return self.carried_

    def of(self, owed: Owed) -> Carried:
        """What became of this one; it must be told once."""
        (found,) = [one for one in self.carried_ if one.owed is owed]
        return found


class Desk:
    """The carrier, and what it told."""

    def __init__(self, webhook: Webhook, told: Told, clock: SetClock, meter: Tally) -> None:
        self.webhook = webhook
        self.told = told
        self.clock = clock
        self.meter = meter

    def carry(self, *batch: Owed) -> None:
        self.webhook.carry(batch[0].lane, batch)

    async def carried(self, owed: Owed) -> Carried:
        """Hands one over and waits for what becomes of it."""
        self.carry(owed)
        await self.told.outcomes(len(self.told.carried_) + 1)
        return self.told.of(owed)


@asynccontextmanager
async def desk(
    *,
    writers: Mapping[str, NoticeWriter] | None = None,
    account: Callable[[str], Account | None] = ACCOUNTS.get,
    **settings: Any,
) -> AsyncIterator[Desk]:
    told, clock, meter = Told(), SetClock(), Tally()
    webhook = Webhook(
        WebhookSettings(**{"connect_seconds": PATIENCE, "total_seconds": PATIENCE, **settings}),
        writers=writers or {"jasmin": JASMIN},
        account=account,
        events=told,
        clock=clock,
        meter=meter,
    )
    try:
        async with asyncio.timeout(2 * PATIENCE):
            yield Desk(webhook, told, clock, meter)
    finally:
        await webhook.close(0)


def owed(url: str, *, account: str = "local", dialect: str = "jasmin", method: str = "POST") -> Owed:
    wish = ReportWish(Way.WEBHOOK, ReportOn.SUCCESS, dialect, url, method)
    made: Notice = notice(message(account=account, report=wish))
    return Owed(made.message_id, slot_of(made), lane_of(wish), 0, 1, made)


def handovers(carried: Sequence[Carried]) -> list[Handover]:
    return [one.handover for one in carried]
