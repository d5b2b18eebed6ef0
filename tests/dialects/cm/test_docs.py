"""The published documents: they validate, and every request in them succeeds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from openapi_spec_validator import validate

from chappe.dialects.cm import DIALECT
from chappe.dialects.cm.docs_operations import OPERATIONS, TOKEN
from chappe.domain.account import Token, token_digest
from chappe.domain.link import ConnectorRecord
from chappe.domain.routing import Route, Target
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.http_rig import Rig

MINE = "a0b1c2d3-0000-4000-8000-000000000001"


@pytest.fixture
def rig() -> Rig:
    made = Rig(DIALECT)
    made.directory.apply(
        [
            write_entry(Kind.TOKEN, "t", Token(name="t", account="acme", digest=token_digest(MINE))),
            write_entry(Kind.CONNECTOR, "op", ConnectorRecord(name="op", kind="loopback")),
            write_entry(Kind.ROUTE, "all", Route(name="all", order=20, targets=(Target(connector="op"),))),
        ]
    )
    return made


async def document(rig: Rig, path: str) -> Any:
    answer = await rig.ask(path)
    assert (answer.status, answer.content_type) == (200, "application/json; charset=utf-8")
    return json.loads(answer.body)


async def succeeds(rig: Rig, method: str, target: str, body: str, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    before = len(await rig.stored())
    answer = await rig.ask(target, method=method, body=body.encode(), headers=headers)
    assert answer.status == 200, (target, answer.body)
    if target.startswith("/v1.0/message"):
        told = json.loads(answer.body)
        assert told["errorCode"] == 0, told
    else:
        assert answer.body == b""
    made = len(await rig.stored()) - before
    assert (made > 0) is ("conversion" not in target)
    assert not rig.faults


@pytest.mark.row("001-004")
async def test_the_openapi_document_validates_and_lists_every_path(rig: Rig) -> None:
    told = await document(rig, "/docs.json")
    validate(told)
    listed = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    served = {
        (method, endpoint.path)
        for endpoint in DIALECT.endpoints
        for method in endpoint.methods
        # What an app's own code calls with its key is no call of whoever sends messages.
        if not endpoint.path.startswith(("/docs", "/v1.0/device"))
    }
    assert served == listed
    assert ("POST", "/v1.0/message") in listed


@pytest.mark.row("001-004")
async def test_every_example_of_the_openapi_document_succeeds_and_fits_its_schema(rig: Rig) -> None:
    from openapi_schema_validator import OAS30Validator

    told = await document(rig, "/docs.json")
    count = 0
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                for example in content["examples"].values():
                    value = example["value"]
                    schema = {**content["schema"], "components": told["components"]}
                    OAS30Validator(schema).validate(value)
                    body = value if isinstance(value, str) else json.dumps(value)
                    await succeeds(rig, method.upper(), path, body.replace(TOKEN, MINE), kind)
                    count += 1
            query = [(one["name"], one["example"]) for one in operation.get("parameters", ())]
            if query:
                target = f"{path}?{urlencode(query)}".replace(TOKEN, MINE)
                await succeeds(rig, method.upper(), target, "", "")
                count += 1
    assert count == sum(len(operation.samples) for operation in OPERATIONS)


def filled(text: str) -> str:
    done = text.replace("{{baseUrl}}", "").replace("{{productToken}}", MINE)
    assert "{{" not in done
    return done


@pytest.mark.row("001-005")
async def test_every_request_of_the_postman_collection_2_1_succeeds(rig: Rig) -> None:
    told = await document(rig, "/docs/postman.json")
    assert told["info"]["schema"].endswith("/collection/v2.1.0/collection.json")
    assert {one["key"] for one in told["variable"]} == {"baseUrl", "productToken"}
    requests = [(item["name"], item["request"]) for folder in told["item"] for item in folder["item"]]
    assert len(requests) == sum(len(operation.samples) for operation in OPERATIONS)
    for name, request in requests:
        assert name
        url = request["url"]
        assert url["host"] == ["{{baseUrl}}"]
        assert url["raw"].partition("?")[0] == "{{baseUrl}}/" + "/".join(url["path"])
        kind = "".join(one["value"] for one in request["header"] if one["key"] == "Content-Type")
        body = request.get("body", {"mode": "raw", "raw": ""})
        assert body["mode"] == "raw"
        await succeeds(rig, request["method"], filled(url["raw"]), filled(body["raw"]), kind)


@pytest.mark.row("001-005")
async def test_every_request_of_the_postman_collection_1_0_succeeds(rig: Rig) -> None:
    told = await document(rig, "/docs/postman-1.0.json")
    assert told["order"] == [request["id"] for request in told["requests"]]
    assert len(set(told["order"])) == len(told["order"])
    for request in told["requests"]:
        assert request["collectionId"] == told["id"]
        assert request["dataMode"] == "raw"
        kind = request["headers"].partition(": ")[2].strip()
        await succeeds(rig, request["method"], filled(request["url"]), filled(request["rawModeData"]), kind)


async def test_they_are_read_only(rig: Rig) -> None:
    for path in ("/docs.json", "/docs/postman.json", "/docs/postman-1.0.json"):
        assert (await rig.ask(path, method="POST", body=b"{}")).status in (400, 405)
        assert (await rig.ask(path, method="HEAD")).status == 200


@pytest.mark.row("001-005")
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/docs.json", "openapi.json"),
        ("/docs/postman.json", "postman-2.1.json"),
        ("/docs/postman-1.0.json", "postman-1.0.json"),
    ],
)
async def test_the_files_beside_the_pages_are_the_same(rig: Rig, path: str, name: str) -> None:
    file = Path(__file__).parents[3] / "docs" / "dialects" / "cm" / name
    assert json.loads(file.read_bytes()) == await document(rig, path)
