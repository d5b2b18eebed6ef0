"""Calls out of request targets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.messangi.paths import Call, NoCall, call_of, target_of
from chappe.protocols.http.messages import HttpRequest


def request(raw: bytes, path: str = "/") -> HttpRequest:
    return HttpRequest("GET", path, b"", (), b"", "192.0.2.1", 0, raw_target=raw)


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        (b"/a/b", b"/a/b"),
        (b"/a/b?c=/d", b"/a/b"),
        (b"/a#b", b"/a"),
        (b"http://host:80/a/b?c", b"/a/b"),
        (b"http://host", b"/"),
        (b"/a/http://host/b", b"/a/http://host/b"),
        (b"//a//b/", b"//a//b/"),
    ],
)
def test_the_path_of_a_target(raw: bytes, target: bytes) -> None:
    assert target_of(request(raw)) == target


def test_where_no_connection_gave_one_it_is_made_of_the_path() -> None:
    assert target_of(request(b"", "/a b/é%")) == b"/a%20b/%C3%A9%25"


def test_a_call_is_cut_before_anything_is_decoded() -> None:
    found = call_of(request(b"/rest/api/sendMT/4%33/a%2Fb///c%3D/k%20ey/S1G"))
    assert found == Call("sendMT", (b"4%33", b"a%2Fb", b"", b"", b"c%3D"), "k ey", "S1G")
    assert found.signed == b"4%33/a%2Fb///c%3D"


@pytest.mark.row("004-001")
@pytest.mark.parametrize(
    "base", ["/messangi_mmc/rest/api", "/mmc/rest/api", "/rest/api", "/%72est/api", "/mmc/rest/%61pi"]
)
def test_bases(base: str) -> None:
    assert call_of(request(f"{base}/tools/getMessage/1/2/k/s".encode())).method == "getMessage"


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/", ""),
        ("/other/api/sendMT/1/2/3/4/5/k/s", ""),
        ("/rest/api", ""),
        ("/rest%2Fapi/sendMT/1/2/3/4/5/k/s", ""),
        ("/rest/api/tools", ""),
        ("/rest/api/getMessage/1/2/k/s", "getMessage"),
        ("/rest/api/tools/sendMT/1/2/3/4/5/k/s", "sendMT"),
        ("/rest/api/sendMT/1/2/3/4/k/s", "sendMT"),
        ("/rest/api/fireMessage/1/2/k/s", "fireMessage"),
        ("/rest/api/fireMessage/k/s", "fireMessage"),
        ("/rest/api/tools/getMessage/1/2/3/k/s", "getMessage"),
        ("/rest/api/sendMT/1/2/3/4/" + "5" * 70_000 + "/k/s", "sendMT"),
    ],
)
def test_what_is_no_call(path: str, method: str) -> None:
    with pytest.raises(NoCall) as caught:
        call_of(request(path.encode()))
    assert caught.value.method == method


@given(st.binary(max_size=200))
def test_any_target_is_read_or_refused(raw: bytes) -> None:
    for target in (raw, b"/rest/api/" + raw, b"/rest/api/sendMT/" + raw):
        try:
            call_of(request(target))
        except NoCall:
            continue
