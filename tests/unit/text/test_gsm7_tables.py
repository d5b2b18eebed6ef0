"""The tables hold what TS 23.038 prints: their shape, facts of each, and the order that the Indic ones share."""
# ruff: noqa: RUF001 - confusable letters are what is tested

import unicodedata

import pytest

from chappe.text.gsm7 import Language
from chappe.text.gsm7_tables import LOCKING, SINGLE

ESCAPE = "\x1b"
INDIC = {
    Language.BENGALI: (0x0980, "BENGALI"),
    Language.GUJARATI: (0x0A80, "GUJARATI"),
    Language.HINDI: (0x0900, "DEVANAGARI"),
    Language.KANNADA: (0x0C80, "KANNADA"),
    Language.MALAYALAM: (0x0D00, "MALAYALAM"),
    Language.ORIYA: (0x0B00, "ORIYA"),
    Language.PUNJABI: (0x0A00, "GURMUKHI"),
    Language.TAMIL: (0x0B80, "TAMIL"),
    Language.TELUGU: (0x0C00, "TELUGU"),
}
SCRIPTS = {language: (name,) for language, (_, name) in INDIC.items()}
SCRIPTS[Language.URDU] = ("ARABIC", "EXTENDED ARABIC")

DEFAULT_FACTS = {
    0x00: "@", 0x02: "$", 0x03: "¥", 0x04: "è", 0x09: "Ç", 0x0A: "\n", 0x0D: "\r", 0x10: "Δ", 0x11: "_",
    0x12: "Φ", 0x1A: "Ξ", 0x1C: "Æ", 0x1F: "É", 0x24: "¤", 0x40: "¡", 0x5B: "Ä", 0x5F: "§", 0x60: "¿",
    0x7B: "ä", 0x7C: "ö", 0x7D: "ñ", 0x7E: "ü", 0x7F: "à",
}  # fmt: skip
DEFAULT_EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|",
    0x65: "€",
}  # fmt: skip
LOCKING_FACTS = {
    Language.TURKISH: {
        0x04: "€",
        0x07: "ı",
        0x0B: "Ğ",
        0x0C: "ğ",
        0x1C: "Ş",
        0x1D: "ş",
        0x40: "İ",
        0x60: "ç",
    },
    Language.PORTUGUESE: {0x04: "ê", 0x12: "ª", 0x15: "∞", 0x18: "€", 0x24: "º", 0x5E: "Ü", 0x7D: "`"},
    Language.BENGALI: {0x00: "\u0981", 0x2F: "\u09a8", 0x60: "\u09ce", 0x7F: "\u09f1"},
    Language.GUJARATI: {0x0C: "\u0a8d", 0x57: "\u0ac5", 0x60: "\u0ad0", 0x7F: "\u0af1"},
    Language.HINDI: {0x00: "\u0901", 0x3C: "\u0929", 0x60: "\u0950", 0x7B: "\u0972", 0x7F: "\u097f"},
    Language.KANNADA: {0x24: "\u0ca1", 0x3D: "\u0caa", 0x60: "\u0cd5", 0x7B: "\u0cd6"},
    Language.MALAYALAM: {0x48: "\u0d34", 0x60: "\u0d57", 0x7F: "\u0d79"},
    Language.ORIYA: {0x60: "\u0b56", 0x7B: "\u0b57", 0x7F: "\u0b63"},
    Language.PUNJABI: {0x60: "\u0a51", 0x7B: "\u0a70", 0x7F: "\u0a74"},
    Language.TAMIL: {0x3C: "\u0ba9", 0x60: "\u0bd0", 0x7B: "\u0bd7", 0x7F: "\u0bf9"},
    Language.TELUGU: {0x00: "\u0c01", 0x60: "\u0c55", 0x7F: "\u0c63"},
    Language.URDU: {0x00: "\u0627", 0x01: "\u0622", 0x3D: "\u0633", 0x60: "\u0654", 0x7F: "\u0670"},
}
SINGLE_FACTS = {
    Language.TURKISH: {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x65: "€", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    Language.SPANISH: {0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x75: "ú"},
    Language.PORTUGUESE: {0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x12: "Φ", 0x1F: "Ê", 0x5B: "Ã", 0x7F: "â"},
    Language.BENGALI: {0x19: "\u09e6", 0x24: "\u09df", 0x34: "\u09fa"},
    Language.GUJARATI: {0x19: "\u0964", 0x1C: "\u0ae6", 0x25: "\u0aef"},
    Language.HINDI: {0x19: "\u0964", 0x1C: "\u0966", 0x25: "\u096f", 0x3A: "\u0971"},
    Language.KANNADA: {0x1C: "\u0ce6", 0x26: "\u0cde", 0x2A: "\u0cf2"},
    Language.MALAYALAM: {0x1C: "\u0d66", 0x2E: "\u0d7a", 0x34: "\u0d7f"},
    Language.ORIYA: {0x20: "\u0b6a", 0x26: "\u0b5c", 0x2C: "\u0b71"},
    Language.PUNJABI: {0x1C: "\u0a66", 0x26: "\u0a59", 0x2D: "\u0a75"},
    Language.TAMIL: {0x24: "\u0bee", 0x25: "\u0bef", 0x2E: "\u0bfa"},
    Language.TELUGU: {0x1C: "\u0c66", 0x22: "\u0c6c", 0x32: "\u0c7f"},
    Language.URDU: {0x19: "\u0600", 0x1C: "\u06f0", 0x25: "\u06f9", 0x3F: "\u06d4"},
}  # fmt: skip


@pytest.mark.parametrize("language", Language)
def test_each_table_has_128_places_and_one_escape(language):
    for table in (LOCKING[language], SINGLE[language]):
        assert len(table) == 128
    assert LOCKING[language].index(ESCAPE) == 0x1B
    assert LOCKING[language].count(ESCAPE) == 1
    assert SINGLE[language][0x1B] == "\0"
    assert ESCAPE not in SINGLE[language]


@pytest.mark.parametrize("language", Language)
def test_no_character_stands_twice_in_a_locking_table(language):
    present = LOCKING[language].replace("\0", "")
    assert len(set(present)) == len(present)


@pytest.mark.parametrize("language", Language)
def test_only_the_two_signs_that_the_standard_repeats_stand_twice_in_a_single_table(language):
    present = SINGLE[language].replace("\0", "")
    twice = {each for each in present if present.count(each) > 1}
    assert twice == (set() if language < Language.BENGALI else {"*", "¡"})


@pytest.mark.parametrize("language", Language)
def test_every_character_is_one_that_unicode_assigns(language):
    for character in LOCKING[language] + SINGLE[language]:
        assert unicodedata.category(character) != "Cn"


def test_the_default_alphabet():
    assert {code: LOCKING[0][code] for code in DEFAULT_FACTS} == DEFAULT_FACTS
    assert "\0" not in LOCKING[0]
    same_as_ascii = [*range(0x20, 0x24), *range(0x25, 0x40), *range(0x41, 0x5B), *range(0x61, 0x7B)]
    assert [LOCKING[0][code] for code in same_as_ascii] == [chr(code) for code in same_as_ascii]


def test_the_default_extension_is_these_ten_and_no_more():
    assert {code: each for code, each in enumerate(SINGLE[0]) if each != "\0"} == DEFAULT_EXTENSION


@pytest.mark.parametrize("language", LOCKING_FACTS)
def test_locking_facts(language):
    facts = LOCKING_FACTS[language]
    assert {code: LOCKING[language][code] for code in facts} == facts


@pytest.mark.parametrize("language", SINGLE_FACTS)
def test_single_facts(language):
    facts = SINGLE_FACTS[language]
    assert {code: SINGLE[language][code] for code in facts} == facts


def test_spanish_has_no_locking_table():
    assert LOCKING[Language.SPANISH] == LOCKING[Language.DEFAULT]


@pytest.mark.parametrize("language", [each for each in Language if each])
def test_every_single_table_keeps_the_default_extension(language):
    for code, character in DEFAULT_EXTENSION.items():
        assert SINGLE[language][code] == character


@pytest.mark.parametrize("language", SCRIPTS)
def test_letters_are_of_the_language_s_script(language):
    for character in LOCKING[language] + SINGLE[language]:
        if ord(character) > 0xFF and character != "€" and character not in "\u0964\u0965":
            assert unicodedata.name(character).startswith(SCRIPTS[language])


@pytest.mark.parametrize("language", INDIC)
def test_indic_locking_tables_share_one_order(language):
    """Up to 0x5F each letter has Devanagari's place, shifted to its own block, or its place is empty."""
    base, _ = INDIC[language]
    for code in range(0x60):
        hindi, own = LOCKING[Language.HINDI][code], LOCKING[language][code]
        if own != "\0":
            assert ord(own) - base == ord(hindi) - 0x0900 if ord(hindi) > 0xFF else own == hindi


@pytest.mark.parametrize("language", INDIC)
def test_indic_digits_stand_in_a_row(language):
    base, _ = INDIC[language]
    places = SINGLE[language][0x19:0x1B] + SINGLE[language][0x1C:0x26]
    assert "".join(chr(base + 0x66 + digit) for digit in range(10)) in places
