"""The paths of this dialect and what answers on them."""

from __future__ import annotations

from typing import Final

from chappe.dialect_kit.contract import Dialect, Endpoint
from chappe.dialects.servicestack.callback import ServiceStackWriter
from chappe.dialects.servicestack.formats import FORMATS
from chappe.dialects.servicestack.parse import VERBS, parse
from chappe.dialects.servicestack.render import fault, render, wrong_method

_DEEP: Final = ("communication", "api", *FORMATS, "auth", "authenticate", "types")
_PLAIN: Final = ("auth", "authenticate", "access-token", "metadata", "types")
_SPELT_OTHERWISE: Final = (
    "Communication",
    "COMMUNICATION",
    "Api",
    "API",
    "JSON",
    "XML",
    "JSV",
    "CSV",
    "HTML",
)
"""Routes ignore case. Behind the first word that is seen to in routes.py; the first one is found by its spelling."""

DIALECT: Final = Dialect(
    name="servicestack",
    endpoints=(
        *(Endpoint(VERBS, f"/{word}/**", parse, render) for word in (*_DEEP, *_SPELT_OTHERWISE)),
        *(Endpoint(VERBS, f"/{word}", parse, render) for word in _PLAIN),
    ),
    writer=ServiceStackWriter,
    wrong_method=wrong_method,
    fault=fault,
    masked=("password", "apikey", "refreshtoken", "accesstoken"),
)
