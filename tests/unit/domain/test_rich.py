"""Rich content comes back from its stored form, every kind of suggestion as its own."""

from __future__ import annotations

import msgspec
import pytest

from chappe.domain.app import Hybrid, MessageType
from chappe.domain.extras import Extras
from chappe.domain.rich import (
    Card,
    Carousel,
    CreateEvent,
    Dial,
    ListOption,
    ListPicker,
    Location,
    Media,
    OpenUrl,
    Pay,
    PickTime,
    Reply,
    RichContent,
    RichMessage,
    RichMo,
    ShareLocation,
    Suggestion,
    Template,
    ViewLocation,
)

PICTURE = Media(uri="https://example.org/a.png", mime_type="image/png", name="a")
SUGGESTIONS: tuple[Suggestion, ...] = (
    OpenUrl(label="open", url="https://example.org"),
    CreateEvent(label="note", start="2026-02-05T07:00:00", end="2026-02-05T08:00:00", title="t"),
    Dial(label="call", number="33140000000"),
    ViewLocation(label="map", location=Location(latitude=45.76, longitude=4.84)),
    Reply(label="yes", postback="y", media=PICTURE),
    ShareLocation(label="where"),
    PickTime(label="when", options="{}"),
    Pay(label="pay", request="{}"),
)
ENTRIES = (
    RichMessage(text="t", header="h", media=PICTURE, suggestions=SUGGESTIONS),
    RichMessage(carousel=Carousel(cards=(Card(text="1"), Card(media=PICTURE)), wide=True)),
    RichMessage(template=Template(namespace="n", name="ticket", language="en", components="[]")),
    RichMessage(list_picker=ListPicker(label="l", options=(ListOption(label="o", media=PICTURE),))),
    RichMessage(location=Location(search="Lyon"), contacts="[]", interactive="{}", payment="{}", tag="x"),
)


@pytest.mark.parametrize("suggestion", SUGGESTIONS)
def test_a_suggestion_comes_back_as_its_own_kind(suggestion: Suggestion) -> None:
    rich = RichContent(suggestions=(suggestion,))
    assert msgspec.json.decode(msgspec.json.encode(rich), type=RichContent) == rich


def test_all_of_it_comes_back_with_its_message() -> None:
    extras = Extras(
        channels=("rcs",),
        rich=RichContent(conversation=ENTRIES, suggestions=SUGGESTIONS),
        app_type=MessageType.CRITICAL,
        hybrid=Hybrid(MessageType.OTP, 1, 2, ("sms",), "all", over=True, attempts=3),
    )
    assert msgspec.json.decode(msgspec.json.encode(extras), type=Extras) == extras


def test_nothing_of_it_costs_next_to_nothing() -> None:
    assert msgspec.json.encode(RichContent()) == b"{}"
    assert msgspec.json.encode(RichMessage(text="t")) == b'{"text":"t"}'


def test_what_an_mo_brings_comes_back() -> None:
    brought = RichMo(
        channel="rcs", postback="y", media=PICTURE, location=Location(search="Lyon"), answers="1"
    )
    assert msgspec.json.decode(msgspec.json.encode(brought), type=RichMo) == brought
