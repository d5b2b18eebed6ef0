"""An accepted message as the document's SmsMessage: what the client said, what the operator set, dates in his zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from chappe.connectors.plugin.settings import Fields, PluginSettings, SmsTypes, zone_of
from chappe.domain.extras import PluginFields
from chappe.domain.message import Message
from chappe.text.encodings import Charset, decode_text

BULK: Final = "BULK"
_NOTHING: Final = PluginFields()
_NO_FIELDS: Final = Fields()
_DATE: Final = "%Y%m%d%H%M"
_SECOND: Final = 1_000


class Unfit(ValueError):
    """The message has no form that a plug-in takes; the reason is its message and holds nothing of the text."""


class SmsMessage(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The document's class, in its order and by its names. Not there is None, which .NET writes as null too."""

    mobile_number: str
    text: str
    sender: str | None = None
    start_time: str | None = None
    expire_time: str | None = None
    sms_type: str | None = None
    brand_code: str | None = None
    recipient_type: str | None = None
    message_type: str | None = None
    account_id: int = 0
    sender_id: int = 0


class Urgent(SmsMessage, frozen=True, gc=False, rename="camel"):
    """One of high priority. The class of the document has no such field, the remark above it has."""

    priority: str = "yes"


class SendRequest(msgspec.Struct, frozen=True, gc=False):
    """The document's SmsSendRequest."""

    messages: Sequence[SmsMessage]


_encoder: Final = msgspec.json.Encoder()


def write_request(messages: Sequence[SmsMessage]) -> bytes:
    """The text that Send is called with."""
    return _encoder.encode(SendRequest(messages))


class Writer:
    """Makes SmsMessages by one connector's settings."""

    def __init__(self, settings: PluginSettings) -> None:
        self._settings = settings
        self._zone = zone_of(settings.timezone)

    def write(self, message: Message) -> SmsMessage:
        """A message for a plug-in. Raises Unfit."""
        settings = self._settings
        said = message.extras.plugin if message.extras is not None else None
        said = said or _NOTHING
        own = settings.accounts.get(message.account, _NO_FIELDS)
        other = settings.fields
        made = Urgent if message.priority and settings.priority else SmsMessage
        account_id = said.account_id or own.account_id or other.account_id
        sender_id = (
            said.sender_id
            or settings.senders.get(message.source.value, 0)
            or own.sender_id
            or other.sender_id
        )
        kind = said.sms_type or own.sms_type or other.sms_type or BULK
        return made(
            message.destination.value,
            _text(message),
            message.source.value or None,
            self._date(message.due_ms),
            self._date(message.expires_ms),
            self._sms_type(kind, message, account_id, sender_id),
            said.brand_code or own.brand_code or other.brand_code or None,
            said.recipient_type or own.recipient_type or other.recipient_type or None,
            said.message_type or own.message_type or other.message_type or None,
            account_id,
            sender_id,
        )

    def _date(self, unix_ms: int) -> str | None:
        if not unix_ms:
            return None
        return datetime.fromtimestamp(unix_ms / _SECOND, UTC).astimezone(self._zone).strftime(_DATE)

    def _sms_type(self, given: str, message: Message, account_id: int, sender_id: int) -> str:
        how = self._settings.sms_type
        if how is SmsTypes.AS_GIVEN:
            return given
        kind, bar, _ = given.partition("|")
        if how is SmsTypes.PLAIN:
            return kind or BULK
        if bar:
            return given
        return f"{kind or BULK}|{account_id}-{sender_id}-{message.destination.value}-{message.id}"


def _text(message: Message) -> str:
    if message.text is not None:
        return message.text
    decoded = None if message.udhi else decode_text(message.octets or b"", Charset(message.charset))
    if decoded is None or decoded.lossy:
        raise Unfit("a plug-in takes text, and this message is octets that are none")
    return decoded.text
