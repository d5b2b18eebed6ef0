"""The XML gateway: all or nothing, plain sentences with 200, nothing read that could hurt."""

from __future__ import annotations

import json

import pytest

from chappe.domain.account import Credential
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.ports.store import StoreFailed
from dialects.cm_rig import NUMBER, TOKEN, UNKNOWN, XML, Cm, document, msg, node, token_of
from dialects.http_rig import NOW

BROKEN = "Error: ERROR Invalid XML"


@pytest.mark.row("001-018", "001-100", "001-079", "001-006", "001-082")
async def test_one_message_is_accepted_without_a_word() -> None:
    rig = Cm()
    assert await rig.said(document(node("<REFERENCE>order0001</REFERENCE>"))) == ""
    (stored,) = await rig.stored()
    message = stored.message
    assert (message.account, message.destination.value, message.source.value) == (
        "shop",
        "33612345678",
        "Chappe",
    )
    assert (message.text, message.reference, message.expires_ms) == (
        "Bonjour",
        "order0001",
        NOW + 4 * 3_600_000,
    )


@pytest.mark.row("001-020", "001-052", "001-053", "001-043")
async def test_every_number_of_every_msg_is_a_message() -> None:
    rig = Cm()
    first = "<MSG><FROM>A</FROM><TO>0033612345671</TO><TO>+33612345672</TO><BODY>one</BODY><REFERENCE>r</REFERENCE></MSG>"
    second = "<MSG><BODY>two</BODY><TO>33612345673</TO><TO>0033612345674</TO><TO>0033612345675</TO><FROM>B</FROM></MSG>"
    assert await rig.said(document(first, second)) == ""
    found = [
        (each.message.destination.value[-1], each.message.text, each.message.reference)
        for each in await rig.stored()
    ]
    assert found == [
        ("1", "one", "r"),
        ("2", "one", "r"),
        ("3", "two", ""),
        ("4", "two", ""),
        ("5", "two", ""),
    ]


@pytest.mark.row("001-056", "001-058", "001-068", "001-069", "001-074", "001-045")
async def test_all_that_a_msg_may_hold() -> None:
    rig = Cm()
    more = (
        "<DCS>8</DCS><MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS>",
        "<MAXIMUMNUMBEROFMESSAGEPARTS>3</MAXIMUMNUMBEROFMESSAGEPARTS><VALIDITY>2h</VALIDITY>",
        "<CUSTOMGROUPING>a</CUSTOMGROUPING><CUSTOMGROUPING2>b</CUSTOMGROUPING2>",
        "<CUSTOMGROUPING3>c</CUSTOMGROUPING3><CHANNEL>SMS</CHANNEL>",
        "<ALLOWEDCHANNELS><CHANNEL>Push</CHANNEL></ALLOWEDCHANNELS><SOMETHING><NEW>x</NEW></SOMETHING>",
    )
    assert await rig.said(document("<TARIFF>150</TARIFF>", node(*more, body="Я" * 198))) == ""
    (stored,) = await rig.stored()
    message = stored.message
    assert (message.parts, message.data_coding, message.expires_ms) == (3, 8, NOW + 7_200_000)
    assert message.extras is not None
    assert message.extras.groupings == ("a", "b", "c")
    assert message.extras.channels == ("sms", "push")
    assert message.extras.tariff == "150"


@pytest.mark.row("001-065", "001-061")
async def test_automatic_coding_by_attribute() -> None:
    rig = Cm()
    for text, charset in (("Bonjour", "gsm7"), ("Καλημέρα" * 9, "ucs2")):
        body = f'<MSG><FROM>A</FROM><TO>{NUMBER}</TO><DCS>0</DCS><BODY TYPE="AUTO">{text}</BODY></MSG>'
        assert await rig.said(document(body)) == ""
        assert (await rig.stored())[-1].message.charset == charset


