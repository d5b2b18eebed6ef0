"""The dialect of Jasmin and MTTM clients: `/send`, `/rate`, `/balance`, `/ping` and their callbacks."""

from chappe.dialects.jasmin.endpoints import DIALECT

__all__ = ["DIALECT"]
