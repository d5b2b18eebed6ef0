"""Signatures, and whatever else may stand in a path: one answer of the dialect, nothing stored, no trace."""

from __future__ import annotations

import hashlib
import hmac
import random

import pytest

from chappe.domain.account import Account, Token, token_digest
from chappe.domain.instance import Instance
from chappe.domain.refusal import Right
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpRequest
from dialects.messangi.caller import (
    BASE,
    CODE,
    KEY,
    NUMBER,
    OTHER_KEY,
    OTHER_SECRET,
    SECRET,
    Caller,
    b64,
    read,
    signed,
    static,
    url,
)

DENIED = ("BAD_SIGNATURE", "Invalid signature, access denied")
PARAMETERS = f"43/{CODE}/null/{NUMBER}/{b64('hello')}"
GOOD = url("sendMT", "43", CODE, "null", NUMBER, b64("hello"))


async def denied(caller: Caller, target: str | bytes, method: str = "sendMT") -> None:
    response = await caller.ask("GET", target)
    assert static(response) == (200, method, *DENIED), target
    assert await caller.rig.stored() == []
    assert caller.rig.faults == []


@pytest.mark.row("004-009")
@pytest.mark.parametrize(
    "key", ["nobody", "", "%00", "%FF%FE", OTHER_KEY, "no-secret", KEY + "x", KEY[:-1], "a" * 5_000, "../.."]
)
async def test_an_unknown_key_and_anothers_get_the_same_answer(key: str) -> None:
    await denied(Caller(), f"{BASE}/sendMT/{PARAMETERS}/{key.replace('/', '%2F')}/{signed(PARAMETERS)}")


async def test_a_key_without_a_secret_signs_nothing() -> None:
    caller = Caller()
    for secret in ("", "no-secret", "acme-pass"):
        await denied(caller, url("sendMT", *PARAMETERS.split("/"), key="no-secret", secret=secret))


@pytest.mark.row("004-010")
@pytest.mark.row("004-053")
async def test_the_rule_of_the_signature_by_outside_vectors() -> None:
    key, secret = "my-public-key", "my-private-key"
    caller = Caller()
    caller.rig.directory.apply(
        [
            write_entry(
                Kind.TOKEN, "mg", Token(name="mg", account="acme", digest=token_digest(key), secret=secret)
            ),
            write_entry(Kind.INSTANCE, "7", Instance(number="7", account="acme", carriers={"2": "20404"})),
        ]
    )
    # Of a client in production: its own test's keys, parameters and signature.
    target = (
        f"/mmc/rest/api/sendMT/7/2020/2/18765422035/U2ltcGxlIE1lc3NhZ2Ug4pi6/{key}/"
        "f69bc6a924480d3ed82970d9679c4be90589bd3064add51c47e8bf50a211d55f"
    )
    assert static(await caller.get(target)) == (200, "sendMT", "ERROR", "No route for this number")
    assert static(await caller.get(target[:-1] + "e"))[2:] == DENIED


@pytest.mark.row("004-010")
async def test_any_one_character_of_a_signed_path_changed_is_refused() -> None:
    chance = random.Random(4)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+./~%"
    caller = Caller()
    start = len(f"{BASE}/sendMT/")
    for at in range(start, len(GOOD)):
        for letter in chance.sample(letters, 12):
            mutated = GOOD[:at] + letter + GOOD[at + 1 :]
            if mutated == GOOD or mutated.lower() == GOOD.lower():
                # Of keys and signatures the case does not count.
                continue
            response = await caller.get(mutated)
            assert response.status in (200, 404), mutated
            assert read(response)["status"] in ("BAD_SIGNATURE", "ERROR"), mutated
            assert response.status == 404 or read(response)["status"] == "BAD_SIGNATURE", mutated
    assert await caller.rig.stored() == []
    assert caller.rig.faults == []


