"""Which paths this dialect has, and what it says where they are misused."""

from __future__ import annotations

from chappe.dialects.cm import DIALECT
from chappe.dialects.cm.endpoints import JSON_PATH, XML_PATH
from chappe.protocols.http.messages import HttpRequest


def request(path: str, method: str = "PUT") -> HttpRequest:
    return HttpRequest(method, path, b"", (), b"", "192.0.2.1", 0)


def test_the_three_ways_in() -> None:
    ways = {(method, one.path) for one in DIALECT.endpoints for method in one.methods}
    assert {("POST", JSON_PATH), ("POST", XML_PATH), ("GET", XML_PATH)} <= ways
    assert (JSON_PATH, XML_PATH) == ("/v1.0/message", "/gateway.ashx")


def test_wrong_verbs_and_faults_are_answered_as_the_path_is() -> None:
    assert (
        DIALECT.wrong_method(request(JSON_PATH)).status,
        DIALECT.wrong_method(request(XML_PATH)).status,
    ) == (
        405,
        400,
    )
    assert DIALECT.fault(request(JSON_PATH)).status == 500
    assert DIALECT.fault(request(XML_PATH)).status == 200
