"""The program of a Python plug-in's process: a call in, the plug-in's method run, an answer out. Standard library only.

It imports nothing of the gateway, so that it starts at once and a plug-in finds nothing of ours.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.metadata
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

GROUP: Final = "chappe.plugins"
"""The group of entry points that name plug-ins."""
_HEAD: Final = 5
_RETURNED: Final = b"\0"
_RAISED: Final = b"\1"
_PR_SET_PDEATHSIG: Final = 1
_MOST_TEXT: Final = 2_000
_METHODS: Final = (
    ("L", "login", "Login"),
    ("S", "send", "Send"),
    ("R", "report", "Report"),
    ("D", "destroy", "Destroy"),
)


class NoPlugin(Exception):
    """What was named is no plug-in; the message says why."""


def load(named: str, file: str, kind: str) -> dict[str, Callable[..., Any]]:
    """The four methods of a new object of the class that was named. Raises NoPlugin, and whatever the plug-in raises."""
    made = _class_of(named, file, kind)()
    found: dict[str, Callable[..., Any]] = {}
    for letter, ours, document in _METHODS:
        method = getattr(made, ours, None) or getattr(made, document, None)
        if not callable(method):
            raise NoPlugin(f"{type(made).__name__} has no method {ours}")
        found[letter] = method
    return found


def _class_of(named: str, file: str, kind: str) -> Callable[[], object]:
    if file.endswith(".py"):
        return _attribute(_module_of_file(file), kind)
    if kind:
        return _attribute(importlib.import_module(file), kind)
    for point in importlib.metadata.entry_points(group=GROUP):
        if point.name == named:
            loaded: Callable[[], object] = point.load()
            return loaded
    raise NoPlugin(f"there is no entry point {named!r} in the group {GROUP}")


def _module_of_file(file: str) -> object:
    name = Path(file).stem
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not Path(file).is_file():
        raise NoPlugin(f"there is no file {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _attribute(module: object, name: str) -> Callable[[], object]:
    found: Callable[[], object] | None = getattr(module, name, None)
    if not callable(found):
        raise NoPlugin(f"there is no class {name} in it")
    return found


def run(method: Callable[..., Any], letter: str, text: bytes) -> tuple[bytes, bytes]:
    """One call: the mark of its answer, and the answer's text."""
    try:
        if letter == "D":
            method()
            return _RETURNED, b""
        said = method(text.decode())
        if isinstance(said, str):
            return _RETURNED, said.encode()
    except Exception as error:  # noqa: BLE001 - whatever a plug-in does wrong is told and not ours
        return _RAISED, _sentence(error)
    return _RAISED, f"TypeError: it returned {type(said).__name__} and not str".encode()


def _sentence(error: BaseException) -> bytes:
    return f"{type(error).__name__}: {error}"[:_MOST_TEXT].encode("utf-8", "replace")


def _write(answers: BinaryIO, mark: bytes, text: bytes) -> None:
    answers.write(mark + len(text).to_bytes(4, "big") + text)
    answers.flush()


def _read(calls: BinaryIO) -> tuple[str, bytes] | None:
    head = calls.read(_HEAD)
    if len(head) < _HEAD:
        return None
    length = int.from_bytes(head[1:], "big")
    text = calls.read(length)
    return (chr(head[0]), text) if len(text) == length else None


def main(told: str) -> None:
    """Answers calls until there are no more, or the last one was Destroy. `told` is JSON: plugin, file, type, path."""
    # A gateway that was killed must not leave one behind that goes on sending.
    with contextlib.suppress(OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # What a plug-in prints must not get among the answers, and what it reads must not be the calls.
    calls = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    given = json.loads(told)
    sys.path[:0] = given["path"]
    try:
        methods = load(given["plugin"], given["file"], given["type"])
    except Exception as error:  # noqa: BLE001 - as above
        said = str(error).encode() if isinstance(error, NoPlugin) else _sentence(error)
        _write(answers, _RAISED, said)
        return
    _write(answers, _RETURNED, f"Python {sys.version.split()[0]}".encode())
    while (asked := _read(calls)) is not None:
        letter, text = asked
        _write(answers, *run(methods[letter], letter, text))
        if letter == "D":
            return


if __name__ == "__main__":
    main(sys.argv[1])
