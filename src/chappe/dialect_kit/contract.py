"""What an HTTP dialect is made of: endpoints that parse a request into an ask and render what came of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.domain.account import Account
from chappe.domain.batch import Batch, BatchProgress
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.domain.submission import Answer, Estimated, Submission
from chappe.pipeline.batches import Asked
from chappe.ports.carrier import NoticeWriter
from chappe.protocols.http.messages import HttpRequest, HttpResponse

EVERYTHING: Final = "everything"
"""The face of a listener that serves all endpoints."""


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


class BatchAsk(msgspec.Struct, frozen=True, gc=False):
    """Take all of this, and send it in the background."""

    credentials: Credentials
    batch: Asked


class BatchStatusAsk(msgspec.Struct, frozen=True, gc=False):
    """How does this batch fare? `batch_id` is as the client wrote it."""

    credentials: Credentials
    batch_id: str


class BatchCancelAsk(msgspec.Struct, frozen=True, gc=False):
    """Send no more of this batch."""

    credentials: Credentials
    batch_id: str


class PlainAsk(msgspec.Struct, frozen=True, gc=False):
    """Nothing is asked of the core; the answer is ready."""

    response: HttpResponse


Ask = SubmitAsk | EstimateAsk | BalanceAsk | BatchAsk | BatchStatusAsk | BatchCancelAsk | PlainAsk


class Balance(msgspec.Struct, frozen=True, gc=False):
    """The answer to BalanceAsk: micro-units and parts that were not taken yet, None where they are not kept."""

    account: Account
    amount: int | None
    parts: int | None = None


Outcome = Sequence[Answer] | Estimated | Balance | Batch | BatchProgress | Refusal
"""What came of an ask: an answer per submission, an estimate, a balance, a batch that was taken (now, or earlier with
the same key), how one fares, or one refusal of the whole request."""


class BadRequest(Exception):
    """A request that the dialect itself refuses; carries its answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(f"{response.status} {response.body[:200]!r}")
        self.response = response


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: `parse` raises BadRequest, `render` gets the ask and what came of it.

    A path that ends with `/*` stands for anything in the place of the star. `faces` are the kinds of listener on
    which it answers, all if there are none; a listener that serves everything has the face EVERYTHING.
    """

    methods: tuple[str, ...]
    path: str
    parse: Callable[[HttpRequest], Ask]
    render: Callable[[Ask, Outcome, IdRenderer], HttpResponse]
    faces: tuple[str, ...] = ()


def _no_answer(_request: HttpRequest, _face: str) -> HttpResponse | None:
    return None


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
    more_writers: Mapping[str, Callable[[IdRenderer], NoticeWriter]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Writers of notices in other words of this dialect, by the names that wishes know them by."""
    not_found: Callable[[HttpRequest, str], HttpResponse | None] = _no_answer
    """The answer to an unknown path, by the listener's face; None where it is not this dialect's."""

    def writers(self, renderer: IdRenderer) -> dict[str, NoticeWriter]:
        """All its writers by name."""
        return {
            self.name: self.writer(renderer),
            **{name: make(renderer) for name, make in self.more_writers.items()},
        }
