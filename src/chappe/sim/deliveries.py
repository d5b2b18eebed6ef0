"""What goes to a client: receipts and MOs as deliver_sm or data_sm, kept until they are acknowledged.
How they are written is not known here, nor what a session is beyond its room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from chappe.protocols.smpp.codec import EncodeError
from chappe.protocols.smpp.commands import DataSm, DeliverSm
from chappe.protocols.smpp.outgoing import TlvsNotAllowedError
from chappe.protocols.smpp.statuses import Kind, kind_of
from chappe.protocols.smpp.tlvs import Tlv
from chappe.sim.centre import Centre
from chappe.sim.ledger import AckRow, DeliverRow

_SENT_AGAIN: Final = frozenset((Kind.TEMPORARY, Kind.THROTTLE))


class Delivery:
    """One deliver_sm or data_sm for a client, until it is acknowledged."""

    __slots__ = ("attempts", "body", "id", "refusals", "settled", "state", "tlvs")

    def __init__(self, body: DeliverSm | DataSm, tlvs: tuple[Tlv, ...], id_: str, state: str) -> None:
        """`id_` and `state` are what a receipt tells; an MO has its number and no state."""
        self.body = body
        self.tlvs = tlvs
        self.id = id_
        self.state = state
        self.attempts = 0
        self.refusals = 0
        self.settled = False
        """Acknowledged, or given up: not to be sent (again)."""


class Receiver(Protocol):
    """A session that may take deliveries."""

    @property
    def number(self) -> int:
        """Of its connection."""
        ...

    @property
    def room(self) -> int:
        """How many it could take now; 0 when it is no longer bound."""
        ...

    def deliver(self, delivery: Delivery) -> int:
        """Sends it and returns its sequence_number. Raises EncodeError, TlvsNotAllowedError and NotBoundError."""
        ...


class Mailbox:
    """What waits for one system_id, and the sessions that may receive it."""

    __slots__ = ("_centre", "_next", "_receivers", "_waiting", "system_id")

    def __init__(self, centre: Centre, system_id: str) -> None:
        self._centre = centre
        self._waiting: deque[Delivery] = deque()
        self._receivers: list[Receiver] = []
        self._next = 0
        self.system_id = system_id

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def reachable(self) -> bool:
        """Whether a session is bound to receive."""
        return bool(self._receivers)

    def join(self, receiver: Receiver) -> None:
        """A session is bound: what waits goes to it."""
        self._receivers.append(receiver)
        self.pump()

    def leave(self, receiver: Receiver) -> None:
        """A session is gone."""
        if receiver in self._receivers:
            self._receivers.remove(receiver)

    def put(self, delivery: Delivery, home: Receiver | None = None) -> None:
        """Sends it, by `home` where that has room; it waits where no session has, and behind what waits."""
        if not self._waiting:
            receiver = home if home is not None and home.room else self._roomy()
            if receiver is not None:
                self._send(delivery, receiver)
                return
        self._waiting.append(delivery)

    def pump(self) -> None:
        """Sends what waits as far as there is room."""
        waiting = self._waiting
        while waiting:
            receiver = self._roomy()
            if receiver is None:
                return
            self._send(waiting.popleft(), receiver)

    def put_back(self, deliveries: Sequence[Delivery]) -> None:
        """What a broken connection left unacknowledged, oldest first: it goes before all else."""
        self._waiting.extendleft(one for one in reversed(deliveries) if not one.settled)
        self.pump()

    def acked(self, delivery: Delivery, receiver: Receiver, sequence: int, status: int) -> None:
        """The answer came: done, to be sent again, or refused for good."""
        counters, ledger = self._centre.counters, self._centre.ledger
        if ledger is not None:
            at = self._centre.wall()
            ledger.write(AckRow(at, receiver.number, sequence, delivery.id, status, delivery.state))
        if delivery.settled:
            return
        if status:
            self._refused(delivery, status)
            return
        delivery.settled = True
        if delivery.state:
            counters.receipts_acked += 1
        else:
            counters.mos_acked += 1
        if self._waiting:
            self.pump()

    def clear(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()

    def _refused(self, delivery: Delivery, status: int) -> None:
        counters, behaviour = self._centre.counters, self._centre.behaviour
        if delivery.state:
            counters.receipts_refused += 1
        else:
            counters.mos_refused += 1
        delivery.refusals += 1
        if kind_of(status) in _SENT_AGAIN and delivery.refusals <= behaviour.redeliveries:
            self._centre.wheel.add(behaviour.redelivery_delay, self.put, delivery)
        else:
            self._give_up(delivery)
        self.pump()

    def _give_up(self, delivery: Delivery) -> None:
        delivery.settled = True
        if delivery.state:
            self._centre.counters.receipts_given_up += 1
        else:
            self._centre.counters.mos_given_up += 1

    def _roomy(self) -> Receiver | None:
        receivers = self._receivers
        for _ in receivers:
            self._next = (self._next + 1) % len(receivers)
            receiver = receivers[self._next]
            if receiver.room:
                return receiver
        return None

    def _send(self, delivery: Delivery, receiver: Receiver) -> None:
        if delivery.settled:
            return
        try:
            sequence = receiver.deliver(delivery)
        except (EncodeError, TlvsNotAllowedError):
            self._give_up(delivery)
            return
        delivery.attempts += 1
        counters, ledger = self._centre.counters, self._centre.ledger
        if delivery.attempts > 1:
            counters.resent += 1
        if delivery.state:
            counters.receipts_sent += 1
        else:
            counters.mos_sent += 1
        if ledger is not None:
            row = DeliverRow(
                self._centre.wall(),
                self.system_id,
                receiver.number,
                sequence,
                delivery.id,
                delivery.state,
                delivery.attempts,
            )
            ledger.write(row)
