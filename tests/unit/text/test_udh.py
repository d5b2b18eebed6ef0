"""User data headers: vectors both ways, every header of nonsense, and which of several elements counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.text import udh
from chappe.text.gsm7 import NO_SHIFTS, Language, Shifts
from chappe.text.udh import BadUdh, Concatenation, Element, Ports, Udh

VECTORS = [
    ("00", []),
    ("0500032a0302", [(0x00, "2a0302")]),
    ("060804abcd0302", [(0x08, "abcd0302")]),
    ("0b05040b8423f00003ff0201", [(0x05, "0b8423f0"), (0x00, "ff0201")]),
    ("0b0003ff020105040b8423f0", [(0x00, "ff0201"), (0x05, "0b8423f0")]),
    ("03240101", [(0x24, "01")]),
    ("06250101240101", [(0x25, "01"), (0x24, "01")]),
    ("027000", [(0x70, "")]),
]


@pytest.mark.parametrize(("octets", "elements"), VECTORS)
@pytest.mark.parametrize("payload", [b"", b"text", b"\x05\x00\x03"])
def test_vectors_both_ways(octets, elements, payload):
    header = Udh(tuple(Element(iei, bytes.fromhex(data)) for iei, data in elements))
    assert udh.parse(bytes.fromhex(octets) + payload) == (header, payload)
    assert udh.build(header.elements) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "octets",
    ["", "05", "0500", "05000301", "05 000401 0201", "01 00", "04 0003ff02 01", "06 0003ff0201 00 00", "ff0003ff0201"],
)  # fmt: skip
def test_bad_headers(octets):
    with pytest.raises(BadUdh):
        udh.parse(bytes.fromhex(octets))


@given(st.binary(max_size=160))
def test_reading_raises_nothing_but_its_own_and_loses_nothing(octets):
    try:
        header, payload = udh.parse(octets)
    except BadUdh:
        return
    assert octets.endswith(payload)
    if octets[0] < udh.MAX_HEADER:
        assert udh.build(header.elements) + payload == octets


elements = st.builds(Element, st.integers(0, 255), st.binary(max_size=20))


@given(st.lists(elements, max_size=6), st.binary(max_size=20))
def test_round_trip(parts, payload):
    assert udh.parse(udh.build(parts) + payload) == (Udh(tuple(parts)), payload)


def test_headers_longer_than_a_message_are_not_built():
    assert len(udh.build([Element(0x70, bytes(137))])) == 140
    for parts in ([Element(0x70, bytes(138))], [Element(0x70, bytes(300))], [Element(0, b"")] * 70):
        with pytest.raises(BadUdh):
            udh.build(parts)


# ---------------------------------------------------------------- concatenation


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        ("0500032a0302", Concatenation(0x2A, 3, 2, 8)),
        ("060804abcd0302", Concatenation(0xABCD, 3, 2, 16)),
        ("0500030001 01", Concatenation(0, 1, 1, 8)),
        ("050003ffffff", Concatenation(255, 255, 255, 8)),
        ("0b05040b8423f00003ff0201", Concatenation(255, 2, 1, 8)),
        ("08 240101 0003ff0201", Concatenation(255, 2, 1, 8)),
        ("08 0003ff0201 250101", Concatenation(255, 2, 1, 8)),
        ("0500032a0300", None),  # number 0
        ("0500032a0304", None),  # number above total
        ("0500032a0000", None),  # total 0
        ("0600042a030201", None),  # four octets where there are three
        ("050803ab0302", None),  # three where there are four
        ("03240101", None),
        ("00", None),
        ("0b 0804 00010201 0003 2a0302", Concatenation(0x2A, 3, 2, 8)),
        ("0b 0003 2a0302 0804 00010201", Concatenation(1, 2, 1, 16)),
        ("0a 0003 2a0302 0003 2b0201", Concatenation(0x2B, 2, 1, 8)),
        ("0a 0003 2a0302 0003 2b0209", Concatenation(0x2A, 3, 2, 8)),  # an ignored one does not count as last
    ],
)
def test_concatenation(octets, found):
    assert udh.concatenation(udh.parse(bytes.fromhex(octets))[0]) == found


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.data())
def test_fast_builders_build_what_is_read(reference, total, data):
    number = data.draw(st.integers(1, total))
    wide = udh.concat16(reference, total, number)
    narrow = udh.concat8(reference & 0xFF, total, number)
    assert udh.concatenation(udh.parse(wide)[0]) == Concatenation(reference, total, number, 16)
    assert udh.concatenation(udh.parse(narrow)[0]) == Concatenation(reference & 0xFF, total, number, 8)
    assert (len(narrow), len(wide)) == (6, 7)


@pytest.mark.parametrize("arguments", [(256, 1, 1), (-1, 1, 1), (0, 256, 1), (0, 1, 256)])
def test_what_does_not_fit_an_octet_is_not_built(arguments):
    with pytest.raises(ValueError, match="bytes must be in range"):
        udh.concat8(*arguments)


@pytest.mark.parametrize("reference", [0x10000, -1])
def test_a_reference_of_more_than_16_bits_is_not_built(reference):
    with pytest.raises(ValueError, match="bytes must be in range"):
        udh.concat16(reference, 1, 1)


# ---------------------------------------------------------------- ports and languages


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        ("0605040b8423f0", Ports(2948, 9200, 16)),
        ("0304010b", None),
        ("040402f0f1", Ports(240, 241, 8)),
        ("0a 0402f0f1 05040b8423f0", Ports(2948, 9200, 16)),
        ("0a 05040b8423f0 0402f0f1", Ports(240, 241, 8)),
        ("0500032a0302", None),
        ("0405020b84", None),
    ],
)
def test_ports(octets, found):
    assert udh.ports(udh.parse(bytes.fromhex(octets))[0]) == found


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        ("00", NO_SHIFTS),
        ("03240101", Shifts(single=Language.TURKISH)),
        ("03250101", Shifts(locking=Language.TURKISH)),
        ("06240106250107", Shifts(Language.KANNADA, Language.HINDI)),
        ("0324010d", Shifts(single=Language.URDU)),
        ("0324010e", NO_SHIFTS),  # reserved
        ("0424020101", NO_SHIFTS),  # too long
        ("06240102240103", Shifts(single=Language.PORTUGUESE)),
        ("0624010224010e", Shifts(single=Language.SPANISH)),
    ],
)
def test_shifts(octets, found):
    assert udh.shifts(udh.parse(bytes.fromhex(octets))[0]) == found


@pytest.mark.parametrize("locking", Language)
@pytest.mark.parametrize("single", [Language.DEFAULT, Language.SPANISH])
def test_announced_shifts_are_read_back(locking, single):
    shifts = Shifts(locking, single)
    header = udh.build(udh.shift_elements(shifts))
    assert len(header) == 1 + shifts.octets
    assert udh.shifts(udh.parse(header)[0]) == shifts


# ---------------------------------------------------------------- fill bits and sniffing


def test_fill_bits_reach_a_septet_boundary():
    assert [udh.fill_bits(header) for header in range(8)] == [0, 6, 5, 4, 3, 2, 1, 0]
    for header in range(141):
        assert (8 * header + udh.fill_bits(header)) % 7 == 0
        assert 0 <= udh.fill_bits(header) <= 6


@pytest.mark.parametrize(
    ("octets", "plausible"),
    [
        ("0500032a0201 6162", True),
        ("0500032a0202", True),
        ("060804abcd0201", True),
        ("0500032a0203", False),
        ("0500032a0200", False),
        ("0500032a0101", False),
        ("0500032a02", False),
        ("060804abcd02", False),
        ("060804abcd0203", False),
        ("0600032a0201", False),
        ("", False),
        ("00", False),
    ],
)
def test_sniff(octets, plausible):
    assert udh.sniff(bytes.fromhex(octets)) == plausible


@given(st.integers(0, 0xFFFF), st.integers(2, 255), st.data(), st.binary())
def test_sniff_knows_what_the_builders_make(reference, total, data, payload):
    number = data.draw(st.integers(1, total))
    assert udh.sniff(udh.concat16(reference, total, number) + payload)
    assert udh.sniff(udh.concat8(reference & 0xFF, total, number) + payload)
