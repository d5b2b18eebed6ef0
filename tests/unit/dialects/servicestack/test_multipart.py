"""Text fields of multipart bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.multipart import BadMultipart, read_multipart

TYPE = "multipart/form-data; boundary=b0"


def part(name: str, value: str, more: str = "") -> str:
    return f'--b0\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


def test_fields_are_read_and_files_passed_over() -> None:
    body = part("a", "1\r\n2") + part("f", "x", '; filename="x.txt"') + part("b", "é") + "--b0--\r\n"
    assert read_multipart(TYPE, body.encode()) == [("a", "1\r\n2"), ("b", "é")]
    assert read_multipart('multipart/form-data; Boundary="b0"', body.encode())[0] == ("a", "1\r\n2")
    assert read_multipart(TYPE, b"--b0--") == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=", "x"),
        (TYPE, ""),
        (TYPE, "x"),
        (TYPE, part("a", "1")),
        (TYPE, "--b0\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b0--"),
        (TYPE, '--b0\r\nContent-Disposition: form-data; name="a"\r\n--b0--'),
        (TYPE, part("a", "1") * 200 + "--b0--"),
    ],
)
def test_what_is_none(content_type: str, body: str) -> None:
    with pytest.raises(BadMultipart):
        read_multipart(content_type, body.encode())


def test_a_field_that_is_no_text() -> None:
    with pytest.raises(BadMultipart):
        read_multipart(TYPE, part("a", "?").encode().replace(b"?", b"\xff") + b"--b0--")


@given(st.binary(max_size=100), st.text(alphabet='b0-"; \r\n=namefilx', max_size=80))
def test_anything_is_read_or_refused(octets: bytes, text: str) -> None:
    for body in (octets, b"--b0" + octets + b"--b0--", text.encode()):
        told = ""
        try:
            read_multipart(TYPE, body)
        except BadMultipart as error:
            told = str(error)
        assert len(told) < 100
