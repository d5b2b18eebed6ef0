"""What writers of notices may ask about one beyond what it says: the meaning of an error, a number's network, the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chappe.domain.error_table import ErrorTable, StandardError
from chappe.domain.ids import IdRenderer
from chappe.domain.report import StatusNotice


@dataclass(frozen=True, slots=True)
class Telling:
    """Answers from the operator's tables as they are now: a report that is sent again says what they say by then."""

    renderer: IdRenderer
    errors: Callable[[], ErrorTable]
    network_of: Callable[[str], str]
    """MCC and MNC of a number by its prefix, empty where none is known."""
    now_ms: Callable[[], int]

    def error_of(self, notice: StatusNotice) -> StandardError | None:
        """The standard error of what a notice tells, None for none."""
        return self.errors().find(
            notice.connector,
            notice.state,
            error=notice.error,
            word=notice.word,
            status=notice.command_status,
        )

    def network(self, notice: StatusNotice) -> str:
        """MCC and MNC of the recipient's network: as it was told, else by the number's prefix."""
        return notice.network or self.network_of(notice.destination.value)


def untold(renderer: IdRenderer) -> Telling:
    """Without an operator's tables: what is known of errors by itself, no networks, the beginning of time."""
    return Telling(renderer, ErrorTable, lambda _: "", lambda: 0)
