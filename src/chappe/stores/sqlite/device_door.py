"""The door for devices, as work for the writer."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.app import Device
from chappe.stores.sqlite import devices as work
from chappe.stores.sqlite.database import rows_of
from chappe.stores.sqlite.records import to_json
from chappe.stores.sqlite.writer import Works


class DeviceDoor:
    """Answers `ports.devices.DeviceStore`."""

    def __init__(self, writer: Works) -> None:
        self._writer = writer

    async def register_device(self, device: Device) -> None:
        """See the port."""
        await self._writer.do(work.register, device)

    async def forget_device(self, app: str, token: str) -> bool:
        """See the port."""
        return bool(await self._writer.do(rows_of, "forget_device", app, token))

    async def forget_app(self, app: str) -> int:
        """See the port."""
        return len(await self._writer.do(rows_of, "forget_app", app))

    async def devices(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[Device, ...]]:
        """See the port."""
        found: list[list[Device]] = [[] for _ in wanted]
        for row in await self._writer.do(rows_of, "devices", to_json(wanted)):
            found[row[0]].append(Device(*row[1:]))
        return [tuple(each) for each in found]

    async def device_counts(self) -> dict[str, int]:
        """See the port."""
        return {row[0]: row[1] for row in await self._writer.do(rows_of, "device_counts")}
