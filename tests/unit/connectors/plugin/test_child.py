"""The runner of Python plug-ins: what it loads, what it answers, and that noise never gets among the answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chappe.connectors.plugin import child
from chappe.connectors.plugin.calls import Method, call
from chappe.connectors.plugin.child import NoPlugin, load, run


def answers(octets: bytes) -> list[tuple[int, str]]:
    found = []
    while octets:
        length = int.from_bytes(octets[1:5], "big")
        found.append((octets[0], octets[5 : 5 + length].decode()))
        octets = octets[5 + length :]
    return found


def spoken(folder: Path, code: str, *calls: bytes) -> list[tuple[int, str]]:
    file = folder / "p.py"
    file.write_text(code)
    told = json.dumps({"plugin": f"{file}:P", "file": str(file), "type": "P", "path": []})
    done = subprocess.run(
        [sys.executable, "-I", child.__file__, told],
        input=b"".join(calls),
        capture_output=True,
        timeout=30,
        check=True,
    )
    return answers(done.stdout)


WHOLE = """
import sys
class P:
    def login(self, secret): print("noise", flush=True); return "OK"
    def send(self, request): return sys.stdin.read() + request
    def report(self, request): return 5
    def destroy(self): return "what nobody asks for"
"""


def test_a_whole_life(tmp_path: Path) -> None:
    calls = [
        call(Method.LOGIN, b"s"),
        call(Method.SEND, "ş".encode()),
        call(Method.REPORT, b""),
        call(Method.SEND, b"\xff"),
    ]
    found = spoken(tmp_path, WHOLE, *calls, call(Method.DESTROY, b""), call(Method.SEND, b"never"))
    assert [mark for mark, _ in found] == [0, 0, 0, 1, 1, 0]
    assert [text for _, text in found[1:4]] == ["OK", "ş", "TypeError: it returned int and not str"]
    assert found[4][1].startswith("UnicodeDecodeError")
    assert found[5] == (0, "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_like_it", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("class P:\n  def __init__(self): raise ValueError('not today')", "ValueError: not today"),
        ("class P: pass", "P has no method login"),
        ("def Q(): pass", "there is no class P in it"),
        ("class P(", "SyntaxError"),
    ],
)
def test_what_cannot_be_loaded(tmp_path: Path, code: str, said: str) -> None:
    ((mark, text),) = spoken(tmp_path, code, call(Method.LOGIN, b""))
    assert mark == 1
    assert text.startswith(said)


def test_half_a_call_is_an_end(tmp_path: Path) -> None:
    assert len(spoken(tmp_path, WHOLE, call(Method.LOGIN, b"secret")[:-3])) == 1


def test_names_of_modules_and_of_nothing() -> None:
    with pytest.raises(NoPlugin, match="has no method login"):
        load("collections:OrderedDict", "collections", "OrderedDict")
    with pytest.raises(NoPlugin, match=r"there is no entry point 'mine' in the group chappe\.plugins"):
        load("mine", "mine", "")


def test_an_exception_is_told_by_its_type() -> None:
    def fails(text: str) -> str:
        raise KeyError(text)

    assert run(fails, "S", b"x") == (b"\1", b"KeyError: 'x'")
