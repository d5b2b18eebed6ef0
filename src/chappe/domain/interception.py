"""Interceptors: rules that change or refuse a message before it is routed, and what they make of one. Pure.
Scripts are only named here; they run elsewhere, and what they answer is applied by the same means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import NAME
from chappe.domain.address import Address, BadAddress, destination, sender
from chappe.domain.conditions import Condition, compile_pattern
from chappe.domain.refusal import Reason, Refusal

UNKNOWN_HTTP: Final = 520
UNKNOWN_SMPP: Final = 0xFF
"""What Jasmin answers on the wire that a rule gives no status for: 520, and ESME_RUNKNOWNERR (SMPP 3.4 §5.1.3)."""

MAX_SCRIPT: Final = 65_536
MAX_SECONDS: Final = 30.0
_MAX_TLV: Final = 255
Tlv = tuple[int, bytes]
"""A tag and its octets."""

_MAX_TAGS: Final = 64
_BACKSLASH: Final = re.compile(r"\\(.|$)", re.DOTALL)


class Direction(Enum):
    """Which messages an interceptor sees."""

    MT = "mt"
    MO = "mo"


class Part(Enum):
    """What of a message a replacement works on."""

    TEXT = "text"
    SENDER = "sender"
    DESTINATION = "destination"


class Replacement(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    omit_defaults=True,
    rename={"by": "with"},
):
    r"""Replaces every match of an RE2 pattern; `with` may say `\1` for its first group, `\0` for all of the match."""

    pattern: str
    by: str = ""
    part: Part = Part.TEXT

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        try:
            groups = compile_pattern(self.pattern).groups
        except ValueError as error:
            return f"replace {self.pattern!r}: {error}"
        for found in _BACKSLASH.finditer(self.by):
            said = found[1]
            if said != "\\" and not (said.isdigit() and int(said) <= groups):
                return f"replace {self.pattern!r}: {found[0]!r} is no group of it; a backslash itself is two"
        return ""

    def applied(self, text: str) -> str:
        """The text with every match replaced."""

        def write(match: Any) -> str:
            return _BACKSLASH.sub(
                lambda found: "\\" if found[1] == "\\" else match.group(int(found[1])) or "", self.by
            )

        replaced: str = compile_pattern(self.pattern).sub(write, text)
        return replaced


class TlvValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A TLV to set: `text` (`nul` adds the NUL of a C-octet string), or `hex`, or a `number` of so many `octets`."""

    tag: int
    text: str | None = None
    nul: bool = False
    hex: str | None = None
    number: int | None = None
    octets: int = 1

    def value(self) -> bytes:
        """Its octets; raises ValueError where they cannot be said."""
        if self.text is not None:
            return self.text.encode("latin-1") + b"\0" * self.nul
        if self.hex is not None:
            return bytes.fromhex(self.hex)
        if self.number is None:
            raise ValueError("nothing is said")
        try:
            return self.number.to_bytes(self.octets, "big")
        except OverflowError as error:
            raise ValueError(str(error)) from error

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        if not 1 <= self.tag <= 0xFFFF:
            return f"a TLV's tag is 1 to 65535, not {self.tag}"
        if sum(value is not None for value in (self.text, self.hex, self.number)) != 1:
            return f"TLV {self.tag:#06x} needs one of text, hex and number"
        if self.octets not in (1, 2, 4, 8):
            return f"TLV {self.tag:#06x}: a number has 1, 2, 4 or 8 octets"
        try:
            length = len(self.value())
        except ValueError:
            return f"TLV {self.tag:#06x}: its value cannot be written as octets"
        return "" if length <= _MAX_TLV else f"TLV {self.tag:#06x} is longer than {_MAX_TLV} octets"


class RejectAs(Enum):
    """What a rule takes a message for when it refuses it; each dialect has its own code for it."""

    INTERCEPTED = "intercepted"
    """Jasmin's: without statuses of its own it answers 520 and ESME_RUNKNOWNERR."""
    SPAM = "spam"
    BLACKLISTED = "blacklisted"
    REJECTED = "rejected"


_REASONS: Final[Mapping[RejectAs, Reason]] = MappingProxyType(
    {
        RejectAs.INTERCEPTED: Reason.INTERCEPTED,
        RejectAs.SPAM: Reason.SPAM,
        RejectAs.BLACKLISTED: Reason.BLACKLISTED,
        RejectAs.REJECTED: Reason.REJECTED_BY_RULE,
    }
)


class Rejection(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    omit_defaults=True,
    rename={"kind": "as"},
):
    """Refuses the message: `as` what, `reason` is a sentence, the statuses are what each wire answers, 0 for its own."""

    kind: RejectAs = RejectAs.INTERCEPTED
    reason: str = ""
    http_status: int = 0
    smpp_status: int = 0

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        if self.http_status and not 400 <= self.http_status <= 599:
            return f"http_status is 400 to 599, not {self.http_status}"
        if not 0 <= self.smpp_status <= 0xFFFFFFFF:
            return "smpp_status is a command_status"
        if len(self.reason) > 200 or not self.reason.isprintable():
            return "a reason is at most 200 printable characters"
        return ""


