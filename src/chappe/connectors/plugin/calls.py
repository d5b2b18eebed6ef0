"""How the gateway and a plug-in's process talk: one octet, a length of four octets, UTF-8; one call at a time. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

HEAD: Final = 5
"""Octets before the text of a call or an answer."""
_MOST_TEXT: Final = 500


class Method(Enum):
    """The four methods, by the octet that a call of them begins with."""

    LOGIN = b"L"
    SEND = b"S"
    REPORT = b"R"
    DESTROY = b"D"


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a call returned, or the exception it ended with as `Type: message`."""

    text: str
    failed: bool = False


class Nonsense(ValueError):
    """What came back is no answer: the process is of no more use."""


def call(method: Method, text: bytes) -> bytes:
    """A call as it is written."""
    return b"%b%b%b" % (method.value, len(text).to_bytes(4, "big"), text)


def head(octets: bytes, most: int) -> tuple[bool, int]:
    """Whether an answer is an exception, and how many octets of text follow. Raises Nonsense."""
    mark, length = octets[0], int.from_bytes(octets[1:HEAD], "big")
    if mark not in (0, 1):
        raise Nonsense(f"its answer begins with octet {mark}, which none does")
    if length > most:
        raise Nonsense(f"its answer is announced with {length} octets, more than the {most} that it may have")
    return bool(mark), length


def answer(octets: bytes, *, failed: bool) -> Answer:
    """An answer's text. Raises Nonsense where it is no UTF-8."""
    try:
        text = octets.decode()
    except UnicodeDecodeError as error:
        if not failed:
            raise Nonsense(f"its answer is no UTF-8: {error.reason} at octet {error.start}") from error
        text = octets.decode("latin-1")
    return Answer(sentence(text) if failed else text, failed)


def sentence(text: str) -> str:
    """Foreign text as one short line that can be shown and stored."""
    flat = " ".join(text.split())
    return "".join(filter(str.isprintable, flat))[:_MOST_TEXT]
