"""How the simulator treats messages and links: settings that may change while it runs, and chance drawn by them.
Values only; chance is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from random import Random
from typing import Any, Final

import msgspec

from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipt_variants import VARIANTS
from chappe.protocols.smpp.statuses import Status
from chappe.sim.message_ids import IdForm
from chappe.sim.outcomes import DELIVERED, LOST, Cut, Outcome, Told, failed, refused

Delay = tuple[float, float]
"""The least and the most, in seconds; chance decides between them."""

MIX: Final = "mix"
"""A receipt variant drawn anew for each message."""
NONE: Final = "none"
"""No receipts at all."""
_NAMES = tuple(VARIANTS)


class CutWhen(Enum):
    """Which of the two cuts a disconnect makes."""

    BEFORE = "before"
    AFTER = "after"
    EITHER = "either"
    """Chance decides."""


class PartReceipts(Enum):
    """Which parts of a long message get a receipt (V22)."""

    EACH = "each"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How messages and links fare. Shares are of 0 to 1, delays and times in seconds.

    As it stands everything is accepted at once and delivered at once. `problems` says what of it is nonsense.
    """

    ids: IdForm = IdForm.DECIMAL
    """Receipt variants V11, V12 and V13 bring their own form."""
    receipts: str = "V1"
    """A variant's name, or `mix`, or `none`."""
    receipt_parts: PartReceipts = PartReceipts.EACH
    """Variant V22 means LAST where this says EACH."""
    magic: bool = True
    """Whether magic numbers work (outcomes.MAGIC)."""

    response_delay: Delay = (0.0, 0.0)
    receipt_delay: Delay = (0.0, 0.0)
    """From the answer to the receipt."""
    receipt_lead: float = 0.05
    """By how much a receipt that comes before its answer comes before it."""

    throttle_rate: float | None = None
    """More submits a second than this are answered with ESME_RTHROTTLED."""
    throttle_share: float = 0.0
    refusal_share: float = 0.0
    refusal_status: int = int(Status.ESME_RSUBMITFAIL)
    loss_share: float = 0.0
    """Submits that are lost on the way: not taken, never answered."""
    failure_share: float = 0.0
    """Messages that are taken and not delivered."""
    failure_state: MessageState = MessageState.UNDELIVERABLE
    failure_err: str = "001"

    no_receipt_share: float = 0.0
    duplicate_receipt_share: float = 0.0
    early_receipt_share: float = 0.0
    late_receipt_share: float = 0.0
    late_receipt_delay: float = 60.0
    contradiction_share: float = 0.0
    """Messages with a second final receipt that says otherwise."""
    stray_receipt_share: float = 0.0
    """Messages before whose receipt comes one for an id that no message has."""

    duplicate_answer_share: float = 0.0
    reversed_answers: bool = False
    """Answers to the requests of one read go out in reversed order."""

    cut_every: int = 0
    """Each connection breaks at its every so many-th submit; 0: never."""
    cut: CutWhen = CutWhen.BEFORE
    silent: bool = False
    """Submits are lost; binds and enquire_link are answered."""
    dark: bool = False
    """Half-open: connections stand, and nothing is read from or written to them."""
    bind_status: int = 0
    """Every bind is refused with this command_status, unless it is 0."""

    redelivery_delay: float = 1.0
    """After a temporary refusal of a deliver_sm."""
    redeliveries: int = 10
    """How many refusals of one deliver_sm are taken before it is given up."""

    mo_rate: float = 0.0
    """Mobile-originated messages a second, to every bound system_id in turn."""
    mo_text: str = "MO #{seq}"
    """`{seq}` becomes eight digits that count up."""
    mo_source: str = "31612345678"
    mo_destination: str = "12345"

    def problems(self) -> tuple[str, ...]:
        """A sentence for each value that makes no sense; none if all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[str]:
        for name, kind in _CHOICES:
            if not isinstance(getattr(self, name), kind):
                yield f"{name} is {getattr(self, name)!r}: a member of {kind.__name__} is meant"
        if self.receipts not in (MIX, NONE, *_NAMES):
            yield f"receipts is {self.receipts!r}: V1 to V{len(_NAMES)}, {MIX} or {NONE} is meant"
        for name in _SHARES:
            share = getattr(self, name)
            if not 0 <= share <= 1:
                yield f"{name} is {share}: a share is 0 to 1"
        for name in ("response_delay", "receipt_delay"):
            least, most = getattr(self, name)
            if not 0 <= least <= most:
                yield f"{name} is {least} to {most}: two numbers of seconds are meant, the lower first"
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)}: it cannot be below 0"
        if self.throttle_rate is not None and self.throttle_rate <= 0:
            yield f"throttle_rate is {self.throttle_rate}: it must be above 0, or absent for no limit"
        for name in ("refusal_status", "bind_status"):
            if not 0 <= getattr(self, name) <= 0xFFFFFFFF:
                yield f"{name} is {getattr(self, name)}: a command_status has 32 bits"
        if self.refusal_share and not self.refusal_status:
            yield "refusal_status is 0, which refuses nothing"

    @property
    def by_chance(self) -> bool:
        """Whether any message may fare otherwise than being delivered."""
        return self.silent or any(getattr(self, name) for name in _SHARES)

    def draw(self, chance: Random) -> Outcome:
        """What befalls the next message, throttling by rate and cuts excepted."""
        if self.silent or _hit(self.loss_share, chance):
            return LOST
        if _hit(self.throttle_share, chance):
            return refused(Status.ESME_RTHROTTLED)
        if _hit(self.refusal_share, chance):
            return refused(self.refusal_status)
        outcome = DELIVERED
        if _hit(self.failure_share, chance):
            outcome = failed(self.failure_state, self.failure_err)
        receipts = self._draw_receipts(outcome.receipts, chance)
        early = _hit(self.early_receipt_share, chance)
        stray = _hit(self.stray_receipt_share, chance)
        answers = 2 if _hit(self.duplicate_answer_share, chance) else 1
        if receipts is outcome.receipts and not early and not stray and answers == 1:
            return outcome
        return msgspec.structs.replace(outcome, receipts=receipts, early=early, stray=stray, answers=answers)

    def _draw_receipts(self, receipts: tuple[Told, ...], chance: Random) -> tuple[Told, ...]:
        if _hit(self.no_receipt_share, chance):
            return ()
        (final,) = receipts
        if _hit(self.late_receipt_share, chance):
            final = msgspec.structs.replace(final, after=self.late_receipt_delay)
            receipts = (final,)
        if _hit(self.duplicate_receipt_share, chance):
            receipts = (*receipts, msgspec.structs.replace(final, after=0.0))
        if _hit(self.contradiction_share, chance):
            other = (
                Told(MessageState.UNDELIVERABLE, "001")
                if final.state is MessageState.DELIVERED
                else Told(MessageState.DELIVERED)
            )
            receipts = (*receipts, other)
        return receipts

    def draw_cut(self, chance: Random) -> Cut:
        """Which cut the next disconnect makes."""
        match self.cut:
            case CutWhen.BEFORE:
                return Cut.BEFORE
            case CutWhen.AFTER:
                return Cut.AFTER
            case CutWhen.EITHER:
                return Cut.BEFORE if chance.random() < 0.5 else Cut.AFTER

    def draw_variant(self, chance: Random) -> str:
        """The receipt variant of the next message; not to be asked where there are no receipts."""
        return chance.choice(_NAMES) if self.receipts == MIX else self.receipts


def changed(behaviour: Behaviour, changes: Mapping[str, Any]) -> Behaviour:
    """The behaviour with some of its settings changed, by name and in the plain types of JSON.

    Raises ValueError with sentences for unknown names, wrong types and values that make no sense.
    """
    unknown = changes.keys() - _FIELDS
    if unknown:
        raise ValueError(f"no setting is named {', '.join(sorted(unknown))}")
    plain = {name: msgspec.to_builtins(getattr(behaviour, name)) for name in _FIELDS}
    new = msgspec.convert({**plain, **changes}, Behaviour)
    problems = new.problems()
    if problems:
        raise ValueError("; ".join(problems))
    return new


def read_delay(text: str) -> Delay:
    """`0.5`, or `0.1-0.5` for chance between the two, in seconds. Raises ValueError with a sentence."""
    least, dash, most = text.partition("-")
    try:
        return float(least), float(most if dash else least)
    except ValueError:
        raise ValueError(f"{text!r} is no delay: seconds such as 0.5, or 0.1-0.5, are meant") from None


def drawn_delay(delay: Delay, chance: Random) -> float:
    """Seconds between the least and the most."""
    least, most = delay
    return least if least == most else chance.uniform(least, most)


_CHOICES: tuple[tuple[str, type[Enum]], ...] = (
    ("ids", IdForm),
    ("receipt_parts", PartReceipts),
    ("failure_state", MessageState),
    ("cut", CutWhen),
)
_NOT_NEGATIVE = (
    "receipt_lead",
    "late_receipt_delay",
    "redelivery_delay",
    "mo_rate",
    "cut_every",
    "redeliveries",
)
_FIELDS = frozenset(field.name for field in fields(Behaviour))
_SHARES = tuple(field.name for field in fields(Behaviour) if field.name.endswith("_share"))


def _hit(share: float, chance: Random) -> bool:
    # Chance is asked only where a share is set, so that setting one leaves the draws of the others alone.
    return share > 0 and chance.random() < share
