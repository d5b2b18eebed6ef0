"""Keeps connectors as the directory has them, and carries what they tell into the pipeline, in order and in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from chappe.domain.incoming import Arrival
from chappe.domain.link import ConnectorRecord, Health, LinkStatus
from chappe.domain.receipt import Receipt
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.accept_receipt import AcceptReceipt
from chappe.pipeline.directory import Directory
from chappe.pipeline.dispatch import Dispatch
from chappe.ports.carrier import AtOnce
from chappe.ports.connector import Ack, Connector, ConnectorEvents, Inbound, SendOutcome
from chappe.workers.dispatcher import Dispatcher
from chappe.workers.link_board import LinkBoard
from chappe.workers.loop import Loop, OnError

_MOST_AT_ONCE: Final = 1_000
Build = Callable[[ConnectorRecord, ConnectorEvents], Connector]
LanesDue = Callable[[frozenset[str]], None]


class LinkKeeper:
    """Answers `ports.connector.ConnectorEvents` for all connectors."""

    def __init__(
        self,
        *,
        directory: Directory,
        build: Build,
        dispatch: Dispatch,
        receipts: AcceptReceipt,
        mos: AcceptMo,
        dispatcher: Dispatcher,
        board: LinkBoard,
        lanes_due: LanesDue,
        at_once: AtOnce,
        on_error: OnError,
        mine: Callable[[ConnectorRecord], bool] = lambda _: True,
        told: Callable[[LinkStatus], None] = lambda _: None,
    ) -> None:
        """`mine` says which connectors this process opens; `told` tells other processes how one fares."""
        self._mine = mine
        self._told = told
        self._directory = directory
        self._build = build
        self._dispatch = dispatch
        self._receipts = receipts
        self._mos = mos
        self._lanes_due = lanes_due
        self._at_once = at_once
        self._on_error = on_error
        self._dispatcher = dispatcher
        self._board = board
        self._records: dict[str, ConnectorRecord] = {}
        self._outcomes: dict[str, list[SendOutcome]] = {}
        self._arrivals: deque[tuple[Connector, Inbound]] = deque()
        self._concluding = Loop("conclude", self._conclude, on_error)
        self._accepting = Loop("accept", self._accept, on_error)

    # ------------------------------------------------------------ what connectors tell

    def outcomes(self, connector: str, batch: Sequence[SendOutcome]) -> None:
        """See the port."""
        self._outcomes.setdefault(connector, []).extend(batch)
        self._concluding.poke()

    def arrived(self, connector: Connector, batch: Sequence[Inbound]) -> None:
        """See the port."""
        self._arrivals.extend((connector, inbound) for inbound in batch)
        self._accepting.poke()

    def changed(self, status: LinkStatus) -> None:
        """See the port."""
        self._board.statuses[status.connector] = status
        self._told(status)
        self._dispatcher.wake(status.connector)

    # ------------------------------------------------------------ keeping

    def start(self) -> None:
        """Begins to carry."""
        self._concluding.start()
        self._accepting.start()

    async def follow_directory(self) -> None:
        """Opens what is new, closes what is gone, opens anew what was changed; one that cannot be opened stays off."""
        enabled = {name: record for name, record in self._directory.connectors.items() if record.enabled}
        wanted = {name: record for name, record in enabled.items() if self._mine(record)}
        for name in list(self._board.connectors):
            if wanted.get(name) != self._records[name]:
                await self._close(name, grace=5.0)
        for name in self._board.statuses.keys() - self._board.connectors.keys() - enabled.keys():
            del self._board.statuses[name]
        for name, record in wanted.items():
            if name not in self._board.connectors:
                await self._open(record)

    async def _open(self, record: ConnectorRecord) -> None:
        try:
            connector = self._build(record, self)
            await connector.open()
        except Exception as error:  # noqa: BLE001 - a kind may fail in its own ways; the others must be opened all the same
            self._on_error(f"connector {record.name}", error)
            status = LinkStatus(record.name, Health.OFF, detail=str(error))
            self._board.statuses[record.name] = status
            self._told(status)
            return
        self._board.connectors[record.name] = connector
        self._records[record.name] = record
        self._board.statuses[record.name] = connector.status()
        self._dispatcher.begin(record.name)

    async def _close(self, name: str, grace: float) -> None:
        await self._dispatcher.end(name)
        await self._board.connectors[name].close(grace)
        del self._board.connectors[name], self._records[name]
        self._board.statuses.pop(name, None)

    async def stop(self, grace: float) -> None:
        """Closes all connectors and carries the last of what they told."""
        await self._dispatcher.stop()
        await asyncio.gather(*(self._close(name, grace) for name in list(self._board.connectors)))
        await self._concluding.stop()
        await self._accepting.stop()
        await self._conclude()
        await self._accept()

    # ------------------------------------------------------------ carrying

    async def _conclude(self) -> float:
        while self._outcomes:
            connector = next(iter(self._outcomes))
            batch = self._outcomes.pop(connector)
            try:
                concluded = await self._dispatch.conclude(connector, batch)
            except Exception:
                # Nothing of it is written: it is told again, before what came meanwhile.
                self._outcomes[connector] = batch + self._outcomes.get(connector, [])
                raise
            if concluded.lanes:
                self._lanes_due(concluded.lanes)
            for queue in concluded.queues:
                self._dispatcher.wake(queue)
        return 60.0

    async def _accept(self) -> float:
        while self._arrivals:
            count = min(len(self._arrivals), _MOST_AT_ONCE)
            batch = [self._arrivals.popleft() for _ in range(count)]
            try:
                await self._accept_batch(batch)
            except Exception:
                # Not stored, so not acknowledged: the network is asked to send them again.
                self._acknowledge([(connector, inbound, Ack.LATER) for connector, inbound in batch])
                raise
        return 60.0

    async def _accept_batch(self, batch: Sequence[tuple[Connector, Inbound]]) -> None:
        receipts: list[tuple[Connector, Inbound, Receipt]] = []
        arrivals: list[tuple[Connector, Inbound, Arrival]] = []
        for connector, inbound in batch:
            value = inbound.value
            if isinstance(value, Receipt):
                receipts.append((connector, inbound, value))
            else:
                arrivals.append((connector, inbound, value))
        answers: list[tuple[Connector, Inbound, Ack]] = []
        lanes: frozenset[str] = frozenset()
        if receipts:
            received = await self._receipts.accept([receipt for _, _, receipt in receipts], self._at_once)
            lanes |= received.lanes
            for position, (connector, inbound, _) in enumerate(receipts):
                if position in received.not_receipts and inbound.otherwise is not None:
                    arrivals.append((connector, inbound, inbound.otherwise))
                else:
                    answers.append((connector, inbound, Ack.TAKEN))
        if arrivals:
            taken = await self._mos.accept([arrival for _, _, arrival in arrivals])
            lanes |= taken.lanes
            for (connector, inbound, _), ack in zip(arrivals, taken.answers, strict=True):
                answers.append((connector, inbound, ack))
        self._acknowledge(answers)
        if lanes:
            self._lanes_due(lanes)

    @staticmethod
    def _acknowledge(answers: Sequence[tuple[Connector, Inbound, Ack]]) -> None:
        by_connector: dict[int, tuple[Connector, list[tuple[object, Ack]]]] = {}
        for connector, inbound, ack in answers:
            by_connector.setdefault(id(connector), (connector, []))[1].append((inbound.handle, ack))
        for connector, told in by_connector.values():
            connector.acknowledge(told)
