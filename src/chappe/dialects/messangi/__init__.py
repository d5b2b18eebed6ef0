"""The dialect of Messangi and Ogangi callers: signed paths, answers in XML."""

from chappe.dialects.messangi.endpoints import DIALECT

__all__ = ["DIALECT"]
