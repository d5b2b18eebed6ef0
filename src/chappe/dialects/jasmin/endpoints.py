"""The paths of this dialect and what answers on them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from chappe.dialect_kit.contract import EVERYTHING, Dialect, Endpoint
from chappe.dialects.jasmin.batch_callback import BatchWriter
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
from chappe.dialects.jasmin.rest_batch import (
    WORDS,
    parse_batch_cancel,
    parse_batch_status,
    parse_sendbatch,
)
from chappe.dialects.jasmin.rest_parse import (
    parse_any_ping,
    parse_rest_balance,
    parse_rest_ping,
    parse_rest_rate,
    parse_rest_send,
)
from chappe.dialects.jasmin.rest_render import (
    REST,
    is_rest,
    not_found,
    render_batch,
    render_rest_balance,
    render_rest_rate,
    render_rest_send,
    render_sendbatch,
    rest_fault,
    rest_wrong_method,
)
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_READ: Final = ("GET", "HEAD", "POST")
_GET: Final = ("GET", "HEAD")
URL: Final = "url"
"""The face of listeners that answer as Jasmin's URL API only."""

_URL_API: Final = (EVERYTHING, URL)
_REST_API: Final = (EVERYTHING, REST)


def _wrong_method(request: HttpRequest) -> HttpResponse:
    return rest_wrong_method() if is_rest(request) else wrong_method(request)


def _fault(request: HttpRequest) -> HttpResponse:
    return rest_fault() if is_rest(request) else fault(request)


DIALECT: Final = Dialect(
    name="jasmin",
    endpoints=(
        Endpoint(("GET", "POST"), "/send", parse_send, render_send, _URL_API),
        # Jasmin's documents promise POST here too; the real one refuses it.
        Endpoint(_READ, "/rate", parse_rate, render_rate, _URL_API),
        Endpoint(_READ, "/balance", parse_balance, render_balance, _URL_API),
        Endpoint(_READ, "/ping", parse_ping, render_nothing, (URL,)),
        Endpoint(_READ, "/ping", parse_rest_ping, render_nothing, (REST,)),
        Endpoint(_READ, "/ping", parse_any_ping, render_nothing, (EVERYTHING,)),
        Endpoint(_GET, "/secure/balance", parse_rest_balance, render_rest_balance, _REST_API),
        Endpoint(_GET, "/secure/rate", parse_rest_rate, render_rest_rate, _REST_API),
        Endpoint(("POST",), "/secure/send", parse_rest_send, render_rest_send, _REST_API),
        Endpoint(("POST",), "/secure/sendbatch", parse_sendbatch, render_sendbatch, _REST_API),
        Endpoint(_GET, "/secure/batch/*", parse_batch_status, render_batch, _REST_API),
        Endpoint(("DELETE",), "/secure/batch/*", parse_batch_cancel, render_batch, _REST_API),
    ),
    writer=JasminWriter,
    wrong_method=_wrong_method,
    fault=_fault,
    masked=("password",),
    more_writers=MappingProxyType({WORDS: BatchWriter}),
    not_found=not_found,
)
