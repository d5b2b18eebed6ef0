"""What a customer sets to be told of every change of status: a URL, and a body, with placeholders. Values only."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import msgspec

from chappe.domain.webhook import url_problem


class StatusForm(Enum):
    """How a status report leaves."""

    QUERY = "query"
    """By GET, its placeholders filled in; document 001."""
    JSON = "json"
    XML = "xml"
    FORM = "form"
    """By POST; the body is the customer's own template, or else all placeholders."""


PLACEHOLDERS: Final = (
    "CREATED_S",
    "DATETIME_S",
    "GSM",
    "REFERENCE",
    "STANDARDERRORTEXT",
    "STATUS",
    "STATUSDESCRIPTION",
    "+GSM",
    "EXTERNALSTATUSDESCRIPTION",
    "ID",
    "OPERATOR",
    "RECIPIENT",
    "SRCREATED",
    "SRCREATED_S",
    "STATUSCODESTRING",
    "STATUSISSUCCESS",
    "TIME",
    "CUSTOMGROUPING",
    "CUSTOMGROUPING2",
    "CUSTOMGROUPING3",
)
"""Document 001, "Paramètres"; in a template each stands in brackets."""

PLACEHOLDER: Final = re.compile(r"\[(\+?[A-Z][A-Z0-9_]*)\]")
_LONGEST_BODY: Final = 8_192
_HEAD: Final = re.compile(r"[a-zA-Z]+://[^/?#]*")


class StatusWebhook(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """Where status reports go; `url` and `body` are templates. Without a `body` the form's own is sent."""

    url: str
    form: StatusForm = StatusForm.QUERY
    body: str = ""

    def problem(self, private: tuple[str, ...] = (), ports: tuple[str, ...] = ()) -> str:
        """The first thing wrong with it as a sentence, empty if none."""
        wrong = url_problem(self.url, private, ports)
        if wrong:
            return f"status_webhook: {wrong}"
        head = _HEAD.match(self.url)
        if head is not None and PLACEHOLDER.search(head.group()):
            return "status_webhook: a placeholder cannot stand in the host"
        for name in PLACEHOLDER.findall(self.url + self.body):
            if name not in PLACEHOLDERS:
                return f"status_webhook: [{name}] is no placeholder; they are {', '.join(PLACEHOLDERS)}"
        if self.body and self.form is StatusForm.QUERY:
            return "status_webhook: a body needs the form json, xml or form"
        if len(self.body) > _LONGEST_BODY:
            return f"status_webhook: a body is at most {_LONGEST_BODY} characters"
        return ""
