"""Cookies as these clients send and take them. Pure."""

from __future__ import annotations

import re
from typing import Final

from chappe.protocols.http.messages import Headers, HttpRequest

SESSION: Final = "ss-id"
REMEMBERED: Final = "ss-pid"
OPTION: Final = "ss-opt"
"""Tells scripts of ServiceStack's own which of the two above counts."""
ACCESS: Final = "ss-tok"
REFRESH: Final = "ss-reftok"
_PAIR: Final = re.compile(r"\s*([A-Za-z0-9_-]+)=([^\s;,\"]*)\s*")


def cookies_of(request: HttpRequest) -> dict[str, str]:
    """The cookies of a request by name; those that cannot be read are passed over, of two of a name the first counts."""
    found: dict[str, str] = {}
    for name, value in request.headers:
        if name == b"cookie":
            for piece in value.decode("latin-1").split(";"):
                pair = _PAIR.fullmatch(piece)
                if pair is not None:
                    found.setdefault(pair[1], pair[2])
    return found


def set_cookie(name: str, value: str, *, secure: bool, life: int | None = None) -> tuple[str, str]:
    """A header that makes the client keep a cookie for `life` seconds, without one as long as it runs; 0 removes it.

    There is no Expires: a date holds a comma, at which some clients cut. Strict: no other site can use it.
    """
    age = "" if life is None else f"; Max-Age={life}"
    only = "; Secure" if secure else ""
    return "Set-Cookie", f"{name}={value}; Path=/{age}; HttpOnly; SameSite=Strict{only}"


def forget(request: HttpRequest) -> Headers:
    """Headers that remove what cookies of ours a client has.

    Not more: an empty one of a kind that it never had is one to some clients, and they go on to use it.
    """
    known = cookies_of(request)
    names = [
        name for name in (SESSION, REMEMBERED, OPTION, ACCESS, REFRESH) if name in known or name == SESSION
    ]
    return tuple(set_cookie(name, "", secure=request.secure, life=0) for name in names)
