"""Calls from octets of XML; what is refused and why is in tests/dialects/cm/test_xml.py."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialect_kit.contract import BadRequest, Credentials, TokenShown
from chappe.dialects.cm.calls import Call
from chappe.dialects.cm.xml_parse import read_xml
from chappe.protocols.http.messages import HttpRequest

TOKEN = "11111111-2222-4333-8444-555555555555"
LOGIN = f"<AUTHENTICATION><PRODUCTTOKEN>{TOKEN}</PRODUCTTOKEN></AUTHENTICATION>"


def read(octets: bytes) -> Call:
    return read_xml(HttpRequest("POST", "/gateway.ashx", b"", (), octets, "192.0.2.1", 0))


def call(*inner: str) -> Call:
    return read(f"<MESSAGES>{LOGIN}{''.join(inner)}</MESSAGES>".encode())


def test_a_msg_has_the_usual_keys() -> None:
    found = call(
        "<MSG><TO>1</TO><TO> 2 </TO><FROM>A</FROM><BODY TYPE='AUTO'> x </BODY><DCS>8</DCS>"
        "<MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS><APPKEY>k</APPKEY><VALIDITY/></MSG>"
    )
    assert found.shown == TokenShown(TOKEN)
    assert found.msgs == [
        {
            "to": [{"number": "1"}, {"number": "2"}],
            "from": "A",
            "body": {"content": " x ", "type": "AUTO"},
            "dcs": "8",
            "minimumNumberOfMessageParts": "1",
            "appKey": "k",
            "validity": None,
        }
    ]


def test_channels_in_either_form() -> None:
    found = call(
        "<MSG><CHANNEL>SMS</CHANNEL></MSG>",
        "<MSG><ALLOWEDCHANNELS><CHANNEL>RCS</CHANNEL><CHANNEL>SMS</CHANNEL></ALLOWEDCHANNELS></MSG>",
        "<MSG><ALLOWEDCHANNELS>RCS,SMS</ALLOWEDCHANNELS></MSG>",
        "<MSG><OTHER><CHANNEL>RCS</CHANNEL></OTHER><RICHCONTENT>x</RICHCONTENT></MSG>",
    )
    assert found.msgs is not None
    assert [one.get("allowedChannels") for one in found.msgs] == [
        ["SMS"],
        ["RCS", "SMS"],
        ["RCS", "SMS"],
        None,
    ]
    assert found.msgs[3] == {"to": []}


@pytest.mark.parametrize(
    ("text", "tariff"), [("150", "150"), ("0", ""), ("007", "7"), ("x", ""), ("9" * 10, "")]
)
def test_tariffs(text: str, tariff: str) -> None:
    assert call(f"<TARIFF>{text}</TARIFF>").tariff == tariff


def test_a_user_with_a_password_unless_there_is_a_token() -> None:
    user = "<CUSTOMER ID='1'/><USER LOGIN='a' PASSWORD='b'/>"
    assert read(f"<MESSAGES>{user}</MESSAGES>".encode()).shown == Credentials("a", "b")
    assert read(f"<MESSAGES>{user}{LOGIN}</MESSAGES>".encode()).shown == TokenShown(TOKEN)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
)
def test_any_text_comes_through(text: str) -> None:
    found = call(f"<MSG><BODY>{escape(text)}</BODY></MSG>").msgs
    assert found is not None
    # XML 1.0 §2.11: what other ways there are to end a line is one line feed for whoever reads.
    assert found[0]["body"]["content"] == text


@given(st.binary(max_size=200))
def test_any_octets_are_refused_and_nothing_else_happens(octets: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read(octets)
    assert refused.value.response.status == 200


@given(
    st.lists(
        st.sampled_from(["<MSG>", "</MSG>", "<TO>", "</TO>", "<BODY>", "</BODY>", "1", "<X/>"]), max_size=30
    )
)
def test_any_order_of_elements_is_read_or_refused(pieces: list[str]) -> None:
    try:
        found = call(*pieces)
    except BadRequest:
        return
    assert found.msgs is not None
