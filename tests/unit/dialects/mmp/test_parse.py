"""Who asks: tokens, a name and a password in a secret, sessions, Basic; anything else is nobody."""

from __future__ import annotations

import base64

import pytest

from chappe.dialect_kit.contract import ActAsk, Credentials, SessionShown, Shown, TokenShown
from chappe.dialects.mmp.parse import parse_login, parse_report, parse_send
from chappe.protocols.http.messages import HttpRequest

NOBODY = SessionShown("", "mmp")


def shown(authorization: bytes | None, *, login: bool = False) -> Shown | None:
    headers = [] if authorization is None else [(b"authorization", authorization)]
    ask = (parse_login if login else parse_send)(HttpRequest("POST", "/", b"", headers, b"", "192.0.2.1", 0))
    assert isinstance(ask, ActAsk)
    return ask.credentials


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, NOBODY),
        (b"", NOBODY),
        (b"Bearer", NOBODY),
        (b"Bearer  ", NOBODY),
        (b"Negotiate abc", NOBODY),
        (b"Bearer abc", TokenShown("abc")),
        (b"bearer \tabc ", TokenShown("abc")),
        (b"Bearer acme:a:b", Credentials("acme", "a:b")),
        (b"Bearer acme:", Credentials("acme", "")),
        (b"Bearer a b:c", TokenShown("a b:c")),
        (b"Bearer " + "acme:ş".encode(), Credentials("acme", "ş")),
        (b"Bearer acme:\xfe", Credentials("acme", "þ")),
        (b"Basic " + base64.b64encode(b"acme:pass"), Credentials("acme", "pass")),
        (b"Basic " + base64.b64encode(b"token"), TokenShown("token")),
        (b"Basic !", NOBODY),
        (b"Session a.b", SessionShown("a.b", "mmp")),
    ],
)
def test_who_asks(authorization: bytes | None, expected: Shown) -> None:
    assert shown(authorization) == expected


def test_a_session_gets_no_session() -> None:
    assert shown(b"Session a.b", login=True) == NOBODY
    assert shown(b"Bearer abc", login=True) == TokenShown("abc")


def test_report_asks_the_same_way() -> None:
    ask = parse_report(
        HttpRequest("POST", "/", b"", [(b"authorization", b"Bearer abc")], b"{", "192.0.2.1", 0)
    )
    assert isinstance(ask, ActAsk)
    assert ask.credentials == TokenShown("abc")
