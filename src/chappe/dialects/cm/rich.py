"""Rich content as CM's clients write it: every entry and every suggestion checked by its own fields. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from chappe.dialects.cm.rich_fields import (
    BadRich,
    Fields,
    array,
    json_of,
    json_text,
    number_of,
    object_at,
    text_of,
)
from chappe.dialects.cm.rich_values import (
    app_link,
    calendar_time,
    coordinate,
    international,
    later,
    mime_type,
    web_address,
)
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

MOST_ENTRIES: Final = 5
MOST_SUGGESTIONS: Final = 11
_LEAST_CARDS: Final = 2
_MOST_CONTACTS: Final = 50
_MOST_LABEL: Final = 200
_MOST_POSTBACK: Final = 2_048
_MOST_OCTETS: Final = 65_536
"""Of the whole as it is stored: no channel takes as much of one message."""


def read_rich(value: Any) -> RichContent | str:
    """The rich content of a MSG, or the sentence why it is refused (code 305).

    `value` is what JSON decodes to, its keys as they were sent: they are matched whatever their case, those that
    nobody knows are passed over, and null stands for what is not there. Null itself is rich content without anything.
    """
    if value is None:
        return RichContent()
    try:
        fields = object_at(value, "richContent")
        read = RichContent(
            conversation=tuple(
                _message(object_at(each, where))
                for each, where in array(fields, "conversation", most=MOST_ENTRIES)
            ),
            suggestions=_suggestions(fields),
        )
        size = len(msgspec.json.encode(read))
    except BadRich as error:
        return str(error)
    except UnicodeEncodeError:
        return "The richContent object holds half a surrogate pair, which no coding can say"
    if size > _MOST_OCTETS:
        return f"The richContent object is larger than {_MOST_OCTETS} octets"
    return read


# ------------------------------------------------------------ entries of a conversation


def _message(fields: Fields) -> RichMessage:
    read = RichMessage(
        text=text_of(fields, "text"),
        header=text_of(fields, "header"),
        media=_media_in(fields),
        suggestions=_suggestions(fields),
        carousel=_carousel(fields),
        location=_location_in(fields, "location"),
        contacts=_contacts(fields),
        template=_template(fields),
        interactive=_interactive(fields),
        list_picker=_list_picker(fields),
        payment=json_of(fields, "payment"),
        oauth2=json_of(fields, "oauth2"),
        replies_to=text_of(fields.inner("context"), "message_id") if fields.has("context") else "",
        tag=text_of(fields, "tag"),
    )
    others = (read.carousel, read.location, read.template, read.list_picker)
    shown = any((read.contacts, read.interactive, read.payment, read.oauth2)) or any(
        each is not None for each in others
    )
    if not shown:
        _shows(fields, read.text, read.header, read.media)
    return read


def _shows(fields: Fields, text: str, header: str, media: Media | None) -> None:
    """Something is to be seen; a header alone is none, it stands over a text or a picture."""
    if text or media is not None:
        return
    if header:
        raise BadRich(f"{fields.where}.header needs a text or media beside it")
    raise BadRich(f"{fields.where} holds nothing to show")


def _media_in(fields: Fields) -> Media | None:
    return _media(fields.inner("media")) if fields.has("media") else None


def _media(fields: Fields) -> Media:
    return Media(
        uri=web_address(fields, "mediaUri"),
        mime_type=mime_type(fields, "mimeType"),
        name=text_of(fields, "mediaName"),
    )


def _carousel(fields: Fields) -> Carousel | None:
    if not fields.has("carousel"):
        return None
    inner = fields.inner("carousel")
    cards = array(inner, "cards")
    if len(cards) < _LEAST_CARDS:
        raise BadRich(f"{inner.where}.cards holds fewer than {_LEAST_CARDS} cards")
    width = (text_of(inner, "cardWidth") or "small").casefold()
    if width not in ("small", "medium"):
        raise BadRich(f"{inner.where}.cardWidth is neither Small nor Medium")
    return Carousel(
        cards=tuple(_card(object_at(each, where)) for each, where in cards), wide=width == "medium"
    )


def _card(fields: Fields) -> Card:
    card = Card(
        text=text_of(fields, "text"),
        header=text_of(fields, "header"),
        media=_media_in(fields),
        suggestions=_suggestions(fields),
    )
    _shows(fields, card.text, card.header, card.media)
    return card


def _location_in(fields: Fields, name: str) -> Location | None:
    return _location(fields.inner(name)) if fields.has(name) else None


def _location(fields: Fields) -> Location:
    latitude = coordinate(fields, "latitude", 90)
    longitude = coordinate(fields, "longitude", 180)
    search = text_of(fields, "searchQuery")
    if not search and (latitude is None or longitude is None):
        raise BadRich(f"{fields.where} needs a searchQuery, or latitude and longitude")
    radius = number_of(fields, "radius")
    if radius is not None and radius < 0:
        raise BadRich(f"{fields.where}.radius is negative")
    return Location(
        latitude=latitude,
        longitude=longitude,
        search=search,
        label=text_of(fields, "label"),
        radius=radius,
    )


def _contacts(fields: Fields) -> str:
    contacts = array(fields, "contacts", most=_MOST_CONTACTS)
    for each, where in contacts:
        contact = object_at(each, where)
        if not any(contact.has(name) for name in ("name", "phones", "emails", "org")):
            raise BadRich(f"{where} needs a name, phones, emails or an org")
    return json_text([each for each, _ in contacts], fields.where) if contacts else ""


def _template(fields: Fields) -> Template | None:
    if not fields.has("template"):
        return None
    template = fields.inner("template")
    if not template.has("whatsapp"):
        raise BadRich(f"{template.where}.whatsapp is required")
    inner = template.inner("whatsapp")
    language = inner.inner("language")
    components = array(inner, "components")
    for each, where in components:
        component = object_at(each, where)
        text_of(component, "type", required=True)
        for parameter, place in array(component, "parameters"):
            text_of(object_at(parameter, place), "type", required=True)
    parameters = [object_at(each, where) for each, where in array(inner, "localizable_params")]
    return Template(
        namespace=text_of(inner, "namespace"),
        name=text_of(inner, "element_name", required=True),
        language=text_of(language, "code", required=True),
        policy=text_of(language, "policy") or "deterministic",
        components=json_text([each for each, _ in components], inner.where) if components else "",
        parameters=tuple(text_of(each, "default", required=True) for each in parameters),
    )


def _interactive(fields: Fields) -> str:
    if fields.has("interactive"):
        text_of(fields.inner("interactive"), "type", required=True)
    return json_of(fields, "interactive")


def _list_picker(fields: Fields) -> ListPicker | None:
    if not fields.has("listPicker"):
        return None
    inner = fields.inner("listPicker")
    options = [object_at(each, where) for each, where in array(inner, "options")]
    if not options:
        raise BadRich(f"{inner.where}.options is required")
    return ListPicker(
        label=text_of(inner, "label", required=True),
        media=_media_in(inner),
        options=tuple(
            ListOption(label=text_of(each, "label", required=True), media=_media_in(each)) for each in options
        ),
    )


# ------------------------------------------------------------ suggestions


def _suggestions(fields: Fields) -> tuple[Suggestion, ...]:
    return tuple(
        _suggestion(object_at(each, where))
        for each, where in array(fields, "suggestions", most=MOST_SUGGESTIONS)
    )


def _suggestion(fields: Fields) -> Suggestion:
    action = text_of(fields, "action", required=True)
    read = _ACTIONS.get(action.strip().casefold())
    if read is None:
        raise BadRich(f"{fields.where}.action is unknown: {action[:40]}")
    label = text_of(fields, "label", required=True, most=_MOST_LABEL)
    return read(fields, label, text_of(fields, "postbackdata", most=_MOST_POSTBACK))


def _open_url(fields: Fields, label: str, postback: str) -> Suggestion:
    return OpenUrl(label=label, postback=postback, url=app_link(fields, "url"))


def _create_event(fields: Fields, label: str, postback: str) -> Suggestion:
    inner = fields.inner("calendar")
    start, end = calendar_time(inner, "startTime"), calendar_time(inner, "endTime")
    if later(start, end):
        raise BadRich(f"{inner.where}.endTime is before startTime")
    return CreateEvent(
        label=label,
        postback=postback,
        start=start.isoformat(),
        end=end.isoformat(),
        title=text_of(inner, "title", required=True),
        description=text_of(inner, "description"),
    )


def _dial(fields: Fields, label: str, postback: str) -> Suggestion:
    return Dial(label=label, postback=postback, number=international(fields.inner("dial"), "phoneNumber"))


def _view_location(fields: Fields, label: str, postback: str) -> Suggestion:
    return ViewLocation(label=label, postback=postback, location=_location(fields.inner("viewLocation")))


def _reply(fields: Fields, label: str, postback: str) -> Suggestion:
    return Reply(
        label=label,
        postback=postback,
        media=_media_in(fields),
        description=text_of(fields, "description"),
    )


def _share_location(_fields: Fields, label: str, postback: str) -> Suggestion:
    return ShareLocation(label=label, postback=postback)


def _pick_time(fields: Fields, label: str, postback: str) -> Suggestion:
    return PickTime(label=label, postback=postback, options=json_of(fields, "calendarPicker", required=True))


def _pay(fields: Fields, label: str, postback: str) -> Suggestion:
    return Pay(label=label, postback=postback, request=json_of(fields, "payment", required=True))


_ACTIONS: Final[Mapping[str, Callable[[Fields, str, str], Suggestion]]] = MappingProxyType(
    {
        "openurl": _open_url,
        "createcalendarevent": _create_event,
        "dial": _dial,
        "viewlocation": _view_location,
        "reply": _reply,
        "sharelocation": _share_location,
        "calendarpicker": _pick_time,
        "payment": _pay,
    }
)
"""What reads each action, by its name in lower case."""
