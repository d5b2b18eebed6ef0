"""A connector of the kind with the scripted plug-in behind it, and what that wrote down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chappe.connectors.plugin.settings import PluginSettings, decode
from chappe.domain.message import Message
from chappe.ports.connector import Outgoing
from contracts.connectors_under_test import PATIENCE, QUICK_PLUGIN, UnderTest, opened
from making import message

SCRIPTED = Path(__file__).with_name("scripted.py")


def given(folder: Path, **settings: Any) -> dict[str, Any]:
    return {
        **QUICK_PLUGIN,
        "plugin": f"{SCRIPTED}:Scripted",
        "environment": {"RECORD": str(folder)},
        **settings,
    }


def settings(folder: Path, **more: Any) -> PluginSettings:
    return decode(given(folder, **more))


@asynccontextmanager
async def plugged(folder: Path, *, wait: bool = True, **more: Any) -> AsyncIterator[UnderTest]:
    async with opened("plugin", wait=wait, **given(folder, **more)) as under_test:
        yield under_test


def proc(pid: int, name: str) -> str:
    """What the kernel says of a process."""
    return Path(f"/proc/{pid}/{name}").read_text("utf-8")


async def until(holds: Callable[[], object]) -> None:
    """Looks until something outside holds that nobody tells of; fails after a while."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if holds():
                return
            await asyncio.sleep(0.005)


def texts(*all_of: str, **more: Any) -> list[Outgoing]:
    return [Outgoing(text(one, **more), 1) for one in all_of]


def text(one: str, **more: Any) -> Message:
    return message(text=one, **more)


def calls(folder: Path, method: str) -> list[str]:
    file = folder / "calls.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [said for _, called, said in rows if called == method]


def sizes(folder: Path) -> list[int]:
    """How many messages each Send had."""
    return [len(json.loads(request)["messages"]) for request in calls(folder, "send")]
