"""The door for devices, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chappe.domain.app import Device
from chappe.ports.devices import MOST_DEVICES
from chappe.stores.memory.tables import Tables


class DeviceDoor:
    """Answers `ports.devices.DeviceStore`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def register_device(self, device: Device) -> None:
        """See the port."""
        table = self._tables.devices
        table[device.app, device.token] = device
        for old in self._of(device.app, device.number)[MOST_DEVICES:]:
            del table[old.app, old.token]

    async def forget_device(self, app: str, token: str) -> bool:
        """See the port."""
        return self._tables.devices.pop((app, token), None) is not None

    async def forget_app(self, app: str) -> int:
        """See the port."""
        table = self._tables.devices
        gone = [key for key in table if key[0] == app]
        for key in gone:
            del table[key]
        return len(gone)

    async def devices(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[Device, ...]]:
        """See the port."""
        return [tuple(self._of(app, number)) for app, number in wanted]

    async def device_counts(self) -> dict[str, int]:
        """See the port."""
        return dict(Counter(app for app, _ in self._tables.devices))

    def _of(self, app: str, number: str) -> list[Device]:
        found = [one for one in self._tables.devices.values() if (one.app, one.number) == (app, number)]
        return sorted(found, key=lambda one: (-one.registered_ms, one.token))