@pytest.mark.row("001-014", "001-015")
async def test_names_in_any_case_and_values_escaped() -> None:
    rig = Cm()
    text = "\"quotes\" 'apostrophes' <less> & more é"
    escaped = "&quot;quotes&quot; &apos;apostrophes&apos; &lt;less&gt; &amp; more &#233;"
    low = f"<msg><from>A</from><To>{NUMBER}</To><body>{escaped}</body></msg>"
    login = f"<authentication><productToken>{TOKEN}</productToken></authentication>"
    assert await rig.said(f"<messages>{login}{low}</messages>".encode()) == ""
    assert (
        await rig.said(document(f"<MSG><FROM>A</FROM><TO>{NUMBER}</TO><BODY><![CDATA[{text}]]></BODY></MSG>"))
        == ""
    )
    assert [each.message.text for each in await rig.stored()] == [text, text]


async def test_blanks_around_values_are_none_of_theirs_but_a_texts_own_are() -> None:
    rig = Cm()
    one = f"<MSG>\n <FROM> A </FROM>\n <TO>\n{NUMBER}\n</TO><BODY> a  b </BODY>\n</MSG>"
    assert (
        await rig.said(
            document(one, login=f"<AUTHENTICATION><PRODUCTTOKEN>\n {TOKEN} </PRODUCTTOKEN></AUTHENTICATION>")
        )
        == ""
    )
    (stored,) = await rig.stored()
    assert (stored.message.text, stored.message.source.value) == (" a  b ", "A")


# ---------------------------------------------------------------- all or nothing


@pytest.mark.row("001-078", "001-011")
async def test_one_bad_msg_among_many_and_nothing_is_made() -> None:
    rig = Cm()
    await rig.pay_in("trial", 100_000_000)
    bad = node(to="abc")
    said = await rig.said(document(*[node()] * 999, bad, token=token_of("trial")))
    assert said == "Error: ERROR Rejected: Gsm 'abc' is not a number."
    assert await rig.stored() == []
    (quota,) = await rig.store.quotas(["trial"])
    assert quota.amount == 100_000_000


@pytest.mark.row("001-078")
@pytest.mark.parametrize("bad", [node(to="0085212345678"), node(body="x" * 161)])
async def test_what_only_the_core_refuses_stops_the_whole_too(bad: str) -> None:
    rig = Cm()
    assert (await rig.said(document(node(), bad, node()))).startswith("Error: ERROR ")
    assert await rig.stored() == []


@pytest.mark.row("001-026")
async def test_a_thousand_msg_and_no_more() -> None:
    rig = Cm()
    assert await rig.said(document(*[node()] * 1_000)) == ""
    assert len(await rig.stored()) == 1_000
    rig = Cm()
    assert await rig.said(document(*[node()] * 1_001)) == (
        "Error: ERROR A MESSAGES node may hold at most 1000 MSG nodes"
    )
    assert await rig.stored() == []


# ---------------------------------------------------------------- sentences


@pytest.mark.row("001-101", "001-082")
@pytest.mark.parametrize("token", [UNKNOWN, token_of("gone")])
async def test_a_token_of_no_account(token: str) -> None:
    said = await Cm().said(document(node(), token=token))
    assert said == "Error: ERROR No account found for the given authentication"


@pytest.mark.row("001-104")
@pytest.mark.parametrize(
    "login",
    [
        "",
        "<AUTHENTICATION/>",
        "<AUTHENTICATION><PRODUCTTOKEN/></AUTHENTICATION>",
        "<AUTHENTICATION><PRODUCTTOKEN>x</PRODUCTTOKEN></AUTHENTICATION>",
        f"<PRODUCTTOKEN>{TOKEN}</PRODUCTTOKEN>",
        f"<MSG><PRODUCTTOKEN>{TOKEN}</PRODUCTTOKEN></MSG>",
        f"<AUTHENTICATION><PRODUCTTOKEN>{TOKEN}<X/></PRODUCTTOKEN></AUTHENTICATION>",
    ],
)
async def test_no_token_or_none_that_is_a_guid(login: str) -> None:
    assert await Cm().said(document(node(), login=login)) == "Error: ERROR Invalid product token."


