"""`chappe sim`: what it takes, what it refuses; how it behaves is the simulator's own suite."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unit.cli.desk import Desk


def test_magic_numbers_are_listed(desk: Desk) -> None:
    done = desk("sim", "--magic")
    assert done.code == 0
    assert "...990050 never answered, not taken" in done.said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("colour=red",), "no setting is named colour"),
        (("word",), "'word' is not name=value"),
        (("receipts=V99",), "receipts is 'V99'"),
        (("receipt_delay=soon",), "'soon' is no delay"),
        (("throttle_share=7",), "throttle_share"),
        (("--port", "99999"), "port is 99999"),
        (("--port", "x"), "Invalid value for '--port'"),
        (("--ledger", "/dev/null/none", "--port", "0"), "[Errno 20]"),
    ],
)
def test_odd_words(desk: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in desk.refuses("sim", *arguments)


def test_it_says_where_it_listens_and_ends_when_told(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "chappe", "sim", "receipts=V4", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert re.fullmatch(r"SMSC simulator on 127\.0\.0\.1 port [1-9]\d*\n", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""
