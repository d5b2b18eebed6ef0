"""Where a text may be cut without tearing what a reader sees as one character; a preference, not a codec.

The boundaries follow Unicode's UAX #29 as far as the standard library's tables tell them.
"""

import unicodedata
from typing import Final

_ZERO_WIDTH_JOINER: Final = "\u200d"
_VIRAMA: Final = 9  # canonical combining class of the sign that joins two Indic consonants
_EXTENDING_CATEGORIES: Final = frozenset({"Mn", "Me", "Mc"})
# Joiners, the vowels of Thai and Lao, halfwidth voicing marks: they extend, but their category tells nothing.
_EXTENDING: Final = frozenset("\u200c\u200d\u0e33\u0eb3\uff9e\uff9f")


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    return (
        character in _EXTENDING
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of subdivision flags
        or unicodedata.category(character) in _EXTENDING_CATEGORIES
    )


def _is_syllable(left: str, right: str) -> bool:
    """Tell whether two Hangul characters belong to one syllable block."""
    if "\u1160" <= right <= "\u11ff":  # a vowel or a final consonant behind anything Hangul
        return "\u1100" <= left <= "\u11ff" or "\uac00" <= left <= "\ud7a3"
    return "\u1100" <= left <= "\u115f" and ("\u1100" <= right <= "\u115f" or "\uac00" <= right <= "\ud7a3")


def is_boundary(text: str, at: int) -> bool:
    """Tell whether a cut before ``text[at]`` tears nothing; ``at`` lies between 1 and len(text) - 1.

    Flags are counted in pairs from the start of their run, or of the text, whichever comes later.
    """
    left, right = text[at - 1], text[at]
    if right < "\u0300":
        return right != "\n" or left != "\r"
    if left in "\r\n":
        return True
    if left == _ZERO_WIDTH_JOINER or _extends(right) or _is_syllable(left, right):
        return False
    if _is_flag_half(left) and _is_flag_half(right):
        halves = at
        while halves and _is_flag_half(text[halves - 1]):
            halves -= 1
        return (at - halves) % 2 == 0
    return unicodedata.combining(left) != _VIRAMA or unicodedata.category(right) != "Lo"


def boundary_before(text: str, at: int) -> int:
    """Return the last boundary at or before ``at``, or 0 where there is none behind the text's start."""
    while at and not is_boundary(text, at):
        at -= 1
    return at
