"""Sending by push: devices as they are when the attempt is made, and how long what is told of it is waited for."""

from __future__ import annotations

import pytest

from chappe.domain.app import Hybrid, MessageType
from chappe.domain.extras import Extras
from chappe.domain.link import AskReceipts, ConnectorRecord
from chappe.domain.message import PartSent, Standing, StoredMessage
from chappe.domain.retry import Outcome
from chappe.domain.state import State, bits
from chappe.pipeline.fallback import PUSH_PART
from chappe.pipeline.pushes import pushes_for, taken_push
from chappe.ports.connector import SendOutcome
from making import message
from unit.pipeline.pushing import KEY, pushing
from unit.pipeline.rig import SUBSCRIBER

FLIGHT = bits({State.IN_FLIGHT})


def stored(extras: Extras | None) -> StoredMessage:
    return StoredMessage(message(destination=SUBSCRIBER, extras=extras), Standing(State.IN_FLIGHT, "pusher"))


async def test_only_messages_for_an_app_are_given_devices() -> None:
    house = await pushing(devices=2)
    of_app = stored(Extras(app=KEY))
    others = [stored(None), stored(Extras()), stored(Extras(app="unknown"))]
    found = await pushes_for(house.directory, house.store, [*others, of_app])
    assert list(found) == [of_app.message.id]
    push = found[of_app.message.id]
    assert push.app.key == KEY
    assert [device.token for device in push.devices] == ["token-1", "token-0"]
    assert not await pushes_for(house.directory, house.store, others)


@pytest.mark.parametrize(
    ("receipts", "kind", "due"),
    [
        (AskReceipts.ALWAYS, MessageType.DEFAULT, 77),
        (AskReceipts.ASKED, MessageType.DEFAULT, 77),
        (AskReceipts.NEVER, MessageType.DEFAULT, 0),
        (AskReceipts.NEVER, MessageType.OTP, 0),
        (AskReceipts.NEVER, MessageType.CRITICAL, 77),
    ],
)
def test_a_push_is_filed_beside_the_parts_and_waited_for_in_its_turn(
    receipts: AskReceipts, kind: MessageType, due: int
) -> None:
    of = message(parts=2, extras=Extras(app=KEY, hybrid=Hybrid(kind, 77)), reserved=5)
    record = ConnectorRecord(name="pusher", channel="push", group="apns", receipts=receipts)
    change = taken_push(record, of, SendOutcome(of.id, Outcome.SENT, (PartSent(1, "P1"),)), 50, FLIGHT)
    assert change.sent == (PartSent(PUSH_PART, "P1"),)
    assert (change.to, change.due_ms, change.awaits) == (State.SENT, due, bool(due))
    assert (change.group, change.settles, change.only_from) == ("apns", True, FLIGHT)
