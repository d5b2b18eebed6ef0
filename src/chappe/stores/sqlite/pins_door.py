"""The door for PINs, as work for the writer."""

from __future__ import annotations

from collections.abc import Callable

from chappe.domain.message import Message
from chappe.domain.pin import Pin, PinState
from chappe.ports.pins import PinLimits, PinOpened, PinTaken, PinTry
from chappe.stores.sqlite import pins as work
from chappe.stores.sqlite.batches import new_batch
from chappe.stores.sqlite.database import Row, rows_of
from chappe.stores.sqlite.writer import Works


class PinsDoor:
    """Answers `ports.pins.PinStore`; `check_room` raises StoreBusy while new work must not be taken."""

    def __init__(self, writer: Works, check_room: Callable[[], None]) -> None:
        self._writer = writer
        self._check_room = check_room

    async def open_pin(self, pin: Pin, message: Message, limits: PinLimits) -> PinOpened:
        """See the port."""
        self._check_room()
        told = await self._writer.do(work.open_pin, _row(pin), new_batch([message], whole=True), limits)
        return PinOpened(PinTaken(told.result), _pin(told.row) if told.row else None, told.wait_ms)

    async def take_try(self, account: str, number: str, now_ms: int) -> PinTry | None:
        """See the port."""
        rows = await self._writer.do(rows_of, "take_try", account, number, now_ms)
        return PinTry(rows[0][0], rows[0][1]) if rows else None

    async def use_pin(self, pin_id: int, now_ms: int) -> bool:
        """See the port."""
        return bool(await self._writer.do(rows_of, "use_pin", pin_id, now_ms))

    async def pins(self, account: str, number: str, limit: int) -> list[Pin]:
        """See the port."""
        return [_pin(row) for row in await self._writer.do(rows_of, "newest_pins", account, number, limit)]

    async def void_pins(self, account: str, number: str) -> int:
        """See the port."""
        return await self._writer.do(work.void, account, number)

    async def clear_pins(self, now_ms: int, before_ms: int, limit: int) -> int:
        """See the port."""
        return await self._writer.do(work.clear, now_ms, before_ms, limit)


def _row(pin: Pin) -> work.PinRow:
    return (
        pin.id,
        pin.account,
        pin.number,
        pin.length,
        pin.digest,
        pin.made_ms,
        pin.expires_ms,
        pin.tries,
        pin.request,
        int(pin.state),
        pin.used_ms,
    )


def _pin(row: Row) -> Pin:
    return Pin(
        id=row[0],
        account=row[1],
        number=row[2],
        length=row[3],
        digest=row[4],
        made_ms=row[5],
        expires_ms=row[6],
        tries=row[7],
        request=row[8],
        state=PinState(row[9]),
        used_ms=row[10],
    )
