"""The paths of this dialect and what answers on them."""

from __future__ import annotations

from typing import Final

from chappe.dialect_kit.contract import Dialect, Endpoint
from chappe.dialects.mmp.acts import NAME
from chappe.dialects.mmp.callback import MmpWriter
from chappe.dialects.mmp.parse import parse_login, parse_report, parse_send
from chappe.dialects.mmp.render import (
    fault,
    not_found,
    render_login,
    render_report,
    render_send,
    wrong_method,
)
from chappe.dialects.mmp.statuses import LOGIN, REPORT, SEND

_POST: Final = ("POST",)

DIALECT: Final = Dialect(
    name=NAME,
    endpoints=(
        Endpoint(_POST, LOGIN, parse_login, render_login),
        Endpoint(_POST, SEND, parse_send, render_send),
        Endpoint(_POST, REPORT, parse_report, render_report),
    ),
    writer=MmpWriter,
    wrong_method=wrong_method,
    fault=fault,
    not_found=not_found,
)
