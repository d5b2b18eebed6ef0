"""What sending by push needs beside sending: the devices to send to, and how a push that was taken is filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from chappe.domain.app import MessageType, Push
from chappe.domain.link import AskReceipts, ConnectorRecord
from chappe.domain.message import Message, PartSent, StoredMessage, Transition
from chappe.domain.state import State
from chappe.pipeline.directory import Directory
from chappe.pipeline.fallback import PUSH_PART, at_push
from chappe.pipeline.news import smsc_news
from chappe.ports.connector import SendOutcome
from chappe.ports.devices import DeviceStore

NO_PUSHES: Final[Mapping[int, Push]] = MappingProxyType({})


async def pushes_for(
    directory: Directory, store: DeviceStore, claimed: Sequence[StoredMessage]
) -> Mapping[int, Push]:
    """What goes with those messages that are for an app: its record, and the subscriber's devices as they are now."""
    named = [
        (found.message, app)
        for found in claimed
        if found.message.extras is not None
        and (app := directory.apps.get(found.message.extras.app)) is not None
    ]
    if not named:
        return NO_PUSHES
    devices = await store.devices([(app.key, message.destination.value) for message, app in named])
    return {message.id: Push(app, found) for (message, app), found in zip(named, devices, strict=True)}


def taken_push(
    record: ConnectorRecord, message: Message, outcome: SendOutcome, now_ms: int, only_from: int
) -> Transition:
    """The push service took a message at its push. What it tells of it is waited for until the push's turn is over."""
    hybrid = at_push(message)
    assert hybrid is not None
    smsc_id = outcome.sent[0].smsc_id if outcome.sent else ""
    # Of a service that tells nothing its yes must do, except where somebody is to have read the message.
    waits = record.receipts is not AskReceipts.NEVER or hybrid.type is MessageType.CRITICAL
    return Transition(
        message_id=message.id,
        only_from=only_from,
        to=State.SENT,
        at_ms=now_ms,
        due_ms=hybrid.until_ms if waits else 0,
        error="",
        command_status=0,
        sent=(PartSent(PUSH_PART, smsc_id),),
        group=record.key_space,
        awaits=waits,
        settles=message.reserved > 0,
        owes=smsc_news(message, record.name, smsc_id, now_ms),
    )
