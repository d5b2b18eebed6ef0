"""The dialect of a Dengage MMP Core whose mobile operator is this gateway: `/mmp/login`, `/mmp/send`, `/mmp/report`."""

from chappe.dialects.mmp.endpoints import DIALECT

__all__ = ["DIALECT"]
