"""Scripts in processes of their own: what they may do, every way in which they fail, and that the next run is sound."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chappe.domain.address import Address
from chappe.domain.interception import Draft
from chappe.interceptors.pool import ScriptPool
from chappe.ports.scripts import Failed, ScriptAnswer, ScriptFailure, ScriptJob

DRAFT = Draft(Address("Acme", 5, 0), Address("31612345678", 1, 1), "hello", ("t",), ((0x1401, b"20801\0"),))
SECONDS = 0.3


@pytest.fixture
async def pool() -> AsyncIterator[ScriptPool]:
    told: list[tuple[str, ScriptFailure]] = []
    made = ScriptPool(lambda rule, failure: told.append((rule, failure)), processes=1, memory_mb=128)
    yield made
    await made.close()


def job(code: str, seconds: float = 5.0, **given: object) -> ScriptJob:
    fields = {"rule": "r", "code": code, "seconds": seconds, "draft": DRAFT, "direction": "mt", **given}
    return ScriptJob(**fields)  # type: ignore[arg-type]


async def one(pool: ScriptPool, code: str, **given: object) -> ScriptAnswer | ScriptFailure:
    (answer,) = await pool.run([job(code, **given)])  # type: ignore[arg-type]
    return answer


async def changed(pool: ScriptPool, code: str, **given: object) -> Draft:
    answer = await one(pool, code, **given)
    assert isinstance(answer, ScriptAnswer), answer
    return answer.draft


@pytest.mark.parametrize(
    ("code", "field", "value"),
    [
        ("pass", "text", "hello"),
        ("message.text = message.text[::-1] + ' €🚀'", "text", "olleh €🚀"),
        ("message.sender = 'Shop'", "source", Address("Shop", 5, 0)),
        ("message.destination = '+32' + message.destination[2:]", "destination", Address("32612345678", 1, 1)),
        ("message.tags.append('x'); message.tags.append('x')", "tags", ("t", "x")),
        ("del message.tlvs[0x1401]; message.tlvs[0x140A] = b'150\\0'", "tlvs", ((0x140A, b"150\0"),)),
        ("routable.addTag(7); routable.removeTag('t')", "tags", ("7",)),
        ("routable.flushTags()", "tags", ()),
        ("if routable.hasTag('t'): message.text = ','.join(routable.getTags())", "text", "t"),
        ("routable.pdu.params['short_message'] = b'new \\xe2\\x82\\xac'", "text", "new €"),
        ("routable.pdu.params['source_addr'] = '1234'", "source", Address("1234", 3, 1)),
        ("routable.pdu.params['destination_addr'] = b'33612345678'", "destination", Address("33612345678", 1, 1)),
        ("routable.lockPduParam('source_addr')", "source", Address("Acme", 5, 0)),
        ("print('noise'); import sys; sys.stdout.write('more')", "text", "hello"),
        ("import sys; message.text = sys.stdin.read() + 'nothing'", "text", "nothing"),
    ],
)  # fmt: skip
async def test_what_a_script_changes(pool: ScriptPool, code: str, field: str, value: object) -> None:
    assert getattr(await changed(pool, code), field) == value


async def test_what_a_script_is_told(pool: ScriptPool) -> None:
    code = "message.text = '|'.join([message.account, message.user, message.group, message.connector, message.network, "
    code += "message.direction, str(message.data_coding), message.octets.hex(), str(message.at), "
    code += "routable.user.uid, routable.user.username, routable.user.group.gid, routable.connector.cid, str(routable.datetime)])"
    given = {
        "account": "acme",
        "user": "me",
        "group": "g",
        "connector": "op",
        "network": "20404",
        "octets": b"\x01",
        "data_coding": 4,
        "at_ms": 0,
    }
    told = (await changed(pool, code, **given)).text
    assert told == ("acme|me|g|op|20404|mt|4|01|1970-01-01 00:00:00+00:00|acme|me|g|op|1970-01-01 00:00:00")


@pytest.mark.parametrize(
    ("code", "reason", "http", "smpp"),
    [
        ("message.reject('no', 403, 88)", "no", 403, 88),
        ("raise Reject('no\\n')", "no", 0, 0),
        ("smpp_status = 8", "", 0, 8),
        ("http_status = 451", "", 451, 0),
        ("http_status = 200", None, 0, 0),
        ("http_status = 0; smpp_status = 0", None, 0, 0),
        ("http_status = 299", "", 0, 0),
    ],
)
async def test_how_a_script_refuses(
    pool: ScriptPool, code: str, reason: str | None, http: int, smpp: int
) -> None:
    answer = await one(pool, code)
    assert isinstance(answer, ScriptAnswer)
    assert answer.rejects is (reason is not None)
    assert (answer.reason, answer.http_status, answer.smpp_status) == (reason or "", http, smpp)


@pytest.mark.parametrize(
    ("code", "result"),
    [("result = True", True), ("result = 1", False), ("result = False", False), ("", False)],
)
async def test_only_true_is_a_result(pool: ScriptPool, code: str, result: bool) -> None:
    answer = await one(pool, code or "pass")
    assert isinstance(answer, ScriptAnswer)
    assert answer.result is result


@pytest.mark.parametrize(
    ("code", "failed"),
    [
        ("while True: pass", Failed.TIME),
        ("import time; time.sleep(60)", Failed.TIME),
        ("import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass", Failed.TIME),
        ("import os; os._exit(0)", Failed.DIED),
        ("raise SystemExit", Failed.DIED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Failed.DIED),
        ("1 / 0", Failed.ERROR),
        ("x = bytearray(1 << 30)", Failed.ERROR),
        ("x = []\nwhile True: x.append(bytearray(1 << 20))", Failed.ERROR),
        ("import nowhere", Failed.ERROR),
        ("message.sender = 'x' * 40", Failed.ERROR),
        ("message.destination = 'abc'", Failed.ERROR),
        ("message.tlvs[70000] = b'x'", Failed.ERROR),
        ("message.tlvs = 5", Failed.ERROR),
        ("message.text = 5", Failed.NONSENSE),
        ("message.tags = [object()]", Failed.ERROR),
        ("message.text = 'x' * (1 << 21)", Failed.NONSENSE),
        ("import os\nfor fd in range(3, 30):\n try: os.write(fd, b'garbage\\n')\n except OSError: pass", Failed.NONSENSE),
        ("import os\nfor fd in range(3, 30):\n try: os.write(fd, b'{\"id\": 99}\\n')\n except OSError: pass", Failed.NONSENSE),
    ],
)  # fmt: skip
async def test_every_way_to_fail_is_told_and_the_next_run_is_sound(
    pool: ScriptPool, code: str, failed: Failed
) -> None:
    answer = await one(pool, code, seconds=SECONDS if failed is Failed.TIME else 5.0)
    assert isinstance(answer, ScriptFailure), answer
    assert answer.failed is failed
    assert await changed(pool, "pass") == DRAFT


async def test_an_error_names_the_line_of_the_script(pool: ScriptPool) -> None:
    answer = await one(pool, "x = 1\ny = 0\nx / y")
    assert answer == ScriptFailure(Failed.ERROR, "ZeroDivisionError: division by zero, line 3")


async def test_a_late_answer_is_never_taken_for_the_next_one(pool: ScriptPool) -> None:
    late = "import time; time.sleep(0.6); message.text = 'late'"
    assert isinstance(await one(pool, late, seconds=SECONDS), ScriptFailure)
    assert (await changed(pool, "pass")).text == "hello"


async def test_a_caller_that_goes_away_leaves_no_answer_behind(pool: ScriptPool) -> None:
    await changed(pool, "pass")
    gone = asyncio.create_task(pool.run([job("import time; time.sleep(0.2); message.text = 'late'")]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (await changed(pool, "pass")).text == "hello"


async def test_state_outlives_a_run_and_is_each_scripts_own(pool: ScriptPool) -> None:
    code = "state['n'] = state.get('n', 0) + 1; message.text = str(state['n'])"
    assert [(await changed(pool, code)).text for _ in range(3)] == ["1", "2", "3"]
    assert (await changed(pool, code, rule="other")).text == "1"
    assert (await changed(pool, code + " ")).text == "1"


async def test_many_scripts_take_turns_in_one_process(pool: ScriptPool) -> None:
    codes = [f"message.text = '{number}'" for number in range(80)]
    for _ in range(2):
        answers = await pool.run([job(code) for code in codes])
        assert [answer.draft.text for answer in answers if isinstance(answer, ScriptAnswer)] == [
            str(number) for number in range(80)
        ]


async def test_a_script_finds_nothing_of_ours(pool: ScriptPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPPE_PASSWORD", "secret")
    code = "import os, sys; message.text = f\"{os.environ.get('CHAPPE_PASSWORD')} {'chappe' in sys.modules} {os.getcwd()}\""
    assert (await changed(pool, code)).text == "None False /"


async def test_too_many_and_too_long_waiters_are_told_that_it_is_busy() -> None:
    slow = job("import time; time.sleep(0.4)")
    small = ScriptPool(lambda _r, _f: None, processes=1, most_waiting=1, patience=0.05)
    try:
        answers = await asyncio.gather(*(small.run([slow]) for _ in range(4)))
        kinds = sorted(
            answer.failed.value if isinstance(answer, ScriptFailure) else "" for (answer,) in answers
        )
        assert kinds == ["", "busy", "busy", "busy"]
    finally:
        await small.close()


async def test_failures_are_told_with_their_rule() -> None:
    told: list[tuple[str, Failed]] = []
    noisy = ScriptPool(lambda rule, failure: told.append((rule, failure.failed)))
    await noisy.run([job("1/0"), job("pass")])
    await noisy.close()
    assert told == [("r", Failed.ERROR)]


async def test_nothing_is_left_running(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    both = ScriptPool(lambda _r, _f: None, processes=1)
    fork = f"import os\nif os.fork() == 0:\n import time; time.sleep(60)\nopen({str(file)!r}, 'w').write(str(os.getpgid(0)))"
    await both.run([job(fork)])
    group = int(file.read_text())
    await both.close()
    with contextlib.suppress(ProcessLookupError):
        for _ in range(500):
            os.killpg(group, 0)
            await asyncio.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
