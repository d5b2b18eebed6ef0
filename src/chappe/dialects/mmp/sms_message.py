"""One message of a Send request to a submission: document 000, class SmsMessage. Pure."""

from __future__ import annotations

import hashlib
import re
from datetime import tzinfo
from enum import Enum
from typing import Any, Final

import msgspec

from chappe.dialects.mmp.dates import read_date
from chappe.dialects.mmp.wire import Fields, Unreadable, int_of, is_yes, lowered, text_of
from chappe.domain.address import Address, BadAddress, Npi, Ton, destination, sender
from chappe.domain.extras import Extras, PluginFields
from chappe.domain.refusal import Right
from chappe.domain.report import FINALS, ReportWish, Way
from chappe.domain.schedule import MAX_AHEAD_MS
from chappe.domain.submission import Submission

URGENT: Final = 3
"""The highest priority of our queues: one-time passwords."""

_HASTY: Final = 2
_LONGEST_NAME: Final = 100
_LONGEST_TYPE: Final = 200
_LONGEST_TEXT: Final = 100_000
_DIGITS: Final = re.compile("[0-9]+")
_POLLED: Final = ReportWish(Way.NONE, FINALS, "mmp")
"""Nobody is told, the client asks; the SMSC is to tell us."""


class SmsKind(Enum):
    """The word in smsType, before the bar."""

    BULK = "BULK"
    OTP = "OTP"
    TCKN = "TCKN"
    """The recipient is named by a Turkish identity number, of 11 digits."""
    TAXNO = "TAXNO"
    """The recipient is named by a Turkish tax number, of 10 digits."""


IDENTITIES: Final = frozenset({SmsKind.TCKN, SmsKind.TAXNO})
_LENGTHS: Final = ((SmsKind.TCKN, 11), (SmsKind.TAXNO, 10))


class Fault(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with one message before any rule of an account is asked: a word and a sentence."""

    word: str
    sentence: str


class Given(msgspec.Struct, frozen=True, gc=False):
    """A message as it was understood."""

    kind: SmsKind
    submission: Submission


def read_type(text: str) -> tuple[SmsKind, str]:
    """The kind, and the tag behind the bar; an absent or unknown word is the default, BULK."""
    word, _, tag = text.partition("|")
    word = word.strip().upper()
    return (SmsKind(word) if word in SmsKind.__members__ else SmsKind.BULK), tag.strip()


def read_message(item: Any, zone: tzinfo, now_ms: int, key: str) -> Given | Fault:
    """What one item of `messages` asks for; `key` is its idempotency key where it brings none of its own."""
    fields = lowered(item)
    if fields is None:
        return Fault("BAD_MESSAGE", "the item is no JSON object")
    try:
        return _read(fields, zone, now_ms, key)
    except Unreadable as error:
        return Fault("BAD_MESSAGE", str(error))


def _read(fields: Fields, zone: tzinfo, now_ms: int, key: str) -> Given | Fault:
    sms_type = text_of(fields, "smsType", _LONGEST_TYPE)
    kind, tag = read_type(sms_type)
    number = text_of(fields, "mobileNumber", _LONGEST_NAME)
    if not number:
        return Fault("BAD_NUMBER", "mobileNumber is missing")
    text = text_of(fields, "text", _LONGEST_TEXT)
    if not text:
        return Fault("BAD_TEXT", "text is missing")
    asks: list[Right] = []
    source, name = None, text_of(fields, "sender", _LONGEST_NAME)
    try:
        to = _recipient(kind, number)
        if name:
            asks.append(Right.SOURCE_ADDRESS)
            source = sender(name)
    except BadAddress as error:
        return Fault("BAD_NUMBER" if not asks else "BAD_SENDER", str(error))
    priority = URGENT if kind is SmsKind.OTP else _HASTY if is_yes(fields, "priority") else 0
    if priority:
        asks.append(Right.PRIORITY)
    try:
        due_ms = read_date(text_of(fields, "startTime", _LONGEST_NAME), zone)
        expires_ms = read_date(text_of(fields, "expireTime", _LONGEST_NAME), zone)
    except Unreadable:
        raise
    except ValueError as error:
        return Fault("BAD_DATE", str(error))
    asks += [Right.SCHEDULE] * bool(due_ms) + [Right.VALIDITY] * bool(expires_ms)
    plugin = PluginFields(
        sms_type=sms_type,
        brand_code=text_of(fields, "brandCode", _LONGEST_NAME),
        recipient_type=text_of(fields, "recipientType", _LONGEST_NAME),
        message_type=text_of(fields, "messageType", _LONGEST_NAME),
        account_id=int_of(fields, "accountId"),
        sender_id=int_of(fields, "senderId"),
    )
    submission = Submission(
        destination=to,
        source=source,
        text=text,
        priority=priority,
        due_ms=due_ms,
        # What lies further ahead than anything may be scheduled is as good as no end.
        expires_ms=min(expires_ms, now_ms + MAX_AHEAD_MS),
        report=_POLLED,
        reference=tag,
        tags=_tags(kind, plugin),
        idempotency_key=_own_key(tag, number, name, text) or key,
        asks=tuple(asks),
        extras=None if plugin == PluginFields() else Extras(plugin=plugin),
    )
    return Given(kind, submission)


def _recipient(kind: SmsKind, number: str) -> Address:
    for identity, length in _LENGTHS:
        if kind is identity:
            if len(number) != length or not _DIGITS.fullmatch(number):
                raise BadAddress(f"a recipient of the kind {kind.value} is {length} digits")
            # No number of a telephone, and never to be dialled as one.
            return Address(number, Ton.UNKNOWN, Npi.PRIVATE)
    return destination(number)


def _tags(kind: SmsKind, plugin: PluginFields) -> tuple[str, ...]:
    """What routes may go by."""
    tags = [] if kind is SmsKind.BULK else [f"mmp-{kind.value.lower()}"]
    if plugin.account_id:
        tags.append(f"mmp-account-{plugin.account_id}")
    if plugin.sender_id:
        tags.append(f"mmp-sender-{plugin.sender_id}")
    return tuple(tags)


def _own_key(tag: str, number: str, sender_name: str, text: str) -> str:
    """The idempotency key of a message with a tag: the tag, to the same number, with the same words."""
    if not tag:
        return ""
    return key_of("tag", tag, number, sender_name, text)


def key_of(*words: str) -> str:
    """Words as an idempotency key of this dialect."""
    told = msgspec.json.encode(words)
    return f"mmp:{hashlib.blake2b(told, digest_size=20).hexdigest()}"
