"""Operators' plug-ins with Login, Send, Report and Destroy: Python classes and .NET assemblies, each in a process of its own."""

from typing import Final

from chappe.connectors.plugin.connector import build
from chappe.connectors.plugin.settings import check
from chappe.ports.connector_kind import ConnectorKind

KIND: Final = ConnectorKind("plugin", check, build)
