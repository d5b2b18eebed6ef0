"""MOs as this dialect's HTTP calls: today's JSON, and the older flat form as JSON, XML and GET. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from chappe.dialects.cm.channels import SHOWN
from chappe.dialects.cm.placeholders import in_xml, iso, with_plus
from chappe.domain.channel import SMS
from chappe.domain.ids import IdRenderer
from chappe.domain.report import IncomingNotice, MoManner, Notice
from chappe.domain.rich import RichMo
from chappe.ports.carrier import HttpCall, NoticeWriter


class MoForm(Enum):
    """The forms; each value is the name by which a route's delivery knows it."""

    JSON = "cm"
    FLAT = "cm-mo-flat"
    XML = "cm-mo-xml"
    GET = "cm-mo-get"


_JSON: Final = (("Content-Type", "application/json; charset=utf-8"),)
_XML: Final = (("Content-Type", "application/xml; charset=utf-8"),)
_OK: Final = 200
_EVERY_FIVE_MINUTES: Final = 300_000
_A_MONTH: Final = 30 * 86_400_000

MANNERS: Final[Mapping[str, MoManner]] = MappingProxyType(
    {form.value: MoManner(_EVERY_FIVE_MINUTES, _A_MONTH, replies=True) for form in MoForm}
)
"""The vendor's rule: every 5 minutes, for at most one month."""


class MoWriter:
    """Answers `ports.carrier.NoticeWriter` for MOs of one form."""

    def __init__(self, form: MoForm) -> None:
        self._form = form

    def write(self, notice: Notice) -> HttpCall:
        """The request that tells of an MO."""
        # Status reports have writers of their own.
        assert isinstance(notice, IncomingNotice)
        target = notice.wish.target
        match self._form:
            case MoForm.JSON:
                return HttpCall("POST", target, _JSON, msgspec.json.encode(_told(notice)))
            case MoForm.FLAT:
                return HttpCall("POST", target, _JSON, msgspec.json.encode(_flat(notice)))
            case MoForm.XML:
                return HttpCall("POST", target, _XML, _xml(notice).encode("utf-8", "replace"))
        url = target.partition("#")[0]
        query = urlencode(_flat(notice), doseq=True, errors="replace")
        return HttpCall("GET", f"{url}{'&' if '?' in url else '?'}{query}")

    def taken(self, status: int, body: bytes) -> bool:
        """Exactly 200; another success is none."""
        del body
        return status == _OK


def _maker(form: MoForm) -> Callable[[IdRenderer], NoticeWriter]:
    return lambda _: MoWriter(form)


OLDER_WRITERS: Final[Mapping[str, Callable[[IdRenderer], NoticeWriter]]] = MappingProxyType(
    {form.value: _maker(form) for form in MoForm if form is not MoForm.JSON}
)
"""Writers of the older forms, by their names."""


def _replied(notice: IncomingNotice) -> tuple[str, list[str]]:
    """The reference and the three groupings of the MT that was answered, empty where none was."""
    replied = notice.replied
    return ("", ["", "", ""]) if replied is None else (replied.reference, list(replied.groupings))


def _text(notice: IncomingNotice) -> str:
    """The text; a suggestion's postback data in place of its label; octets that are no text in hexadecimal."""
    if notice.rich is not None and notice.rich.postback:
        return notice.rich.postback
    return notice.octets.hex() if notice.text is None else notice.text


def _channel(notice: IncomingNotice) -> str:
    channel = SMS if notice.rich is None else notice.rich.channel
    return SHOWN.get(channel, channel)


def _media(rich: RichMo | None) -> dict[str, str]:
    media = None if rich is None else rich.media
    if media is None:
        return {"mediaUri": "", "contentType": "", "title": ""}
    return {"mediaUri": media.uri, "contentType": media.mime_type, "title": media.name}


def _custom(rich: RichMo | None) -> dict[str, Any]:
    location = None if rich is None else rich.location
    if location is None:
        return {}
    told = {"latitude": location.latitude, "longitude": location.longitude, "label": location.label or None}
    return {"location": {name: value for name, value in told.items() if value is not None}}


def _told(notice: IncomingNotice) -> dict[str, Any]:
    reference, groupings = _replied(notice)
    return {
        "reference": reference,
        "from": {"number": with_plus(notice.source.value), "name": ""},
        "to": {"number": with_plus(notice.destination.value)},
        "message": {
            "text": _text(notice),
            "media": _media(notice.rich),
            "custom": _custom(notice.rich),
        },
        "groupings": groupings,
        "timeUtc": iso(notice.received_ms),
        "channel": _channel(notice),
        "messageContext": notice.rich.answers if notice.rich is not None else "",
    }


def _flat(notice: IncomingNotice) -> dict[str, Any]:
    reference, groupings = _replied(notice)
    return {
        "reference": reference,
        "from": with_plus(notice.source.value),
        "to": with_plus(notice.destination.value),
        "body": _text(notice),
        "groupings": groupings,
    }


def _xml(notice: IncomingNotice) -> str:
    reference, groupings = _replied(notice)
    marks = "".join(f"<GROUPING>{in_xml(each)}</GROUPING>" for each in groupings)
    return (
        f"<MO><REFERENCE>{in_xml(reference)}</REFERENCE><FROM>{in_xml(with_plus(notice.source.value))}</FROM>"
        f"<TO>{in_xml(with_plus(notice.destination.value))}</TO><BODY>{in_xml(_text(notice))}</BODY>"
        f"<GROUPINGS>{marks}</GROUPINGS></MO>"
    )
