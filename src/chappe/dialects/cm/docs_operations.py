"""What the documents of this dialect tell, as one table: every call, its samples and answers. OpenAPI and Postman are made of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

TOKEN: Final = "00000000-0000-0000-0000-000000000000"  # noqa: S105 - stands where a product token goes
NUMBER: Final = "0033612345678"
_JSON: Final = "application/json"
_XML: Final = "application/xml"


class Sample(msgspec.Struct, frozen=True):
    """One request of a call: its name, the type of its body and the body, or its query."""

    name: str
    content_type: str = ""
    body: str = ""
    query: tuple[tuple[str, str], ...] = ()


class Operation(msgspec.Struct, frozen=True):
    """One call. `answers` are (HTTP status, content type, what it says); `schema` names that of the JSON body."""

    id: str
    method: str
    path: str
    summary: str
    samples: tuple[Sample, ...]
    answers: tuple[tuple[int, str, str], ...]
    schema: str = ""
    answer_schema: str = ""


def _body(*messages: dict[str, Any]) -> str:
    whole = {"messages": {"authentication": {"productToken": TOKEN}, "msg": messages}}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def _message(text: str, **more: Any) -> dict[str, Any]:
    return {"from": "Chappe", "to": [{"number": NUMBER}], "body": {"type": "AUTO", "content": text}, **more}


def _xml(inner: str) -> str:
    return (
        f"<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>{TOKEN}</PRODUCTTOKEN></AUTHENTICATION>{inner}</MESSAGES>"
    )


def _card() -> dict[str, Any]:
    return {
        "header": "Sale",
        "text": "From Saturday on",
        "media": {
            "mediaName": "poster",
            "mediaUri": "https://example.org/a.png",
            "mimeType": "image/png",
        },
    }


def _suggestions() -> list[dict[str, Any]]:
    return [
        {"action": "OpenUrl", "label": "See", "url": "https://example.org"},
        {
            "action": "CreateCalendarEvent",
            "label": "Note",
            "calendar": {
                "startTime": "2026-02-05T07:00:00",
                "endTime": "2026-02-05T08:00:00",
                "title": "Visit",
                "description": "At the shop",
            },
        },
        {"action": "Dial", "label": "Call", "dial": {"phoneNumber": "0033140000000"}},
        {"action": "ViewLocation", "label": "Map", "viewLocation": {"latitude": 45.76, "longitude": 4.84}},
        {"action": "Reply", "label": "Yes", "postbackdata": "yes"},
    ]


OPERATIONS: Final = (
    Operation(
        "sendJson",
        "POST",
        "/v1.0/message",
        "Send up to 1,000 messages; what is wrong in one does not keep the others back",
        (
            Sample("One message", _JSON, _body(_message("Hello"))),
            Sample(
                "Many recipients and a reference",
                _JSON,
                _body(
                    {
                        **_message("Appointment tomorrow", reference="batchA"),
                        "to": [{"number": NUMBER}, {"number": "0032470123456"}],
                    }
                ),
            ),
            Sample(
                "Unicode by DCS",
                _JSON,
                _body({**_message("Καλημέρα", dcs=8), "body": {"content": "Καλημέρα"}}),
            ),
            Sample(
                "Long text",
                _JSON,
                _body(
                    _message(
                        "A long text. " * 20, minimumNumberOfMessageParts=1, maximumNumberOfMessageParts=8
                    )
                ),
            ),
            Sample(
                "Groupings and validity",
                _JSON,
                _body(
                    _message(
                        "Balance tonight",
                        customGrouping="sales",
                        customGrouping2="lyon",
                        customGrouping3="vip",
                        validity="2h",
                    )
                ),
            ),
            Sample("Allowed channels", _JSON, _body(_message("By SMS only", allowedChannels=["SMS"]))),
            Sample(
                "Rich content with the body as its fallback",
                _JSON,
                _body(
                    _message(
                        "Sale from Saturday on",
                        allowedChannels=["RCS", "SMS"],
                        richContent={
                            "conversation": [_card()],
                            "suggestions": _suggestions(),
                        },
                    )
                ),
            ),
        ),
        (
            (200, _JSON, "All or some were accepted; each message has its own status"),
            (400, _JSON, "None was accepted"),
            (405, "", "Neither GET nor POST"),
            (500, _JSON, "Unknown error"),
        ),
        "Request",
        "Answer",
    ),
    Operation(
        "sendXml",
        "POST",
        "/gateway.ashx",
        "Send up to 1,000 messages; what is wrong in one keeps all back",
        (
            Sample(
                "One message",
                _XML,
                _xml(f"<MSG><FROM>Chappe</FROM><TO>{NUMBER}</TO><BODY>Hello</BODY></MSG>"),
            ),
            Sample(
                "Unicode and a reference",
                _XML,
                _xml(
                    f"<MSG><FROM>Chappe</FROM><TO>{NUMBER}</TO><DCS>8</DCS><BODY>Καλημέρα</BODY>"
                    "<REFERENCE>batchB</REFERENCE></MSG>"
                ),
            ),
        ),
        (
            (200, "text/plain", "Empty: accepted; else what is wrong, and nothing was accepted"),
            (400, "", "Neither GET nor POST"),
        ),
    ),
    Operation(
        "sendQuery",
        "GET",
        "/gateway.ashx",
        "Send one short message",
        (
            Sample(
                "One message",
                query=(
                    ("producttoken", TOKEN),
                    ("from", "Chappe"),
                    ("to", NUMBER),
                    ("body", "Hello"),
                    ("reference", "batchC"),
                ),
            ),
        ),
        ((200, "text/plain", "Empty: accepted; else what is wrong"),),
    ),
    Operation(
        "convert",
        "POST",
        "/v1.0/conversion",
        "Tell that the end user used what a message carried",
        (
            Sample(
                "By product token",
                _JSON,
                msgspec.json.format(
                    msgspec.json.encode(
                        {
                            "ProductToken": TOKEN,
                            "Msisdn": NUMBER,
                            "Reference": "batchA",
                            "ConvertedTimestamp": "2026-02-05T07:05:00",
                        }
                    ),
                    indent=2,
                ).decode(),
            ),
            Sample(
                "As XML",
                _XML,
                f"<Conversion><ProductToken>{TOKEN}</ProductToken><Reference>batchA</Reference>"
                f"<Msisdn>{NUMBER}</Msisdn><ConvertedTimestamp>2026-02-05T07:05:00.123</ConvertedTimestamp>"
                "</Conversion>",
            ),
        ),
        (
            (200, "", "Noted"),
            (400, "text/plain", "What is wrong"),
            (401, "", "Unknown product token, or login and password"),
        ),
        "Conversion",
    ),
)
