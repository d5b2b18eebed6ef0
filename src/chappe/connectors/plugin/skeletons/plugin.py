"""A plug-in for Chappe that passes `chappe plugin test`: put your provider's calls where `Provider` has its own.

The gateway calls login once, then send and report as often as there is something, one call at a time, then destroy.
Strings in, strings out; the fields are those of the MMP SMS interface. An exception out of send says that nobody
knows whether the provider has the messages: catch what you know better.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any


class Provider:
    """Stands for the provider: takes every message and delivers it at once. It keeps in memory what it was given."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[datetime, dict[str, Any]]] = {}

    def submit(self, message: dict[str, Any]) -> str:
        """Hands a message over; the provider's id for it, which must never be given twice."""
        made = uuid.uuid4().hex
        self._taken[made] = datetime.now(UTC), message
        return made

    def state(self, made: str) -> tuple[str, datetime] | None:
        """What became of it, a final word or WAITING, and when; None for an id that is not known."""
        found = self._taken.get(made)
        return ("DELIVERED", found[0]) if found else None


class Plugin:
    """What the gateway makes one object of, without arguments."""

    def __init__(self) -> None:
        self._provider = Provider()
        self._logged_in = False

    def login(self, secret: str) -> str:
        """OK or NOK. Where nobody checks a secret any may be right."""
        self._logged_in = secret == os.environ.get("PLUGIN_SECRET", "secret")
        return "OK" if self._logged_in else "NOK"

    def send(self, request: str) -> str:
        """One result for each message, in their order."""
        messages = json.loads(request).get("messages") or []
        return _answer([self._send_one(message) for message in messages])

    def _send_one(self, message: dict[str, Any]) -> dict[str, Any]:
        if not self._logged_in:
            return _result("FAIL", partnerStatus="NOT_LOGGED_IN")
        if not message.get("mobileNumber") or not message.get("text"):
            return _result(
                "FAIL", partnerStatus="MISSING_FIELD", partnerDetail="mobileNumber and text are needed"
            )
        made = self._provider.submit(message)
        return _result("OK", partnerMessageId=made, partnerStatus="ACCEPTED", smsMessageCount=1)

    def report(self, request: str) -> str:
        """One result for each id, in their order; the same again when asked again."""
        ids = json.loads(request).get("messages") or []
        return _answer([self._report_one(made) for made in ids])

    def _report_one(self, made: str) -> dict[str, Any]:
        if not self._logged_in:
            return _result("WAITING", partnerMessageId=made, partnerStatus="NOT_LOGGED_IN")
        found = self._provider.state(made)
        if found is None:
            return _result("FAIL", partnerMessageId=made, partnerStatus="UNKNOWN_ID")
        word, at = found
        date = at.strftime("%Y%m%d%H%M")
        return _result(word, partnerMessageId=made, partnerStatus=word, sendAt=date, smsMessageCount=1)

    def destroy(self) -> None:
        """The end: close what is open."""
        self._logged_in = False


def _result(state: str, **given: Any) -> dict[str, Any]:
    return {
        "partnerMessageId": "",
        "partnerStatus": "",
        "partnerDetail": "",
        "apiStatus": state,
        "sendAt": "",
        "smsOperator": "",
        "smsMessageCount": 0,
        **given,
    }


def _answer(results: list[dict[str, Any]]) -> str:
    return json.dumps({"partnerPacketId": "", "results": results})
