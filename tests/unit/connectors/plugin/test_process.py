"""A process with a plug-in in it: how it ends is told, what it prints is heard, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os
import resource
import sys

import pytest

from chappe.connectors.plugin.calls import Method, Nonsense
from chappe.connectors.plugin.process import Child, Died, Slow
from unit.connectors.plugin.rig import proc, until

ANSWERS = "import sys\nsys.stdout.buffer.write(b'\\0\\0\\0\\0\\2hi'); sys.stdout.flush()\n"


async def begin(code: str, longest: int = 1_000) -> Child:
    return await Child.start(
        [sys.executable, "-I", "-c", code],
        folder="/",
        environment={},
        limits={resource.RLIMIT_NOFILE: 64},
        longest=longest,
    )


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("raise SystemExit('bye now')", Died, "exit code 1: bye now"),
        ("import os; os.kill(os.getpid(), 9)", Died, "signal 9"),
        (
            "import sys; sys.stdout.write('Hello, I am noise'); sys.stdout.flush(); input()",
            Nonsense,
            "octet 72",
        ),
        (
            "import sys; sys.stdout.buffer.write(b'\\0\\xff\\xff\\xff\\xff'); sys.stdout.flush(); input()",
            Nonsense,
            "4294967295",
        ),
        ("input()", Slow, "no answer in 0.2 s"),
    ],
)
async def test_what_comes_instead_of_an_answer(code: str, error: type[Exception], said: str) -> None:
    child = await begin(code)
    with pytest.raises(error, match=said):
        await child.begun(0.2 if error is Slow else 10.0)
    await child.end()


async def test_a_call_of_a_process_that_is_gone() -> None:
    child = await begin(ANSWERS)
    assert (await child.begun(10)).text == "hi"
    gone = asyncio.Event()
    child.when_ended(gone.set)
    await asyncio.wait_for(gone.wait(), 10)
    assert not child.alive
    with pytest.raises(Died):
        await child.call(Method.SEND, b"x" * 100_000, 10)
    await child.end()


async def test_its_limits_hold_and_the_end_takes_its_children_along() -> None:
    child = await begin(ANSWERS + "import subprocess\nsubprocess.Popen(['sleep', '1000'])\ninput()")
    await child.begun(10)
    assert "Max open files            64                   64" in proc(child.pid, "limits")
    group = os.getpgid(child.pid)
    await child.end()
    await until(lambda: not is_alive(group))


async def test_what_was_never_read_holds_up_no_end() -> None:
    child = await begin("import sys\nwhile True: sys.stdout.buffer.write(b'\\2' * 65536)")
    with pytest.raises(Nonsense):
        await child.begun(10)
    stdout = child._answers.reader
    # Beyond twice its limit nothing is read any more, not even the end.
    await until(lambda: len(stdout._buffer) > 2 * 65_536)  # type: ignore[attr-defined]
    async with asyncio.timeout(5):
        await child.end()
    assert not child.alive


async def test_a_grandchild_that_keeps_the_pipes_holds_up_no_end() -> None:
    escaped = "import subprocess\np = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
    child = await begin(
        "import sys\n"
        + escaped
        + "sys.stdout.buffer.write(b'\\0\\0\\0\\0\\6%06d' % p.pid); sys.stdout.flush(); input()"
    )
    grandchild = int((await child.begun(10)).text)
    async with asyncio.timeout(8):
        await child.end()
    os.kill(grandchild, 9)


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
