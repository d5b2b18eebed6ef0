"""Requests and responses as frozen values; who carried them is not known here."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

Headers = tuple[tuple[str, str], ...]
"""Names and values of a response, in order."""

RawHeaders = Sequence[tuple[bytes, bytes]]
"""Names in lower case and values as they came: most are never looked at."""


class HttpRequest(msgspec.Struct, frozen=True, gc=False):
    """A request as it came: the path decoded, the query not; `address` is the client's, without port.

    `received_ms` is when it came (Unix milliseconds): whoever reads it needs no clock.
    """

    method: str
    path: str
    query: bytes
    headers: RawHeaders
    body: bytes
    address: str
    received_ms: int
    secure: bool = False
    raw_target: bytes = b""
    """The request line's target as it came, for whoever signs paths; empty where no connection gave one."""

    def header(self, name: bytes) -> str | None:
        """The first header of this lower-case name, as Latin-1 text."""
        for known, value in self.headers:
            if known == name:
                return value.decode("latin-1")
        return None


class HttpResponse(msgspec.Struct, frozen=True, gc=False):
    """A response to be sent; Content-Length is the server's to add."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Headers = ()
