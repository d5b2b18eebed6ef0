"""Campaigns: a number that subscribers write to, the keywords it knows, what it answers, how one opts out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.domain.account import NAME
from chappe.domain.address import BadAddress, sender
from chappe.domain.conditions import Condition, RuleTable, Subject, compile_pattern
from chappe.domain.opt_words import LANGUAGES, Vocabulary, Wish, folded

PLACEHOLDERS: Final = ("number", "code", "keyword", "text", "rest", "campaign")
"""What a reply may show: the subscriber's number, the number written to, the first word, all of the text, the text
behind its first word, the campaign's name."""

MAX_REPLY: Final = 1_000
_MOST_SHOWN: Final = 160
_HOLDER: Final = re.compile(r"\{\{|\}\}|\{([a-z]*)\}|[{}]")
_CODE: Final = re.compile(r"[0-9]{1,20}")
_STOPPED: Final = "You will get no more messages from {code}. Reply START to get them again."
_STARTED: Final = "You get messages from {code} again. Reply STOP to end them."


class Keyword(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A word that a text begins with, whatever its case, or an RE2 pattern (linear time) matched at the text's start.

    `reply` is the template of the answer; empty for none, where the MO's receiver answers by itself.
    """

    word: str = ""
    pattern: str = ""
    reply: str = ""

    def problem(self) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        if bool(self.word) == bool(self.pattern):
            return "a keyword has either a word or a pattern"
        if self.word and (" " in self.word or not folded(self.word)):
            return f"keyword {self.word!r} is not one word"
        if self.pattern:
            try:
                compile_pattern(self.pattern)
            except ValueError as error:
                return f"keyword {self.pattern!r}: {error}"
        return template_problem(self.reply)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.word or self.pattern


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An instance of an account: MOs to one of its `numbers` are its own.

    Keywords are tried in order; `otherwise` answers what none of them matches. With `suppression` (a list of that kind)
    the opt-out words of the `languages` and the operator's own put a number on it and take it off. `sender` is what
    replies come from, the number that was written to where there is none. Outside of `between`, `dates` and `days` (as
    in conditions) only opting out and in works. Of several campaigns on one number the highest `order` is tried first.
    `instance` is what the log calls it, else the workspace whose code the number is, else its name.
    `replies_an_hour` bounds the replies to one subscriber, so that two machines do not talk for ever; 0 for no bound.
    """

    name: str
    account: str
    numbers: tuple[str, ...]
    keywords: tuple[Keyword, ...] = ()
    otherwise: str = ""
    suppression: str = ""
    languages: tuple[str, ...] = ("en",)
    stop_words: tuple[str, ...] = ()
    start_words: tuple[str, ...] = ()
    help_words: tuple[str, ...] = ()
    stop_reply: str = _STOPPED
    start_reply: str = _STARTED
    help_reply: str = ""
    sender: str = ""
    order: int = 0
    between: str = ""
    dates: str = ""
    days: tuple[int, ...] = ()
    zone: str = ""
    replies_an_hour: int = 20
    instance: str = ""
    enabled: bool = True

    @property
    def condition(self) -> Condition:
        """When it is active."""
        return Condition(between=self.between, dates=self.dates, days=self.days, zone=self.zone)

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"campaign name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if not self.numbers:
            return "a campaign needs the numbers that subscribers write to"
        for number in self.numbers:
            if not _CODE.fullmatch(number):
                return f"number {number!r} is not 1 to 20 digits"
        for language in self.languages:
            if language not in LANGUAGES:
                return f"language {language!r} is none of {', '.join(sorted(LANGUAGES))}"
        for word in (*self.stop_words, *self.start_words, *self.help_words):
            if not folded(word):
                return f"{word!r} is no word"
        try:
            sender(self.sender)
        except BadAddress as error:
            return f"sender: {error}"
        if self.instance and not NAME.fullmatch(self.instance):
            return f"instance {self.instance!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if self.replies_an_hour < 0:
            return "replies_an_hour must not be negative"
        parts = (keyword.problem() for keyword in self.keywords)
        replies = (self.otherwise, self.stop_reply, self.start_reply, self.help_reply)
        return (
            next(filter(None, parts), "")
            or next(filter(None, map(template_problem, replies)), "")
            or self.condition.problem()
        )


def template_problem(template: str) -> str:
    """The first thing wrong with a reply's template as a sentence, empty if none."""
    if len(template) > MAX_REPLY:
        return f"a reply is at most {MAX_REPLY} characters"
    for found in _HOLDER.finditer(template):
        if found[0] in ("{{", "}}"):
            continue
        if found[1] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            return f"{found[0]!r} is none of {known}; a brace itself is written twice"
    return ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders filled; what subscribers wrote is not looked at for placeholders again."""

    def fill(found: re.Match[str]) -> str:
        return found[0][0] if found[1] is None else values[found[1]]

    return _HOLDER.sub(fill, template)


def values_of(campaign: str, source: str, destination: str, text: str) -> Mapping[str, str]:
    """What the placeholders stand for; of the subscriber's text no more than a message's length."""
    first, _, rest = text.strip().partition(" ")
    return MappingProxyType(
        {
            "number": source,
            "code": destination,
            "keyword": first[:_MOST_SHOWN],
            "text": text[:_MOST_SHOWN],
            "rest": rest.strip()[:_MOST_SHOWN],
            "campaign": campaign,
        }
    )


class Matched(msgspec.Struct, frozen=True, gc=False):
    """The campaign that an MO is for, its keyword if one matched, and what it asks for if it is one of the words.

    `lists` are the suppression lists of all campaigns on that number, for STOP and START.
    """

    campaign: Campaign
    keyword: Keyword | None = None
    wish: Wish | None = None
    lists: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """What is answered; empty for nothing."""
        campaign = self.campaign
        if self.wish is Wish.STOP:
            return campaign.stop_reply
        if self.keyword is not None:
            return self.keyword.reply
        if self.wish is Wish.START:
            return campaign.start_reply
        return campaign.help_reply if self.wish is Wish.HELP else campaign.otherwise


class _Compiled:
    """One campaign, ready to be asked."""

    __slots__ = ("campaign", "keywords", "words")

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        own = {
            Wish.STOP: campaign.stop_words,
            Wish.START: campaign.start_words,
            Wish.HELP: campaign.help_words,
        }
        self.words = Vocabulary(campaign.languages, own)
        self.keywords: tuple[tuple[Keyword, str, Any], ...] = tuple(
            (
                keyword,
                folded(keyword.word) if keyword.word else "",
                compile_pattern(keyword.pattern) if keyword.pattern else None,
            )
            for keyword in campaign.keywords
        )

    def keyword(self, text: str, first: str) -> Keyword | None:
        """The first keyword that a text matches; `first` is its first word, folded."""
        for keyword, word, pattern in self.keywords:
            if word == first if pattern is None else pattern.match(text):
                return keyword
        return None

    def wish(self, text: str) -> Wish | None:
        """What of stopping, starting and helping a text asks for as a whole, where this campaign answers to that."""
        wish = self.words.wish(text)
        if wish is Wish.HELP:
            return wish if self.campaign.help_reply else None
        return wish if self.campaign.suppression else None


class CampaignTable:
    """The campaigns that are switched on, by the numbers they listen to."""

    __slots__ = ("_by_number", "_times")

    def __init__(self, campaigns: Iterable[Campaign] = ()) -> None:
        # RuleTable ranks them and knows when each is active.
        self._times = RuleTable[Campaign](campaigns)
        by_number: dict[str, tuple[tuple[int, _Compiled], ...]] = {}
        for place, campaign in enumerate(self._times.rules):
            compiled = _Compiled(campaign)
            for number in dict.fromkeys(campaign.numbers):
                by_number[number] = (*by_number.get(number, ()), (place, compiled))
        self._by_number = by_number

    def listens(self, number: str) -> bool:
        """Whether a campaign has this number."""
        return number in self._by_number

    def find(self, number: str, text: str | None, now: datetime) -> Matched | None:
        """What an MO to a number is for. A text that stops does so whoever else would have it, and at any time."""
        here = self._by_number.get(number, ())
        if not here:
            return None
        words = text or ""
        opting = self._opting(here, words)
        subject = Subject(destination=number)
        active = [one for place, one in here if self._times.matches(place, subject, now)]
        if opting is not None and (opting.wish is Wish.STOP or not active):
            return opting
        split = words.split(None, 1)
        first = folded(split[0]) if split else ""
        for one in active:
            keyword = one.keyword(words, first)
            if keyword is None:
                continue
            if opting is None:
                return Matched(one.campaign, keyword)
            return Matched(one.campaign, keyword, opting.wish, opting.lists)
        return opting or self._unmatched(here, active, words)

    def _opting(self, here: tuple[tuple[int, _Compiled], ...], text: str) -> Matched | None:
        """A wish to stop or start, by the first campaign here that has the word, for the lists of all."""
        for _, one in here:
            wish = one.wish(text)
            if wish in (Wish.STOP, Wish.START):
                return Matched(one.campaign, None, wish, _lists(here))
        return None

    @staticmethod
    def _unmatched(
        here: tuple[tuple[int, _Compiled], ...], active: list[_Compiled], text: str
    ) -> Matched | None:
        for _, one in here:
            if one.campaign.suppression and one.words.begins_with_stop(text):
                return Matched(one.campaign, None, Wish.STOP, _lists(here))
        for one in active:
            if one.wish(text) is Wish.HELP:
                return Matched(one.campaign, None, Wish.HELP)
        catching = [one for one in active if one.campaign.otherwise] or active
        return Matched(catching[0].campaign) if catching else None


def _lists(here: tuple[tuple[int, _Compiled], ...]) -> tuple[str, ...]:
    names = (one.campaign.suppression for _, one in here)
    return tuple(dict.fromkeys(name for name in names if name))