@pytest.mark.row("001-102")
async def test_a_trial_account_without_credit() -> None:
    rig = Cm()
    await rig.pay_in("trial", 50_000)
    said = await rig.said(document(node(), node(), token=token_of("trial")))
    assert said == "Error: ERROR Insufficient balance."
    assert await rig.stored() == []


@pytest.mark.row("001-103")
async def test_what_cannot_be_routed() -> None:
    assert await Cm().said(document(node(to="0085212345678"))) == "Error: ERROR Message is unrouteable."


@pytest.mark.row("001-105", "001-025", "001-027")
@pytest.mark.parametrize("sender", ["", "<FROM/>", "<FROM> </FROM>"])
async def test_no_from(sender: str) -> None:
    one = f"<MSG>{sender}<TO>{NUMBER}</TO><BODY>x</BODY></MSG>"
    assert await Cm().said(document(one)) == "Error: ERROR No FROM field found in a MSG node."


@pytest.mark.row("001-106")
async def test_no_msg() -> None:
    said = "Error: ERROR A MESSAGES node requires at least one MSG node"
    assert await Cm().said(document()) == said
    assert await Cm().said(document("<OTHER/>")) == said


@pytest.mark.row("001-107", "001-025")
@pytest.mark.parametrize("to", ["", "<TO/>", "<TO> </TO>", f"<TO><X>{NUMBER}</X></TO>"])
async def test_no_number(to: str) -> None:
    one = f"<MSG><FROM>A</FROM>{to}<BODY>x</BODY></MSG>"
    if "<X>" in to:
        # Whatever stands within a value is no part of it, and what is left is no value.
        assert (await Cm().said(document(one))).startswith("Error: ERROR ")
        return
    assert await Cm().said(document(one)) == "Error: ERROR No phone numbers found. Message will not be sent."


@pytest.mark.row("001-108", "001-031", "001-032")
@pytest.mark.parametrize("number", ["abc", "0612345678", "0033612345678,0033612345679", "9" * 30])
async def test_what_is_no_number(number: str) -> None:
    assert (
        await Cm().said(document(node(to=number)))
        == f"Error: ERROR Rejected: Gsm '{number}' is not a number."
    )


@pytest.mark.row("001-025", "001-033")
@pytest.mark.parametrize(
    ("body", "said"),
    [("", "No body was found in a MSG node."), ("<BODY/>", "A body without content was found")],
)
async def test_no_body(body: str, said: str) -> None:
    one = f"<MSG><FROM>A</FROM><TO>{NUMBER}</TO>{body}</MSG>"
    assert await Cm().said(document(one)) == f"Error: ERROR {said}"


@pytest.mark.row("001-048")
async def test_a_text_of_more_parts_than_one() -> None:
    assert await Cm().said(document(node(body="x" * 161))) == (
        "Error: ERROR Maximum number of parts exceeded. (need at least 2, max is 1)"
    )


@pytest.mark.row("001-042")
async def test_a_reference_beside_the_document_says_nothing() -> None:
    rig = Cm()
    response = await rig.ask(f"{XML}?reference=beside", method="POST", body=document(node()))
    assert (response.status, response.body) == (200, b"")
    assert (await rig.stored())[0].message.reference == ""


@pytest.mark.row("001-099")
async def test_a_fault_of_ours() -> None:
    rig = Cm()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    rig.store.accept = broken  # type: ignore[method-assign, assignment]
    assert await rig.said(document(node())) == "Error: ERROR Unknown error"
    assert len(rig.faults) == 1

    async def failed(*_: object, **__: object) -> None:
        raise StoreFailed("the disk is gone")

    rig.store.accept = failed  # type: ignore[method-assign, assignment]
    assert await rig.said(document(node())) == "Error: ERROR Unknown error"


@pytest.mark.row("001-098", "001-086")
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_verbs(method: str) -> None:
    response = await Cm().ask(XML, method=method)
    assert (response.status, response.body) == (400, b"")


# ---------------------------------------------------------------- the older login


