"""Requests and responses as values: headers are found by name, nothing is decoded before it is asked for."""

import pytest

from chappe.protocols.http.messages import HttpRequest, HttpResponse


def request(*headers: tuple[bytes, bytes]) -> HttpRequest:
    return HttpRequest("GET", "/send", b"a=b", headers, b"", "192.0.2.1", 5)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([], None),
        ([(b"host", b"x")], None),
        ([(b"x-key", b"one"), (b"x-key", b"two")], "one"),
        ([(b"x-key", b"caf\xe9")], "caf\u00e9"),
        ([(b"x-key", b"")], ""),
        ([(b"X-KEY", b"not lower case")], None),
    ],
)
def test_the_first_header_of_a_name(headers: list[tuple[bytes, bytes]], found: str | None) -> None:
    assert request(*headers).header(b"x-key") == found


def test_a_request_is_plain_unless_said() -> None:
    assert not request().secure


def test_a_response_is_text_unless_said() -> None:
    assert HttpResponse(204) == HttpResponse(204, b"", "text/plain; charset=utf-8", ())


def test_values_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        HttpResponse(200).status = 500  # type: ignore[misc]
