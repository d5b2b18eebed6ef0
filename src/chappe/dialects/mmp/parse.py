"""Who asks, from a request's headers, and what: the three calls of document 000. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from chappe.dialect_kit.contract import ActAsk, Ask, Credentials, SessionShown, Shown, TokenShown
from chappe.dialects.mmp.acts import NAME, LoginAct, ReportAct, SendAct
from chappe.protocols.http.messages import HttpRequest

_USER: Final = re.compile(r"[A-Za-z0-9_.-]{1,30}")
_NOBODY: Final = SessionShown("", NAME)
"""Who shows nothing guesses nothing: it is refused without being counted as a guess."""


def parse_login(request: HttpRequest) -> Ask:
    """`/mmp/login`: with the secret, not with a session."""
    shown = _shown(request)
    return ActAsk(_NOBODY if isinstance(shown, SessionShown) else shown, LoginAct())


def parse_send(request: HttpRequest) -> Ask:
    """`/mmp/send`."""
    return ActAsk(_shown(request), SendAct(request))


def parse_report(request: HttpRequest) -> Ask:
    """`/mmp/report`."""
    return ActAsk(_shown(request), ReportAct(request))


def _shown(request: HttpRequest) -> Shown:
    """What a client shows of itself: `Bearer` the secret, `Session` what Login gave, or `Basic`.

    A secret is a token, or a user name and a password with a colon between them.
    """
    scheme, _, word = (request.header(b"authorization") or "").partition(" ")
    word = word.strip(" \t")
    match scheme.lower():
        case "session":
            return SessionShown(word, NAME)
        case "basic":
            word = _decoded(word)
        case "bearer":
            word = _text(word.encode("latin-1"))
        case _:
            return _NOBODY
    user, colon, password = word.partition(":")
    if colon and _USER.fullmatch(user):
        return Credentials(user, password)
    return TokenShown(word) if word else _NOBODY


def _decoded(word: str) -> str:
    try:
        return _text(base64.b64decode(word, validate=True))
    except (binascii.Error, ValueError):
        return ""


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
