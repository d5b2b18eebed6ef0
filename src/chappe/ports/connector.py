"""The port to networks: a connector takes batches of messages and tells of outcomes, receipts and MOs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import msgspec

from chappe.domain.app import Push
from chappe.domain.incoming import Arrival
from chappe.domain.link import LinkStatus
from chappe.domain.message import Message, PartSent
from chappe.domain.receipt import Receipt
from chappe.domain.retry import Outcome


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """One attempt to be made: the message, and the parts that an earlier attempt already got across.

    `push` goes with a message for an app on a channel of pushes: the app and the subscriber's devices, perhaps none.
    What a channel shows beside a text stands in the message's extras (`rich`).
    """

    message: Message
    attempt: int
    done: tuple[int, ...] = ()
    push: Push | None = None


class SendOutcome(msgspec.Struct, frozen=True, gc=False):
    """How one attempt ended. `sent` are the parts that the SMSC took, also where others failed.

    `command_status` and `error` are the network's words; `detail` a sentence for the timeline.
    """

    message_id: int
    outcome: Outcome
    sent: tuple[PartSent, ...] = ()
    command_status: int = 0
    error: str = ""
    detail: str = ""


class Ack(Enum):
    """The answer to something a network handed to us."""

    TAKEN = "taken"
    LATER = "later"
    """Not now: the network is to send it again."""
    REFUSED = "refused"


class Inbound(msgspec.Struct, frozen=True):
    """A receipt or an MO, with what the connector needs to answer for it once it is stored.

    `otherwise` goes with a receipt that is not sure to be one: the MO that it is if no message matches it.
    """

    value: Receipt | Arrival
    handle: object
    otherwise: Arrival | None = None


class ConnectorEvents(Protocol):
    """What a connector tells. None of these blocks; the batches are handled later, in order."""

    def outcomes(self, connector: str, batch: Sequence[SendOutcome]) -> None:
        """Attempts ended; every Outgoing handed in gets exactly one."""
        ...

    def arrived(self, connector: Connector, batch: Sequence[Inbound]) -> None:
        """Receipts and MOs came in; each is to be acknowledged by `acknowledge`, after it is stored."""
        ...

    def changed(self, status: LinkStatus) -> None:
        """A link came up, went, or has room again."""
        ...


class Connector(Protocol):
    """One configured way out. All calls are made in the event loop that opened it."""

    async def open(self) -> None:
        """Begins to connect and to keep connected; returns at once."""
        ...

    def room(self) -> int:
        """How many messages it would take now."""
        ...

    def send(self, batch: Sequence[Outgoing]) -> None:
        """Takes attempts over; never blocks, never refuses: what cannot go out ends as an outcome."""
        ...

    def acknowledge(self, answers: Sequence[tuple[object, Ack]]) -> None:
        """Answers for what `arrived` brought."""
        ...

    def status(self) -> LinkStatus:
        """How it fares."""
        ...

    async def close(self, grace: float) -> None:
        """Sends no more, waits up to `grace` seconds for open attempts, ends the rest as unknown, closes."""
        ...
