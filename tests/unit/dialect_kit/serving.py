"""A dialect in a few lines, and the core it is served with, over the real pipeline and the store in memory."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.dialect_kit.contract import (
    Ask,
    BadRequest,
    Balance,
    BalanceAsk,
    Credentials,
    Dialect,
    Endpoint,
    EstimateAsk,
    Outcome,
    PlainAsk,
    SubmitAsk,
)
from chappe.dialect_kit.core import Core
from chappe.domain.account import Account, Credential
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Accepted, Estimated
from chappe.pipeline.authenticate import Authenticator, Verify
from chappe.pipeline.directory import write_entry
from chappe.ports.carrier import NoticeWriter
from chappe.ports.directory import Kind
from chappe.ports.store import Store
from chappe.protocols.http.forms import parse_form
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from making import services
from unit.pipeline.rig import Rig, ask, rig


async def verify(secret_hash: str, password: str) -> bool:
    return secret_hash == f"hash of {password}"


def house_of(*records: Account, store: Store | None = None) -> Rig:
    """The pipeline with a login for `acme`, password `right`."""
    house = rig(*records, store=store)
    credential = Credential(username="acme", account="acme", secret_hash="hash of right")
    house.directory.apply([write_entry(Kind.CREDENTIAL, "acme", credential)])
    return house


def core_of(house: Rig, verify: Verify = verify) -> Core:
    return Core(
        authenticator=Authenticator(house.directory, verify, house.meter, b"process key", "hash of nothing"),
        submit=house.submitting,
        query=house.query,
        batches=house.batches,
        ledger=house.store,
        directory=house.directory,
        renderer=IdRenderer(b"sixteen octets at least"),
        clock=house.clock,
        meter=house.meter,
        lanes_due=lambda _lanes: None,
        services=services(house.store),
    )


def read(request: HttpRequest) -> dict[str, str]:
    return dict(parse_form(request.query))


def credentials(given: dict[str, str]) -> Credentials:
    return Credentials(given.get("u", "acme"), given.get("p", "right"))


def parse_send(request: HttpRequest) -> Ask:
    given = read(request)
    if "text" not in given:
        raise BadRequest(HttpResponse(400, b"no text"))
    if given["text"] == "crash":
        raise RuntimeError("nobody foresaw this")
    texts = tuple(ask(text=text) for text in given["text"].split("|"))
    return SubmitAsk(credentials(given), texts, whole="whole" in given)


def parse_rate(request: HttpRequest) -> Ask:
    given = read(request)
    return EstimateAsk(credentials(given), ask(text=given.get("text", "")))


def parse_balance(request: HttpRequest) -> Ask:
    return BalanceAsk(credentials(read(request)))


def parse_ping(_request: HttpRequest) -> Ask:
    return PlainAsk(HttpResponse(200, b"pong"))


def word_of(answer: Accepted | Refusal, renderer: IdRenderer) -> str:
    return answer.reason.word if isinstance(answer, Refusal) else renderer.hex(answer.message_id)


def render(asked: Ask, outcome: Outcome, renderer: IdRenderer) -> HttpResponse:
    if isinstance(asked, SubmitAsk) and asked.submissions[0].text == "unrenderable":
        raise RuntimeError("nobody foresaw this either")
    if isinstance(outcome, Refusal):
        return HttpResponse(403, outcome.reason.word.encode())
    if isinstance(outcome, Balance):
        return HttpResponse(200, f"{outcome.account.name} {outcome.amount}".encode())
    if isinstance(outcome, Estimated):
        return HttpResponse(200, f"{outcome.parts} {outcome.price}".encode())
    assert isinstance(outcome, Sequence)
    return HttpResponse(200, " ".join(word_of(answer, renderer) for answer in outcome).encode())


def no_writer(_renderer: IdRenderer) -> NoticeWriter:
    raise AssertionError


def dialect_of(name: str = "plain", *endpoints: Endpoint) -> Dialect:
    own = endpoints or (
        Endpoint(("GET", "POST"), "/send", parse_send, render),
        Endpoint(("GET",), "/rate", parse_rate, render),
        Endpoint(("GET",), "/balance", parse_balance, render),
        Endpoint(("GET",), "/ping", parse_ping, render),
    )
    return Dialect(
        name=name,
        endpoints=own,
        writer=no_writer,
        wrong_method=lambda request: HttpResponse(405, request.method.encode()),
        fault=lambda _request: HttpResponse(500, b"sorry"),
    )


def request(path: str, query: str = "", method: str = "GET", address: str = "198.51.100.7") -> HttpRequest:
    return HttpRequest(method, path, query.encode(), (), b"", address, 5)
