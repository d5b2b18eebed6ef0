"""Makes .venv agree with a lock file, and does nothing when it already does. Standard library only: it runs before .venv."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"
OLDEST_PYTHON = (3, 11)
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off")
TAIL_LINES = 40
QUIET_SECONDS = 2.0

_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)
_PACKAGE = re.compile(
    r"^(?:(?:Collecting|Requirement already satisfied:) |Processing \S*/)([A-Za-z0-9][\w.-]*?)(?:==|-\d|\s|$)"
)
_UNPACKING = re.compile(r"^Installing collected packages")


class Failed(Exception):
    """A step of the installation failed; the text says which and shows the end of its output."""


def digest(root: Path, lock: str) -> str:
    """What an installation of `lock` depends on: its pins, and the project's own metadata and entry points."""
    return hashlib.sha256((root / lock).read_bytes() + (root / "pyproject.toml").read_bytes()).hexdigest()


def stamp(root: Path, lock: str) -> Path:
    """The file inside .venv that holds the digest of the `lock` last installed."""
    return root / ".venv" / f".installed-{lock}"


def is_current(root: Path, lock: str) -> bool:
    """Whether .venv runs and was last filled from exactly this `lock`."""
    mark = stamp(root, lock)
    return mark.is_file() and mark.read_text() == digest(root, lock) and runs(root)


def runs(root: Path) -> bool:
    """Whether .venv holds an interpreter that starts; a moved or half-made one does not."""
    python = root / ".venv" / "bin" / "python"
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0


class Line:
    """One line of progress: rewritten in place on a terminal, repeated at most every two seconds elsewhere."""

    def __init__(self, name: str, what: str) -> None:
        self._name, self._what, self._began = name, what, time.perf_counter()
        self._told = self._began
        self._terminal = sys.stdout.isatty()
        if self._terminal:
            self.say("...")

    def say(self, text: str) -> None:
        """Show how far the step is."""
        now = time.perf_counter()
        if self._terminal:
            print(f"\r\033[K{self._name:<14}{self._what}: {text}", end="", flush=True)
        elif now - self._told >= QUIET_SECONDS:
            self._told = now
            print(f"{self._name:<14}{self._what}: {text}", flush=True)

    def end(self, result: str) -> None:
        """Show how the step ended and the seconds it took."""
        start = "\r\033[K" if self._terminal else ""
        seconds = time.perf_counter() - self._began
        print(f"{start}{self._name:<14}{result:<6} {seconds:6.1f} s   {self._what}", flush=True)


def step(name: str, what: str, command: list[str | Path], packages: int = 0) -> None:
    """Run `command` and show its progress, counting the packages that pip names; raises Failed with its last lines."""
    line = Line(name, what)
    output: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for text in progress(output, process.stdout or (), packages):
            line.say(text)
    if process.returncode:
        line.end("FAILED")
        raise Failed("".join(output[-TAIL_LINES:]).rstrip())
    line.end("ok")


def progress(output: list[str], lines: Iterable[str], packages: int) -> Iterator[str]:
    """Read pip's `lines` into `output`, yielding a short word of progress for those that tell of any."""
    seen = 0
    for text in lines:
        output.append(text)
        found = _PACKAGE.match(text)
        if found is not None:
            seen += 1
            yield f"{seen} of {packages} {found[1]}" if packages else found[1]
        elif _UNPACKING.match(text):
            yield f"unpacking {seen} packages"


def install(root: Path, lock: str) -> None:
    """Fill .venv of `root` from `lock` (hashes required, wheels only) and add the project itself, editable."""
    venv = root / ".venv"
    python = venv / "bin" / "python"
    for each in (RUNTIME, DEV):
        stamp(root, each).unlink(missing_ok=True)
    if not runs(root):
        version = ".".join(map(str, sys.version_info[:3]))
        step("environment", f".venv with Python {version}", [sys.executable, "-m", "venv", "--clear", venv])
    pins = len(_PIN.findall((root / lock).read_text()))
    wheels: list[str | Path] = ["--require-hashes", "--only-binary", ":all:", "-r", root / lock]
    step("dependencies", f"{pins} packages of {lock}", [python, *PIP, *wheels], packages=pins)
    step("chappe", "this checkout", [python, *PIP, "--no-deps", "--no-build-isolation", "-e", root])
    try:
        step("consistency", "installed against asked for", [python, "-m", "pip", "check"])
    except Failed as error:
        raise Failed(f"{error}\n{lock} does not serve pyproject.toml: run `make lock`.") from error
    # The development lock holds every pin of the runtime lock, so it serves both.
    for each in (RUNTIME, DEV) if lock == DEV else (RUNTIME,):
        stamp(root, each).write_text(digest(root, each))


def main(arguments: list[str], root: Path) -> int:
    """`install.py LOCK`: 0 when .venv agrees with LOCK, 1 when it cannot be made to, 2 on wrong use, 130 on Ctrl-C."""
    if sys.version_info < OLDEST_PYTHON:
        print("Chappe needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ...", file=sys.stderr)
        return 1
    if arguments not in ([RUNTIME], [DEV]):
        print(f"usage: install.py {RUNTIME}|{DEV}", file=sys.stderr)
        return 2
    if is_current(root, arguments[0]):
        return 0
    try:
        install(root, arguments[0])
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the next call begins again", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parents[1]))
