"""What a new user sees first: the demonstration, as a process, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path


async def test_the_demonstration_delivers_both_messages_and_ends(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chappe", "demo", "--once",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 45)
    told = out.decode()
    assert process.returncode == 0, (told, err.decode())
    assert err == b""
    for way in ("HTTP", "SMPP"):
        start = re.search(rf"message by {way}, [0-9a-f-]{{36}}: delivered", told)
        assert start is not None, told
        story = told[start.end() :].partition("message by")[0]
        steps = [story.index(step) for step in ("accepted", "routed", "submitted", "receipt")]
        steps.append(story.rindex("handed over"))
        assert steps == sorted(steps)
        assert re.search(r"SMSC\s+id\s+\d+", story)
    assert told.count("handed over") == 3
    assert re.search(r"password \S{8,} \(random", told)
    assert "curl 'http://127.0.0.1:" in told
    assert told.rstrip().endswith("stopped")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - one look at an empty folder may block
