"""The paths of this dialect and what answers on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chappe.dialect_kit.contract import ActAsk, Ask, Dialect, Endpoint
from chappe.dialect_kit.core import Core
from chappe.dialects.cm import json_render, xml_render
from chappe.dialects.cm.callback import STATUS_WRITERS, CmWriter
from chappe.dialects.cm.calls import Call
from chappe.dialects.cm.devices import DEVICE_ENDPOINTS
from chappe.dialects.cm.get_parse import read_get, render_get
from chappe.dialects.cm.json_parse import read_json
from chappe.dialects.cm.json_render import render_json
from chappe.dialects.cm.mo_callback import MANNERS, OLDER_WRITERS
from chappe.dialects.cm.reporting_endpoints import REPORTING_ENDPOINTS
from chappe.dialects.cm.taking import NAME, take
from chappe.dialects.cm.xml_parse import read_xml
from chappe.dialects.cm.xml_render import render_xml
from chappe.pipeline.authenticate import Login
from chappe.protocols.http.messages import HttpRequest, HttpResponse

JSON_PATH: Final = "/v1.0/message"
XML_PATH: Final = "/gateway.ashx"
"""XML by POST, a query by GET."""


def _taking(read: Callable[[HttpRequest], Call], *, whole: bool = False) -> Callable[[HttpRequest], Ask]:
    def parse(request: HttpRequest) -> Ask:
        call = read(request)

        async def act(core: Core, login: Login | None, request: HttpRequest) -> Any:
            assert login is not None
            return await take(call, core, login, request.received_ms, whole=whole)

        return ActAsk(call.shown, act)

    return parse


def _wrong_method(request: HttpRequest) -> HttpResponse:
    return xml_render.NEITHER_GET_NOR_POST if request.path == XML_PATH else json_render.NOT_POST


def _fault(request: HttpRequest) -> HttpResponse:
    return xml_render.fault(request) if request.path == XML_PATH else json_render.fault(request)


DIALECT = Dialect(
    name=NAME,
    endpoints=(
        Endpoint(("POST",), JSON_PATH, _taking(read_json), render_json),
        Endpoint(("POST",), XML_PATH, _taking(read_xml, whole=True), render_xml),
        Endpoint(("GET",), XML_PATH, _taking(read_get, whole=True), render_get),
        *REPORTING_ENDPOINTS,
        *DEVICE_ENDPOINTS,
    ),
    writer=CmWriter,
    wrong_method=_wrong_method,
    fault=_fault,
    masked=("producttoken",),
    more_writers=OLDER_WRITERS,
    telling_writers=STATUS_WRITERS,
    mo_manners=MANNERS,
)
