"""The dialect of document 001; its own page is docs/dialects/cm.md."""

from chappe.dialects.cm.endpoints import DIALECT

__all__ = ["DIALECT"]
