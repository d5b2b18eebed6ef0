"""`GET /gateway.ashx`: one message of five parameters, at most 160 characters of the GSM alphabet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chappe.dialect_kit.contract import Ask, BadRequest, Outcome
from chappe.dialects.cm.calls import Call, folded, token_in
from chappe.dialects.cm.options import NOT_GSM
from chappe.dialects.cm.statuses import (
    BAD_NUMBER,
    BAD_TO,
    EMPTY_BODY,
    NO_BODY,
    NO_FROM,
    UNKNOWN_TEXT,
    WRONG_FROM,
    Rejection,
)
from chappe.dialects.cm.xml_render import render_xml, said
from chappe.domain.ids import IdRenderer
from chappe.protocols.http.forms import BadForm, parse_form
from chappe.protocols.http.messages import HttpRequest, HttpResponse

_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        NO_FROM.text: "No sender name",
        WRONG_FROM.text: "The parameter 'from' contains an invalid value",
        NO_BODY.text: "The parameter 'body' is required",
        EMPTY_BODY.text: "The parameter 'body' is required",
        NOT_GSM.text: "The parameter 'body' contains an invalid value",
    }
)
_BAD_NUMBER: Final = "The parameter 'to' contains an invalid value"


def read_get(request: HttpRequest) -> Call:
    """The call of a query; raises BadRequest. Names are case-blind; what else it holds is not looked at."""
    try:
        given = folded(dict(parse_form(request.query)))
    except BadForm as error:
        raise BadRequest(said(UNKNOWN_TEXT)) from error
    shown = token_in(given.get("producttoken"))
    if shown is None:
        raise BadRequest(said("The parameter 'producttoken' contains an invalid value"))
    msg = {
        "from": given.get("from"),
        "to": [{"number": given.get("to", "").strip()}],
        "body": {"content": given.get("body")},
        "reference": given.get("reference"),
    }
    return Call(shown, [msg], plain=True)


def render_get(ask: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    """As XML is answered, with sentences about parameters."""
    if isinstance(outcome, Rejection):
        if outcome.code in (BAD_TO, BAD_NUMBER):
            return said(_BAD_NUMBER)
        if outcome.text in _TEXTS:
            return said(_TEXTS[outcome.text])
    return render_xml(ask, outcome, renderer)
