"""The paths of this part of the dialect: conversions, and the documents of the whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from chappe.dialect_kit.contract import Ask, Endpoint, PlainAsk
from chappe.dialects.cm.conversion_endpoint import parse_conversion, render_conversion
from chappe.dialects.cm.docs_openapi import openapi
from chappe.dialects.cm.docs_postman import postman_1, postman_2
from chappe.domain.ids import IdRenderer
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_READ: Final = ("GET", "HEAD")


def _document(make: Callable[[], dict[str, Any]]) -> Callable[[HttpRequest], Ask]:
    response = HttpResponse(
        200, msgspec.json.encode(make(), enc_hook=dict), "application/json; charset=utf-8"
    )
    return lambda _request: PlainAsk(response)


def _never(_ask: Ask, _outcome: Any, _renderer: IdRenderer) -> HttpResponse:
    """A document is its own answer."""
    return HttpResponse(500)


REPORTING_ENDPOINTS: Final = (
    Endpoint(("POST",), "/v1.0/conversion", parse_conversion, render_conversion),
    Endpoint(_READ, "/docs.json", _document(openapi), _never),
    Endpoint(_READ, "/docs/postman.json", _document(postman_2), _never),
    Endpoint(_READ, "/docs/postman-1.0.json", _document(postman_1), _never),
)
