"""Cookies as these clients send and take them."""

from __future__ import annotations

from chappe.dialects.servicestack.cookies import cookies_of, forget, set_cookie
from chappe.protocols.http.messages import HttpRequest


def request(*cookies: str, secure: bool = False) -> HttpRequest:
    return HttpRequest(
        "GET", "/", b"", [(b"cookie", one.encode()) for one in cookies], b"", "192.0.2.1", 0, secure
    )


def test_what_cannot_be_read_is_passed_over() -> None:
    # The npm client cuts an Expires attribute at its comma and sends the rest as a cookie of that name.
    sent = request("ss-id=abc; 20 Nov 2046 00:00:00 GMT=null; ss-pid=d.e_f-g; =x; y", "ss-id=second; z=1")
    assert cookies_of(sent) == {"ss-id": "abc", "ss-pid": "d.e_f-g", "z": "1"}
    assert cookies_of(request()) == {}


def test_no_cookie_has_a_date_and_no_script_reads_one() -> None:
    assert set_cookie("ss-id", "x", secure=False) == (
        "Set-Cookie",
        "ss-id=x; Path=/; HttpOnly; SameSite=Strict",
    )
    assert set_cookie("ss-pid", "x", secure=True, life=9)[1] == (
        "ss-pid=x; Path=/; Max-Age=9; HttpOnly; SameSite=Strict; Secure"
    )


def test_only_what_is_there_is_removed() -> None:
    removed = [value.split("=")[0] for _, value in forget(request("ss-tok=x; other=y"))]
    assert removed == ["ss-id", "ss-tok"]
    assert all("Max-Age=0" in value for _, value in forget(request()))
