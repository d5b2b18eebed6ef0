"""What will go out: the sender, the text's coding and its parts, or the reason why it cannot. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from chappe.domain.account import Account, TextPolicy
from chappe.domain.address import Address, BadAddress, sender
from chappe.domain.refusal import Reason, Refusal, Right
from chappe.domain.submission import Submission
from chappe.text import gsm7
from chappe.text.encodings import (
    Charset,
    charset_of,
    data_coding_of,
    decode_text,
    encode_text,
    message_class,
    units_per_part,
)
from chappe.text.gsm7 import Unencodable
from chappe.text.segments import TooManyParts, plan, split_octets

_MAX_UDHI_OCTETS: Final = 254
_OCTETS_ONLY: Final = frozenset({Charset.BINARY, Charset.PICTOGRAM})


class Content(msgspec.Struct, frozen=True, gc=False):
    """What goes out: either text or octets, how they are coded, and how many parts they make."""

    text: str | None
    octets: bytes | None
    charset: str
    data_coding: int
    parts: int
    forcing: tuple[str, ...] = ()


def content_of(account: Account, asked: Submission) -> Content | Refusal:
    """The content of a submission, coded and counted by the account's rules."""
    try:
        content = _text(account, asked) if asked.text is not None else _octets(account, asked)
    except TooManyParts as error:
        return _too_long(account, asked, error.parts)
    except (Unencodable, UnicodeEncodeError):
        return Refusal(
            Reason.BAD_TEXT, "text", "the text holds half a surrogate pair, which no coding can say"
        )
    if isinstance(content, Refusal):
        return content
    if content.parts > account.max_parts or content.parts > asked.max_parts:
        return _too_long(account, asked, content.parts)
    if content.parts > 1 and Right.LONG_CONTENT in account.denied:
        return Refusal(Reason.NO_RIGHT, Right.LONG_CONTENT.value, "long content is not allowed")
    return content


def source_of(account: Account, asked: Submission) -> Address | Refusal:
    """The sender of a submission: its own, else the account's."""
    if asked.source is not None and asked.source.value:
        return asked.source
    try:
        return sender(account.default_sender)
    except BadAddress as error:
        return Refusal(Reason.BAD_SENDER, account.default_sender, str(error))


def _too_long(account: Account, asked: Submission, parts: int) -> Refusal:
    most = min(account.max_parts, asked.max_parts)
    return Refusal(Reason.TOO_MANY_PARTS, str(parts), f"the text needs {parts} parts, {most} are allowed")


def _text(account: Account, asked: Submission) -> Content | Refusal:
    text = asked.text
    assert text is not None
    bits = account.reference_bits
    if account.smart_encoding and asked.data_coding in (None, 0):
        text, _ = gsm7.look_alikes(text)
    if asked.data_coding is None:
        found = plan(text, reference_bits=bits, unicode_part=asked.unicode_part)
        return Content(text, None, found.charset.value, _coding(found.charset), found.parts, found.forcing)
    charset = charset_of(asked.data_coding)
    if charset in _OCTETS_ONLY:
        # A text that a client sends as binary is its UTF-8 octets, as every HTTP gateway sends it.
        octets = text.encode()
        parts = len(split_octets(octets, reference_bits=bits))
        return Content(None, octets, charset.value, asked.data_coding, parts)
    try:
        found = plan(text, charset, reference_bits=bits, unicode_part=asked.unicode_part)
    except Unencodable as error:
        return _unfit(account, asked, text, charset, error.characters)
    return Content(text, None, charset.value, asked.data_coding, found.parts)


def _unfit(
    account: Account, asked: Submission, text: str, charset: Charset, characters: tuple[str, ...]
) -> Content | Refusal:
    data_coding = asked.data_coding or 0
    if account.text_policy is TextPolicy.REFUSE:
        shown = " ".join(f"U+{ord(each):04X}" for each in characters[:10])
        return Refusal(Reason.BAD_TEXT, shown, f"data_coding {data_coding} cannot say {shown}")
    bits = account.reference_bits
    if account.text_policy is TextPolicy.REPLACE:
        missing = frozenset(characters)
        text = "".join("?" if each in missing else each for each in text)
        found = plan(text, charset, reference_bits=bits)
        return Content(text, None, charset.value, data_coding, found.parts, characters)
    found = plan(text, Charset.UCS2, reference_bits=bits, unicode_part=asked.unicode_part)
    coding = data_coding_of(Charset.UCS2, message_class(data_coding))
    return Content(text, None, Charset.UCS2.value, coding, found.parts, characters)


def _coding(charset: Charset) -> int:
    return 8 if charset is Charset.UCS2 else 0


def _octets(account: Account, asked: Submission) -> Content | Refusal:
    octets = asked.octets or b""
    data_coding = asked.data_coding or 0
    charset = charset_of(data_coding, Charset(account.smpp_default_charset))
    if asked.udhi:
        if len(octets) > _MAX_UDHI_OCTETS:
            return Refusal(
                Reason.BAD_TEXT, str(len(octets)), "user data with a header is longer than one short message"
            )
        return Content(None, octets, charset.value, data_coding, 1)
    sizes = units_per_part(charset)
    if len(octets) <= (sizes.alone * 2 if charset in (Charset.UCS2, Charset.UCS2_LE) else sizes.alone):
        return Content(None, octets, charset.value, data_coding, 1)
    decoded = decode_text(octets, charset)
    if decoded is not None and not decoded.lossy and encode_text(decoded.text, charset) == octets:
        # As text it can be cut between characters; the octets of its parts are the same.
        found = plan(decoded.text, charset, reference_bits=account.reference_bits)
        return Content(decoded.text, None, charset.value, data_coding, found.parts)
    parts = len(split_octets(octets, reference_bits=account.reference_bits))
    return Content(None, octets, charset.value, data_coding, parts)


def readable_text(text: str | None, octets: bytes | None, charset: str, *, udhi: bool) -> str:
    """A text for people and for rules that look at it, empty where there is none."""
    if text is not None:
        return text
    if not octets or udhi:
        return ""
    decoded = decode_text(octets, Charset(charset))
    return decoded.text if decoded is not None else ""
