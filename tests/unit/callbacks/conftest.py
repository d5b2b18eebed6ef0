"""Webhooks are tried on both loops; one context for all, since reading the system's authorities takes long."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping

import pytest
import uvloop

from chappe.callbacks import webhook
from chappe.net import http_client
from chappe.net.tls import client_context

Factories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Factories:
    """See pytest-asyncio."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def _context() -> ssl.SSLContext:
    return client_context()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, _context: ssl.SSLContext) -> None:
    monkeypatch.setattr(http_client, "_SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(webhook, "client_context", lambda: _context)
