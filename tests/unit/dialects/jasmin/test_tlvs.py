"""`custom_tlvs` in every shape that Jasmin's versions take, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.jasmin.tlvs import BadTlvs, read_tlvs


def read(given_: Any) -> tuple[tuple[int, bytes], ...]:
    return read_tlvs(json.dumps(given_))


@pytest.mark.parametrize(
    ("written", "tlvs"),
    [
        ([], ()),
        ({}, ()),
        ([[0x1400, None, "Int1", 255]], ((0x1400, b"\xff"),)),
        ([[0x3FFF, 2, "Int2", "258"]], ((0x3FFF, b"\x01\x02"),)),
        ([["0x1401", None, "Int4", 1]], ((0x1401, b"\0\0\0\1"),)),
        ([["5121", None, "Int8", 2**64 - 1]], ((0x1401, b"\xff" * 8),)),
        ([[5121, None, "OctetString", "é"]], ((0x1401, "é".encode()),)),
        ([[5121, None, "OctetString", ""]], ((0x1401, b""),)),
        ([[5121, None, "OctetString", 7]], ((0x1401, b"7"),)),
        ([[5121, None, "OctetString", "x" * 255]], ((0x1401, b"x" * 255),)),
        ([[5121, None, "COctetString", "20408"]], ((0x1401, b"20408\0"),)),
        ([[5121, None, "COctetString", "x" * 254]], ((0x1401, b"x" * 254 + b"\0"),)),
        ([{"tag": 5121, "value": 7}], ((0x1401, b"\0\0\0\7"),)),
        ([{"tag": "0x1401", "value": "7"}], ((0x1401, b"7"),)),
        ([{"tag": 5121, "value": 7, "type": "Int1"}], ((0x1401, b"\7"),)),
        ([{"tag": 5121, "value": 7, "type": None}], ((0x1401, b"\0\0\0\7"),)),
        ({"0x1401": "v", "0x1402:Int2": 7}, ((0x1401, b"v"), (0x1402, b"\0\7"))),
        ({"5121:COctetString": "v"}, ((0x1401, b"v\0"),)),
        ([[5121, None, "Int1", 1], [5121, None, "Int1", 2]], ((0x1401, b"\1"), (0x1401, b"\2"))),
        ([[5121, None, "Int1", 1]] * 64, ((0x1401, b"\1"),) * 64),
    ],
)
def test_shapes(written: Any, tlvs: tuple[tuple[int, bytes], ...]) -> None:
    assert read(written) == tlvs


ROW = "a row is neither [tag, length, type, value] nor an object with tag and value"
RANGE = "a tag is not in the vendor range 0x1400 to 0x3FFF"
KIND = "a type is not Int1, Int2, Int4, Int8, OctetString or COctetString"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (7, "neither a list nor a mapping"),
        ("[]", "neither a list nor a mapping"),
        (None, "neither a list nor a mapping"),
        ([7], ROW),
        ([[5121, None, "Int1"]], ROW),
        ([[5121, None, 1, 1]], ROW),
        ([{"tag": 5121}], ROW),
        ([{}], ROW),
        ([["", None, "Int1", 1]], "a tag is no number"),
        ([["0x", None, "Int1", 1]], "a tag is no number"),
        ([["9" * 5_000, None, "Int1", 1]], "a tag is no number"),
        ([[None, None, "Int1", 1]], "a tag is no number"),
        ([[[], None, "Int1", 1]], "a tag is no number"),
        ([[0x13FF, None, "Int1", 1]], RANGE),
        ([[0x4000, None, "Int1", 1]], RANGE),
        ([[-5121, None, "Int1", 1]], RANGE),
        ([[5121.0, None, "Int1", 1]], RANGE),
        ([[True, None, "Int1", 1]], RANGE),
        ([[0x0424, None, "OctetString", "x"]], RANGE),
        ([[5121, None, "int1", 1]], KIND),
        ([[5121, None, "Int3", 1]], KIND),
        ([{"tag": 5121, "type": {"a": 1}, "value": 1}], KIND),
        ([[5121, None, "Int1", 256]], "a value is no number of 1 octets"),
        ([[5121, None, "Int1", -1]], "a value is no number of 1 octets"),
        ([[5121, None, "Int2", 65_536]], "a value is no number of 2 octets"),
        ([[5121, None, "Int1", "x"]], "a value is no number of 1 octets"),
        ([[5121, None, "Int1", "9" * 5_000]], "a value is no number of 1 octets"),
        ([[5121, None, "Int1", 1.0]], "a value is no number of 1 octets"),
        ([[5121, None, "Int1", True]], "a value is no number of 1 octets"),
        ([[5121, None, "Int8", 2**64]], "a value is no number of 8 octets"),
        ([[5121, None, "OctetString", 1.5]], "a value is neither text nor number"),
        ([[5121, None, "OctetString", True]], "a value is neither text nor number"),
        ([[5121, None, "OctetString", None]], "a value is neither text nor number"),
        ([[5121, None, "COctetString", "a\0b"]], "a C-octet string holds a NUL"),
        ([[5121, None, "OctetString", "x" * 256]], "a value is longer than 255 octets"),
        ([[5121, None, "OctetString", "é" * 128]], "a value is longer than 255 octets"),
        ([[5121, None, "COctetString", "x" * 255]], "a value is longer than 255 octets"),
        ([[5121, None, "Int1", 1]] * 65, "more than 64 TLVs"),
    ],
)
def test_what_is_none_says_why(written: Any, why: str) -> None:
    with pytest.raises(BadTlvs) as caught:
        read(written)
    assert str(caught.value) == why


@pytest.mark.parametrize("text", ["", "{", "nope", "\0", "[" * 100_000, '["\\ud800"]', "NaN", "1e999"])
def test_what_is_no_json_says_so(text: str) -> None:
    with pytest.raises(BadTlvs) as caught:
        read_tlvs(text)
    assert str(caught.value) == "not JSON"


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(
    _ANYTHING | st.lists(st.tuples(st.integers(0x13FE, 0x4001), st.none(), st.text(max_size=4), _ANYTHING))
)
def test_any_json_is_tlvs_in_the_vendor_range_or_refused(written: Any) -> None:
    try:
        tlvs = read(written)
    except BadTlvs:
        return
    for tag, value in tlvs:
        assert 0x1400 <= tag <= 0x3FFF
        assert len(value) <= 255
