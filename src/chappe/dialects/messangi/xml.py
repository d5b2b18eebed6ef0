"""Answers as XML: elements in order, text made safe. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from chappe.protocols.http.messages import HttpResponse

Element = tuple[str, "str | Sequence[Element]"]
"""A name, and its text or its children."""

_TYPE: Final = "application/xml;charset=UTF-8"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 §2.2: what no document may hold, written out or not."""

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def escaped(text: str) -> str:
    """Text between tags. What XML cannot hold becomes U+FFFD; a CR is written out, since parsers drop it (§2.11)."""
    safe = _NOT_XML.sub("\ufffd", text)
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def written(element: Element) -> str:
    """An element with all that is in it."""
    name, content = element
    inner = escaped(content) if isinstance(content, str) else "".join(map(written, content))
    return f"<{name}>{inner}</{name}>"


def answer(
    http_status: int, method: str, status: str, description: str, result: Sequence[Element] = ()
) -> HttpResponse:
    """The static part of every answer, and the dynamic one where a method has it."""
    parts: list[Element] = [("input", method), ("status", status), ("description", description)]
    if result:
        parts.append(("result", result))
    return HttpResponse(http_status, (_HEAD + written(("response", parts))).encode(), _TYPE)
