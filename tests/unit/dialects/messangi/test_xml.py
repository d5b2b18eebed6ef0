"""XML that every parser reads back as it was meant."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.messangi.xml import answer, escaped, written


def test_the_static_part_and_the_order_of_all() -> None:
    response = answer(200, "sendMT", "OK", "Completed")
    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?><response><input>sendMT</input><status>OK</status>'
        b"<description>Completed</description></response>"
    )
    assert response.content_type == "application/xml;charset=UTF-8"
    assert (
        b"<result><a><b>1</b></a></result></response>"
        in answer(200, "m", "OK", "d", (("a", (("b", "1"),)),)).body
    )


@pytest.mark.row("004-069")
@given(st.text(max_size=200))
def test_any_text_comes_back(text: str) -> None:
    document = written(("t", text)).encode("utf-8")
    told = ET.fromstring(document).text or ""
    kept = "".join(
        letter
        if letter in "\t\n\r"
        or (letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\ufffe\uffff")
        else "\ufffd"
        for letter in text
    )
    assert told == kept


def test_nothing_closes_what_it_did_not_open() -> None:
    assert escaped("</text>]]>&\r") == "&lt;/text&gt;]]&gt;&amp;&#13;"
