"""Installs what tests of other people's clients need, where it can be had: npm's packages, and Mono. Never fails for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

MONO: Final = (
    "mono-runtime",
    "mono-mcs",
    "libmono-system-runtime-serialization4.0-cil",
    "libmono-system-net-http4.0-cil",
)
_LONGEST: Final = 300.0


def attempt(what: str, words: Sequence[str], folder: Path) -> bool:
    """Runs a command quietly; says so where it does not succeed."""
    print(f"{what}: installing", flush=True)
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{what}: not installed ({error}); tests that need it skip", flush=True)
        return False
    if done.returncode:
        print(f"{what}: not installed; tests that need it skip\n{done.stderr[-500:]}", flush=True)
    return done.returncode == 0


def npm(root: Path) -> None:
    """The packages of tests/npm, as its lock file has them."""
    folder = root / "tests" / "npm"
    installed = folder / "node_modules" / ".package-lock.json"
    lock = folder / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    program = shutil.which("npm")
    if program is None:
        print("npm: not on this machine; tests that need it skip", flush=True)
        return
    attempt("npm packages", [program, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def mono(root: Path) -> None:
    """Mono and the libraries that its tests use, on Debian and as root."""
    library = Path("/usr/lib/mono/4.5/System.Runtime.Serialization.dll")
    if shutil.which("mono") and shutil.which("mcs") and library.exists():
        return
    program = shutil.which("apt-get")
    if program is None or os.geteuid() != 0:
        print("Mono: not on this machine, and not ours to install; tests that need it skip", flush=True)
        return
    attempt("Mono", [program, "install", "-y", "--no-install-recommends", *MONO], root)


def main(root: Path) -> int:
    """Tries both."""
    npm(root)
    mono(root)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
