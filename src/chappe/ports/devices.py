"""The door for devices on which apps run: which push tokens belong to which number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from chappe.domain.app import Device

MOST_DEVICES: Final = 10
"""Of one app and number; the one registered longest ago makes room."""


class DeviceStore(Protocol):
    """Devices by app and number."""

    async def register_device(self, device: Device) -> None:
        """Writes a device. A token that was another number's before is this one's now."""
        ...

    async def forget_device(self, app: str, token: str) -> bool:
        """Removes a device; False if there was none."""
        ...

    async def forget_app(self, app: str) -> int:
        """Removes all devices of an app; how many."""
        ...

    async def devices(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[Device, ...]]:
        """The devices of each app and number, the newest first, in the order asked."""
        ...

    async def device_counts(self) -> dict[str, int]:
        """How many devices each app has."""
        ...
