"""What a subscriber taps in a message, in the loopback network: its first suggestion, wherever that stands. Pure."""

from __future__ import annotations

from chappe.domain.message import Message
from chappe.domain.rich import Suggestion
from chappe.text.encodings import Charset, encode_text
from chappe.text.gsm7 import Unencodable


def first_suggestion(message: Message) -> Suggestion | None:
    """The first of what may be tapped, None where there is nothing."""
    rich = message.extras.rich if message.extras is not None else None
    if rich is None:
        return None
    every = list(rich.suggestions)
    for entry in rich.conversation:
        every += entry.suggestions
        for card in entry.carousel.cards if entry.carousel is not None else ():
            every += card.suggestions
    return every[0] if every else None


def coded(text: str) -> tuple[bytes, Charset, int]:
    """A text as the user data of an MO: its octets, charset and data_coding."""
    try:
        return encode_text(text, Charset.GSM7), Charset.GSM7, 0
    except Unencodable:
        return encode_text(text, Charset.UCS2), Charset.UCS2, 8
