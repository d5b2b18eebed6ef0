"""The words by which subscribers opt out, opt in and ask for help, by language, and how they are read. Data and pure look-ups."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import msgspec


class Wish(Enum):
    """What a subscriber asks for by one of the words."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class OptWords(msgspec.Struct, frozen=True, gc=False):
    """The words of one language, folded as `folded` does."""

    stop: tuple[str, ...]
    start: tuple[str, ...] = ()
    help: tuple[str, ...] = ()


LANGUAGES: Final[Mapping[str, OptWords]] = MappingProxyType(
    {
        "ar": OptWords(("توقف", "ايقاف", "الغاء", "الغاء الاشتراك"), ("ابدا", "اشتراك"), ("مساعدة",)),
        "bg": OptWords(("стоп", "отказ"), ("старт",), ("помощ",)),
        "cs": OptWords(("stop", "odhlasit", "konec"), ("start",), ("pomoc", "info")),
        "da": OptWords(("stop", "afmeld", "frameld"), ("start", "tilmeld"), ("hjaelp", "hjælp", "info")),
        "de": OptWords(
            ("stop", "stopp", "abmelden", "abbestellen"), ("start", "anmelden"), ("hilfe", "info")
        ),
        "el": OptWords(("στοπ", "διακοπη", "διαγραφη"), ("εναρξη",), ("βοηθεια",)),
        "en": OptWords(
            (
                "stop",
                "stopall",
                "stop all",
                "stop sms",
                "unsubscribe",
                "cancel",
                "end",
                "quit",
                "revoke",
                "optout",
                "opt out",
                "opt-out",
                "remove me",
            ),
            ("start", "unstop", "resubscribe", "optin", "opt in", "opt-in"),
            ("help", "info"),
        ),
        "es": OptWords(
            ("stop", "alto", "baja", "parar", "pare", "cancelar", "detener", "salir"),
            ("start", "alta", "iniciar", "empezar"),
            ("ayuda", "info"),
        ),
        "fi": OptWords(("stop", "seis", "lopeta", "peruuta"), ("aloita",), ("apua", "ohje", "info")),
        "fr": OptWords(
            ("stop", "stop sms", "arret", "arreter", "desabonner", "desinscrire", "desinscription", "fin"),
            ("start", "reprendre", "reprise", "abonner"),
            ("aide", "info"),
        ),
        "he": OptWords(("הסר", "הסרה", "עצור", "הפסק"), ("התחל",), ("עזרה",)),
        "hi": OptWords(("रोकें", "बंद", "बंद करें", "stop"), ("शुरू", "start"), ("मदद", "सहायता")),
        "hu": OptWords(("stop", "leiratkozas", "leiratkozom"), ("start",), ("segitseg", "info")),
        "id": OptWords(("stop", "berhenti", "unreg"), ("mulai", "start"), ("bantuan", "info")),
        "it": OptWords(
            ("stop", "annulla", "cancella", "cancellami", "disiscrivi", "ferma"),
            ("start", "inizia", "riprendi"),
            ("aiuto", "info"),
        ),
        "ja": OptWords(("停止", "解除", "配信停止", "ストップ"), ("開始", "再開"), ("ヘルプ",)),
        "ko": OptWords(("중지", "수신거부", "해지"), ("시작",), ("도움말",)),
        "ms": OptWords(("stop", "berhenti", "henti", "batal"), ("mula", "start"), ("bantuan", "info")),
        "nl": OptWords(("stop", "stoppen", "afmelden", "uit"), ("start", "aanmelden"), ("hulp", "info")),
        "no": OptWords(("stop", "stopp", "avslutt", "avmeld"), ("start",), ("hjelp", "info")),
        "pl": OptWords(("stop", "wypisz", "koniec", "rezygnuje"), ("start",), ("pomoc", "info")),
        "pt": OptWords(
            ("stop", "parar", "pare", "sair", "cancelar", "remover", "suspender"),
            ("start", "iniciar", "voltar"),
            ("ajuda", "info"),
        ),
        "ro": OptWords(("stop", "dezabonare", "renunt"), ("start", "abonare"), ("ajutor", "info")),
        "ru": OptWords(
            ("стоп", "stop", "отписаться", "отписка", "отмена"), ("старт", "start"), ("помощь", "инфо")
        ),
        "sk": OptWords(("stop", "odhlasit", "koniec"), ("start",), ("pomoc", "info")),
        "sv": OptWords(("stop", "stopp", "avsluta", "avregistrera"), ("start",), ("hjalp", "info")),
        "th": OptWords(("หยุด", "ยกเลิก"), ("เริ่ม",), ("ช่วยเหลือ",)),
        "tr": OptWords(("stop", "dur", "iptal", "ret"), ("basla", "start"), ("yardim", "info")),
        "uk": OptWords(("стоп", "stop", "відписатися", "скасувати"), ("старт", "start"), ("допомога",)),
        "vi": OptWords(("stop", "huy", "dung", "tu choi"), ("bat dau", "start"), ("tro giup", "info")),
        "zh": OptWords(
            ("停止", "退订", "退訂", "取消", "td", "t"), ("开始", "開始", "恢复"), ("帮助", "幫助")
        ),
    }
)
"""What carriers and regulators ask for and what subscribers write in fact; ISO 639-1."""