class OnFailure(Enum):
    """What becomes of a message whose script hangs, ends in an error or answers nonsense."""

    REFUSE = "refuse"
    """It is refused for now: the same message may pass later."""
    PASS = "pass"  # noqa: S105 - the word an operator writes, no password
    """It goes on as it was before the script."""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A Python script, run in a process of its own for at most `seconds`.

    With `result_tag` the message is tagged where the script sets `result` to true, as Jasmin's EvalPyFilter asks.
    """

    code: str
    seconds: float = 1.0
    on_failure: OnFailure = OnFailure.REFUSE
    result_tag: str = ""

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        if not self.code.strip() or len(self.code) > MAX_SCRIPT:
            return f"a script is 1 to {MAX_SCRIPT} characters"
        if not 0 < self.seconds <= MAX_SECONDS:
            return f"a script runs for more than 0 and at most {MAX_SECONDS:g} seconds"
        try:
            compile(self.code, "script", "exec")
        except (SyntaxError, ValueError) as error:
            return f"the script is no Python: {error}"
        return ""


class Interceptor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One rule: highest `order` first, and every one that matches acts, until one that is the `last` has.

    It acts in this order: `sender` is set, `replace` in turn, tags and TLVs are removed and then added, the `script`
    runs, and `reject` refuses. Each rule sees what those before it made of the message.
    """

    name: str
    direction: Direction = Direction.MT
    order: int = 0
    condition: Condition = Condition()
    sender: str = ""
    replace: tuple[Replacement, ...] = ()
    remove_tags: tuple[str, ...] = ()
    add_tags: tuple[str, ...] = ()
    remove_tlvs: tuple[int, ...] = ()
    set_tlvs: tuple[TlvValue, ...] = ()
    script: Script | None = None
    reject: Rejection | None = None
    last: bool = False
    enabled: bool = True

    def problem(self) -> str:
        """The first thing wrong with this rule as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return (
                f"interceptor name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
            )
        if not (self.script or self.reject or self._changes()):
            return "it does nothing: give sender, replace, tags, TLVs, a script or reject"
        try:
            sender(self.sender)
        except BadAddress as error:
            return f"sender: {error}"
        for each in self.replace:
            if wrong := each.problem():
                return wrong
        parts = (*self.set_tlvs, *(part for part in (self.script, self.reject) if part is not None))
        return next(filter(None, (part.problem() for part in parts)), "") or self.condition.problem()

    def _changes(self) -> bool:
        lists = (self.replace, self.remove_tags, self.add_tags, self.remove_tlvs, self.set_tlvs)
        return bool(self.sender) or any(lists)


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A message on its way through the interceptors. `text` is None where it is not text."""

    source: Address
    destination: Address
    text: str | None
    tags: tuple[str, ...] = ()
    tlvs: tuple[tuple[int, bytes], ...] = ()


def apply(rule: Interceptor, draft: Draft) -> Draft | Refusal:
    """What the declared part of a rule makes of a message; its script is not run. Costs linear time."""
    source, to, text = draft.source, draft.destination, draft.text
    if rule.sender:
        source = sender(rule.sender)
    for each in rule.replace:
        try:
            if each.part is Part.TEXT:
                text = each.applied(text) if text is not None else None
            elif each.part is Part.SENDER:
                source = _with_value(source, each.applied(source.value), sender)
            else:
                to = _with_value(to, each.applied(to.value), destination)
        except BadAddress as error:
            reason = Reason.BAD_SENDER if each.part is Part.SENDER else Reason.BAD_DESTINATION
            return Refusal(reason, rule.name, str(error))
    tags, tlvs = draft.tags, draft.tlvs
    if rule.remove_tags or rule.add_tags:
        tags = with_tags((tag for tag in tags if tag not in rule.remove_tags), rule.add_tags)
    if rule.remove_tlvs or rule.set_tlvs:
        kept = (tlv for tlv in tlvs if tlv[0] not in rule.remove_tlvs)
        tlvs = with_tlvs(kept, [(each.tag, each.value()) for each in rule.set_tlvs])
    return Draft(source, to, text, tags, tlvs)


def with_tags(tags: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Tags and others, each once, in order of appearance; no more than a message may have."""
    return tuple(dict.fromkeys((*tags, *more)))[:_MAX_TAGS]


def with_tlvs(tlvs: Iterable[Tlv], more: Iterable[Tlv]) -> tuple[Tlv, ...]:
    """TLVs with others set: what a tag had before is gone."""
    new = dict(more)
    return (*(tlv for tlv in tlvs if tlv[0] not in new), *new.items())


def refusal_of(rule: str, rejection: Rejection) -> Refusal:
    """The refusal by which a rule rejects."""
    jasmins = rejection.kind is RejectAs.INTERCEPTED
    return Refusal(
        _REASONS[rejection.kind],
        rule,
        rejection.reason,
        http_status=rejection.http_status or (UNKNOWN_HTTP if jasmins else 0),
        smpp_status=rejection.smpp_status or (UNKNOWN_SMPP if jasmins else 0),
    )


def _with_value(before: Address, after: str, read: Callable[[str], Address]) -> Address:
    """The address with another text; its TON and NPI stay where its text does."""
    return before if after == before.value else read(after)
