"""Clients from npm, run by node: installed once from tests/npm, the only tests that a machine may lack the tools for."""

from __future__ import annotations

import asyncio
import fcntl
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

NPM = Path(__file__).parents[1] / "npm"
MODULES = NPM / "node_modules"


@cache
def lacking() -> str:
    """Why no client from npm can be run here, empty if they can; installs them where they are not."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    with (NPM / "package.json").open() as file:
        # Several workers of the test run look at once: one installs, the others wait.
        fcntl.flock(file, fcntl.LOCK_EX)
        wanted = json.load(file)["dependencies"]
        if all((MODULES / name).is_dir() for name in wanted):
            return ""
        done = subprocess.run(
            ["npm", "ci", "--prefix", str(NPM)],
            cwd=NPM,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    return "" if done.returncode == 0 else f"npm ci failed: {done.stderr[-200:]}"


def needs_npm() -> None:
    """Skips a test where node is not, or its packages cannot be had."""
    reason = lacking()
    if reason:
        pytest.skip(reason)


async def told_by(program: str, *words: str) -> dict[str, dict[str, Any]]:
    """What a program of tests/npm tells, a line of JSON a step, by step; it must end well."""
    process = await asyncio.create_subprocess_exec(
        "node", str(NPM / program), *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, said.decode()
    steps = [json.loads(line) for line in said.decode().splitlines() if line.startswith("{")]
    return {one["step"]: one for one in steps}
