"""The User Data Header of GSM 03.40 §9.2.3.24: information elements, walked by their lengths, and built.

No message and no PDU here: whether a header is there at all is told by who has the octets.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from chappe.text.gsm7 import Language, Shifts

CONCATENATION_8: Final = 0x00
PORTS_8: Final = 0x04
PORTS_16: Final = 0x05
CONCATENATION_16: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25

MAX_HEADER: Final = 140
"""Octets of a short message's user data, GSM 03.40 §9.2.3.24: a header cannot be longer."""


class BadUdh(ValueError):
    """The octets are no header: GSM 03.40 §9.2.3.24 has the whole header ignored then."""


class Element(Struct, frozen=True, gc=False):
    """One information element: its identifier and its data octets."""

    iei: int
    data: bytes


class Udh(Struct, frozen=True, gc=False):
    """A header: its elements in order, unknown ones included."""

    elements: tuple[Element, ...]


class Concatenation(Struct, frozen=True, gc=False):
    """Which part of which long message: 1 <= number <= total <= 255; ``bits`` of the reference are 8 or 16."""

    reference: int
    total: int
    number: int
    bits: int


class Ports(Struct, frozen=True, gc=False):
    """Application ports, GSM 03.40 §9.2.3.24.3 and §9.2.3.24.4; ``bits`` are 8 or 16."""

    destination: int
    source: int
    bits: int


def parse(octets: bytes) -> tuple[Udh, bytes]:
    """Split user data that begins with a header into the header and what follows it.

    Raises BadUdh where the length octet or an element runs past its end, or nothing is there at all.
    """
    if not octets:
        raise BadUdh("no length octet")
    end = octets[0] + 1
    if end > len(octets):
        raise BadUdh(f"header of {end} octets in {len(octets)}")
    elements: list[Element] = []
    at = 1
    while at < end:
        data = at + 2
        if data > end or data + octets[at + 1] > end:
            raise BadUdh(f"element at octet {at} runs past the header of {end} octets")
        after = data + octets[at + 1]
        elements.append(Element(octets[at], octets[data:after]))
        at = after
    return Udh(tuple(elements)), octets[end:]


def build(elements: Iterable[Element]) -> bytes:
    """Return the header with its length octet. Raises BadUdh where it is longer than a short message."""
    body = bytearray()
    for element in elements:
        if len(element.data) > MAX_HEADER:
            raise BadUdh(f"element of {len(element.data)} octets")
        body += bytes((element.iei, len(element.data))) + element.data
    if len(body) >= MAX_HEADER:
        raise BadUdh(f"header of {len(body) + 1} octets")
    return bytes((len(body),)) + body


def concatenation(udh: Udh) -> Concatenation | None:
    """Return what the header says of parts: of several such elements the last, GSM 03.40 §9.2.3.24.

    An element whose number is 0 or above its total is ignored, GSM 03.40 §9.2.3.24.1, and so is one of
    another length than its kind has.
    """
    for element in reversed(udh.elements):
        data = element.data
        if element.iei == CONCATENATION_8 and len(data) == 3:
            found = Concatenation(data[0], data[1], data[2], 8)
        elif element.iei == CONCATENATION_16 and len(data) == 4:
            found = Concatenation(data[0] << 8 | data[1], data[2], data[3], 16)
        else:
            continue
        if 1 <= found.number <= found.total:
            return found
    return None


def ports(udh: Udh) -> Ports | None:
    """Return the application ports; of several such elements the last one's, GSM 03.40 §9.2.3.24."""
    for element in reversed(udh.elements):
        data = element.data
        if element.iei == PORTS_8 and len(data) == 2:
            return Ports(data[0], data[1], 8)
        if element.iei == PORTS_16 and len(data) == 4:
            return Ports(data[0] << 8 | data[1], data[2] << 8 | data[3], 16)
    return None


def shifts(udh: Udh) -> Shifts:
    """Return the national tables announced, GSM 03.40 §9.2.3.24.15 and §9.2.3.24.16.

    An identifier that TS 23.038 §6.2.1.2.4 reserves is ignored, as a reader may that lacks the table.
    """
    return Shifts(_language(udh, LOCKING_SHIFT), _language(udh, SINGLE_SHIFT))


def _language(udh: Udh, iei: int) -> Language:
    for element in reversed(udh.elements):
        if element.iei == iei and len(element.data) == 1 and element.data[0] <= Language.URDU:
            return Language(element.data[0])
    return Language.DEFAULT


def shift_elements(shifts: Shifts) -> tuple[Element, ...]:
    """Return the elements that announce these tables, three octets each; none for the default ones."""
    announced = ((SINGLE_SHIFT, shifts.single), (LOCKING_SHIFT, shifts.locking))
    return tuple(Element(iei, bytes((language,))) for iei, language in announced if language)


def concat8(reference: int, total: int, number: int) -> bytes:
    """Return the header of a part with an 8-bit reference: 6 octets. Raises ValueError above one octet."""
    return bytes((5, CONCATENATION_8, 3, reference, total, number))


def concat16(reference: int, total: int, number: int) -> bytes:
    """Return the header of a part with a 16-bit reference: 7 octets. Raises ValueError above 16 bits."""
    return bytes((6, CONCATENATION_16, 4, reference >> 8, reference & 0xFF, total, number))


def fill_bits(header: int) -> int:
    """Return how many bits stand between a header of so many octets and packed septets.

    They bring the text to a septet boundary, GSM 03.40 §9.2.3.24: 1 behind 6 octets, 0 behind 7.
    """
    return -8 * header % 7


def sniff(octets: bytes) -> bool:
    """Tell whether octets begin with a plain concatenation header although nothing announced one.

    For networks that forget the flag. Only ``05 00 03`` and ``06 08 04`` with a number within a total of
    two or more count: as GSM text the first would read "é@¥", the second "ùòè".
    """
    if octets.startswith(b"\x05\x00\x03") and len(octets) >= 6:
        total, number = octets[4], octets[5]
    elif octets.startswith(b"\x06\x08\x04") and len(octets) >= 7:
        total, number = octets[5], octets[6]
    else:
        return False
    return total >= 2 and 1 <= number <= total