@pytest.mark.row("004-010")
@pytest.mark.parametrize("which", range(5))
async def test_any_parameter_changed_under_the_same_signature_is_refused(which: int) -> None:
    other = ["44", "19893653744", "7", "31612345679", b64("hell0")]
    given = PARAMETERS.split("/")
    given[which] = other[which]
    await denied(Caller(), f"{BASE}/sendMT/{'/'.join(given)}/{KEY}/{signed(PARAMETERS)}")


@pytest.mark.row("004-010")
async def test_no_other_kind_of_signature_is_taken() -> None:
    caller = Caller()
    loose = (
        PARAMETERS,
        PARAMETERS + SECRET,
        SECRET + PARAMETERS,
        f"sendMT/{PARAMETERS}",
        f"{PARAMETERS}/{KEY}",
    )
    plain = [hashlib.sha256(text.encode()).hexdigest() for text in loose]
    right = signed(PARAMETERS)
    for signature in (
        *plain,
        signed(f"/{PARAMETERS}"),
        signed(f"{PARAMETERS}/"),
        signed(f"sendMT/{PARAMETERS}"),
        signed(f"{PARAMETERS}/{KEY}"),
        signed(PARAMETERS, OTHER_SECRET),
        right[:63],
        right + "0",
        right[:32],
        "",
        "0" * 64,
        f"%20{right}",
        f"{right}%0A",
        b64(bytes.fromhex(right)),
        b64(bytes.fromhex(right), standard=True).replace("/", "%2F"),
        "\u0661".encode().decode("latin-1") * 64,
        "f" * 10_000,
    ):
        await denied(caller, f"{BASE}/sendMT/{PARAMETERS}/{KEY}/{signature}".encode("latin-1"))


async def test_the_case_of_the_digits_does_not_count() -> None:
    caller = Caller()
    assert static(await caller.get(GOOD[:-64] + GOOD[-64:].upper()))[2] == "OK"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("a b", "a%20b"),
        ("^OG.*", "%5EOG.*"),
        ("^OG.*", "^OG.*"),
        ("%5EOG.*", "%5EOG.*"),
        ("é", "%C3%A9"),
        ("é", "%c3%a9"),
        ("k=v&w=1,2", "k%3Dv%26w%3D1%2C2"),
        ("+", "%2B"),
        ("+", "+"),
    ],
)
async def test_what_http_stacks_rewrite_on_the_way_still_verifies(written: str, sent: str) -> None:
    parameters = f"43/1/10/{written}"
    target = f"{BASE}/tools/getMOMessages/43/1/10/{sent}/{KEY}/{signed(parameters)}"
    assert static(await Caller().get(target)) == (200, "getMOMessages", "OK", "Completed")


async def test_signed_as_sent_or_as_meant_and_not_otherwise() -> None:
    caller = Caller()
    for told in ("a%2520b", "a+b", "a%20b"):
        await denied(
            caller,
            f"{BASE}/tools/getMOMessages/43/1/10/{told}/{KEY}/{signed('43/1/10/a  b')}",
            "getMOMessages",
        )


async def test_an_address_that_may_not_come_and_too_many_guesses_look_like_a_wrong_signature() -> None:
    caller = Caller()
    far = Account(name="acme", allow=("192.0.2.0/24",))
    caller.rig.directory.apply([write_entry(Kind.ACCOUNT, "acme", far)])
    await denied(caller, GOOD)
    assert static(await caller.get(GOOD, address="192.0.2.9"))[2] == "OK"
    bad = f"{BASE}/sendMT/{PARAMETERS}/nobody/{signed(PARAMETERS)}"
    answers = {(await caller.get(bad)).body for _ in range(200)}
    assert len(answers) == 1


