"""Rich content: every entry and suggestion by its own fields, limits, tolerance, and one sentence for whatever is wrong."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.cm.rich import read_rich
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
    ShareLocation,
    Suggestion,
    Template,
    ViewLocation,
)

PNG = {"mediaName": "affiche", "mediaUri": "https://example.org/a.png", "mimeType": "image/png"}
PICTURE = Media(uri="https://example.org/a.png", mime_type="image/png", name="affiche")
YES = {"action": "Reply", "label": "Oui", "postbackdata": "oui"}
EVENT = {
    "startTime": "2026-02-05T07:00:00",
    "endTime": "2026-02-05T08:00:00",
    "title": "Visite",
    "description": "Au magasin",
}


def read(value: Any) -> RichContent:
    found = read_rich(value)
    assert isinstance(found, RichContent), found
    return found


def entry(**given: Any) -> RichMessage:
    (found,) = read({"conversation": [given]}).conversation
    return found


def suggestion(**given: Any) -> Suggestion:
    (found,) = read({"suggestions": [given]}).suggestions
    return found


def refused(value: Any) -> str:
    found = read_rich(value)
    assert isinstance(found, str), found
    assert found.isprintable()
    assert len(found) < 200
    return found


# ------------------------------------------------------------ shapes


@pytest.mark.parametrize(
    ("value", "entries", "suggestions"),
    [
        ({"conversation": [{"text": "a"}]}, 1, 0),
        ({"suggestions": [YES]}, 0, 1),
        ({"conversation": [{"text": "a"}, {"media": PNG}], "suggestions": [YES, YES]}, 2, 2),
        ({"conversation": None, "suggestions": None}, 0, 0),
        ({"Conversation": [{"Text": "a"}], "SUGGESTIONS": []}, 1, 0),
        ({"conversation": [None, {"text": "a", "unknown": 1, "$type": "RichMessage"}], "x": {}}, 1, 0),
        ({}, 0, 0),
        (None, 0, 0),
    ],
)
@pytest.mark.row("001-141")
def test_a_conversation_suggestions_or_both(value: Any, entries: int, suggestions: int) -> None:
    found = read(value)
    assert (len(found.conversation), len(found.suggestions)) == (entries, suggestions)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "The richContent object is an invalid type, it should be an object"),
        ("x", "The richContent object is an invalid type, it should be an object"),
        (
            {"conversation": {}},
            "The richContent.conversation object is an invalid type, it should be an array",
        ),
        (
            {"suggestions": YES},
            "The richContent.suggestions object is an invalid type, it should be an array",
        ),
        (
            {"conversation": ["a"]},
            "The richContent.conversation[0] object is an invalid type, it should be an object",
        ),
        (
            {"conversation": [{"text": "a"}, {"text": ["b"]}]},
            "The richContent.conversation[1].text object is an invalid type, it should be a text",
        ),
    ],
)
def test_wrong_types(value: Any, sentence: str) -> None:
    assert refused(value) == sentence


@pytest.mark.row("001-142")
def test_at_most_five_entries() -> None:
    assert len(read({"conversation": [{"text": "a"}] * 5}).conversation) == 5
    assert refused({"conversation": [{"text": "a"}] * 6}) == (
        "richContent.conversation holds 6 entries, at most 5 are allowed"
    )


@pytest.mark.row("001-163")
def test_at_most_eleven_suggestions() -> None:
    assert len(read({"suggestions": [YES] * 11}).suggestions) == 11
    assert refused({"suggestions": [YES] * 12}) == (
        "richContent.suggestions holds 12 entries, at most 11 are allowed"
    )
    assert "at most 11" in refused({"conversation": [{"text": "a", "suggestions": [YES] * 12}]})


# ------------------------------------------------------------ entries


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": "Bonjour"}, RichMessage(text="Bonjour")),
        ({"text": "t", "header": "h"}, RichMessage(text="t", header="h")),
        ({"media": PNG, "header": "h"}, RichMessage(media=PICTURE, header="h")),
        ({"text": "t", "header": "h", "media": PNG}, RichMessage(text="t", header="h", media=PICTURE)),
        ({"media": PNG}, RichMessage(media=PICTURE)),
    ],
)
@pytest.mark.row("001-145")
@pytest.mark.row("001-146")
@pytest.mark.row("001-148")
def test_texts_media_and_cards(given: dict[str, Any], message: RichMessage) -> None:
    assert entry(**given) == message


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4", "audio/mpeg", "application/pdf"])
@pytest.mark.row("001-147")
def test_media_of_every_family(kind: str) -> None:
    found = entry(media={"mediaUri": "https://example.org/a", "mimeType": kind})
    assert found.media == Media(uri="https://example.org/a", mime_type=kind)
    assert entry(text="t", media={**PNG, "mimeType": kind}).media == Media(
        uri=PNG["mediaUri"], mime_type=kind, name="affiche"
    )


@pytest.mark.row("001-146")
def test_a_header_alone_is_no_card() -> None:
    assert "header needs a text or media" in refused({"conversation": [{"header": "h"}]})


@pytest.mark.parametrize("given", [{}, {"text": ""}, {"suggestions": [YES]}, {"tag": "t"}, {"media": None}])
def test_an_entry_shows_something(given: dict[str, Any]) -> None:
    assert refused({"conversation": [given]}) == "richContent.conversation[0] holds nothing to show"


def test_a_carousel() -> None:
    cards = [{"text": "1", "media": PNG, "suggestions": [YES]}, {"header": "h", "text": "2"}]
    found = entry(carousel={"cardWidth": "Medium", "cards": cards})
    assert found.carousel == Carousel(
        wide=True,
        cards=(
            Card(text="1", media=PICTURE, suggestions=(Reply(label="Oui", postback="oui"),)),
            Card(header="h", text="2"),
        ),
    )
    narrow = entry(carousel={"cards": cards}).carousel
    assert narrow is not None
    assert not narrow.wide


@pytest.mark.parametrize(
    ("carousel", "about"),
    [
        ({}, "fewer than 2 cards"),
        ({"cards": [{"text": "1"}]}, "fewer than 2 cards"),
        ({"cards": [{"text": "1"}, {}]}, "holds nothing to show"),
        ({"cards": [{"text": "1"}] * 2, "cardWidth": "Large"}, "cardWidth is neither Small nor Medium"),
        ([], "should be an object"),
    ],
)
def test_what_is_no_carousel(carousel: Any, about: str) -> None:
    assert about in refused({"conversation": [{"carousel": carousel}]})


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ({"latitude": 45.76, "longitude": 4.84}, Location(latitude=45.76, longitude=4.84)),
        (
            {"latitude": "45.76", "longitude": "4.84", "label": "Lyon", "radius": "100"},
            Location(latitude=45.76, longitude=4.84, label="Lyon", radius=100.0),
        ),
        ({"searchQuery": "Lyon"}, Location(search="Lyon")),
        ({"latitude": 0, "longitude": 0}, Location(latitude=0.0, longitude=0.0)),
    ],
)
@pytest.mark.row("001-172")
def test_locations(given: dict[str, Any], location: Location) -> None:
    assert entry(location=given).location == location
    found = suggestion(action="ViewLocation", label="Plan", viewLocation=given)
    assert found == ViewLocation(label="Plan", location=location)


@pytest.mark.parametrize(
    "given", [{}, {"latitude": 45.76}, {"longitude": 4.84}, {"label": "Lyon"}, {"searchQuery": ""}]
)
@pytest.mark.row("001-173")
def test_a_location_is_somewhere(given: dict[str, Any]) -> None:
    wanted = "needs a searchQuery, or latitude and longitude"
    assert wanted in refused(
        {"suggestions": [{"action": "ViewLocation", "label": "x", "viewLocation": given}]}
    )
    assert wanted in refused({"conversation": [{"location": given}]})


def test_degrees_and_distances_that_are_none() -> None:
    assert "latitude is not between" in refused(
        {"conversation": [{"location": {"latitude": 91, "longitude": 0}}]}
    )
    assert "radius is negative" in refused(
        {"conversation": [{"location": {"searchQuery": "x", "radius": -1}}]}
    )


def test_a_whatsapp_template() -> None:
    components = [{"type": "body", "parameters": [{"type": "text", "text": "Claire"}]}]
    given = {
        "namespace": "11111111_2222_3333",
        "element_name": "ticket",
        "language": {"policy": "deterministic", "code": "en"},
        "components": components,
    }
    found = entry(template={"whatsapp": given}).template
    assert found is not None
    assert found == Template(
        namespace="11111111_2222_3333", name="ticket", language="en", components=found.components
    )
    assert json.loads(found.components) == components
    older = entry(
        template={
            "whatsapp": {
                "element_name": "ticket",
                "language": {"code": "nl", "policy": "fallback"},
                "localizable_params": [{"default": "a"}, {"default": "b"}],
            }
        }
    ).template
    assert older == Template(
        namespace="", name="ticket", language="nl", policy="fallback", parameters=("a", "b")
    )


@pytest.mark.parametrize(
    ("whatsapp", "about"),
    [
        (None, "template.whatsapp is required"),
        ({"language": {"code": "en"}}, "element_name is required"),
        ({"element_name": "t"}, "language is required"),
        ({"element_name": "t", "language": {}}, "code is required"),
        ({"element_name": "t", "language": "en"}, "should be an object"),
        ({"element_name": "t", "language": {"code": "en"}, "components": {}}, "should be an array"),
        (
            {"element_name": "t", "language": {"code": "en"}, "components": [{}]},
            "components[0].type is required",
        ),
        (
            {
                "element_name": "t",
                "language": {"code": "en"},
                "components": [{"type": "body", "parameters": [{}]}],
            },
            "parameters[0].type is required",
        ),
        (
            {"element_name": "t", "language": {"code": "en"}, "localizable_params": [{}]},
            "default is required",
        ),
    ],
)
def test_what_is_no_template(whatsapp: Any, about: str) -> None:
    assert about in refused({"conversation": [{"template": {"whatsapp": whatsapp}}]})


def test_what_only_a_provider_understands_is_kept_as_it_is() -> None:
    interactive = {"type": "list", "body": {"text": "b"}, "action": {"Button": "x"}}
    payment = {"merchantName": "Shop", "lineItems": [{"label": "a", "amount": 1.5}]}
    contacts = [{"name": {"formatted_name": "A B"}, "phones": [{"phone": "+33140000000"}]}]
    found = entry(
        interactive=interactive,
        payment=payment,
        oauth2={"a": 1},
        contacts=contacts,
        context={"message_id": "w1"},
        tag="t",
    )
    assert json.loads(found.interactive) == interactive
    assert json.loads(found.payment) == payment
    assert json.loads(found.contacts) == contacts
    assert (json.loads(found.oauth2), found.replies_to, found.tag) == ({"a": 1}, "w1", "t")


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"interactive": {}}, "interactive.type is required"),
        ({"interactive": "list"}, "should be an object"),
        ({"payment": [1]}, "should be an object"),
        ({"contacts": [{}]}, "contacts[0] needs a name, phones, emails or an org"),
        ({"contacts": {}}, "should be an array"),
        ({"contacts": [{"name": {}}] * 51}, "at most 50"),
        ({"text": "t", "context": "w1"}, "should be an object"),
    ],
)
def test_what_no_provider_understands(given: dict[str, Any], about: str) -> None:
    assert about in refused({"conversation": [given]})


def test_a_list_to_pick_from() -> None:
    given = {"label": "Choose", "media": PNG, "options": [{"label": "a"}, {"label": "b", "media": PNG}]}
    assert entry(listPicker=given).list_picker == ListPicker(
        label="Choose",
        media=PICTURE,
        options=(ListOption(label="a"), ListOption(label="b", media=PICTURE)),
    )
    assert "options is required" in refused({"conversation": [{"listPicker": {"label": "x"}}]})
    assert "label is required" in refused({"conversation": [{"listPicker": {"options": [{"label": "a"}]}}]})
    assert "options[0].label is required" in refused(
        {"conversation": [{"listPicker": {"label": "x", "options": [{}]}}]}
    )


@pytest.mark.parametrize(
    ("media", "about"),
    [
        ({"mimeType": "image/png"}, "media.mediaUri is required"),
        ({"mediaUri": "a.png", "mimeType": "image/png"}, "media.mediaUri is not an http or https URL"),
        ({"mediaUri": "https://example.org/a"}, "media.mimeType is required"),
        ({**PNG, "mimeType": "png"}, "media.mimeType is not a MIME type"),
        ({**PNG, "mediaName": {}}, "media.mediaName object is an invalid type"),
        ("https://example.org/a", "media object is an invalid type, it should be an object"),
    ],
)
def test_what_is_no_media(media: Any, about: str) -> None:
    assert about in refused({"conversation": [{"media": media}]})


# ------------------------------------------------------------ suggestions


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ({"action": "OpenUrl", "url": "https://example.org"}, OpenUrl(label="l", url="https://example.org")),
        (
            {"action": "CreateCalendarEvent", "calendar": EVENT},
            CreateEvent(
                label="l",
                start="2026-02-05T07:00:00",
                end="2026-02-05T08:00:00",
                title="Visite",
                description="Au magasin",
            ),
        ),
        ({"action": "Dial", "dial": {"phoneNumber": "0033140000000"}}, Dial(label="l", number="33140000000")),
        ({"action": "Dial", "dial": {"PhoneNumber": "+33140000000"}}, Dial(label="l", number="33140000000")),
        (
            {"action": "ViewLocation", "viewLocation": {"searchQuery": "Lyon"}},
            ViewLocation(label="l", location=Location(search="Lyon")),
        ),
        ({"action": "Reply"}, Reply(label="l")),
        (
            {"action": "Reply", "media": PNG, "description": "d"},
            Reply(label="l", media=PICTURE, description="d"),
        ),
        ({"action": "ShareLocation", "shareLocation": {"requestLocation": True}}, ShareLocation(label="l")),
        (
            {"action": "CalendarPicker", "calendarPicker": {"options": [1]}},
            PickTime(label="l", options='{"options":[1]}'),
        ),
        ({"action": "Payment", "payment": {"total": "1"}}, Pay(label="l", request='{"total":"1"}')),
    ],
)
@pytest.mark.parametrize("spelt", [str, str.lower, str.upper, lambda word: f" {word} "])
@pytest.mark.row("001-164")
@pytest.mark.row("001-165")
def test_every_action_however_it_is_spelt(given: dict[str, Any], read_as: Suggestion, spelt: Any) -> None:
    found = suggestion(**{**given, "action": spelt(given["action"]), "label": "l", "postbackdata": "p"})
    assert found == msgspec.structs.replace(read_as, postback="p")


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"label": "l"}, "action is required"),
        ({"action": "Dance", "label": "l"}, "action is unknown: Dance"),
        ({"action": ["Reply"], "label": "l"}, "should be a text"),
        ({"action": "Reply"}, "label is required"),
        ({"action": "Reply", "label": " "}, "label is required"),
        ({"action": "Reply", "label": "l" * 201}, "label is longer than 200 characters"),
        ({"action": "Reply", "label": "l", "postbackdata": "p" * 2_049}, "longer than 2048"),
        ({"action": "OpenUrl", "label": "l"}, "url is required"),
        ({"action": "OpenUrl", "label": "l", "url": "javascript:x"}, "url is not a link"),
        ({"action": "CreateCalendarEvent", "label": "l"}, "calendar is required"),
        ({"action": "Dial", "label": "l"}, "dial is required"),
        ({"action": "Dial", "label": "l", "dial": {}}, "dial.phoneNumber is required"),
        (
            {"action": "Dial", "label": "l", "dial": {"phoneNumber": "0140000000"}},
            "not an international number",
        ),
        ({"action": "Dial", "label": "l", "dial": "0033140000000"}, "should be an object"),
        ({"action": "ViewLocation", "label": "l"}, "viewLocation is required"),
        ({"action": "CalendarPicker", "label": "l"}, "calendarPicker is required"),
        ({"action": "Payment", "label": "l"}, "payment is required"),
        ({"action": "Reply", "label": "l", "media": {}}, "mediaUri is required"),
    ],
)
@pytest.mark.row("001-166")
@pytest.mark.row("001-136")
def test_an_action_without_its_fields(given: dict[str, Any], about: str) -> None:
    assert about in refused({"suggestions": [given]})


@pytest.mark.parametrize("name", ["startTime", "endTime", "title"])
@pytest.mark.row("001-168")
def test_an_appointment_has_all_it_needs(name: str) -> None:
    given = {key: value for key, value in EVENT.items() if key != name}
    sentence = refused({"suggestions": [{"action": "CreateCalendarEvent", "label": "l", "calendar": given}]})
    assert f"calendar.{name} is required" in sentence


def test_an_appointment_does_not_end_before_it_starts() -> None:
    given = {**EVENT, "endTime": "2026-02-05T06:00:00"}
    assert "endTime is before startTime" in refused(
        {"suggestions": [{"action": "CreateCalendarEvent", "label": "l", "calendar": given}]}
    )


# ------------------------------------------------------------ hostile


def test_too_large_a_whole() -> None:
    assert refused({"conversation": [{"text": "é" * 20_000}] * 2}) == (
        "The richContent object is larger than 65536 octets"
    )


def test_half_a_surrogate_pair() -> None:
    wanted = "The richContent object holds half a surrogate pair, which no coding can say"
    assert refused({"conversation": [{"text": "\ud800"}]}) == wanted
    assert refused({"conversation": [{"payment": {"a": "\udfff"}}]}) == wanted


def test_an_object_that_nests_without_end() -> None:
    value: Any = {}
    for _ in range(5_000):
        value = {"a": value}
    assert "nested deeper" in refused({"conversation": [{"payment": value}]})


def test_what_is_read_stays_as_it_was() -> None:
    value = {"conversation": [{"text": "a", "payment": {"B": 1}}], "suggestions": [YES]}
    before = copy.deepcopy(value)
    read(value)
    assert value == before


NAMES = st.sampled_from(
    (
        *(
            "conversation",
            "suggestions",
            "text",
            "header",
            "media",
            "mediaUri",
            "mimeType",
            "carousel",
            "cards",
        ),
        *(
            "location",
            "latitude",
            "longitude",
            "contacts",
            "template",
            "whatsapp",
            "element_name",
            "language",
        ),
        *(
            "code",
            "components",
            "type",
            "parameters",
            "interactive",
            "listPicker",
            "options",
            "label",
            "payment",
        ),
        *(
            "action",
            "url",
            "calendar",
            "startTime",
            "endTime",
            "title",
            "dial",
            "phoneNumber",
            "viewLocation",
        ),
        *("context", "message_id", "cardWidth", "calendarPicker", "shareLocation", "postbackdata", "tag"),
    )
)
WORDS = st.sampled_from(
    ("Reply", "OpenUrl", "Dial", "https://example.org", "image/png", "0033140000000", "x", "")
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=6) | ANYTHING)
def test_anything_at_all_gets_an_answer(value: Any) -> None:
    found = read_rich(value)
    if isinstance(found, str):
        assert found
    else:
        assert msgspec.json.decode(msgspec.json.encode(found), type=RichContent) == found
