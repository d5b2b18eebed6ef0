"""The door for PINs, in memory."""

from __future__ import annotations

import msgspec

from chappe.domain.ids import first_id_at
from chappe.domain.message import AcceptResult, Message
from chappe.domain.pin import Pin, PinState, prefix_of
from chappe.domain.state import FINAL, State
from chappe.ports.pins import PinLimits, PinOpened, PinTaken, PinTry
from chappe.stores.memory.message_door import MessageDoor
from chappe.stores.memory.tables import Tables


class PinsDoor:
    """Answers `ports.pins.PinStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open_pin(self, pin: Pin, message: Message, limits: PinLimits) -> PinOpened:
        """See the port."""
        mine = self._newest(pin.account)
        for known in mine:
            if pin.request and known.request == pin.request and known.made_ms > limits.repeats_after_ms:
                return PinOpened(PinTaken.REPEATED, known)
        same = [known for known in mine if known.number == pin.number]
        used_ms = max((known.made_ms for known in same if known.state is PinState.USED), default=0)
        row = [known for known in same if known.made_ms > max(limits.hour_ms, used_ms)]
        if row and limits.waits:
            wait_ms = row[0].made_ms + limits.waits[min(len(row), len(limits.waits)) - 1] - pin.made_ms
            if wait_ms > 0:
                return PinOpened(PinTaken.TOO_SOON, wait_ms=wait_ms)
        if _is_full(pin, mine, limits):
            return PinOpened(PinTaken.TOO_MANY)
        (taken,) = await MessageDoor(self._tables).accept([message], whole=True)
        if taken.result is not AcceptResult.ACCEPTED:
            unpaid = taken.result is AcceptResult.NO_BALANCE
            return PinOpened(PinTaken.NO_BALANCE if unpaid else PinTaken.TOO_MANY)
        await self.void_pins(pin.account, pin.number)
        self._tables.pins[pin.id] = pin
        return PinOpened(PinTaken.OPENED)

    def _newest(self, account: str) -> list[Pin]:
        mine = (pin for pin in self._tables.pins.values() if pin.account == account)
        return sorted(mine, key=lambda pin: pin.made_ms, reverse=True)

    def _change(self, pin: Pin, **columns: object) -> None:
        self._tables.pins[pin.id] = msgspec.structs.replace(pin, **columns)

    async def take_try(self, account: str, number: str, now_ms: int) -> PinTry | None:
        """See the port."""
        for pin in self._newest(account):
            if pin.number == number and pin.stands(now_ms) == "open":
                self._change(pin, tries=pin.tries - 1)
                return PinTry(pin.id, pin.digest)
        return None

    async def use_pin(self, pin_id: int, now_ms: int) -> bool:
        """See the port."""
        pin = self._tables.pins.get(pin_id)
        if pin is None or pin.state is not PinState.OPEN:
            return False
        self._change(pin, state=PinState.USED, used_ms=now_ms)
        return True

    async def pins(self, account: str, number: str, limit: int) -> list[Pin]:
        """See the port."""
        return [pin for pin in self._newest(account) if number in ("", pin.number)][:limit]

    async def void_pins(self, account: str, number: str) -> int:
        """See the port."""
        open_ones = [
            pin for pin in self._newest(account) if pin.number == number and pin.state is PinState.OPEN
        ]
        for pin in open_ones:
            self._change(pin, state=PinState.VOID)
        return len(open_ones)

    async def clear_pins(self, now_ms: int, before_ms: int, limit: int) -> int:
        """See the port."""
        tables = self._tables
        over = [
            pin.id
            for pin in sorted(tables.pins.values(), key=lambda pin: pin.expires_ms)
            if pin.id not in tables.cleared_pins and pin.expires_ms <= now_ms and self._is_settled(pin.id)
        ][:limit]
        for pin_id in over:
            row = tables.messages.get(pin_id)
            if row is not None:
                row.message = msgspec.structs.replace(row.message, text=None, octets=None)
            self._empty_receipts(pin_id)
            tables.cleared_pins.add(pin_id)
        old = [n for n in sorted(tables.cleared_pins) if n < first_id_at(before_ms)][:limit]
        for pin_id in old:
            self._empty_receipts(pin_id)
            tables.cleared_pins.discard(pin_id)
            del tables.pins[pin_id]
        return len(over) + len(old)

    def _is_settled(self, message_id: int) -> bool:
        row = self._tables.messages.get(message_id)
        return row is None or row.standing.state is State.SENT or row.standing.state in FINAL

    def _empty_receipts(self, message_id: int) -> None:
        for key, part in self._tables.parts.items():
            if key[0] == message_id:
                self._tables.parts[key] = msgspec.structs.replace(part, receipt="")


def _is_full(pin: Pin, mine: list[Pin], limits: PinLimits) -> bool:
    lately = [known for known in mine if known.made_ms > limits.hour_ms]
    of_number = sum(known.number == pin.number and known.made_ms > limits.day_ms for known in mine)
    of_range = sum(prefix_of(known.number) == prefix_of(pin.number) for known in lately)
    return of_number >= limits.per_number or of_range >= limits.per_range or len(lately) >= limits.per_account
