"""Answers on the admin listener; shows no secret and no text, so that reading it needs no login."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from chappe.protocols.http.messages import HttpRequest, HttpResponse

Page = Callable[[], Awaitable[HttpResponse]]


class Admin:
    """`/healthz` (the process lives), `/readyz` (it can take messages), `/metrics`, `/status`."""

    def __init__(
        self,
        *,
        ready: Callable[[], str],
        metrics: Callable[[], bytes],
        refresh: Callable[[], Awaitable[None]],
        status: Callable[[], Awaitable[Mapping[str, Any]]],
        on_error: Callable[[str, BaseException], None] = lambda _page, _error: None,
    ) -> None:
        """`ready` gives the reason why not, empty if it is; `refresh` is awaited before `metrics` is asked.

        `on_error` is told which page failed and why.
        """
        self._ready = ready
        self._metrics = metrics
        self._refresh = refresh
        self._status = status
        self._on_error = on_error
        self._pages: dict[str, Page] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics_page,
            "/status": self._status_page,
        }

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to a request."""
        page = self._pages.get(request.path)
        if page is None:
            return HttpResponse(404, b"Not found\n")
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(405, b"Method not allowed\n", headers=(("Allow", "GET, HEAD"),))
        try:
            return await page()
        except Exception as error:  # noqa: BLE001 - a failed store, say: the answer must not stay out, and says no more than its kind
            self._on_error(f"admin {request.path}", error)
            return HttpResponse(500, f"{type(error).__name__}\n".encode())

    async def _healthz(self) -> HttpResponse:
        return HttpResponse(200, b"ok\n")

    async def _readyz(self) -> HttpResponse:
        reason = self._ready()
        return HttpResponse(503, f"{reason}\n".encode()) if reason else HttpResponse(200, b"ready\n")

    async def _metrics_page(self) -> HttpResponse:
        await self._refresh()
        return HttpResponse(200, self._metrics(), "text/plain; version=0.0.4; charset=utf-8")

    async def _status_page(self) -> HttpResponse:
        return HttpResponse(200, msgspec.json.encode(await self._status()), "application/json")
