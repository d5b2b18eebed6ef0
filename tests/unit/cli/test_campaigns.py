"""`chappe campaign`: made with the list of its opt-outs, given keywords, tried out."""

from __future__ import annotations

from unit.cli.desk import Desk


def test_a_campaign_is_made_with_its_list_and_tried(furnished: Desk) -> None:
    desk = furnished
    assert (
        "campaign promo added" in desk("campaign", "add", "promo", "acme", "1212", "otherwise=Send JOIN").said
    )
    assert "optouts-acme suppression yes 0 acme" in desk("list", "list").said
    desk("campaign", "keyword", "promo", "join", "Hi {number}")
    desk("campaign", "keyword", "promo", "--pattern", "(?i)vote [0-9]", "Thanks for {rest}")
    desk("campaign", "keyword", "promo", "join", "Hello {number}")
    assert "promo acme yes 1212 join, (?i)vote [0-9] optouts-acme" in desk("campaign", "list").said

    def tried(text: str) -> str:
        return desk("campaign", "try", "1212", text, "--from", "316").said

    assert tried("JOIN!") == "campaign promo of acme: join answers: Hello 316"
    assert tried("Vote 3 now") == "campaign promo of acme: (?i)vote [0-9] answers: Thanks for 3 now"
    assert tried("what") == "campaign promo of acme: none of its keywords answers: Send JOIN"
    stop = "answers: You will get no more messages from 1212. Reply START to get them again."
    assert tried("stop") == f"campaign promo of acme: stop stop: optouts-acme {stop}"
    assert desk("campaign", "try", "9", "stop").said == "no campaign has the number 9 now"
    desk("campaign", "set", "promo", "enabled=false")
    assert tried("JOIN") == "no campaign has the number 1212 now"
    assert "campaign promo removed" in desk("campaign", "remove", "promo").said
    assert "campaigns: none" in desk("campaign", "list").said
    assert "optouts-acme" in desk("list", "list").said


def test_another_list_may_take_the_opt_outs_or_none(furnished: Desk) -> None:
    desk = furnished
    desk("list", "add", "everyone", "suppression")
    desk("campaign", "add", "a", "acme", "1", "suppression=everyone")
    desk("campaign", "add", "b", "acme", "2", "suppression=")
    listed = desk("campaign", "list").said
    assert "a acme yes 1 - everyone" in listed
    assert "b acme yes 2 - -" in listed
    assert "optouts-acme" not in desk("list", "list").said
    assert "campaign a: there is no list everyone of the kind suppression" in desk.refuses(
        "list", "remove", "everyone"
    )


def test_what_is_wrong_is_a_sentence(furnished: Desk) -> None:
    desk = furnished
    desk("list", "add", "barred", "blacklist")
    assert "there is no account nobody" in desk.refuses("campaign", "add", "c", "nobody", "1")
    assert "of the kind suppression" in desk.refuses(
        "campaign", "add", "c", "acme", "1", "suppression=barred"
    )
    assert "'{x}' is none of {number}" in desk.refuses("campaign", "add", "c", "acme", "1", "otherwise={x}")
    assert "no campaign c" in desk.refuses("campaign", "keyword", "c", "a", "b")
    desk("campaign", "add", "c", "acme", "1")
    assert "exists already" in desk.refuses("campaign", "add", "c", "acme", "2")
    assert "is not one word" in desk.refuses("campaign", "keyword", "c", "two words", "x")
