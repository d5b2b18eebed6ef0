"""A house with connectors of several channels, an app and its device: what tests of push first start from."""

from __future__ import annotations

from typing import Any

from chappe.domain.account import Account
from chappe.domain.app import App, Device, MessageType
from chappe.domain.extras import Extras
from chappe.domain.link import AskReceipts, ConnectorRecord
from chappe.domain.retry import RetryPlan
from chappe.domain.routing import Route, Target
from chappe.ports.store import Store
from unit.pipeline.rig import SUBSCRIBER, Rig, always, rig

KEY = "11111111-2222-3333-4444-555555555555"
PLAN = RetryPlan(first=4.0, factor=2.0, longest=16.0, attempts=2)


def app(**given: Any) -> App:
    return App(**{"key": KEY, "name": "shop", "account": "acme", **given})


def connectors() -> list[ConnectorRecord]:
    return [
        always(channel="sms", retry=PLAN),
        always("spare", channel="sms", retry=PLAN),
        always("pusher", channel="push", group="apns", retry=PLAN),
        always("wa", channel="whatsapp", retry=PLAN),
        always("rcs1", channel="rcs", retry=PLAN),
        always("rcs2", channel="rcs", retry=PLAN),
    ]


SMS_ROUTE = Route(
    name="all", order=9, targets=(Target(connector="op"), Target(connector="spare", priority=1)), price=10_000
)
PUSH_ROUTE = Route(name="push", order=8, targets=(Target(connector="pusher"),), price=1_000)
RICH_ROUTE = Route(
    name="rich",
    order=7,
    targets=(
        Target(connector="wa"),
        Target(connector="rcs1", priority=1),
        Target(connector="rcs2", priority=1),
    ),
    price=2_000,
)


async def pushing(
    *records: Any, devices: int = 1, store: Store | None = None, silent: bool = False, **of_app: Any
) -> Rig:
    """The house; `silent`: the push service tells of nothing."""
    account = Account(name="acme", charged=True, default_sender="Acme")
    given = [each for each in connectors() if not (silent and each.name == "pusher")]
    if silent:
        given.append(ConnectorRecord(name="pusher", channel="push", receipts=AskReceipts.NEVER, retry=PLAN))
    house = rig(account, *given, SMS_ROUTE, PUSH_ROUTE, RICH_ROUTE, app(**of_app), *records, store=store)
    await house.pay_in(1_000_000)
    for number in range(devices):
        await house.store.register_device(
            Device(KEY, SUBSCRIBER.value, f"token-{number}", "apple", number + 1)
        )
    return house


def by_app(kind: MessageType | None = None, *channels: str, **given: Any) -> Extras:
    return Extras(app=KEY, app_type=kind, channels=channels, **given)
