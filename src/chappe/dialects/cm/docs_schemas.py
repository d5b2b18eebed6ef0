"""The JSON bodies of this dialect as schemas of OpenAPI 3.0. Data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_TEXT: Final[Mapping[str, Any]] = MappingProxyType({"type": "string"})
_NUMBER: Final[Mapping[str, Any]] = MappingProxyType({"type": "integer"})
_NULLABLE: Final[Mapping[str, Any]] = MappingProxyType({"type": "string", "nullable": True})


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        made["required"] = list(required)
    return made


def _list(item: Any, **bounds: int) -> dict[str, Any]:
    return {"type": "array", "items": item, **bounds}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Request": _object({"messages": _ref("Messages")}, "messages"),
        "Messages": _object(
            {
                "authentication": _object({"productToken": {"type": "string", "format": "uuid"}}),
                "msg": _list(_ref("Message"), minItems=1, maxItems=1000),
            },
            "msg",
        ),
        "Message": _object(
            {
                "from": {"type": "string", "description": "At most 11 letters and digits, or 16 digits"},
                "to": _list(_object({"number": _TEXT}, "number"), minItems=1),
                "body": _object(
                    {"content": _TEXT, "type": {"type": "string", "enum": ["AUTO", "TEXT", "BINARY"]}}
                ),
                "dcs": {"type": "integer", "default": 0},
                "reference": {"type": "string", "maxLength": 32, "nullable": True},
                "minimumNumberOfMessageParts": _NUMBER,
                "maximumNumberOfMessageParts": _NUMBER,
                "customGrouping": {"type": "string", "maxLength": 100},
                "customGrouping2": {"type": "string", "maxLength": 100},
                "customGrouping3": {"type": "string", "maxLength": 100},
                "validity": {
                    "type": "string",
                    "description": "2h, 30m, or yyyy-MM-dd HH:mm:ss with a zone; 4 hours by default, 48 at most",
                },
                "allowedChannels": _list(_TEXT),
                "appKey": {"type": "string", "format": "uuid"},
                "richContent": _ref("RichContent"),
            },
            "from",
            "to",
        ),
        "RichContent": _object(
            {
                "conversation": _list(_ref("RichMessage"), maxItems=5),
                "suggestions": _list(_ref("Suggestion"), maxItems=11),
            }
        ),
        "RichMessage": _object(
            {
                "text": _TEXT,
                "header": _TEXT,
                "media": _object({"mediaName": _TEXT, "mediaUri": _TEXT, "mimeType": _TEXT}),
                "suggestions": _list(_ref("Suggestion")),
            }
        ),
        "Suggestion": _object(
            {
                "action": {
                    "type": "string",
                    "enum": ["OpenUrl", "CreateCalendarEvent", "Dial", "ViewLocation", "Reply"],
                },
                "label": _TEXT,
                "url": _TEXT,
                "calendar": _object(
                    {"startTime": _TEXT, "endTime": _TEXT, "title": _TEXT, "description": _TEXT}
                ),
                "dial": _object({"phoneNumber": _TEXT}),
                "viewLocation": _object(
                    {
                        "latitude": {"type": "number"},
                        "longitude": {"type": "number"},
                        "searchQuery": _TEXT,
                        "label": _TEXT,
                    }
                ),
                "postbackdata": _TEXT,
            },
            "action",
            "label",
        ),
        "Answer": _object(
            {"details": _TEXT, "errorCode": _NUMBER, "messages": _list(_ref("MessageAnswer"))},
            "details",
            "errorCode",
            "messages",
        ),
        "MessageAnswer": _object(
            {
                "to": _NULLABLE,
                "status": {"type": "string", "enum": ["Accepted", "Rejected"]},
                "reference": _NULLABLE,
                "parts": _NUMBER,
                "messageDetails": _NULLABLE,
                "messageErrorCode": _NUMBER,
            },
            "to",
            "status",
            "reference",
            "parts",
            "messageDetails",
            "messageErrorCode",
        ),
        "Conversion": _object(
            {
                "ProductToken": {"type": "string", "format": "uuid"},
                "Customer": _TEXT,
                "Login": _TEXT,
                "Password": _TEXT,
                "Reference": _TEXT,
                "Msisdn": _TEXT,
                "ConvertedTimestamp": _TEXT,
            },
            "Reference",
            "Msisdn",
        ),
    }
)
"""Keys are matched whatever their case; unknown ones are passed over."""
