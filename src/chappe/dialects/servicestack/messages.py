"""Messages of this wire to submissions of the core, or the reason why one is none. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from chappe.domain.address import BadAddress, destination
from chappe.domain.channel import CHANNELS, SMS
from chappe.domain.extras import Extras
from chappe.domain.submission import Submission

_LONGEST_ID: Final = 255
_REPEAT_MS: Final = 24 * 3_600 * 1000
_PLAIN: Final = frozenset({"", SMS, "smpp"})
_LABELLED: Final = Extras(labelled=True)


class Unfit(ValueError):
    """What is wrong with one message, as its `error`."""


IsTag = Callable[[str], bool]
"""Whether a route asks for this tag."""


def submission_of(message: dict[str, Any], is_tag: IsTag) -> Submission:
    """The submission that a message describes. Raises Unfit."""
    to, content = message.get("to"), message.get("content")
    if not to or not to.strip():
        raise Unfit("'to' must not be empty.")
    if not content:
        raise Unfit("'content' must not be empty.")
    try:
        address = destination(to.strip())
    except BadAddress as error:
        raise Unfit(f"'to' is not a number: {error}") from error
    client_id = message.get("clientMessageId") or ""
    if len(client_id) > _LONGEST_ID:
        raise Unfit(f"'clientMessageId' has more than {_LONGEST_ID} characters.")
    channel = (message.get("channel") or "").strip()
    canonical = channel.lower()
    extras = _LABELLED if client_id else None
    tags: tuple[str, ...] = ()
    if canonical not in _PLAIN:
        if canonical in CHANNELS:
            extras = Extras(channels=(canonical,), labelled=bool(client_id))
        elif is_tag(channel):
            tags = (channel,)
        else:
            raise Unfit(f"'channel' is not known: {channel[:40]}")
    return Submission(
        destination=address,
        text=content,
        reference=client_id,
        tags=tags,
        extras=extras,
        idempotency_key=_key(client_id, address.value) if client_id else "",
        key_holds_ms=_REPEAT_MS if client_id else 0,
    )


def _key(client_id: str, number: str) -> str:
    """One client id for several numbers is a campaign's, and no repetition."""
    text = f"{client_id}\0{number}".encode("utf-8", "surrogatepass")
    return "servicestack:" + hashlib.blake2b(text, digest_size=16).hexdigest()
