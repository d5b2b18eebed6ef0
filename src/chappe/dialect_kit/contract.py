"""What an HTTP dialect is made of: endpoints that parse a request into an ask and render what came of it. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chappe.dialect_kit.telling import Telling, untold
from chappe.domain.account import Account
from chappe.domain.batch import Batch, BatchProgress
from chappe.domain.ids import IdRenderer
from chappe.domain.refusal import Refusal
from chappe.domain.report import MoManner
from chappe.domain.submission import Answer, Estimated, Submission
from chappe.pipeline.batches import Asked
from chappe.ports.carrier import NoticeWriter
from chappe.protocols.http.messages import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from chappe.dialect_kit.core import Core
    from chappe.pipeline.authenticate import Login

EVERYTHING: Final = "everything"
"""The face of a listener that serves all endpoints."""


class Credentials(msgspec.Struct, frozen=True, gc=False):
    """What a client showed of itself."""

    username: str
    password: str


class TokenShown(msgspec.Struct, frozen=True, gc=False):
    """A client that shows a token in place of a name and a password."""

    token: str

    @property
    def username(self) -> str:
        """There is none to be told before the token is known."""
        return ""


class SessionShown(msgspec.Struct, frozen=True, gc=False):
    """A client that shows a signed session (`dialect_kit/signed_session.py`); `use` is what it must be for."""

    session: str
    use: str

    @property
    def username(self) -> str:
        """There is none to be told before the session is verified."""
        return ""


Shown = Credentials | TokenShown | SessionShown


class SubmitAsk(msgspec.Struct, frozen=True, gc=False):
    """Take these messages; with `whole` all or none."""

    credentials: Shown
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


class ActAsk(msgspec.Struct, frozen=True, gc=False):
    """Something that only this dialect knows: `act` is called with the core and who asks, None where `credentials` are.

    It may raise Refused; what it returns goes to `render` as it is.
    """

    credentials: Shown | None
    act: Callable[[Core, Login | None, HttpRequest], Awaitable[Any]]


class PlainAsk(msgspec.Struct, frozen=True, gc=False):
    """Nothing is asked of the core; the answer is ready."""

    response: HttpResponse


Ask = SubmitAsk | EstimateAsk | BalanceAsk | BatchAsk | BatchStatusAsk | BatchCancelAsk | ActAsk | PlainAsk


class Balance(msgspec.Struct, frozen=True, gc=False):
    """The answer to BalanceAsk: micro-units and parts that were not taken yet, None where they are not kept."""

    account: Account
    amount: int | None
    parts: int | None = None


Outcome = Sequence[Answer] | Estimated | Balance | Batch | BatchProgress | Refusal | Any
"""What came of an ask: an answer per submission, an estimate, a balance, a batch that was taken (now, or earlier with
the same key), how one fares, what an act returned, or one refusal of the whole request."""


class BadRequest(Exception):
    """A request that the dialect itself refuses; carries its answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(f"{response.status} {response.body[:200]!r}")
        self.response = response


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: `parse` raises BadRequest, `render` gets the ask and what came of it.

    A path that ends with `/*` stands for anything in the place of the star, one that ends with `/**` for any number of
    further segments; the longest such path counts. `faces` are the kinds of listener on
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

    telling_writers: Mapping[str, Callable[[Telling], NoticeWriter]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The same, of those that need more of an operator's tables than a notice says."""
    mo_manners: Mapping[str, MoManner] = field(default_factory=lambda: MappingProxyType({}))
    """How MOs in these words are handed over, where that differs from other notices."""

    def writers(self, renderer: IdRenderer, telling: Telling | None = None) -> dict[str, NoticeWriter]:
        """All its writers by name."""
        known = telling or untold(renderer)
        return {
            self.name: self.writer(renderer),
            **{name: make(renderer) for name, make in self.more_writers.items()},
            **{name: make(known) for name, make in self.telling_writers.items()},
        }
