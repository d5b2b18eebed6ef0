"""Message ids as message centres write them, in the answer and in the receipt. Numbers and chance are arguments."""

from __future__ import annotations

from enum import Enum


class IdForm(Enum):
    """How an id is written; V11 to V13 name the receipt variants whose trouble the form makes."""

    DECIMAL = "decimal"
    PADDED = "padded"
    """Ten decimal digits."""
    HEX = "hex"
    HEXDEC = "hexdec"
    """Hexadecimal in the answer, ten decimal digits in the receipt (V11)."""
    UUID = "uuid"
    UPPER_LOWER = "upper-lower"
    """A lower-case UUID that begins with 0; upper case and without that 0 in the receipt (V12)."""
    ZEROS = "zeros"
    """A decimal of 23 digits that begins with 0; without that 0 in the receipt (V13)."""


def write_ids(form: IdForm, number: int, bits: int) -> tuple[str, str]:
    """The id in the answer and that in the receipt.

    `number` is the message's own, `bits` 128 bits of chance; a form uses the one or the other.
    """
    match form:
        case IdForm.DECIMAL:
            return _alike(str(number))
        case IdForm.PADDED:
            return _alike(f"{number:010}")
        case IdForm.HEX:
            return _alike(f"{number:x}")
        case IdForm.HEXDEC:
            return f"{number:x}", f"{number:010}"
        case IdForm.UUID:
            return _alike(_uuid(bits))
        case IdForm.UPPER_LOWER:
            text = _uuid(bits >> 4 | 1 << 120)
            return text, text.upper().removeprefix("0")
        case IdForm.ZEROS:
            text = f"0{4 * 10**21 + number}"
            return text, text[1:]


def _alike(text: str) -> tuple[str, str]:
    return text, text


def _uuid(bits: int) -> str:
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
