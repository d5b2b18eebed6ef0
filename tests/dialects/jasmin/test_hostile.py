"""Wrong, missing and hostile values in every argument, by every way in: the dialect's own 4xx, nothing kept, nothing charged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.dialects.jasmin import DIALECT
from chappe.dialects.jasmin.arguments import RATE, SEND
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from dialects.http_rig import NOW, Rig

PAID = 100_000_000
MEGABYTE = 1_000_000
LEAST = {"username": "rich", "password": "rich-pass", "to": "31612345678", "content": "x"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
WAYS = ("query", "form", "json")


def request(way: str, fields: dict[str, Any], path: str = "/send") -> HttpRequest:
    """The fields by one of three ways; names and values as they are."""
    query = body = b""
    kind = FORM
    if way == "query":
        query = urlencode(fields).encode()
    elif way == "form":
        body = urlencode(fields).encode()
    else:
        body, kind = json.dumps(fields).encode(), JSON
    method = "GET" if way == "query" else "POST"
    headers = [] if way == "query" else [(b"content-type", kind.encode())]
    return HttpRequest(method, path, query, headers, body, "198.51.100.7", NOW)


async def said(one: HttpRequest) -> HttpResponse:
    """The answer to a request that must be refused without a trace."""
    rig = Rig(DIALECT)
    await rig.pay_in("rich", PAID)
    answer = await rig.serve.answer(one)
    assert rig.faults == []
    assert 400 <= answer.status < 500, answer
    assert len(answer.body) < 1_000
    assert await rig.stored() == []
    assert await rig.store.balances(["rich"]) == [PAID]
    return answer


async def refused(way: str, fields: dict[str, Any]) -> str:
    """The text in the `Error "..."` of a request by /send that is refused with 400."""
    answer = await said(request(way, fields))
    text = answer.body.decode()
    assert (answer.status, answer.content_type) == (400, "text/plain")
    assert text.startswith('Error "')
    assert text.endswith('"')
    return text[7:-1]


# ---------------------------------------------------------------- one argument at a time

NUMBERS = (
    "",
    " ",
    "1e3",
    "1.0",
    "٣",
    " 1",
    "1 ",
    "+1",
    "-1",
    "0x1",
    "1_0",
    "\uff19",
    "¹",
    "1\0",
    "\0",
    "9" * 40,
    "NaN",
)
WORDS = (
    "",
    " ",
    "\0",
    "\r\n",
    "ý",
    "😀",
    "\u202e",
    "\x7f\x80",
    "' OR 1=1 --",
    "%00",
    "../../x",
    "${x}",
    "x" * MEGABYTE,
)
BAD: dict[str, tuple[str, ...]] = {
    "to": (*(n for n in NUMBERS if n != "+1"), *WORDS, "00", "+", "31612345678,31612345679", "31612345678;1", "tel:31"),
    "coding": (*(n for n in NUMBERS if n), *WORDS, "11", "12", "15", "255", "08", "8.0"),
    "username": ("", "x" * 31, "x" * MEGABYTE, "é" * 31),
    "password": ("", "x" * 31, "x" * MEGABYTE),
    "priority": (*NUMBERS, *WORDS, "4", "00", "1,2"),
    "sdt": (*NUMBERS, *WORDS, "0" * 15, "0" * 15 + "r", "0" * 15 + "+", "9" * 15 + "R", "9" * 15 + "+", "0" * 16 + "R"),
    "validity-period": (*NUMBERS, *WORDS, "0", "00", "99999999", "1h"),
    "dlr": (*NUMBERS, *WORDS, "YES", "Yes", "true", "yes "),
    "dlr-url": (
        *NUMBERS, *WORDS, "http", "http:/x", "http://", "https://", "HTTP://c.example/", "ftp://c.example/",
        "file:///etc/passwd", "gopher://c.example/", "javascript:alert(1)", "http://[", "http://[::1", "http://c.example:0x50/",
        "http://c.example:99999/", "http://u:p@c.example/", "http://c.example/\r\nX: 1", "http://c.example/ x",
        "http://c.example\\@127.0.0.1/", "http://127.0.0.1/", "http://localhost./?" + "x" * 3_000, "http://2130706433/",
        "http://0x7f.1/", "http://0177.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1]/", "http://169.254.169.254/",
        "http://10.0.0.1/", "http://é.example/", "http://c.example:25/", "http://" + "x" * MEGABYTE,
    ),
    "dlr-level": (*(n for n in NUMBERS if n), *WORDS, "0", "4", "12", "1,2"),
    "dlr-method": (*NUMBERS, *WORDS, "put", "GETPOST", "get\n", "HEAD"),
    "tags": (" ", "a b", "a;b", "a\0", "é", "a\n", "a" * MEGABYTE, "," * 1_001, "<a>"),
    "from": ("\0", "\r\nX: 1", "é", "😀", "Twelve chars", "1" * 21, "x" * MEGABYTE, "\x7f", "a\tb", "31 612 345 678"),
    "content": ("x" * MEGABYTE, "é" * 50_000, "\0" * 50_000, "😀" * 50_000),
    "hex-content": (" ", "0", "abc", "0g", "0x00", "é0", "00 00", "\0\0", "00" * MEGABYTE, "٣٣"),
    "custom_tlvs": (
        " ", "x", "null", "true", "7", '"x"', "{", "[[", "[1]", "[[]]", "[{}]", "[null]", '{"":1}', '{"x":1}', '{"0x0001":1}',
        '{"0x1401:Int1":256}', '[[5121,1,"Int1",-1]]', '[[5121,1,"x",1]]', '[[5121,1,"Int1",1e300]]', '[[1e300,1,"Int1",1]]',
        '[[5121,1,"OctetString","' + "x" * 256 + '"]]', "[" * 100_000, '{"0x1401":' * 50_000, "\0", '["\\ud800"]',
        "[" + '[5121,1,"Int1",1],' * 64 + '[5121,1,"Int1",1]]', "x" * MEGABYTE, '{"' + "9" * 10_000 + '":1}',
    ),
}  # fmt: skip
UNQUOTED = ("content", "hex-content")
"""A value of these is not told back where it is only too long."""


def shown(value: str) -> str:
    """As ids of tests: short, ASCII."""
    return value.encode("unicode_escape").decode()[:24] + (f"..{len(value)}" if len(value) > 24 else "")


def each() -> Iterator[Any]:
    for name, values in BAD.items():
        for value in dict.fromkeys(values):
            yield pytest.param(name, value, id=f"{name}={shown(value)}")


def test_no_argument_is_forgotten() -> None:
    assert BAD.keys() == SEND.keys()


@pytest.mark.parametrize(("name", "value"), list(each()))
async def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    fields = {**LEAST, name: value}
    if name == "hex-content":
        del fields["content"]
    told = {await refused(way, fields) for way in WAYS}
    assert len(told) == 1, told
    (text,) = told
    assert text.isprintable() or not text.isascii()
    if not (
        name == "hex-content" and (text.startswith("Invalid hex-content data: '") or len(value) > MEGABYTE)
    ):
        assert text.startswith(f"Argument [{name}] has an invalid value: [")
        assert text.endswith("].")


@pytest.mark.parametrize("name", ["to", "username", "password"])
@pytest.mark.parametrize("way", WAYS)
async def test_what_must_be_there(way: str, name: str) -> None:
    fields = {key: value for key, value in LEAST.items() if key != name}
    assert await refused(way, fields) == f"Mandatory argument [{name}] is not found."


@pytest.mark.parametrize("way", WAYS)
async def test_without_any_text(way: str) -> None:
    fields = {key: value for key, value in LEAST.items() if key != "content"}
    assert await refused(way, fields) == "content or hex-content not present."


@pytest.mark.parametrize("name", sorted(SEND))
@pytest.mark.parametrize("way", WAYS)
async def test_a_name_in_other_letters_is_another_name(way: str, name: str) -> None:
    for wrong in (name.upper(), name.capitalize(), f" {name}", f"{name} ", f"{name}[]", f"{name}\0"):
        text = await refused(way, {**LEAST, wrong: "1"})
        assert text == f"Argument [{wrong.replace(chr(0), '')}] is unknown."
    first = await refused(way, {name.upper(): "1", **LEAST})
    assert first == f"Argument [{name.upper()}] is unknown."


@pytest.mark.parametrize(
    "wrong", ["hex_content", "dlr_url", "custom-tlvs", "text", "To", "", "__proto__", "x" * MEGABYTE]
)
@pytest.mark.parametrize("way", WAYS)
async def test_names_that_nobody_knows(way: str, wrong: str) -> None:
    assert await refused(way, {**LEAST, wrong: "1"}) == f"Argument [{wrong[:200]}] is unknown."


@pytest.mark.parametrize("name", sorted(SEND))
async def test_the_first_of_a_repeated_argument_counts(name: str) -> None:
    """Also where only the second one is good: what is charged is what was checked."""
    bad, good = "\0bad\0" * 300, LEAST.get(name, "1")
    if name in ("content", "custom_tlvs"):
        bad = "x" * 60_000 if name == "content" else "x"
    rest = {
        key: value
        for key, value in LEAST.items()
        if key not in (name, "content" if name == "hex-content" else "")
    }
    pairs = [(name, bad), (name, good), *rest.items()]
    answer = await said(HttpRequest("GET", "/send", urlencode(pairs).encode(), (), b"", "198.51.100.7", NOW))
    assert f"Argument [{name}] has an invalid value".encode() in answer.body


# ---------------------------------------------------------------- octets

LOGIN = b"username=rich&password=rich-pass&to=31612345678&"


@pytest.mark.parametrize(
    "octets",
    [
        b"content=%FF", b"content=%C3", b"content=%C0%80", b"content=%ED%A0%80", b"content=%ED%A0%BD%ED%B8%80", b"content=%F4%90%80%80",
        b"content=\xff", b"content=\xe9t\xe9", b"%FF=x&content=x", b"content=x&tags=%80", b"from=%A0&content=x",
    ],
)  # fmt: skip
async def test_what_is_not_utf_8_is_refused(octets: bytes) -> None:
    """A client that writes Latin-1 would else have its text changed without a word."""
    for query, body in ((LOGIN + octets, b""), (b"", LOGIN + octets)):
        answer = await said(HttpRequest("POST", "/send", query, (), body, "198.51.100.7", NOW))
        assert answer.body == b'Error "Argument encoding: an argument is not UTF-8"'


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"%", "%"), (b"%2", "%2"), (b"%zz", "%zz"), (b"100% sure", "100% sure"), (b"%%41", "%A"), (b"%u00e9", "%u00e9"), (b"%25zz", "%zz")],
)  # fmt: skip
async def test_a_percent_sign_that_escapes_nothing_is_one(octets: bytes, text: str) -> None:
    """As Jasmin reads it: clients that forget to escape theirs are many."""
    rig = Rig(DIALECT)
    query = b"username=acme&password=acme-pass&to=31612345678&content=" + octets
    answer = await rig.serve.answer(HttpRequest("GET", "/send", query, (), b"", "192.0.2.1", NOW))
    assert answer.status == 200
    assert (await rig.stored())[0].message.text == text


@pytest.mark.parametrize(
    ("name", "octets"),
    [("to", b"%zz"), ("to", b"3161234567%"), ("priority", b"%3"), ("dlr", b"ye%s"), ("coding", b"%zz"), ("hex-content", b"%0")],
)  # fmt: skip
async def test_and_no_number(name: str, octets: bytes) -> None:
    fields = {
        key: value
        for key, value in LEAST.items()
        if key != name and (name, key) != ("hex-content", "content")
    }
    query = urlencode(fields).encode() + b"&" + name.encode() + b"=" + octets
    answer = await said(HttpRequest("GET", "/send", query, (), b"", "198.51.100.7", NOW))
    assert answer.body == f'Error "Argument [{name}] has an invalid value: [{octets.decode()}]."'.encode()


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n31612345678\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (FORM, b"", "Mandatory arguments not found, please refer to the HTTPAPI specifications."),
        (FORM, b"&&&", "Mandatory arguments not found, please refer to the HTTPAPI specifications."),
        (FORM, b"=", "Argument [] is unknown."),
        (FORM, b"\0", "Argument [] is unknown."),
        (FORM, b"a" * MEGABYTE, f"Argument [{'a' * 200}] is unknown."),
        (FORM, b"a=1&" * 1_001, "Argument encoding: too many arguments"),
        (FORM, b'{"to": "31612345678"}', 'Argument [{"to": "31612345678"}] is unknown.'),
        (FORM, b"<xml/>", "Argument [<xml/>] is unknown."),
        ("multipart/form-data; boundary=b", MULTIPART, "Argument encoding: a body is a form or JSON, not multipart"),
        ("Multipart/Form-Data", LOGIN + b"content=x", "Argument encoding: a body is a form or JSON, not multipart"),
        (JSON, b"", "Mandatory arguments not found, please refer to the HTTPAPI specifications."),
        (JSON, b"{}", "Mandatory arguments not found, please refer to the HTTPAPI specifications."),
        (JSON, b"[]", "Got unparseable json data: Expected `object`, got `array`"),
        (JSON, b"null", "Got unparseable json data: Expected `object`, got `null`"),
        (JSON, b"1", "Got unparseable json data: Expected `object`, got `int`"),
        (JSON, LOGIN + b"content=x", "Got unparseable json data: JSON is malformed: invalid character (byte 0)"),
        (JSON, b"\xef\xbb\xbf{}", "Got unparseable json data: JSON is malformed: invalid character (byte 0)"),
        (JSON, "{}".encode("utf-16"), "Got unparseable json data: JSON is malformed: invalid character (byte 0)"),
        (JSON, b'{"content": "\xff"}', "Argument encoding: an argument is not UTF-8"),
        (JSON, b'{"content": "\xed\xa0\x80"}', "Argument encoding: an argument is not UTF-8"),
        (JSON, b'{"\xff": 1}', "Argument encoding: an argument is not UTF-8"),
        (JSON, b"{'to': 1}", "Got unparseable json data: JSON is malformed: object keys must be strings (byte 1)"),
        (JSON, b'{"to": 1,}', "Got unparseable json data: JSON is malformed: trailing comma in object (byte 9)"),
        (JSON, b'{"to": 1} x', "Got unparseable json data: JSON is malformed: trailing characters (byte 11)"),
        (JSON, b'{"to": NaN}', "Got unparseable json data: JSON is malformed: invalid character (byte 7)"),
    ],
)  # fmt: skip
async def test_bodies(kind: str, body: bytes, told: str) -> None:
    headers = [(b"content-type", kind.encode())]
    answer = await said(HttpRequest("POST", "/send", b"", headers, body, "198.51.100.7", NOW))
    assert (answer.status, answer.body.decode()) == (400, f'Error "{told}"')


@pytest.mark.parametrize(
    "body",
    [b'{"content": "\\ud800"}', b'{"content": "\\udc00x"}', b'{"\\ud800": "1"}',
     b'{"content": "\x01"}', b'{"a": ' * 100_000, b'{"a": ' + b"[" * 100_000, b'{"to": 1e999}', b'{"to": "31612345678", ', b"{" * MEGABYTE],
)  # fmt: skip
async def test_json_that_says_no_text(body: bytes) -> None:
    """Half a surrogate pair, a control character that is not escaped, endless nesting."""
    headers = [(b"content-type", JSON.encode())]
    answer = await said(
        HttpRequest("POST", "/send", LOGIN + b"content=x", headers, body, "198.51.100.7", NOW)
    )
    assert answer.body.startswith(b'Error "Got unparseable json data: ')


@pytest.mark.parametrize(
    "value", [None, True, False, [], {}, [1], ["31612345678", "31612345679"], {"a": "b"}, [[1]] * 500]
)
@pytest.mark.parametrize("name", sorted(SEND.keys() - {"custom_tlvs"}))
async def test_json_values_that_are_neither_text_nor_number(name: str, value: object) -> None:
    fields: dict[str, object] = {**LEAST, name: value}
    if name == "hex-content":
        del fields["content"]
    quoted = json.dumps(value, separators=(",", ":"))[:200]
    assert await refused("json", fields) == f"Argument [{name}] has an invalid value: [{quoted}]."


@pytest.mark.parametrize("value", [1.5, 31612345678.0, 1e22, -1, 10**21, 10**100, -(2**63)])
@pytest.mark.parametrize(
    "name",
    ["to", "coding", "priority", "validity-period", "dlr-level", "dlr", "sdt", "dlr-method", "dlr-url"],
)
async def test_json_numbers_that_fit_nothing(name: str, value: float) -> None:
    text = await refused("json", {**LEAST, name: value})
    assert text.startswith(f"Argument [{name}] has an invalid value: [")


# ---------------------------------------------------------------- logins


@pytest.mark.parametrize(
    ("user", "password"),
    [("rich", "wrong"), ("rich", "RICH-PASS"), ("rich", "rich-pass "), ("rich ", "rich-pass"), ("rich\0", "rich-pass"), ("rich", "rich-pass\0"),
     ("RICH", "rich-pass"), ("nobody", "x"), ("' OR 1=1 --", "x"), ("rich\r\nX: 1", "x"), ("é", "é"), ("😀", "😀"), ("\x7f", "\x80"), ("off", "off-pass")],
)  # fmt: skip
@pytest.mark.parametrize("way", WAYS)
async def test_a_login_that_is_none_tells_nothing_but_the_name(way: str, user: str, password: str) -> None:
    answer = await said(request(way, {**LEAST, "username": user, "password": password}))
    name = "".join(one for one in user if one >= " " and one != "\x7f")
    assert (answer.status, answer.body.decode()) == (
        403,
        f'Error "Authentication failure for username:{name}"',
    )
    assert answer.content_type == "text/plain"


# ---------------------------------------------------------------- /rate


@pytest.mark.parametrize("name", sorted(RATE.keys() & BAD.keys() - {"content"}))
async def test_a_rate_refuses_what_a_sending_refuses(name: str) -> None:
    for value in dict.fromkeys(BAD[name]):
        fields = {**LEAST, name: value}
        if name == "hex-content":
            del fields["content"]
        for way in WAYS:
            answer = await said(request(way, fields, "/rate"))
            assert (answer.status, answer.content_type) == (400, JSON)
            assert isinstance(json.loads(answer.body), str)


# ---------------------------------------------------------------- anything

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_VALUE = (
    _TEXT
    | st.sampled_from(sorted({one for values in BAD.values() for one in values if len(one) < 200}))
    | st.integers().map(str)
)
_FIELDS = st.dictionaries(st.sampled_from(sorted(SEND)) | st.text("abc-\0é", max_size=4), _VALUE, max_size=5)


@settings(deadline=None)
@given(_FIELDS, st.booleans(), st.sampled_from(WAYS), st.sampled_from(["/send", "/rate", "/balance"]))
async def test_any_fields_at_all(fields: dict[str, str], least: bool, way: str, path: str) -> None:
    rig = Rig(DIALECT)
    await rig.pay_in("rich", PAID)
    answer = await rig.serve.answer(request(way, {**LEAST, **fields} if least else fields, path))
    assert rig.faults == []
    assert answer.status in (200, 400, 403, 412)
    kept = await rig.stored()
    taken = path == "/send" and answer.status == 200
    assert len(kept) == taken
    assert await rig.store.balances(["rich"]) == [PAID - 50_000 * sum(one.message.parts for one in kept)]


@settings(deadline=None)
@given(
    st.binary(max_size=120), st.binary(max_size=120), st.sampled_from([FORM, JSON, "", "multipart/x", "\xff"])
)
async def test_any_octets_at_all(query: bytes, body: bytes, kind: str) -> None:
    headers = [(b"content-type", kind.encode("latin-1"))]
    answer = await said(HttpRequest("POST", "/send", LOGIN + b"&to=" + query, headers, body, quote("x"), NOW))
    assert answer.body.startswith(b'Error "')
