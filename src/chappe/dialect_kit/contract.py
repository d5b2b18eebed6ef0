"""What an HTTP dialect is made of: endpoints that parse a request into an ask and render what came of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from chappe.domain.account import Account
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Answer, Estimated, Submission
from chappe.ports.carrier import NoticeWriter
from chappe.protocols.http.messages import HttpRequest, HttpResponse


class Credentials(msgspec.Struct, frozen=True, gc=False):
    """What a client showed of itself."""

    username: str
    password: str


class SubmitAsk(msgspec.Struct, frozen=True, gc=False):
    """Take these messages; with `whole` all or none."""

    credentials: Credentials
    submissions: tuple[Submission, ...]
    whole: bool = False


class EstimateAsk(msgspec.Struct, frozen=True, gc=False):
    """What would this cost, and where would it go?"""

    credentials: Credentials
    submission: Submission


class BalanceAsk(msgspec.Struct, frozen=True, gc=False):
    """How much is left?"""

    credentials: Credentials


class PlainAsk(msgspec.Struct, frozen=True, gc=False):
    """Nothing is asked of the core; the answer is ready."""

    response: HttpResponse


Ask = SubmitAsk | EstimateAsk | BalanceAsk | PlainAsk


class Balance(msgspec.Struct, frozen=True, gc=False):
    """The answer to BalanceAsk: micro-units, None where no balance is kept."""

    account: Account
    amount: int | None


Outcome = Sequence[Answer] | Estimated | Balance | Refusal
"""What came of an ask: an answer per submission, an estimate, a balance, or one refusal of the whole request."""


class BadRequest(Exception):
    """A request that the dialect itself refuses; carries its answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(f"{response.status} {response.body[:200]!r}")
        self.response = response


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: `parse` raises BadRequest, `render` gets the ask and what came of it."""

    methods: tuple[str, ...]
    path: str
    parse: Callable[[HttpRequest], Ask]
    render: Callable[[Ask, Outcome, IdRenderer], HttpResponse]


@dataclass(frozen=True, slots=True)
class Dialect:
    """An HTTP dialect: what the registry finds in its folder under the name DIALECT.

    `wrong_method` and `fault` are its answers to a known path asked with another verb, and to a fault of ours.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    writer: Callable[[IdRenderer], NoticeWriter]
    wrong_method: Callable[[HttpRequest], HttpResponse]
    fault: Callable[[HttpRequest], HttpResponse]
    masked: tuple[str, ...] = field(default=())
    """Names of query arguments that must not be logged."""
