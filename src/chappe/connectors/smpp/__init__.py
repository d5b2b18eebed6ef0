"""Networks that are reached by SMPP 3.4 over TCP, with us as the ESME."""

from typing import Final

from chappe.connectors.smpp.connector import build, check
from chappe.ports.connector_kind import ConnectorKind

KIND: Final = ConnectorKind("smpp", check, build)
