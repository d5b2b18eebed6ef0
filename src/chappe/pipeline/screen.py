"""Whether a message's values are ones that its account may use: the account's filters are asked. Pure."""

from __future__ import annotations

from chappe.domain.refusal import Refusal
from chappe.domain.submission import Submission
from chappe.domain.value_filters import Screen, Values
from chappe.pipeline.validate import Content, readable_text

_MINUTE_MS = 60_000


def screened(screen: Screen, asked: Submission, content: Content, now_ms: int) -> Refusal | None:
    """The refusal of a value that no filter lets through, None if all pass.

    Seen is what the client asked for itself: neither the account's own sender nor its own validity. Octets that are
    no text, and those behind a header that the client wrote, are no content to look at.
    """
    source = asked.source
    return screen.refusal(
        Values(
            destination=asked.destination.value,
            source=source.value if source is not None and source.value else None,
            priority=str(asked.priority) if asked.priority else None,
            validity=_minutes(asked, now_ms) if screen.needs_validity and asked.expires_ms else None,
            content=_readable(asked, content) if screen.needs_content else None,
        )
    )


def _minutes(asked: Submission, now_ms: int) -> str:
    start = max(asked.due_ms, now_ms)
    return str(round((asked.expires_ms - start) / _MINUTE_MS))


def _readable(asked: Submission, content: Content) -> str | None:
    if asked.text is not None:
        return asked.text
    # What does not read as text is empty here; so is no text at all, which is nothing to hide.
    return readable_text(content.text, content.octets, content.charset, udhi=asked.udhi) or None
