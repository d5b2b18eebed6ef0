"""`/docs.json`: the table of calls as an OpenAPI 3.0 document. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chappe.dialects.cm.docs_operations import OPERATIONS, Operation
from chappe.dialects.cm.docs_schemas import SCHEMAS

_JSON: Final = "application/json"
_REQUIRED: Final = frozenset({"producttoken", "from", "to", "body"})


def openapi() -> dict[str, Any]:
    """The document; the server is whichever host it was read from."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _told(operation)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Business Messaging",
            "version": "1.0",
            "description": "Messages by JSON, XML and GET, and conversions. Keys of JSON are case-blind.",
        },
        "servers": [{"url": "/"}],
        "security": [{"productToken": []}, {}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "productToken": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-CM-PRODUCTTOKEN",
                    "description": "In place of the token in the body",
                }
            },
        },
    }


def _told(operation: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": {
            str(status): _answer(operation, told, kind) for status, kind, told in operation.answers
        },
    }
    bodies = _bodies(operation)
    if bodies:
        made["requestBody"] = {"required": True, "content": bodies}
    query = operation.samples[0].query
    if query:
        made["parameters"] = [
            {
                "name": name,
                "in": "query",
                "required": name in _REQUIRED,
                "schema": {"type": "string"},
                "example": value,
            }
            for name, value in query
        ]
    return made


def _bodies(operation: Operation) -> dict[str, Any]:
    bodies: dict[str, Any] = {}
    for sample in operation.samples:
        if not sample.body:
            continue
        is_json = sample.content_type == _JSON
        schema = {"$ref": f"#/components/schemas/{operation.schema}"} if is_json else {"type": "string"}
        body = bodies.setdefault(sample.content_type, {"schema": schema, "examples": {}})
        value = msgspec.json.decode(sample.body) if is_json else sample.body
        body["examples"][sample.name.replace(" ", "-")] = {"summary": sample.name, "value": value}
    return bodies


def _answer(operation: Operation, told: str, kind: str) -> dict[str, Any]:
    if not kind:
        return {"description": told}
    schema: dict[str, Any] = {"type": "string"}
    if kind == _JSON and operation.answer_schema:
        schema = {"$ref": f"#/components/schemas/{operation.answer_schema}"}
    return {"description": told, "content": {kind: {"schema": schema}}}
