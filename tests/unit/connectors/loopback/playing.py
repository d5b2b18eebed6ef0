"""A loopback connector of any channel, and what it is given to send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chappe.connectors.loopback.connector import LoopbackConnector, build
from chappe.domain.address import Address
from chappe.domain.app import App, Device, Push
from chappe.domain.extras import Extras
from chappe.domain.link import ConnectorRecord
from chappe.domain.message import Message
from chappe.domain.rich import Reply, RichContent, RichMessage
from chappe.ports.connector import Outgoing
from contracts.connectors_under_test import Recorder, TestMeter, UnderTest, context
from making import message

YES = Reply(label="Yes", postback="y")
TALK = RichContent(conversation=(RichMessage(text="look"),), suggestions=(YES,))
APP = App(key="11111111-2222-3333-4444-555555555555", name="shop", account="acme")
PHONE = Device(APP.key, "31600000001", "token-1")


@asynccontextmanager
async def playing(channel: str, **settings: Any) -> AsyncIterator[tuple[LoopbackConnector, UnderTest]]:
    recorder, meter = Recorder(), TestMeter()
    record = ConnectorRecord(name="op", kind="loopback", group="supplier", channel=channel, settings=settings)
    connector = build(record, recorder, context(meter))
    await connector.open()
    await recorder.up()
    try:
        yield connector, UnderTest(connector, recorder, meter)
    finally:
        await connector.close(0.0)


def to(number: str, rich: RichContent | None = TALK, push: Push | None = None, **given: Any) -> Outgoing:
    made: Message = message(destination=Address(number, 1, 1), extras=Extras(rich=rich), **given)
    return Outgoing(made, 1, push=push)
