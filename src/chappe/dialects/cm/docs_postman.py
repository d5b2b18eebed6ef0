"""The table of calls as Postman collections of the formats 2.1 and 1.0. Pure."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import quote

from chappe.dialects.cm.docs_operations import OPERATIONS, TOKEN, Operation, Sample

_NAME: Final = "Business Messaging"
_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:chappe:cm")
_TOKEN: Final = "{{productToken}}"  # noqa: S105 - a variable of Postman's
_BASE: Final = "{{baseUrl}}"


def postman_2() -> dict[str, Any]:
    """The collection of format 2.1; its variables `baseUrl` and `productToken` are whoever imports it to set."""
    return {
        "info": {"_postman_id": str(_SPACE), "name": _NAME, "schema": _SCHEMA},
        "item": [
            {"name": operation.summary, "item": [_item_2(operation, sample) for sample in operation.samples]}
            for operation in OPERATIONS
        ],
        "variable": [
            {"key": "baseUrl", "value": "http://127.0.0.1:1401", "type": "string"},
            {"key": "productToken", "value": TOKEN, "type": "string"},
        ],
    }


def postman_1() -> dict[str, Any]:
    """The same in format 1.0."""
    requests = [
        {
            "id": _id(operation, sample),
            "collectionId": str(_SPACE),
            "name": sample.name,
            "method": operation.method,
            "url": f"{_BASE}{operation.path}{_query(sample)}",
            "headers": f"Content-Type: {sample.content_type}\n" if sample.content_type else "",
            "dataMode": "raw",
            "data": [],
            "rawModeData": _filled(sample.body),
            "description": operation.summary,
        }
        for operation in OPERATIONS
        for sample in operation.samples
    ]
    return {
        "id": str(_SPACE),
        "name": _NAME,
        "timestamp": 0,
        "order": [request["id"] for request in requests],
        "folders": [],
        "requests": requests,
    }


def _item_2(operation: Operation, sample: Sample) -> dict[str, Any]:
    url: dict[str, Any] = {
        "raw": f"{_BASE}{operation.path}{_query(sample)}",
        "host": [_BASE],
        "path": operation.path.strip("/").split("/"),
    }
    if sample.query:
        url["query"] = [{"key": key, "value": _filled(value)} for key, value in sample.query]
    request: dict[str, Any] = {"method": operation.method, "header": [], "url": url}
    if sample.content_type:
        request["header"] = [{"key": "Content-Type", "value": sample.content_type}]
    if sample.body:
        request["body"] = {"mode": "raw", "raw": _filled(sample.body)}
    return {"name": sample.name, "request": request, "response": []}


def _query(sample: Sample) -> str:
    if not sample.query:
        return ""
    return "?" + "&".join(
        f"{key}={_TOKEN if value == TOKEN else quote(value, safe='')}" for key, value in sample.query
    )


def _filled(text: str) -> str:
    return text.replace(TOKEN, _TOKEN)


def _id(operation: Operation, sample: Sample) -> str:
    return str(uuid.uuid5(_SPACE, f"{operation.id} {sample.name}"))
