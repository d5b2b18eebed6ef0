"""Campaigns: which one an MO is for, what it answers, and that nothing shadows an opt-out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.campaign import (
    PLACEHOLDERS,
    Campaign,
    CampaignTable,
    Keyword,
    Matched,
    filled,
    template_problem,
    values_of,
)
from chappe.domain.opt_words import Wish

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
JOIN = Keyword(word="JOIN", reply="Welcome {number}")
VOTE = Keyword(pattern="(?i)vote [0-9]+", reply="You said {rest}")
PROMO = Campaign(
    name="promo",
    account="acme",
    numbers=("1212", "31970000000"),
    keywords=(JOIN, VOTE),
    otherwise="Send JOIN",
    suppression="optouts",
    help_reply="Call us",
)


def find(text: str | None, *campaigns: Campaign, number: str = "1212", at: datetime = NOON) -> Matched | None:
    return CampaignTable(campaigns or (PROMO,)).find(number, text, at)


def told(text: str | None, *campaigns: Campaign, at: datetime = NOON) -> tuple[str, str, Wish | None, str]:
    """The campaign, its keyword, the wish and the template."""
    found = find(text, *campaigns, at=at)
    assert found is not None
    return found.campaign.name, found.keyword.name if found.keyword else "", found.wish, found.template


@pytest.mark.parametrize(
    ("text", "keyword", "wish", "template"),
    [
        ("JOIN", "JOIN", None, "Welcome {number}"),
        (" join, please", "JOIN", None, "Welcome {number}"),
        ("J\u00d6IN", "JOIN", None, "Welcome {number}"),
        ("joined", "", None, "Send JOIN"),
        ("Vote 12", "(?i)vote [0-9]+", None, "You said {rest}"),
        ("my vote 12", "", None, "Send JOIN"),
        ("", "", None, "Send JOIN"),
        (None, "", None, "Send JOIN"),
        ("STOP", "", Wish.STOP, PROMO.stop_reply),
        ("Stop it now", "", Wish.STOP, PROMO.stop_reply),
        ("start", "", Wish.START, PROMO.start_reply),
        ("help", "", Wish.HELP, "Call us"),
    ],
)
def test_what_an_mo_asks_for(text: str | None, keyword: str, wish: Wish | None, template: str) -> None:
    assert told(text) == ("promo", keyword, wish, template)


def test_a_number_without_a_campaign_has_none() -> None:
    table = CampaignTable((PROMO,))
    assert table.find("9999", "JOIN", NOON) is None
    assert (table.listens("31970000000"), table.listens("9999")) == (True, False)
    assert not CampaignTable((Campaign(name="a", account="a", numbers=("1",), enabled=False),)).listens("1")


def test_a_keyword_never_shadows_a_stop() -> None:
    greedy = Campaign(
        name="greedy", account="b", numbers=("1212",), order=9, keywords=(Keyword(pattern=".*", reply="ha"),)
    )
    found = find("stop", greedy, PROMO)
    assert found is not None
    assert (found.campaign.name, found.wish, found.lists) == ("promo", Wish.STOP, ("optouts",))
    assert told("Stop smoking", greedy, PROMO)[0] == "greedy"


def test_a_stop_counts_for_all_campaigns_on_the_number() -> None:
    other = Campaign(name="other", account="b", numbers=("1212",), suppression="others", order=5)
    elsewhere = Campaign(name="elsewhere", account="c", numbers=("3434",), suppression="elsewhere")
    found = find("stop", PROMO, other, elsewhere)
    assert found is not None
    assert (found.campaign.name, found.lists) == ("other", ("others", "optouts"))


def test_without_a_list_the_words_are_words_like_others() -> None:
    plain = Campaign(name="plain", account="a", numbers=("1212",), otherwise="what?")
    assert [told(text, plain)[2:] for text in ("stop", "start", "help")] == [(None, "what?")] * 3


def test_a_keyword_goes_before_help_and_answers_for_start() -> None:
    own = Campaign(
        name="own",
        account="a",
        numbers=("1212",),
        suppression="s",
        help_reply="help",
        keywords=(Keyword(word="help", reply="mine"), Keyword(word="start", reply="started")),
    )
    assert told("HELP", own) == ("own", "help", None, "mine")
    found = find("START", own)
    assert found is not None
    assert (found.keyword is not None, found.wish, found.lists, found.template) == (
        True,
        Wish.START,
        ("s",),
        "started",
    )


def test_keywords_of_all_campaigns_go_before_what_answers_the_rest() -> None:
    first = Campaign(name="first", account="a", numbers=("1212",), order=9, otherwise="first of all")
    assert told("JOIN", first, PROMO)[0] == "promo"
    assert told("hello", first, PROMO)[0] == "first"
    silent = Campaign(name="silent", account="a", numbers=("1212",), order=9)
    assert told("hello", silent, PROMO)[0] == "promo"
    assert told("hello", silent) == ("silent", "", None, "")


def test_outside_its_time_only_opting_out_and_in_works() -> None:
    office = Campaign(
        name="office",
        account="a",
        numbers=("1212",),
        otherwise="hi",
        suppression="s",
        between="09:00-17:59",
        days=(1,),
    )
    assert told("hello", office)[3] == "hi"
    for at in (NOON.replace(hour=18), NOON.replace(day=5)):
        assert find("hello", office, at=at) is None
        assert told("stop", office, at=at)[2] is Wish.STOP
        assert told("start", office, at=at)[2] is Wish.START
        assert told("stop this", office, at=at)[2] is Wish.STOP
    assert told("hello", office, PROMO, at=NOON.replace(hour=18))[0] == "promo"


# ---------------------------------------------------------------- templates


def test_placeholders_are_filled_once() -> None:
    values = values_of("promo", "31612345678", "1212", " Hi {number}  there ")
    assert filled("{{{number}}} {code} {keyword} {rest} {campaign}", values) == (
        "{31612345678} 1212 Hi {number}  there promo"
    )
    assert filled("{text}", values) == " Hi {number}  there "
    assert filled("no braces", values) == "no braces"


def test_of_a_long_text_a_message_s_worth_is_shown() -> None:
    values = values_of("c", "1", "2", "a" * 500 + " " + "b" * 500)
    assert {name: len(values[name]) for name in ("keyword", "text", "rest")} == {
        "keyword": 160,
        "text": 160,
        "rest": 160,
    }


@pytest.mark.parametrize(
    "template", ["{nothing}", "{", "}", "a { b", "{}", "{Number}", "{number!r}", "{number.x}", "{0}"]
)
def test_what_is_no_placeholder_is_refused(template: str) -> None:
    assert "a brace itself is written twice" in template_problem(template)


def test_every_placeholder_has_a_value() -> None:
    values = values_of("c", "1", "2", "text")
    assert set(values) == set(PLACEHOLDERS)
    assert template_problem(" ".join(f"{{{name}}}" for name in PLACEHOLDERS)) == ""
    assert "at most 1000" in template_problem("x" * 1_001)


@given(st.text(alphabet="{}abcdenumr "))
def test_a_template_without_a_problem_is_filled(template: str) -> None:
    if not template_problem(template):
        filled(template, values_of("c", "1", "2", "t"))


# ---------------------------------------------------------------- records


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "a b"}, "campaign name"),
        ({"numbers": ()}, "needs the numbers"),
        ({"numbers": ("+12",)}, "is not 1 to 20 digits"),
        ({"languages": ("xx",)}, "language 'xx' is none of ar, "),
        ({"stop_words": ("!",)}, "'!' is no word"),
        ({"sender": "much too long for it"}, "sender: "),
        ({"replies_an_hour": -1}, "must not be negative"),
        ({"instance": "a b"}, "instance 'a b'"),
        ({"keywords": (Keyword(),)}, "either a word or a pattern"),
        ({"keywords": (Keyword(word="a", pattern="b"),)}, "either a word or a pattern"),
        ({"keywords": (Keyword(word="two words"),)}, "is not one word"),
        ({"keywords": (Keyword(word="!"),)}, "is not one word"),
        ({"keywords": (Keyword(pattern="("),)}, "keyword '('"),
        ({"keywords": (Keyword(word="a", reply="{x}"),)}, "{x}"),
        ({"otherwise": "{x}"}, "{x}"),
        ({"stop_reply": "{"}, "a brace"),
        ({"zone": "Nowhere/Land"}, "no time zone"),
        ({"between": "9-5"}, "is not HH:MM-HH:MM"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said(fields: dict[str, object], said: str) -> None:
    whole = {"name": "c", "account": "a", "numbers": ("1",), **fields}
    assert said in Campaign(**whole).problem()  # type: ignore[arg-type]
    assert PROMO.problem() == ""
