"""Bodies of every format and many spellings to the same value, and what is wrong with those that are none."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.dtos import AUTHENTICATE, REQUEST
from chappe.dialects.servicestack.faults import Faulty
from chappe.dialects.servicestack.formats import Format
from chappe.dialects.servicestack.reading import bound, read_body
from chappe.protocols.http.messages import HttpRequest

VALUE = {"Messages": [{"to": "31612345678", "content": "é, ☺"}]}
JSON = '{"Messages":[{"to":"31612345678","content":"é, ☺"}]}'
JSV = '{Messages:[{to:31612345678,content:"é, ☺"}]}'
XML = "<SendSMPPSmsRequest><Messages><m><to>31612345678</to><content>é, ☺</content></m></Messages></SendSMPPSmsRequest>"
MULTIPART = f'--b\r\nContent-Disposition: form-data; name="messages"\r\n\r\n{JSV[10:-1]}\r\n--b--\r\n'


def read(body: str | bytes, kind: str = "application/json", hint: Format | None = None, **given: Any) -> Any:
    octets = body.encode() if isinstance(body, str) else body
    headers = [(b"content-type", kind.encode())] if kind else []
    request = HttpRequest("POST", "/", b"", headers, octets, "192.0.2.1", 0)
    return read_body(REQUEST, request, hint, **{"batch": False, **given})


@pytest.mark.row("003-018")
@pytest.mark.row("003-024")
@pytest.mark.parametrize(
    ("body", "kind", "hint"),
    [
        (JSON, "application/json", None),
        (JSON, "text/json; charset=UTF-8", None),
        (JSON, "", None),
        (JSON, "", Format.HTML),
        (JSON, "application/json", Format.XML),
        (JSON.encode("utf-8-sig"), "application/json", None),
        (JSON.encode("utf-16"), "application/json; charset=utf-16", None),
        (JSON.replace("Messages", "messages").replace("to", "TO"), "application/json", None),
        ('{"MESSAGES":[{"To":"31612345678","Content":"\\u00e9, \\u263a"}]}', "application/json", None),
        (
            '{"x":{"y":[1]},"Messages":[{"to":31612345678,"content":"é, ☺","z":null}]}',
            "application/json",
            None,
        ),
        (JSV, "application/jsv", None),
        (JSV, "text/jsv", None),
        (JSV, "", Format.JSV),
        (XML, "application/xml", None),
        (XML, "text/xml; charset=utf-8", None),
        (XML, "", Format.XML),
        (urlencode({"Messages": JSON[12:-1]}), "application/x-www-form-urlencoded", None),
        (
            urlencode({"messages": JSV[10:-1], "other": "1"}),
            "application/x-www-form-urlencoded; charset=x",
            None,
        ),
        (MULTIPART, "multipart/form-data; boundary=b", None),
    ],
)
def test_one_value_in_every_format(body: str | bytes, kind: str, hint: Format | None) -> None:
    assert read(body, kind, hint) == [VALUE]


def test_text_is_json_only_where_scripts_of_browsers_call_it_so() -> None:
    assert read(JSON, "text/plain;charset=UTF-8", loose=True) == [VALUE]
    with pytest.raises(Faulty) as refused:
        read(JSON, "text/plain;charset=UTF-8")
    assert refused.value.fault.status == 415


def test_several_at_once() -> None:
    assert read(f"[{JSON},{JSON}]", batch=True) == [VALUE, VALUE]
    assert read(f"[{JSV}]", "text/jsv", batch=True) == [VALUE]
    many = f"<ArrayOfSendSMPPSmsRequest>{XML}{XML}</ArrayOfSendSMPPSmsRequest>"
    assert read(many, "application/xml", batch=True) == [VALUE, VALUE]
    assert read("", batch=True) == []


@pytest.mark.parametrize("kind", ["application/json", "application/xml", ""])
def test_no_body_is_a_value_without_members(kind: str) -> None:
    assert read("", kind) == [{}]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *(
            ("image/png", 415),
            ("text/csv", 415),
            ("text/html", 415),
            ("application/octet-stream", 415),
            ("é", 415),
        ),
        *(("application/json; charset=klingon", 415), ("application/json; charset=utf-7", 415)),
    ],
)
def test_what_is_not_spoken(kind: str, status: int) -> None:
    with pytest.raises(Faulty) as refused:
        read(JSON, kind)
    assert refused.value.fault.status == status


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        *(
            ("{", "application/json"),
            ("[]", "application/json"),
            ("null", "application/json"),
            ("1", "text/json"),
        ),
        *(
            (b"\xff", "application/json"),
            ("[" * 100_000, "application/json"),
            ('{"a":"\\ud800"}', "application/json"),
        ),
        *((JSON, "application/xml"), (XML, "application/json"), (JSON, "text/jsv; charset=us-ascii")),
        *(("{", "text/jsv"), ("abc", "text/jsv"), ("[a]", "text/jsv"), (b"\xff{}", "text/jsv")),
        *(("", "multipart/form-data"), ("Messages=[", "application/x-www-form-urlencoded")),
        *(
            ("%ff=1", "application/x-www-form-urlencoded"),
            ("a=1&" * 2_000, "application/x-www-form-urlencoded"),
        ),
        *(('{"Messages":"x"}', "application/json"), ('{"Messages":{}}', "application/json")),
        *(('{"Messages":[1]}', "application/json"), ('{"Messages":[[]]}', "application/json")),
        *(
            ('{"Messages":[{"to":["1"]}]}', "application/json"),
            ('{"Messages":[{"to":{}}]}', "application/json"),
        ),
        ("Messages=x", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_wrong_is_told(body: str | bytes, kind: str) -> None:
    with pytest.raises(Faulty) as refused:
        read(body, kind)
    fault = refused.value.fault
    assert (fault.status, fault.code) == (400, "SerializationException")
    assert fault.message.startswith("Could not deserialize '")
    assert len(fault.message) < 500


@pytest.mark.row("003-032")
def test_a_fault_names_its_field() -> None:
    with pytest.raises(Faulty) as refused:
        read('{"Messages":[{"to":"1"},{"to":{}}]}')
    assert [error.field for error in refused.value.fault.errors] == ["Messages[1].to"]


@pytest.mark.parametrize(
    ("body", "kind", "batch"),
    [
        ('{"Messages":[' + "{}," * 1_000 + "{}]}", "application/json", False),
        ("{Messages:[" + "{}," * 1_000 + "{}]}", "text/jsv", False),
        ("[" + "{}," * 1_000 + "{}]", "application/json", True),
    ],
)
def test_more_than_a_call_may_hold_is_counted_and_looked_at_no_further(
    body: str, kind: str, batch: bool
) -> None:
    with pytest.raises(Faulty) as refused:
        read(body, kind, batch=batch)
    assert (refused.value.fault.code, refused.value.fault.status) == ("LessThanOrEqual", 400)
    assert "found 1001." in refused.value.fault.message


def test_an_object_of_too_many_members() -> None:
    with pytest.raises(Faulty, match="too many members"):
        read("{" + ",".join(f'"m{number}":1' for number in range(1_001)) + "}")


def test_a_batch_must_be_one() -> None:
    with pytest.raises(Faulty):
        read(JSON, batch=True)


@pytest.mark.row("003-017")
def test_values_that_are_no_texts() -> None:
    found = bound(
        REQUEST,
        {"messages": [{"to": 1, "content": True, "channel": 1.5, "clientMessageId": None}, None]},
        "k",
    )
    assert found["Messages"] == [
        {"to": "1", "content": "true", "channel": "1.5", "clientMessageId": None},
        None,
    ]


@pytest.mark.parametrize(
    ("given", "read_as"), [(True, True), ("True", True), ("on", True), (1, True), ("", False), ("0", False)]
)
def test_flags(given: Any, read_as: bool) -> None:
    assert bound(AUTHENTICATE, {"rememberme": given}, "k") == {"RememberMe": read_as}


def test_a_flag_that_is_none() -> None:
    with pytest.raises(Faulty):
        bound(AUTHENTICATE, {"rememberMe": "perhaps"}, "k")


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Messages", "messages", "to", "content", "x"]), inner, max_size=3)
    ),
)


@given(trees)
def test_any_tree_is_bound_or_refused(tree: Any) -> None:
    try:
        found = bound(REQUEST, tree, "k")
    except Faulty:
        return
    for message in found.get("Messages") or ():
        assert message is None or all(value is None or isinstance(value, str) for value in message.values())


@given(
    st.binary(max_size=120),
    st.sampled_from(
        [
            "application/json",
            "text/jsv",
            "application/xml",
            "multipart/form-data; boundary=b",
            "application/x-www-form-urlencoded",
        ]
    ),
    st.booleans(),
)
def test_any_body_is_read_or_refused(body: bytes, kind: str, batch: bool) -> None:
    found, status = [], 400
    try:
        found = read(body, kind, batch=batch)
    except Faulty as error:
        status = error.fault.status
    assert status in (400, 415)
    assert all(isinstance(one, dict) for one in found)