_PLAIN: Final = frozenset(
    (
        "stop",
        "stopp",
        "stopall",
        "unsubscribe",
        "стоп",
        "στοπ",
        "desabonner",
        "abmelden",
        "afmelden",
        "odhlasit",
    )
)
"""Those that mean it also with more words behind them; `cancel my table` and `end of the road` are no such thing."""


def folded(text: str) -> str:
    """A text as words are compared: without case, accents, punctuation at its ends and blanks that say nothing.

    `ARRÊT !` is `arret`; a letter that is one with its mark in its own alphabet (a Thai or Hindi vowel) stays.
    """
    # Letters of other shapes (wide, bold) become plain ones first, since some of them are capitals.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(
        letter for letter in decomposed if unicodedata.category(letter) != "Mn" or _is_vowel(letter)
    )
    # A dotless i folds to itself and its dotted sister to two letters.
    joined = " ".join(unicodedata.normalize("NFC", bare).replace("\u0131", "i").split())
    return _trimmed(joined)


def _trimmed(text: str) -> str:
    """A text without what is neither letter nor digit at its ends: punctuation, symbols, pictures."""
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start])[0] in "PSZC":
        start += 1
    while end > start and unicodedata.category(text[end - 1])[0] in "PSZC":
        end -= 1
    return text[start:end]


def _is_vowel(mark: str) -> bool:
    """Whether a combining mark is part of a word's spelling, in the scripts of India and South-East Asia."""
    return "\u0900" <= mark <= "\u0fff"


class Vocabulary:
    """The words that hold at one place: those of some languages, and the operator's own."""

    __slots__ = ("_words",)

    def __init__(self, languages: Iterable[str], own: Mapping[Wish, Iterable[str]]) -> None:
        words: dict[str, Wish] = {}
        # What stops is read first where a word is in two places: it must never be taken for anything else.
        for wish in (Wish.HELP, Wish.START, Wish.STOP):
            for language in languages:
                known: tuple[str, ...] = getattr(LANGUAGES[language], wish.value)
                words.update((folded(word), wish) for word in known)
            words.update((folded(word), wish) for word in own.get(wish, ()))
        self._words: Mapping[str, Wish] = MappingProxyType(words)

    def wish(self, text: str) -> Wish | None:
        """What a text asks for as a whole; None where it is more than one of the words."""
        return self._words.get(folded(text))

    def begins_with_stop(self, text: str) -> bool:
        """Whether the first word of a longer text is one that stops, as in `Stop sending me this`."""
        first = _trimmed(folded(text).split(" ", 1)[0])
        return first in _PLAIN and self._words.get(first) is Wish.STOP
