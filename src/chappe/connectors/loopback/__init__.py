"""A network in the process, for drills: no socket, every outcome at wish."""

from typing import Final

from chappe.connectors.loopback.connector import build
from chappe.connectors.loopback.settings import check
from chappe.ports.connector_kind import ConnectorKind

KIND: Final = ConnectorKind("loopback", check, build)
