"""Rich content: what a message says on channels that show more than a text. Values only, whatever dialect they came by."""

from __future__ import annotations

import msgspec

Json = str
"""JSON text that only the provider of a channel understands: checked in its form, passed on as it is."""


class Media(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An image, a video, a sound or a document: where it lies, its MIME type, its name."""

    uri: str
    mime_type: str
    name: str = ""


class Location(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A place: degrees of latitude and longitude, or words to search for; `radius` in metres around it."""

    latitude: float | None = None
    longitude: float | None = None
    search: str = ""
    label: str = ""
    radius: float | None = None


# What the subscriber may tap: `label` is what is seen, `postback` what comes back as an MO in its place.


class OpenUrl(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="open_url"):
    """Opens a link: of the web, or of an app."""

    label: str
    postback: str = ""
    url: str


class CreateEvent(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="create_event"
):
    """Opens the calendar with a new appointment. Times are ISO 8601, local to the device where they have no offset."""

    label: str
    postback: str = ""
    start: str
    end: str
    title: str
    description: str = ""


class Dial(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="dial"):
    """Calls a number: digits in international form, without sign or zeros."""

    label: str
    postback: str = ""
    number: str


class ViewLocation(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="view_location"
):
    """Opens the map at a place."""

    label: str
    postback: str = ""
    location: Location


class Reply(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="reply"):
    """Answers with an MO: the postback data, or the label where there is none."""

    label: str
    postback: str = ""
    media: Media | None = None
    description: str = ""


class ShareLocation(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="share_location"
):
    """Asks the subscriber for the place where they are."""

    label: str
    postback: str = ""


class PickTime(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="pick_time"):
    """Lets the subscriber choose among times; `options` are the provider's own."""

    label: str
    postback: str = ""
    options: Json


class Pay(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="pay"):
    """Asks for a payment; `request` is the provider's own."""

    label: str
    postback: str = ""
    request: Json


Suggestion = OpenUrl | CreateEvent | Dial | ViewLocation | Reply | ShareLocation | PickTime | Pay


class Card(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A rich card, as one of a carousel: a picture, a heading, a text, something to tap."""

    text: str = ""
    header: str = ""
    media: Media | None = None
    suggestions: tuple[Suggestion, ...] = ()


class Carousel(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Cards side by side; `wide` ones are of medium width, the others small."""

    cards: tuple[Card, ...]
    wide: bool = False


class ListOption(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line of a list to pick from."""

    label: str
    media: Media | None = None


class ListPicker(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A list to pick from, and what stands over it."""

    label: str
    options: tuple[ListOption, ...]
    media: Media | None = None


class Template(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A text that a provider has approved before, by its name and language, and what goes into its gaps."""

    namespace: str
    name: str
    language: str
    policy: str = "deterministic"
    components: Json = ""
    parameters: tuple[str, ...] = ()
    """The older form of what goes into gaps: texts in order."""


class RichMessage(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One entry of a conversation. What is None or empty was not given; a text with header or media is a rich card."""

    text: str = ""
    header: str = ""
    media: Media | None = None
    suggestions: tuple[Suggestion, ...] = ()
    carousel: Carousel | None = None
    location: Location | None = None
    contacts: Json = ""
    template: Template | None = None
    interactive: Json = ""
    list_picker: ListPicker | None = None
    payment: Json = ""
    oauth2: Json = ""
    replies_to: str = ""
    """The provider's id of the message that this one answers."""
    tag: str = ""


class RichContent(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A conversation, sent in this order, and what may be tapped below its last entry (or below the body)."""

    conversation: tuple[RichMessage, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


class RichMo(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What an MO of a channel other than SMS brings beside its text.

    `postback` is that of the suggestion that was tapped, empty where something was typed; `answers` the network's id
    of the message that it answers, where it says so.
    """

    channel: str
    postback: str = ""
    media: Media | None = None
    location: Location | None = None
    answers: str = ""