async def test_an_account_that_is_off_or_has_lost_its_right() -> None:
    caller = Caller()
    caller.rig.directory.apply([write_entry(Kind.ACCOUNT, "acme", Account(name="acme", enabled=False))])
    await denied(caller, GOOD)
    caller.rig.directory.apply([write_entry(Kind.ACCOUNT, "acme", Account(name="acme", may_send=False))])
    assert static(await caller.get(GOOD))[2:] == ("ERROR", "This account may not send messages")
    bound = Account(name="acme", denied=(Right.SOURCE_ADDRESS,))
    caller.rig.directory.apply([write_entry(Kind.ACCOUNT, "acme", bound)])
    assert static(await caller.get(GOOD))[2:] == ("ERROR", "Not authorized: Setting source address")


async def test_refusals_have_their_status() -> None:
    caller = Caller()
    caller.rig.directory.apply([write_entry(Kind.ACCOUNT, "acme", Account(name="acme", throughput=1.0))])
    caller.change("43", replay_seconds=0)
    assert static(await caller.get(GOOD))[2] == "OK"
    assert static(await caller.get(GOOD)) == (
        429, "sendMT", "ERROR", "Too many requests: more than 1 messages a second",
    )  # fmt: skip
    caller.rig.clock.seconds = 10.0
    caller.rig.store.full = True
    assert static(await caller.get(GOOD)) == (503, "sendMT", "ERROR", "The message cannot be taken now")
    caller.rig.store.full = False
    lost = url("sendMT", "43", CODE, "null", "99123", b64("x"))
    assert static(await caller.get(lost)) == (503, "sendMT", "ERROR", "The carrier cannot be reached now")
    long = url("sendMT", "43", CODE, "null", NUMBER, b64("x" * 39_999))
    assert static(await caller.get(long))[2] == "ERROR"
    assert static(await caller.get(long))[3].startswith("Invalid parameter: text (the text needs 262 parts")


async def test_a_fault_of_ours_is_told_in_xml_and_nothing_of_it() -> None:
    caller = Caller()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    caller.rig.store.accept = broken  # type: ignore[method-assign, assignment]
    assert static(await caller.get(GOOD)) == (500, "sendMT", "ERROR", "Internal error")
    assert len(caller.rig.faults) == 1


# ---------------------------------------------------------------- paths


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/messangi_mmc", ""),
        ("/mmc/", ""),
        ("/rest/api", ""),
        (f"{BASE}", ""),
        (f"{BASE}/", ""),
        (f"{BASE}/x/y", "x"),
        (f"{BASE}/tools", ""),
        (f"{BASE}/tools/", ""),
        (f"{BASE}//tools/sendSMS/1/2/3/4/5/6/7", ""),
        (f"{BASE}/sendSMS/43/null/2020/1/dGV4dA/k/s", "sendSMS"),
        (f"{BASE}/tools/sendMT/43/null/2020/1/dGV4dA/k/s", "sendMT"),
        (f"{BASE}/SENDMT/43/null/2020/1/dGV4dA/k/s", "SENDMT"),
        (f"{BASE}/sendMT", "sendMT"),
        (f"{BASE}/sendMT/43/2020/null/1/{KEY}/sig", "sendMT"),
        (f"{BASE}/tools/getMessage/43/1/2/{KEY}/sig", "getMessage"),
        (f"{BASE}/fireMessage/43/31612345678/{KEY}/sig", "fireMessage"),
        (f"{BASE}/tools/sendSMSPinMobileNumberConfirm/43/null/2020/1/dGV4dA/{KEY}/sig", "sendSMSPinMobileNumberConfirm"),
        (f"{BASE}/%FF/1/2/3/4/5/6/7", ""),
        (f"{BASE}/<b>/1/2/3/4/5/6/7", "<b>"),
        (f"{BASE}/sendMT%2F43%2F2020/null/1/2/3/4", "sendMT/43/2020"),
    ],
)  # fmt: skip
async def test_what_is_no_call_is_not_found_in_xml(path: str, method: str) -> None:
    caller = Caller()
    response = await caller.get(path)
    assert response.status == 404
    assert (read(response)["input"], read(response)["status"]) == (method, "ERROR")
    assert caller.rig.faults == []


