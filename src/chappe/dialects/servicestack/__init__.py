"""The dialect of ServiceStack clients ("digital U"): one operation in five formats, its routes, sessions and metadata."""

from chappe.dialects.servicestack.endpoints import DIALECT

__all__ = ["DIALECT"]
