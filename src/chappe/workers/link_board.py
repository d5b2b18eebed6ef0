"""Which connectors are open and how they fare: written by the link keeper, read by routing, dispatch and screens."""

from __future__ import annotations

from collections.abc import Mapping

from chappe.domain.link import Health, LinkStatus
from chappe.pipeline.directory import Directory
from chappe.ports.connector import Connector


class LinkBoard:
    """Open connectors by name and the last that each told of itself."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.connectors: dict[str, Connector] = {}
        self.statuses: dict[str, LinkStatus] = {}

    def health(self, connector: str) -> Health:
        """How usable a connector is now."""
        status = self.statuses.get(connector)
        if status is not None:
            return status.health
        record = self._directory.connectors.get(connector)
        return Health.DOWN if record is not None and record.enabled else Health.OFF

    def now(self) -> Mapping[str, LinkStatus]:
        """How every connector fares, asked afresh."""
        return {
            name: connector.status() if (connector := self.connectors.get(name)) else status
            for name, status in sorted(self.statuses.items())
        }
