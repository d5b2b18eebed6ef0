"""The paths of this dialect and what answers on them."""

from __future__ import annotations

from typing import Final

from chappe.dialect_kit.contract import Dialect, Endpoint
from chappe.dialects.jasmin.callback import JasminWriter
from chappe.dialects.jasmin.parse import parse_balance, parse_ping, parse_rate, parse_send
from chappe.dialects.jasmin.render import (
    fault,
    render_balance,
    render_nothing,
    render_rate,
    render_send,
    wrong_method,
)

_READ: Final = ("GET", "HEAD", "POST")

DIALECT: Final = Dialect(
    name="jasmin",
    endpoints=(
        Endpoint(("GET", "POST"), "/send", parse_send, render_send),
        # Jasmin's documents promise POST here too; the real one refuses it.
        Endpoint(_READ, "/rate", parse_rate, render_rate),
        Endpoint(_READ, "/balance", parse_balance, render_balance),
        Endpoint(_READ, "/ping", parse_ping, render_nothing),
    ),
    writer=JasminWriter,
    wrong_method=wrong_method,
    fault=fault,
    masked=("password",),
)
