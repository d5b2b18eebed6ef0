"""The signature rule, by vectors that others computed."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.messangi.signature import is_signed, sign

SECRET = "my-private-key"


@pytest.mark.row("004-010")
@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        (
            "7/2020/2/18765422035/U2ltcGxlIE1lc3NhZ2Ug4pi6",
            "f69bc6a924480d3ed82970d9679c4be90589bd3064add51c47e8bf50a211d55f",
        ),
        (
            "43/movistar/19893653744/MTMwNTY3MDgwODQ=/T0dBTkdJIFRFU1QgTUVTU0FHRQ==",
            "046ce1617312bc74024aa50c8b9f852cb0a1440129aeea7c3e7f30fb5d6d9042",
        ),
        (
            "43/null/2020/MTg3NjU0MjIwMzU/Pz8_Pj4-Pw",
            "df6757b9dc2934871467ee7e1e64b4375523b82b1be9a4010897fb8d28d73f01",
        ),
        (
            "43/null/2020/18765422035/WW91ciBjb2RlIGlzIHtQSU59/6",
            "6a8de5b18dec9090a33d4e5504f86f4e2bfbcd80bde7594c0fc17599538bbc65",
        ),
        (
            "43/1/10/from=13056708084&order=desc&keyword=%5EOGANGI.*",
            "2d597dc195c99fab2f4099fa1e6e2210377863123c0899510aed5c2c668f4d9b",
        ),
    ],
)
def test_vectors(parameters: str, signature: str) -> None:
    assert sign(SECRET, parameters.encode()) == signature
    assert is_signed(SECRET, parameters.encode(), signature)
    assert is_signed(SECRET, parameters.encode(), signature.upper())
    assert not is_signed(SECRET, parameters.encode() + b"x", signature)
    assert not is_signed(SECRET + "x", parameters.encode(), signature)


def test_as_meant_before_the_path_was_encoded() -> None:
    signature = sign(SECRET, "a b/é/^x".encode())
    assert is_signed(SECRET, b"a%20b/%C3%A9/%5Ex", signature)
    assert not is_signed(SECRET, b"a+b/%C3%A9/%5Ex", signature)
    # Once, and not twice.
    assert not is_signed(SECRET, b"a%2520b/%25C3%25A9/%255Ex", signature)


def test_nothing_is_signed_without_a_secret_or_with_a_plain_hash() -> None:
    assert not is_signed("", b"x", sign("", b"x"))
    assert not is_signed(SECRET, b"x", hashlib.sha256(b"x").hexdigest())


@given(st.binary(max_size=200), st.text(max_size=80))
def test_what_is_no_signature_never_holds(parameters: bytes, signature: str) -> None:
    assert not is_signed(SECRET, parameters, signature)


@given(st.binary(max_size=300))
def test_octets_of_any_kind_can_be_signed(parameters: bytes) -> None:
    assert is_signed(SECRET, parameters, sign(SECRET, parameters))
