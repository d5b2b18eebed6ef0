"""XML against what a real DataContractSerializer wrote and read (recordings/datacontract-golden.txt)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.datacontract import (
    MAX_DEPTH,
    MOST_ELEMENTS,
    BadXml,
    escaped,
    read_xml,
    read_xml_list,
    write_xml,
    write_xml_list,
)
from chappe.dialects.servicestack.dtos import (
    AUTHENTICATED,
    ERROR_RESPONSE,
    GET_ACCESS_TOKEN,
    MODEL,
    REQUEST,
    RESPONSE,
    Dto,
)

GOLDEN = Path(__file__).parents[3] / "dialects" / "servicestack" / "recordings" / "datacontract-golden.txt"
TEXT = 'hé <&> ☺ 😀 "q" \n\t a'
FIRST = {"channel": "sms", "clientMessageId": "c1", "content": TEXT, "to": "905332141354"}
SECOND = {"content": "", "to": "1"}


def golden(name: str) -> bytes:
    sections = GOLDEN.read_bytes().split(b"## ")
    (found,) = [one for one in sections if one.startswith(name.encode() + b"\n")]
    return found.partition(b"\n")[2].rstrip(b"\n")


def fault(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"ResponseStatus": {"ErrorCode": code, "Message": message, **more}}


EMPTY = "'Messages' must not be empty."
ERRORS = [
    {"ErrorCode": "NotEmpty", "FieldName": "Messages", "Message": EMPTY, "Meta": {"PropertyName": "Messages"}}
]


@pytest.mark.row("003-028")
@pytest.mark.row("003-029")
@pytest.mark.row("003-030")
@pytest.mark.row("003-031")
@pytest.mark.row("003-032")
@pytest.mark.row("003-033")
@pytest.mark.row("003-034")
@pytest.mark.row("003-035")
@pytest.mark.row("003-036")
@pytest.mark.row("003-037")
@pytest.mark.row("003-038")
@pytest.mark.parametrize(
    ("name", "dto", "values"),
    [
        ("request", REQUEST, {"Messages": [FIRST, SECOND]}),
        ("request empty list", REQUEST, {"Messages": []}),
        ("request null list", REQUEST, {}),
        (
            "response ok",
            RESPONSE,
            {
                "messages": [
                    {"apiMessageId": "a1", "accepted": True, "to": "905332141354", "msg": FIRST},
                    {"accepted": False, "to": "x", "error": "bad number"},
                ]
            },
        ),
        ("response error in DTO", RESPONSE, fault("NotEmpty", EMPTY, Errors=ERRORS)),
        ("response error minimal", RESPONSE, fault("Unauthorized", "Not Authenticated")),
        ("ErrorResponse", ERROR_RESPONSE, fault("Forbidden", "Invalid Role")),
    ],
)
def test_octet_for_octet_as_the_real_one(name: str, dto: Dto, values: dict[str, Any]) -> None:
    assert write_xml(dto, values) == golden(name)


def test_a_list_as_the_real_one() -> None:
    assert write_xml_list(REQUEST, [{"Messages": []}]) == golden("request array (batch)")


@pytest.mark.row("003-034")
def test_the_shape_of_meta() -> None:
    text = write_xml(RESPONSE, fault("A", "b", Meta={"AutoBatchIndex": "1"})).decode()
    assert (
        '<d2p1:Meta xmlns:d3p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays">'
        "<d3p1:KeyValueOfstringstring><d3p1:Key>AutoBatchIndex</d3p1:Key><d3p1:Value>1</d3p1:Value>"
        "</d3p1:KeyValueOfstringstring></d2p1:Meta>" in text
    )


def test_lists_of_texts() -> None:
    text = write_xml(AUTHENTICATED, {"UserId": "u", "Roles": ["Client"], "Permissions": []}).decode()
    arrays = 'xmlns:d2p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays"'
    assert f"<Roles {arrays}><d2p1:string>Client</d2p1:string></Roles><Permissions {arrays} />" in text


@pytest.mark.row("003-024")
@pytest.mark.row("003-026")
@pytest.mark.row("003-027")
def test_what_the_real_one_writes_is_read() -> None:
    read = read_xml(REQUEST, golden("request"))
    assert read == {"Messages": [FIRST, {"channel": None, "clientMessageId": None, **SECOND}]}
    assert read_xml(REQUEST, golden("request empty list")) == {"Messages": []}
    assert read_xml(REQUEST, golden("request null list")) == {"Messages": None}
    assert read_xml_list(REQUEST, golden("request array (batch)")) == [{"Messages": []}]


ONE = {"Messages": [{"to": "1", "content": "t"}]}


@pytest.mark.row("003-025")
@pytest.mark.row("003-026")
@pytest.mark.parametrize(
    "text",
    [
        "<Messages><SMPPMessage><content>t</content><to>1</to></SMPPMessage></Messages>",
        "<Messages><SMPPMessage><to>1</to><content>t</content></SMPPMessage></Messages>",
        "<Messages><SMPPMessage><to>1</to><unknown><x/></unknown><content>t</content></SMPPMessage></Messages>",
        "<messages><any><TO>1</TO><Content>t</Content></any></messages>",
        "<Messages><SMPPMessage><!-- c --><to>1</to><content><![CDATA[t]]></content></SMPPMessage></Messages>",
        "<Messages>\n <SMPPMessage>\n  <to>1</to>\n  <content>t</content>\n </SMPPMessage>\n</Messages>",
    ],
)
@pytest.mark.parametrize(
    "root",
    [
        f'<SendSMPPSmsRequest xmlns="{MODEL}">%s</SendSMPPSmsRequest>',
        "<SendSMPPSmsRequest>%s</SendSMPPSmsRequest>",
        '<SendSMPPSmsRequest xmlns="urn:wrong">%s</SendSMPPSmsRequest>',
        f'<a:SendSMPPSmsRequest xmlns:a="{MODEL}">%s</a:SendSMPPSmsRequest>',
        '<?xml version="1.0" encoding="utf-8"?><SendSMPPSmsRequest>%s</SendSMPPSmsRequest>',
    ],
)
def test_order_prefixes_and_namespaces_do_not_matter(root: str, text: str) -> None:
    assert read_xml(REQUEST, (root % text).encode()) == ONE


def test_texts_are_kept_as_they_are() -> None:
    text = b"<SendSMPPSmsRequest><Messages><m><to> 1 </to><content> a<![CDATA[<b]]>&#10; </content></m></Messages></SendSMPPSmsRequest>"
    assert read_xml(REQUEST, text) == {"Messages": [{"to": " 1 ", "content": " a<b\n "}]}


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("1", True), (" false ", False), ("0", False), ("", False)]
)
def test_booleans(word: str, value: bool) -> None:
    text = f"<GetAccessToken><UseTokenCookie>{word}</UseTokenCookie></GetAccessToken>"
    assert read_xml(GET_ACCESS_TOKEN, text.encode()) == {"UseTokenCookie": value}


@pytest.mark.parametrize(
    ("octets", "charset"),
    [
        ("<SendSMPPSmsRequest><Messages><m><content>é</content></m></Messages></SendSMPPSmsRequest>".encode("latin-1"), "iso-8859-1"),
        ('<?xml version="1.0" encoding="utf-16"?><SendSMPPSmsRequest><Messages><m><content>é</content></m></Messages></SendSMPPSmsRequest>'.encode("utf-16"), None),
        ("\ufeff<SendSMPPSmsRequest><Messages><m><content>é</content></m></Messages></SendSMPPSmsRequest>".encode(), None),
    ],
)  # fmt: skip
def test_encodings(octets: bytes, charset: str | None) -> None:
    assert read_xml(REQUEST, octets, charset) == {"Messages": [{"content": "é"}]}


@pytest.mark.parametrize(
    "encoding", ["utf-7", "utf-32", "shift_jis", "euc-jp", "big5", "gb18030", "none", "rot13"]
)
def test_encodings_that_are_not_read(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><SendSMPPSmsRequest />'
    with pytest.raises(BadXml, match="encoding"):
        read_xml(REQUEST, text.encode())


BILLION = (
    '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<SendSMPPSmsRequest><Messages><m><content>&b;</content></m></Messages></SendSMPPSmsRequest>"
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "text",
        "<SendSMPPSmsRequest>",
        "<SendSMPPSmsRequest></Other>",
        "<Other />",
        "<SendSMPPSmsRequest>&undefined;</SendSMPPSmsRequest>",
        "<SendSMPPSmsRequest a:b='c' />",
        "<SendSMPPSmsRequest /><SendSMPPSmsRequest />",
        "<!DOCTYPE SendSMPPSmsRequest><SendSMPPSmsRequest />",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><SendSMPPSmsRequest />',
        BILLION,
        "<SendSMPPSmsRequest>" * (MAX_DEPTH + 1) + "</SendSMPPSmsRequest>" * (MAX_DEPTH + 1),
        "<a>" * 100_000,
        "<SendSMPPSmsRequest><Messages><m><to><x>1</x></to></m></Messages></SendSMPPSmsRequest>",
        '<?xml version="1.0" encoding="klingon"?><SendSMPPSmsRequest />',
        "<SendSMPPSmsRequest>\x00</SendSMPPSmsRequest>",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(BadXml) as refused:
        read_xml(REQUEST, text.encode())
    assert "passwd" not in str(refused.value)


def test_more_elements_than_any_call_has_are_not_read() -> None:
    def many(count: int) -> bytes:
        return b"<SendSMPPSmsRequest>" + b"<x/>" * count + b"</SendSMPPSmsRequest>"

    assert read_xml(REQUEST, many(MOST_ELEMENTS - 2)) == {}
    with pytest.raises(BadXml, match="20000 elements"):
        read_xml(REQUEST, many(MOST_ELEMENTS - 1))


def test_octets_that_are_no_text() -> None:
    with pytest.raises(BadXml):
        read_xml(REQUEST, b"<SendSMPPSmsRequest>\xff</SendSMPPSmsRequest>")
    with pytest.raises(BadXml):
        read_xml_list(REQUEST, b"<SendSMPPSmsRequest />")
    with pytest.raises(BadXml):
        read_xml(GET_ACCESS_TOKEN, b"<GetAccessToken><UseTokenCookie>True</UseTokenCookie></GetAccessToken>")


@given(st.text(max_size=40))
def test_any_text_makes_well_formed_xml(text: str) -> None:
    octets = write_xml(REQUEST, {"Messages": [{"to": text, "content": text}]})
    ET.fromstring(octets)
    (message,) = read_xml(REQUEST, octets)["Messages"]
    kept = "".join(each if escaped(each) != "\ufffd" else "\ufffd" for each in text)
    assert message["content"] == kept


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    for body in (octets, b"<SendSMPPSmsRequest>" + octets + b"</SendSMPPSmsRequest>"):
        try:
            found = read_xml(REQUEST, body)
        except BadXml:
            continue
        assert set(found) <= {"Messages"}


@given(st.text(alphabet="<>/abcMSs '\"=&;![]-", max_size=80))
def test_any_markup_is_read_or_refused(text: str) -> None:
    told = ""
    try:
        read_xml(REQUEST, f"<SendSMPPSmsRequest><Messages>{text}</Messages></SendSMPPSmsRequest>".encode())
    except BadXml as error:
        told = str(error)
    assert len(told) < 400