@pytest.mark.parametrize("verb", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "x" * 500])
async def test_other_verbs(verb: str) -> None:
    caller = Caller()
    response = await caller.ask(verb, GOOD)
    assert static(response)[:3] == (405, "sendMT", "ERROR")
    assert ("Allow", "GET, POST") in response.headers
    assert await caller.rig.stored() == []


async def test_a_message_is_not_fired_by_get_without_its_text() -> None:
    caller = Caller()
    assert static(await caller.get(url("fireMessage", "43")))[:3] == (405, "fireMessage", "ERROR")


async def test_a_query_is_no_part_of_it() -> None:
    caller = Caller()
    assert static(await caller.get(f"{GOOD}?_=1790000000000&x=%FF"))[2] == "OK"
    assert static(await caller.get(f"{GOOD}#top"))[2] == "OK"


async def test_a_path_without_what_came_over_the_wire() -> None:
    caller = Caller()
    request = HttpRequest("GET", GOOD, b"", (), b"", "192.0.2.1", caller.rig.clock.ms)
    assert static(await caller.rig.serve.answer(request))[2] == "OK"


HOSTILE = [
    b"", b"%", b"%zz", b"%00", b"%FF", b"%C0%AF", b"..", b"%2e%2e%2f", b"null", b"-1", b"0", b"1e9", b"999999999999999999999",
    b"\xff\xfe", b"\xc3\xa9", b"'; DROP TABLE message;--", b"<script>", b"%0d%0aX: 1", b"a" * 20_000, b"====", b"AAA", b"A",
    b"%F0%9F%9A%80", b"{PIN}", b"+", b"%2B31", b"31 6", b"NaN", b"%E2%80%AE", b"&&&===", b"(((((a+)+)+)+)+$", b"[", b"keyword=(",
    b"keyword=" + b"(a{1,1000}){1,1000}", b"from=x", b"order=up", b"page", b"\\x", b"%u0041",
]  # fmt: skip
SHAPES = [
    ("sendMT", [b"43", CODE.encode(), b"null", NUMBER.encode(), b64("x").encode()]),
    ("tools/sendSMS", [b"43", b"null", CODE.encode(), b64(NUMBER).encode(), b64("x").encode()]),
    (
        "tools/sendSMSPinMobileNumberConfirm",
        [b"43", b"null", CODE.encode(), NUMBER.encode(), b64("x").encode(), b"6"],
    ),
    ("tools/verifySMSPinMobileNumberConfirm", [b"43", NUMBER.encode(), b"123456"]),
    ("fireMessage", [b"43", NUMBER.encode(), b64("x").encode()]),
    ("tools/getMOMessages", [b"43", b"1", b"10", b"null"]),
    ("tools/getMessage", [b"43", b"1"]),
    ("tools/messageReport", [b"43", b"0", b"1", b"1", b"10", b"null"]),
]


@pytest.mark.parametrize("shape", SHAPES, ids=[name for name, _ in SHAPES])
async def test_each_parameter_wrong_in_every_way_and_rightly_signed(shape: tuple[str, list[bytes]]) -> None:
    method, given = shape
    caller = Caller()
    for at in range(len(given)):
        for value in HOSTILE:
            parameters = b"/".join([*given[:at], value, *given[at + 1 :]])
            signature = hmac.new(SECRET.encode(), parameters, hashlib.sha256).hexdigest()
            target = f"{BASE}/{method}/".encode() + parameters + f"/{KEY}/{signature}".encode()
            for verb in ("GET", "POST"):
                response = await caller.ask(verb, target)
                told = read(response)
                assert response.status in (200, 404, 429, 503), (at, value, response)
                assert told["status"] in ("OK", "ERROR", "BAD_SIGNATURE")
                assert len(response.body) < 50_000
                assert b"Traceback" not in response.body
    assert caller.rig.faults == []
