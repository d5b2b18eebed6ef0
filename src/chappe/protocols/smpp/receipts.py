"""Delivery receipts as text and TLVs (SMPP 3.4 Appendix B and the world's variants), read and written.
Which message a receipt belongs to, and whether to believe it, is not decided here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import MappingProxyType

import msgspec

from chappe.protocols.smpp.message_states import WORDS, MessageState, state_of_number, state_of_word
from chappe.protocols.smpp.times import format_receipt_date
from chappe.protocols.smpp.tlvs import Tag, Tlv

LONGEST = 254
"""Octets that a short_message holds, SMPP 3.4 §5.2.22; a receipt written here is never longer."""

_TYPE_BITS = 0x3C
_RECEIPT = 0x04
_INTERMEDIATE = 0x20


class Source(Enum):
    """Where the id and the state of a receipt stood."""

    TEXT = "text"
    TLV = "tlv"
    BOTH = "both"


class ReceiptFields(msgspec.Struct, frozen=True, gc=False):
    """What a receipt says, as it says it; an absent field is an empty string."""

    id: str
    stat: str
    """The word or number as written; that of the TLV where that one won."""
    state: MessageState | None
    """What `stat` means; None for a word that nobody knows."""
    sub: str
    dlvrd: str
    submit_date: str
    """Undecoded: `times.parse_receipt_date` reads it."""
    done_date: str
    err: str
    text: str
    source: Source
    conflict: bool
    """Text and TLVs both name an id or a state, and not the same; the loser is in `extra`."""
    network_error: tuple[int, int] | None
    """Network type and error of the TLV network_error_code, SMPP 3.4 §5.3.2.31."""
    extra: tuple[tuple[str, str], ...]
    """Keys that Appendix B does not have, in their order."""


class Form(Enum):
    """The layouts in which we write receipts."""

    APPENDIX_B = "appendix_b"
    JASMIN = "jasmin"
    CM = "cm"


# A key is `name:` at the start or after white space; only two of the known ones have a blank inside.
_KEY = re.compile(r"(?:(?<=\s)|^)(submit\s+date|done\s+date|[a-z_][\w-]*):", re.IGNORECASE)
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "id": "id",
        "sub": "sub",
        "dlvrd": "dlvrd",
        "submit date": "submit date",
        "submit_date": "submit date",
        "done date": "done date",
        "done_date": "done date",
        "stat": "stat",
        "err": "err",
        "text": "text",
    }
)
_KNOWN_NAMES = frozenset(_SPELLINGS.values())
_NEEDED = frozenset(("id", "stat"))
_DATES = frozenset(("submit date", "done date"))
_BLANKS = " \t\r\n\0"
_USUAL = re.compile(
    r"id:([!-~]+) (?:sub:(\w+) dlvrd:(\w+) )?submit date:(\d+) done date:(\d+) stat:(\w+) err:(\w+)(?: text:(.*))?",
    re.ASCII | re.DOTALL,
)
_RECEIPTED_MESSAGE_ID = int(Tag.RECEIPTED_MESSAGE_ID)
_MESSAGE_STATE = int(Tag.MESSAGE_STATE)
_NETWORK_ERROR_CODE = int(Tag.NETWORK_ERROR_CODE)


def looks_like(esm_class: int) -> bool:
    """Whether the message type bits say delivery receipt or intermediate notification (SMPP 3.4 §5.2.12)."""
    return esm_class & _TYPE_BITS in (_RECEIPT, _INTERMEDIATE)


def is_intermediate(esm_class: int) -> bool:
    """Whether the message type bits say intermediate notification (SMPP 3.4 §5.2.12)."""
    return esm_class & _TYPE_BITS == _INTERMEDIATE


def read(text: str, tlvs: tuple[Tlv, ...] = (), *, text_wins: bool = False) -> ReceiptFields | None:
    """The receipt in a decoded text and its TLVs; None where there is not both an id and a state.

    Keys are found by their position: the value of one runs to the next, that of `text` to the end. Where text and
    TLVs disagree the TLVs win, or the text with `text_wins`.
    """
    known = _usual(text)
    extra: list[tuple[str, str]] = []
    if known is None:
        known, extra = _fields(text)
    told = _told(tlvs) if tlvs else _NOTHING
    message_id, stat = known.get("id", ""), known.get("stat", "")
    state = state_of_word(stat) if stat else None
    in_text = bool(message_id or stat)
    conflict = False
    if told.id and told.id != message_id:
        conflict = message_id != ""
        if conflict:
            extra.append(("id", told.id if text_wins else message_id))
        if not (conflict and text_wins):
            message_id = told.id
    if told.state is not None and told.state != state:
        word = WORDS[told.state]
        if stat:
            conflict = True
            extra.append(("stat", word if text_wins else stat))
        if not (stat and text_wins):
            stat, state = word, told.state
    if not message_id or not stat:
        return None
    in_tlvs = told.id != "" or told.state is not None
    err = known.get("err", "")
    if not err and told.network_error is not None:
        err = f"{told.network_error[1]:03}"
    return ReceiptFields(
        id=message_id,
        stat=stat,
        state=state,
        sub=known.get("sub", ""),
        dlvrd=known.get("dlvrd", ""),
        submit_date=known.get("submit date", ""),
        done_date=known.get("done date", ""),
        err=err,
        text=known.get("text", ""),
        source=(Source.BOTH if in_text else Source.TLV) if in_tlvs else Source.TEXT,
        conflict=conflict,
        network_error=told.network_error,
        extra=tuple(extra),
    )


def write(
    form: Form,
    *,
    message_id: str,
    state: MessageState,
    submitted: datetime,
    done: datetime,
    err: str = "000",
    text: str = "",
) -> str:
    """A receipt's text, at most 254 characters; dates are written in the zone of the moments given.

    Only Appendix B has counters (one message, delivered or not) and the first 20 characters of `text`.
    """
    stat = WORDS[state]
    digits = 14 if form is Form.CM else 10
    dates = (
        f"submit date:{format_receipt_date(submitted, digits)} done date:{format_receipt_date(done, digits)}"
    )
    if form is Form.APPENDIX_B:
        counters = f"sub:001 dlvrd:{1 if state is MessageState.DELIVERED else 0:03}"
        line = f"id:{message_id} {counters} {dates} stat:{stat} err:{err} text:{text[:20]}"
    else:
        line = f"id:{message_id} {dates} stat:{stat} err:{err}"
    return line[:LONGEST]


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What the TLVs say; empty and None for what they do not."""

    id: str = ""
    state: MessageState | None = None
    network_error: tuple[int, int] | None = None


