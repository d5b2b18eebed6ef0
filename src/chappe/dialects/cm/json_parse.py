"""`POST /v1.0/message`: octets to a call. Keys are case-blind, unknown ones are passed over. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chappe.dialect_kit.contract import BadRequest
from chappe.dialects.cm.calls import Call, folded, token_in
from chappe.dialects.cm.json_render import whole
from chappe.dialects.cm.statuses import BAD_JSON_TEXT, INVALID_TOKEN, MALFORMED, Rejection
from chappe.protocols.http.messages import HttpRequest

TOKEN_HEADER: Final = b"x-cm-producttoken"

_MALFORMED: Final = Rejection(MALFORMED, BAD_JSON_TEXT)
_decoder: Final = msgspec.json.Decoder(dict[str, Any])


def read_json(request: HttpRequest) -> Call:
    """The call; raises BadRequest for what is no JSON, holds no object `messages`, or shows no token."""
    try:
        # Some clients of .NET begin with a byte order mark.
        body = folded(_decoder.decode(request.body.removeprefix(b"\xef\xbb\xbf")))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(whole(_MALFORMED)) from error
    messages = body.get("messages")
    if not isinstance(messages, dict):
        raise BadRequest(whole(_MALFORMED))
    messages = folded(messages)
    # The header is the way that is recommended today: it wins.
    shown = token_in(request.header(TOKEN_HEADER) or _token_of(messages.get("authentication")))
    if shown is None:
        raise BadRequest(whole(INVALID_TOKEN))
    msgs = messages.get("msg")
    return Call(shown, msgs if isinstance(msgs, list) else None)


def _token_of(authentication: Any) -> Any:
    return folded(authentication).get("producttoken") if isinstance(authentication, dict) else None
