"""From a request to its response: whatever goes wrong on the way, a client gets an answer in its own dialect."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pytest

from chappe.dialect_kit.contract import EVERYTHING, Endpoint, PlainAsk
from chappe.dialect_kit.serve import NOT_FOUND, Serve
from chappe.domain.account import Account
from chappe.domain.message import Message, Taken
from chappe.ports.ledger import Quota
from chappe.ports.store import StoreBusy, StoreFailed
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from chappe.stores.memory.store import MemoryStore
from unit.dialect_kit.serving import core_of, dialect_of, house_of, parse_ping, render, request, verify
from unit.pipeline.rig import Rig


class Served:
    """One dialect served over a house; faults are kept."""

    def __init__(self, house: Rig | None = None) -> None:
        self.house = house or house_of()
        self.faults: list[tuple[str, str]] = []
        self.serve = Serve(core_of(self.house), [dialect_of()], self.fault)

    def fault(self, dialect: str, error: BaseException) -> None:
        self.faults.append((dialect, str(error)))

    async def ask(self, path: str, query: str = "", **given: str) -> tuple[int, str]:
        response = await self.serve.answer(request(path, query, **given))
        return response.status, response.body.decode()


async def test_a_submission_is_answered_with_ids_that_can_be_found_again() -> None:
    served = Served()
    status, body = await served.ask("/send", "text=one|two")
    assert status == 200
    ids = [core_of(served.house).renderer.parse(word) for word in body.split()]
    texts = [found.message.text for found in await served.house.store.messages(ids) if found]  # type: ignore[arg-type]
    assert texts == ["one", "two"]
    found = await served.house.found(ids[0] or 0)
    assert (found.message.dialect, found.message.user) == ("plain", "acme")


async def test_each_message_has_its_own_answer_and_whole_has_one() -> None:
    served = Served(house_of(Account(name="acme", max_parts=1)))
    _, body = await served.ask("/send", f"text=short|{'x' * 200}")
    assert body.split()[1] == "too_many_parts"
    assert len(body.split()[0]) == 32
    assert await served.ask("/send", f"whole&text=short|{'x' * 200}") == (
        200,
        "too_many_parts too_many_parts",
    )


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        ("/ping", "", (200, "pong")),
        ("/send", "", (400, "no text")),
        ("/send", "text=x&p=wrong", (403, "bad_credentials")),
        ("/send", "text=x&u=nobody", (403, "bad_credentials")),
        ("/rate", "text=x", (200, "1 10000")),
        ("/rate", "text=x&p=wrong", (403, "bad_credentials")),
        ("/balance", "", (200, "acme None")),
        ("/balance", "p=wrong", (403, "bad_credentials")),
        ("/nothing", "", (404, "Not found")),
        ("/send/", "text=x", (404, "Not found")),
        ("", "", (404, "Not found")),
    ],
)
async def test_answers(path: str, query: str, answer: tuple[int, str]) -> None:
    served = Served()
    assert await served.ask(path, query) == answer
    assert served.faults == []


async def test_a_known_path_asked_with_another_verb_gets_the_dialects_answer() -> None:
    served = Served()
    assert await served.ask("/ping", method="DELETE") == (405, "DELETE")
    assert (await served.ask("/send", "text=x", method="POST"))[0] == 200


@pytest.mark.parametrize("query", ["text=crash", "text=unrenderable", "text=%ff"])
async def test_what_nobody_foresaw_is_told_and_answered(query: str) -> None:
    served = Served()
    assert await served.ask("/send", query) == (500, "sorry")
    assert [dialect for dialect, _ in served.faults] == ["plain"]


@pytest.mark.parametrize(
    ("rights", "path", "word"),
    [
        ({"may_ask_rate": False}, "/rate", "may_not_ask_rate"),
        ({"may_ask_balance": False}, "/balance", "may_not_ask_balance"),
        ({"may_send": False}, "/send", "may_not_send"),
    ],
)
async def test_what_an_account_may_not_do(rights: dict[str, bool], path: str, word: str) -> None:
    served = Served(house_of(Account(name="acme", **rights)))  # type: ignore[arg-type]
    assert (await served.ask(path, "text=x"))[1] == word


async def test_a_balance_is_told_where_one_is_kept() -> None:
    served = Served(house_of(Account(name="acme", charged=True)))
    await served.house.pay_in(12_345)
    assert await served.ask("/balance") == (200, "acme 12345")


async def test_requests_that_submit_nothing_are_counted_by_what_came_of_them() -> None:
    served = Served(house_of(Account(name="acme", may_ask_rate=False)))
    for path, query in (("/balance", ""), ("/rate", "text=x"), ("/send", "")):
        await served.ask(path, query)
    counts = served.house.meter.by_label
    assert counts["http_answered", "plain"] == 1
    assert counts["http_refused", "plain:may_not_ask_rate"] == 1
    assert counts["http_bad_requests", "plain"] == 1


class Broken(MemoryStore):
    """A store whose every answer is this error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def quotas(self, accounts: Sequence[str]) -> list[Quota]:
        raise self._error

    async def accept(self, batch: Sequence[Message], *, whole: bool = False) -> list[Taken]:
        raise self._error


async def test_a_store_without_room_is_a_refusal_and_one_that_failed_a_fault() -> None:
    charged = Account(name="acme", charged=True)
    busy = Served(house_of(charged, store=Broken(StoreBusy("the disk is full"))))
    assert await busy.ask("/balance") == (403, "store_busy")
    assert await busy.ask("/send", "text=x") == (200, "store_busy")
    assert busy.faults == []
    failed = Served(house_of(charged, store=Broken(StoreFailed("sync failed"))))
    assert await failed.ask("/balance") == (500, "sorry")
    assert failed.faults == [("plain", "sync failed")]
    assert await failed.ask("/send", "text=x") == (200, "internal")


