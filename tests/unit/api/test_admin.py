"""The operators' listener: over a real socket, as a probe and a scraper ask it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from chappe.api.admin import Admin
from chappe.app.metrics import Figures, exposition
from chappe.net.http_server import HttpListener
from unit.workers.warp import Errors


class Desk:
    """What the gateway would tell of itself."""

    def __init__(self) -> None:
        self.reason = ""
        self.figures = Figures()
        self.trouble: Exception | None = None
        self.errors = Errors()
        self.port = 0

    async def refresh(self) -> None:
        self.figures.gauge("queued", 7, "op")

    async def status(self) -> Mapping[str, Any]:
        if self.trouble is not None:
            raise self.trouble
        return {"ready": True, "queued": {"op": 7}}


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    admin = Admin(
        ready=lambda: desk.reason,
        metrics=exposition(desk.figures, lambda: None),
        refresh=desk.refresh,
        status=desk.status,
        on_error=desk.errors,
    )
    listener = HttpListener(admin.answer)
    await listener.listen("127.0.0.1", 0)
    desk.port = listener.port
    yield desk
    await listener.close()


async def ask(desk: Desk, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body.decode()


async def test_healthz_says_that_the_process_lives_also_when_it_is_not_ready(desk: Desk) -> None:
    desk.reason = "starting"
    status, _, body = await ask(desk, "/healthz")
    assert (status, body) == (200, "ok\n")


@pytest.mark.parametrize(
    ("reason", "answer"),
    [("", (200, "ready\n")), ("starting", (503, "starting\n")), ("stopping", (503, "stopping\n"))],
)
async def test_readyz_gives_the_reason_why_not(desk: Desk, reason: str, answer: tuple[int, str]) -> None:
    desk.reason = reason
    status, _, body = await ask(desk, "/readyz")
    assert (status, body) == answer


async def test_metrics_are_what_prometheus_reads_and_fresh(desk: Desk) -> None:
    desk.figures.count("accepted", "jasmin", 3)
    desk.figures.count("refused", 'jasmin:odd "reason"\n')
    desk.figures.observe("webhook_seconds", 0.02)
    status, headers, body = await ask(desk, "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(body)}
    assert families["chappe_accepted"].samples[0].value == 3
    assert families["chappe_refused"].samples[0].labels["reason"] == 'odd "reason"\n'
    assert families["chappe_queued"].samples[0].value == 7
    assert families["chappe_webhook_seconds"].type == "histogram"


async def test_status_is_json(desk: Desk) -> None:
    status, headers, body = await ask(desk, "/status")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"ready": True, "queued": {"op": 7}}


@pytest.mark.parametrize("path", ["/", "/health", "/healthz/", "/METRICS", "/status/../metrics", "//metrics"])
async def test_a_path_that_is_none_of_ours(desk: Desk, path: str) -> None:
    status, _, body = await ask(desk, path)
    assert (status, body) == (404, "Not found\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/status"])
async def test_a_method_that_would_change_something(desk: Desk, path: str, method: str) -> None:
    status, headers, _ = await ask(desk, path, method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_head_is_answered_without_a_body(desk: Desk) -> None:
    status, headers, body = await ask(desk, "/healthz", "HEAD")
    assert (status, body) == (200, "")
    assert headers["content-length"] == "3"


async def test_trouble_behind_a_page_shows_nothing_of_itself(desk: Desk) -> None:
    desk.trouble = RuntimeError("the secret of 31612345678")
    status, _, body = await ask(desk, "/status")
    assert (status, body) == (500, "RuntimeError\n")
    assert desk.errors.told == [("admin /status", "RuntimeError: the secret of 31612345678")]
    assert (await ask(desk, "/healthz"))[0] == 200
