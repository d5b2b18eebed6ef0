"""What a log line must not hold."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from chappe.app.logs import mask

SCRIPT = """
import logging
from chappe.app.logs import configure_logs, logger
configure_logs("info", "json")
try:
    secret = "31612345678"
    raise ValueError(f"no route to {secret}")
except ValueError as error:
    logger("chappe.test").error("failed", exc_info=error, to="31612345678", text="hush", nested={"password": "hush"}, port=12345678)
logging.getLogger("some.library").warning("call to +31612345678\\nforged line")
"""


def test_lines_are_json_without_numbers_texts_and_secrets() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )
    assert "12345678" not in done.stderr.replace('"port": 12345678', "")
    assert "hush" not in done.stderr
    assert "Traceback" not in done.stderr
    ours, library = (json.loads(line) for line in done.stderr.splitlines())
    assert ours["event"] == "failed"
    assert ours["error"] == "ValueError: no route to 316******78"
    assert ours["to"] == "316******78"
    assert ours["port"] == 12345678
    assert "text" not in ours
    assert ours["nested"] == {}
    assert ours["at"].startswith("<string>:")
    assert library["event"] == "call to 316******78 forged line" or library["event"].endswith("forged line")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"event": "x", "password": "p", "n": 1}, {"event": "x", "n": 1}),
        ({"event": "to 0031612345678 now"}, {"event": "to 003********78 now"}),
        ({"event": "id 9f0c41d2a7be4f3c8d11aa20ce7701ff"}, {"event": "id 9f0c41d2a7be4f3c8d11aa20ce7701ff"}),
        ({"event": "code 123456"}, {"event": "code 123456"}),
        ({"event": "x", "ids": ["31612345678"]}, {"event": "x", "ids": ["316******78"]}),
        ({"event": "x\x1b[2J"}, {"event": "x [2J"}),
    ],
)
def test_masking(given: dict[str, object], kept: dict[str, object]) -> None:
    assert mask(None, "info", given) == kept


def test_nothing_is_configured_by_importing() -> None:
    assert not any("chappe" in type(handler).__module__ for handler in logging.getLogger().handlers)
