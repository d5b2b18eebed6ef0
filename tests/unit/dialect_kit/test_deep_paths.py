"""Paths that stand for all below them, tokens in place of passwords, and acts that only a dialect knows."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.dialect_kit.contract import ActAsk, Dialect, Endpoint, SessionShown, TokenShown
from chappe.dialect_kit.serve import Serve
from chappe.dialect_kit.signed_session import SignedSession, made, version_of
from chappe.domain.account import Token, token_digest
from chappe.domain.refusal import Refusal
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from unit.dialect_kit.serving import core_of, house_of


def request(path: str, query: bytes = b"") -> HttpRequest:
    return HttpRequest("GET", path, query, (), b"", "198.51.100.7", 0)


async def act(_core: Any, login: Any, asked: HttpRequest) -> str:
    return f"{login.account.name if login else 'nobody'} asks {asked.path}"


def render(_ask: Any, outcome: Any, _renderer: Any) -> HttpResponse:
    if isinstance(outcome, Refusal):
        return HttpResponse(401, outcome.reason.word.encode())
    return HttpResponse(200, outcome.encode())


def parse(asked: HttpRequest) -> ActAsk:
    return ActAsk(TokenShown(asked.query.decode()) if asked.query else None, act)


def named(name: str) -> Any:
    return lambda _ask, _outcome, _renderer: HttpResponse(200, name.encode())


def serve(*endpoints: Endpoint) -> Serve:
    house = house_of()
    token = Token(name="key", account="acme", digest=token_digest("word"))
    house.directory.apply([write_entry(Kind.TOKEN, "key", token)])
    plain = HttpResponse(405, b"")
    dialect = Dialect("deep", endpoints, lambda _: None, lambda _: plain, lambda _: plain)  # type: ignore[arg-type,return-value]
    return Serve(core_of(house), [dialect], lambda _name, error: (_ for _ in ()).throw(error))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/a/b", b"exact"),
        ("/a/c", b"one"),
        ("/a/c/d", b"below"),
        ("/a/x/y/z", b"longer"),
        ("/a/x/y", b"below"),
        ("/b/c", b"Not found"),
        ("/", b"Not found"),
    ],
)
async def test_the_longest_path_that_fits_answers(path: str, answer: bytes) -> None:
    served = serve(
        Endpoint(("GET",), "/a/b", parse, named("exact")),
        Endpoint(("GET",), "/a/*", parse, named("one")),
        Endpoint(("GET",), "/a/**", parse, named("below")),
        Endpoint(("GET",), "/a/x/y/**", parse, named("longer")),
    )
    assert (await served.answer(request(path))).body == answer


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [(b"", 200, b"nobody asks /x"), (b"word", 200, b"acme asks /x"), (b"guess", 401, b"bad_credentials")],
)
async def test_an_act_knows_who_asks(query: bytes, status: int, body: bytes) -> None:
    served = serve(Endpoint(("GET",), "/x", parse, render))
    answer = await served.answer(request("/x", query))
    assert (answer.status, answer.body) == (status, body)


# ---------------------------------------------------------------- sessions


@pytest.mark.parametrize(
    ("use", "expires_ms", "answer"),
    [
        ("deep", 1, (200, b"acme asks /a")),
        ("deep", 0, (401, b"bad_credentials")),
        ("other", 1, (401, b"bad_credentials")),
    ],
)
async def test_a_signed_session_in_place_of_a_token(
    use: str, expires_ms: int, answer: tuple[int, bytes]
) -> None:
    serving = serve(
        Endpoint(
            ("GET",), "/a", lambda asked: ActAsk(SessionShown(asked.query.decode(), "deep"), act), render
        )
    )
    core = serving._core
    version = version_of(core.directory.tokens["key"].credential)
    session = SignedSession("key", version, core.clock.now_ms() + expires_ms)
    word = made(core.services.seal_key, use, session)
    response = await serving.answer(request("/a", word.encode()))
    assert (response.status, response.body) == answer


def test_who_shows_no_session_has_no_name() -> None:
    assert SessionShown("x", "deep").username == ""