async def test_a_user_with_a_password() -> None:
    rig = Cm()
    rig.directory.apply(
        [
            write_entry(
                Kind.CREDENTIAL, "brand", Credential(username="brand", account="shop", secret_hash="word")
            )
        ]
    )
    login = '<CUSTOMER ID="12345"/><USER LOGIN="brand" PASSWORD="{}"/>'
    assert await rig.said(document(node(), login=login.format("word"))) == ""
    assert (await rig.stored())[0].message.user == "brand"
    said = await rig.said(document(node(), login=login.format("other")))
    assert said == "Error: ERROR No account found for the given authentication"


# ---------------------------------------------------------------- what is not read


@pytest.mark.row("001-013", "001-016", "001-015")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"<MESSAGES>",
        b"<MESSAGES/><MESSAGES/>",
        b"<MESSAGE/>",
        document(node()).replace(b"<FROM>Chappe</FROM>", b"<FROM>Chappe</TO>"),
        document(node()).replace(b"Bonjour", b"a & b"),
        document(node()).replace(b"Bonjour", b"a < b"),
        document(node()).replace(b"Bonjour", b"&eacute;"),
        document(node()).replace(b"Bonjour", b"&#0;"),
        document(node()).replace(b"Bonjour", b"a\x00b"),
        document(node()).replace(b"Bonjour", b"caf\xe9"),
        document(node()).replace(b'"utf-8"', b'"iso-8859-1"').replace(b"Bonjour", b"caf\xe9"),
        document(node()).decode().encode("utf-16"),
        document(node()).replace(b"Bonjour", b"\xed\xa0\x80"),
        document(node())[:-5],
        document(node()) + b"x",
        json.dumps({"messages": {"authentication": {"productToken": TOKEN}, "msg": [msg()]}}).encode(),
    ],
)
async def test_what_is_no_document(body: bytes) -> None:
    rig = Cm()
    assert await rig.said(body) == BROKEN
    assert await rig.stored() == []
    assert rig.faults == []


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", "us-ascii", "iso-8859-1", "windows-1252", "x-unknown"])
async def test_whatever_a_declaration_says_it_is_utf_8(name: str) -> None:
    rig = Cm()
    octets = document(node(body="é Я")).replace(b'"utf-8"', f'"{name}"'.encode()).replace(b"Bonjour", b"x")
    assert await rig.said(octets) == ""
    assert (await rig.stored())[0].message.text == "é Я"


BOMBS = {
    "ten laughs": '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>",
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>',
    "a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "a host": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;]>',
    "an outer DTD": '<!DOCTYPE MESSAGES SYSTEM "http://127.0.0.1:1/x.dtd">',
    "an empty DTD": "<!DOCTYPE MESSAGES>",
}


@pytest.mark.parametrize("bomb", list(BOMBS.values()), ids=list(BOMBS))
async def test_nothing_of_a_dtd_is_read(bomb: str) -> None:
    rig = Cm()
    octets = document(node(body="x")).replace(b"<MESSAGES>", bomb.encode() + b"<MESSAGES>", 1)
    assert await rig.said(octets.replace(b"<BODY>x", b"<BODY>&a;&j;")) == BROKEN
    assert await rig.said(octets) == BROKEN
    assert await rig.stored() == []


@pytest.mark.parametrize(
    "body",
    [
        b"<MESSAGES>" + b"<A>" * 200_000,
        b"<MESSAGES>" + b"<A>" * 9 + b"</A>" * 9 + b"</MESSAGES>",
        b"<MESSAGES>" + b"<A/>" * 60_001 + b"</MESSAGES>",
        b"<MESSAGES " + b" ".join(b'a%d="x"' % at for at in range(50_000)) + b">",
        b"<" + b"A" * 2_000_000,
        b"<!--" + b"-" * 2_000_000,
        b"<![CDATA[" + b"x" * 2_000_000,
    ],
)
async def test_depth_and_size_end_somewhere(body: bytes) -> None:
    rig = Cm()
    assert await rig.said(body) == BROKEN
    assert rig.faults == []


async def test_a_text_of_two_megabytes() -> None:
    said = await Cm().said(document(node(body="x" * 2_000_000)))
    assert said == "Error: ERROR Maximum number of parts exceeded. (need at least 13072, max is 1)"