async def test_the_address_of_a_client_is_judged() -> None:
    served = Served(house_of(Account(name="acme", allow=("192.0.2.0/24",))))
    assert await served.ask("/balance") == (403, "address_not_allowed")
    assert await served.ask("/balance", address="192.0.2.9") == (200, "acme None")


async def test_a_login_is_verified_once_and_then_remembered() -> None:
    verified: list[str] = []

    async def counting(secret_hash: str, password: str) -> bool:
        verified.append(password)
        return await verify(secret_hash, password)

    serve = Serve(core_of(house_of(), counting), [dialect_of()], lambda *_: None)
    for _ in range(3):
        assert (await serve.answer(request("/send", "text=x"))).status == 200
    assert verified == ["right"]


# ---------------------------------------------------------------- how dialects are put together


def endpoint(path: str, *methods: str) -> Endpoint:
    return Endpoint(methods or ("GET",), path, parse_ping, render)


def served(*dialects: tuple[str, Endpoint]) -> Serve:
    return Serve(core_of(house_of()), [dialect_of(name, one) for name, one in dialects], lambda *_: None)


def test_two_dialects_cannot_have_the_same_path() -> None:
    with pytest.raises(ValueError, match="two and one both want /send"):
        served(("one", endpoint("/send")), ("two", endpoint("/send", "POST")))


def test_a_dialect_cannot_serve_one_verb_of_a_path_twice() -> None:
    twice = dialect_of("one", endpoint("/send", "GET", "POST"), endpoint("/send", "POST"))
    with pytest.raises(ValueError, match="one serves POST /send twice"):
        Serve(core_of(house_of()), [twice], lambda *_: None)


async def test_dialects_stand_beside_one_another() -> None:
    both = served(("one", endpoint("/a")), ("two", endpoint("/b")))
    assert [(await both.answer(request(path))).status for path in ("/a", "/b", "/c")] == [200, 200, 404]


async def test_even_a_wrong_method_that_fails_is_answered() -> None:
    def fail(_request: object) -> HttpResponse:
        raise RuntimeError("nobody foresaw this")

    plain = dialect_of()
    broken = type(plain)(plain.name, plain.endpoints, plain.writer, fail, plain.fault)
    told: list[str] = []
    serve = Serve(core_of(house_of()), [broken], lambda name, _error: told.append(name))
    assert (await serve.answer(request("/ping", method="PUT"))).status == 500
    assert told == ["plain"]


def test_a_path_of_nobody_gets_a_plain_answer() -> None:
    assert (NOT_FOUND.status, NOT_FOUND.content_type) == (404, "text/plain; charset=utf-8")


# ---------------------------------------------------------------- faces and paths


def facing(*endpoints: Endpoint) -> Serve:
    return Serve(core_of(house_of()), [dialect_of("plain", *endpoints)], lambda _name, _error: None)


def says(word: str) -> Callable[[HttpRequest], PlainAsk]:
    return lambda _request: PlainAsk(HttpResponse(200, word.encode()))


async def body(serve: Serve, path: str, method: str = "GET") -> str:
    return (await serve.answer(request(path, method=method))).body.decode()


async def test_a_listener_of_one_face_serves_what_shows_itself_there() -> None:
    serve = facing(
        Endpoint(("GET",), "/both", says("both"), render),
        Endpoint(("GET",), "/a", says("a"), render, ("a", EVERYTHING)),
        Endpoint(("GET",), "/hidden", says("hidden"), render, ("a",)),
        Endpoint(("GET",), "/same", says("same as a"), render, ("a",)),
        Endpoint(("GET",), "/same", says("same as b"), render, ("b",)),
        Endpoint(("GET",), "/same", says("same"), render, (EVERYTHING,)),
    )
    assert serve.faces() == ["a", "b"]
    a, b, nothing = serve.facing("a"), serve.facing("b"), NOT_FOUND.body.decode()
    paths = ("/both", "/a", "/hidden", "/same")
    assert [await body(serve, path) for path in paths] == ["both", "a", nothing, "same"]
    assert [await body(a, path) for path in paths] == ["both", "a", "hidden", "same as a"]
    assert [await body(b, path) for path in paths] == ["both", nothing, nothing, "same as b"]


def test_a_face_that_nobody_has_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no face 'c', only a"):
        facing(Endpoint(("GET",), "/a", says("a"), render, ("a",))).facing("c")


async def test_a_star_stands_for_the_last_part_of_a_path() -> None:
    serve = facing(
        Endpoint(("GET",), "/x/*", lambda asked: PlainAsk(HttpResponse(200, asked.path.encode())), render),
        Endpoint(("DELETE",), "/x/*", says("gone"), render),
        Endpoint(("GET",), "/x/known", says("known"), render),
    )
    assert await body(serve, "/x/7") == "/x/7"
    assert await body(serve, "/x/7", "DELETE") == "gone"
    assert await body(serve, "/x/7", "PUT") == "PUT"
    assert await body(serve, "/x/known") == "known"
    for path in ("/x/", "/x", "/x/7/8", "/7"):
        assert (await serve.answer(request(path))).status == 404


async def test_a_dialect_may_have_its_own_answer_to_unknown_paths() -> None:
    def lost(asked: HttpRequest, face: str) -> HttpResponse | None:
        return HttpResponse(404, f"{face} lost".encode()) if asked.path.startswith("/ours/") else None

    dialect = dataclasses.replace(dialect_of(), not_found=lost)
    serve = Serve(core_of(house_of()), [dialect], lambda _name, _error: None)
    assert await body(serve, "/ours/x") == "everything lost"
    assert await body(serve, "/x") == NOT_FOUND.body.decode()
