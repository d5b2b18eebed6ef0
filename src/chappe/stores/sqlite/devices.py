"""Devices in SQL: these functions run in the writer's thread, inside its transaction."""

from __future__ import annotations

from chappe.domain.app import Device
from chappe.ports.devices import MOST_DEVICES
from chappe.stores.sqlite.database import Database


def register(db: Database, device: Device) -> None:
    """Writes a device, and drops those of its number that are too many."""
    db.run("register_device", device.app, device.number, device.token, device.platform, device.registered_ms)
    db.run("drop_old_devices", device.app, device.number, MOST_DEVICES)