_NOTHING = _Told()


def _told(tlvs: tuple[Tlv, ...]) -> _Told:
    message_id = ""
    state = None
    network_error = None
    for tag, value in tlvs:
        if tag == _RECEIPTED_MESSAGE_ID:
            message_id = str(value.partition(b"\0")[0], "latin-1").strip(_BLANKS)
        elif tag == _MESSAGE_STATE:
            state = state_of_number(int.from_bytes(value, "big")) if value else None
        elif tag == _NETWORK_ERROR_CODE and len(value) == 3:
            network_error = value[0], value[1] << 8 | value[2]
    return _Told(message_id, state, network_error)


def _usual(text: str) -> dict[str, str] | None:
    """The commonest layouts at one stroke; what `_fields` says of them is the same."""
    found = _USUAL.fullmatch(text)
    if found is None:
        return None
    message_id, sub, dlvrd, submit_date, done_date, stat, err, rest = found.groups("")
    return {
        "id": message_id,
        "sub": sub,
        "dlvrd": dlvrd,
        "submit date": submit_date,
        "done date": done_date,
        "stat": stat,
        "err": err,
        "text": rest.strip(_BLANKS),
    }


def _fields(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The known keys with their values, and the others in their order."""
    known: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    keys = [(_name(found[1]), found.start(), found.end()) for found in _KEY.finditer(text)]
    index = 0
    while index < len(keys):
        name, _, begin = keys[index]
        index += 1
        value = text[begin : keys[index][1] if index < len(keys) else len(text)].strip(_BLANKS)
        if name not in _KNOWN_NAMES or name in known:
            extra.append((name, value))
        elif name == "text":
            # Whoever puts text before id and stat cannot mean it to hold them; behind them it may say anything.
            index = _next_missing(keys, index, known, _NEEDED)
            known[name] = text[begin : keys[index][1] if index < len(keys) else len(text)].strip(_BLANKS)
        elif name in _DATES:
            known[name] = value
        else:
            known[name], _, rest = value.partition(" ")
            if rest and _next_missing(keys, index, known, _KNOWN_NAMES) == len(keys):
                # Words after the last value: the text, without its key.
                known["text"] = text[text.index(rest, begin) :].strip(_BLANKS)
                break
    return known, extra


def _name(key: str) -> str:
    lower = key.lower()
    return _SPELLINGS.get(lower) or _SPELLINGS.get(" ".join(lower.split())) or key


def _next_missing(
    keys: Sequence[tuple[str, int, int]], index: int, known: Mapping[str, str], wanted: frozenset[str]
) -> int:
    """The index of the next key that is wanted and not known yet; the number of keys when none is."""
    while index < len(keys) and (keys[index][0] in known or keys[index][0] not in wanted):
        index += 1
    return index
