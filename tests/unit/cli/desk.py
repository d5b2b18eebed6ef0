"""A folder with a configuration, and commands run against it as a user would."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from chappe.app.house import ConfiguredHouse
from chappe.cli.main import run

CONFIG = """
[node]
key_file = "chappe.key"
[store]
path = "chappe.db"
reserve_mb = 0
[http]
listen = ["127.0.0.1:0"]
[smpp]
listen = []
[admin]
listen = ""
[log]
level = "error"
"""


class Done(NamedTuple):
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it printed, lines that a narrow screen folded joined."""
        return " ".join((self.out + self.err).split())


class Desk:
    """Calling it runs a command in this process."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.config = folder / "chappe.toml"
        self.config.write_text(CONFIG)
        self._capture = capture
        self._patch = patch

    @property
    def store(self) -> Path:
        return self.folder / "chappe.db"

    def __call__(self, *arguments: str, typed: str = "") -> Done:
        self._patch.setattr(sys, "stdin", io.StringIO(typed))
        self._capture.readouterr()
        code = run(ConfiguredHouse, ["--config", str(self.config), *arguments])
        out, err = self._capture.readouterr()
        done = Done(code, out, err)
        assert "Traceback" not in done.said
        return done

    def refuses(self, *arguments: str, typed: str = "") -> str:
        """The one sentence that a command must die with, exit code 2, printing nothing else."""
        done = self(*arguments, typed=typed)
        assert (done.code, done.out) == (2, ""), done
        assert done.err.count("\n") == 1
        return done.err.strip()

    def process(self, *arguments: str, typed: str = "") -> Done:
        """The same as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "chappe", "--config", str(self.config), *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def file(self, text: str, name: str = "records.toml") -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)
