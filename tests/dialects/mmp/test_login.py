"""Login: exactly OK or NOK, the ways to show a secret, and sessions that any front can check and that die with it."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chappe.dialect_kit.signed_session import SignedSession, made, version_of
from chappe.dialects.mmp import DIALECT
from chappe.domain.account import Account, Credential
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Entry, Kind
from dialects.http_rig import Rig
from dialects.mmp.core import LEAST, MmpCore, words

HOURS_12 = 12 * 3_600_000


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.row("000-002")
@pytest.mark.parametrize("secret", ["3f0c61bb-d9ab-4b71-9f9e-6a0d6a2c2f11", "acme:acme-pass"])
async def test_a_right_secret_is_ok(secret: str) -> None:
    core = MmpCore(secret)
    assert await core.login() == "OK"
    assert (core.answer.status, core.answer.body) == (200, b"OK")
    assert core.authorization.startswith("Session ")
    assert words(await core.send(LEAST)) == [("ACCEPTED", "OK")]
    assert [stored.message.account for stored in await core.rig.stored()] == ["acme"]


async def test_basic_will_do_as_well() -> None:
    core = MmpCore()
    core.authorization = basic("acme:acme-pass")
    assert await core.login() == "OK"


@pytest.mark.row("000-003")
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer acme:wrong",
        "Bearer nobody:acme-pass",
        "Bearer off:off-pass",
        "Bearer " + "x" * 10_000,
        "Bearer \u00e9\u00ff:\u00fc",
        "bearer",
        "Digest acme",
        "Basic",
        "Basic %%%",
        basic("acme"),
        basic("acme:wrong"),
        "Session",
        "Session x.y",
        "Session " + "." * 600,
        "3f0c61bb-d9ab-4b71-9f9e-6a0d6a2c2f11",
    ],
)
async def test_anything_else_is_nok(authorization: str) -> None:
    core = MmpCore()
    core.authorization = authorization
    assert await core.login() == "NOK"
    assert core.answer.status == 401
    assert ("WWW-Authenticate", 'Bearer realm="mmp"') in core.answer.headers
    assert not any(name == "MMP-Session" for name, _ in core.answer.headers)


async def test_from_a_wrong_place_it_is_as_a_wrong_secret() -> None:
    core = MmpCore("far:far-pass")
    assert await core.login() == "NOK"
    assert core.answer.status == 401


@pytest.mark.row("000-004")
@pytest.mark.row("000-003")
async def test_without_a_login_nothing_is_taken_and_nothing_is_lost() -> None:
    core = MmpCore("wrong")
    sent = await core.send(LEAST, LEAST, LEAST)
    assert words(sent) == [("NOT_LOGGED_IN", "FAIL")] * 3
    assert core.answer.status == 401
    # Of what was sent before a stranger learns nothing, and what it asks for is not called final.
    told = await core.report("a", "b")
    assert words(told) == [("NOT_LOGGED_IN", "WAITING")] * 2
    assert [one["partnerMessageId"] for one in told] == ["a", "b"]
    assert await core.rig.stored() == []


async def test_a_wrong_secret_is_told_before_a_wrong_body() -> None:
    core = MmpCore("wrong")
    for name in ("send", "report"):
        assert await core.call(name, b"{") == {"partnerPacketId": "", "results": []}
        assert core.answer.status == 401


async def test_a_client_that_shows_nothing_is_not_counted_as_a_guesser() -> None:
    core = MmpCore()
    core.authorization = ""
    for _ in range(50):
        assert await core.login() == "NOK"
    core.authorization = "Bearer acme:acme-pass"
    assert await core.login() == "OK"


async def test_a_guesser_is_slowed() -> None:
    core = MmpCore("acme:wrong")
    for _ in range(15):
        assert await core.login() == "NOK"
    core.authorization = "Bearer acme:acme-pass"
    assert await core.login() == "NOK"
    core.rig.clock.seconds += 60
    assert await core.login() == "OK"


# ---------------------------------------------------------------- sessions


def logins(core: MmpCore) -> dict[str, Any]:
    return {
        "user": Credential(username="acme", account="acme", secret_hash="other-pass", version=2),
        "switched off": Credential(username="acme", account="acme", secret_hash="acme-pass", enabled=False),
        "made anew": Credential(username="acme", account="acme", secret_hash="new-pass"),
    }


async def test_a_session_is_good_on_another_front_and_for_twelve_hours() -> None:
    core = MmpCore("acme:acme-pass")
    await core.login()
    other = MmpCore()
    other.authorization = core.authorization
    assert words(await other.send(LEAST)) == [("ACCEPTED", "OK")]
    other.rig.clock.ms += HOURS_12 - 1
    assert words(await other.report("x")) == [("UNKNOWN_ID", "FAIL")]
    other.rig.clock.ms += 1
    assert words(await other.report("x")) == [("NOT_LOGGED_IN", "WAITING")]


@pytest.mark.parametrize("change", ["user", "switched off", "made anew"])
async def test_a_session_dies_with_its_password(change: str) -> None:
    core = MmpCore("acme:acme-pass")
    await core.login()
    core.rig.directory.apply([write_entry(Kind.CREDENTIAL, "acme", logins(core)[change])])
    assert words(await core.send(LEAST)) == [("NOT_LOGGED_IN", "FAIL")]


async def test_a_session_dies_with_its_token_and_its_account() -> None:
    for entry in (
        Entry(Kind.TOKEN, "core", None),
        write_entry(Kind.ACCOUNT, "acme", Account(name="acme", enabled=False)),
        write_entry(Kind.ACCOUNT, "acme", Account(name="acme", allow=("192.0.2.0/24",))),
    ):
        core = MmpCore()
        await core.login()
        core.rig.directory.apply([entry])
        assert words(await core.send(LEAST)) == [("NOT_LOGGED_IN", "FAIL")]


async def test_a_session_gets_no_further_session() -> None:
    core = MmpCore()
    assert await core.login() == "OK"
    assert await core.login() == "NOK"


async def test_a_session_of_another_dialect_is_none_of_this_one() -> None:
    rig = Rig(DIALECT)
    core = MmpCore(rig=rig)
    credential = rig.directory.credentials["acme"]
    session = SignedSession("acme", version_of(credential), rig.clock.ms + 1_000)
    key = rig.serve._core.services.seal_key
    for use, expected in (("mmp", "OK"), ("servicestack", "FAIL")):
        core.authorization = "Session " + made(key, use, session)
        assert [one["apiStatus"] for one in await core.send(LEAST)] == [expected]


async def test_an_altered_session_is_void() -> None:
    core = MmpCore()
    await core.login()
    word = core.authorization.removeprefix("Session ")
    fields, _, signature = word.partition(".")
    later = msgspec.json.encode(["acme", "", 9_999_999_999_999])
    forged = base64.urlsafe_b64encode(later).decode().rstrip("=")
    for wrong in (
        f"{forged}.{signature}",
        f"{fields}.{signature[:-2]}",
        f"{fields}.",
        fields,
        f"{fields}.{signature}.",
        f"{fields} .{signature}",
    ):
        core.authorization = f"Session {wrong}"
        assert words(await core.send(LEAST)) == [("NOT_LOGGED_IN", "FAIL")]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
async def test_another_verb_is_not_taken(method: str) -> None:
    core = MmpCore()
    answer = await core.rig.ask("/mmp/login", method=method, headers={"Authorization": core.authorization})
    assert (answer.status, answer.body) == (405, b"NOK")
    assert ("Allow", "POST") in answer.headers
    for name, word in (("send", "FAIL"), ("report", "WAITING")):
        answer = await core.rig.ask(f"/mmp/{name}", method=method)
        assert answer.status == 405
        assert words(core.results(msgspec.json.decode(answer.body))) == [("BAD_REQUEST", word)]


async def test_another_path_is_not_found() -> None:
    core = MmpCore()
    assert words(core.results(await core.call("destroy"))) == [("NOT_FOUND", "WAITING")]
    assert core.answer.status == 404
