"""A plug-in that behaves as badly as one can is contained: each message ends as what is known of it, and the next goes through."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from chappe.domain.link import Health
from chappe.domain.retry import Outcome
from chappe.ports.connector import Outgoing
from contracts.connectors_under_test import UnderTest
from unit.connectors.plugin.rig import calls, plugged, sizes, text, texts


async def ends(under_test: UnderTest, *said: str) -> list[tuple[Outcome, str]]:
    return [(one.outcome, one.detail) for one in await under_test.ends(texts(*said))]


async def comes_back(under_test: UnderTest) -> None:
    await under_test.recorder.until(lambda: under_test.connector.room() > 0)
    assert await ends(under_test, "hello") == [(Outcome.SENT, "")]


@pytest.mark.row("000-006", "000-017")
async def test_a_batch_is_one_send_in_order_and_a_large_one_several(tmp_path: Path) -> None:
    async with plugged(tmp_path, batch=4) as under_test:
        await under_test.ends(texts("a", "b", "c", "d"))
        assert sizes(tmp_path) == [4]
        await under_test.ends(texts(*"abcdefghij"))
        assert sizes(tmp_path) == [4, 4, 4, 2]


@pytest.mark.parametrize(
    ("said", "outcome", "detail"),
    [
        ("raise", Outcome.UNKNOWN, "RuntimeError: the line is busy"),
        ("die", Outcome.UNKNOWN, "the connection was lost before the answer"),
        ("garbage", Outcome.UNCLEAR, None),
        ("short", Outcome.UNCLEAR, "the plug-in answered 0 results for 1 messages"),
        ("babble", Outcome.UNKNOWN, "the connection was lost before the answer"),
        ("noise", Outcome.SENT, ""),
    ],
)
async def test_bad_behaviour_is_contained(
    tmp_path: Path, said: str, outcome: Outcome, detail: str | None
) -> None:
    async with plugged(tmp_path) as under_test:
        (found,) = await ends(under_test, said)
        assert found == (outcome, found[1] if detail is None else detail)
        await comes_back(under_test)


async def test_one_that_hangs_is_killed(tmp_path: Path) -> None:
    async with plugged(tmp_path, response_timer=0.2) as under_test:
        assert await ends(under_test, "hang") == [(Outcome.UNKNOWN, "no answer in 0.2 s")]
        await comes_back(under_test)
        assert under_test.meter.counts["plugin_ends op:slow"] == 1


async def test_memory_has_an_end(tmp_path: Path) -> None:
    async with plugged(tmp_path, memory=200) as under_test:
        ((outcome, detail),) = await ends(under_test, "memory")
        assert outcome is Outcome.UNKNOWN
        assert detail.startswith("MemoryError")
        await comes_back(under_test)


async def test_an_answer_has_a_greatest_length(tmp_path: Path) -> None:
    async with plugged(tmp_path, longest_answer=1, batch=5_000, window=5_000) as under_test:
        found = await under_test.ends(texts(*[f"detail={'x' * 400}"] * 4_000))
        assert {one.outcome for one in found} == {Outcome.UNKNOWN}
        await comes_back(under_test)
        assert under_test.meter.counts["plugin_ends op:nonsense"] == 1


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [("doubt", Outcome.UNKNOWN), ("retry", Outcome.DEFERRED), ("fail", Outcome.REFUSED)],
)
async def test_the_operator_says_what_an_exception_means(
    tmp_path: Path, policy: str, outcome: Outcome
) -> None:
    async with plugged(tmp_path, on_exception=policy) as under_test:
        (found,) = await under_test.ends(texts("raise"))
        assert (found.outcome, found.error) == (outcome, "EXCEPTION")


@pytest.mark.parametrize("deadly", ["die", "hang"])
async def test_the_message_that_a_process_ends_over_is_found_and_given_up(
    tmp_path: Path, deadly: str
) -> None:
    async with plugged(tmp_path, deadly_after=2, response_timer=0.5) as under_test:
        batch = texts("a", deadly, "b")
        assert [one.outcome for one in await under_test.ends(batch)] == [Outcome.UNKNOWN] * 3
        found: list[Outcome] = []
        for attempt in (2, 3):
            for one in batch:
                await under_test.recorder.until(lambda: under_test.connector.room() > 0)
                (ended,) = await under_test.ends([Outgoing(one.message, attempt)])
                found.append(ended.outcome)
        assert found == [
            Outcome.SENT,
            Outcome.UNKNOWN,
            Outcome.SENT,
            Outcome.SENT,
            Outcome.UNCLEAR,
            Outcome.SENT,
        ]
        # Together they go as one, apart as they must.
        assert sizes(tmp_path)[0] == 3
        assert set(sizes(tmp_path)[1:]) == {1}


async def test_a_process_that_is_killed_while_it_has_nothing_is_begun_again(tmp_path: Path) -> None:
    async with plugged(tmp_path) as under_test:
        (seat,) = under_test.connector._seats  # type: ignore[attr-defined]
        pid = seat.pid
        os.kill(pid, signal.SIGKILL)
        await under_test.recorder.until(lambda: seat.pid not in (0, pid) and under_test.connector.room() > 0)
        await comes_back(under_test)


@pytest.mark.row("000-003", "000-004")
@pytest.mark.parametrize(
    ("secret", "detail"),
    [
        ("wrong", "login refused"),
        ("odd", "login refused: the plug-in answered 'perhaps'"),
        ("raises", "login failed: ValueError: no such login"),
    ],
)
async def test_what_is_not_let_in_sends_nothing(tmp_path: Path, secret: str, detail: str) -> None:
    async with plugged(tmp_path, secret=secret, wait=False) as under_test:
        await under_test.recorder.until(lambda: under_test.recorder.health is Health.DOWN)
        assert under_test.connector.status().detail == detail
        assert under_test.connector.room() == 0
        assert await ends(under_test, "hello") == [(Outcome.NOT_SENT, "the plug-in is not up")]
        assert calls(tmp_path, "send") == calls(tmp_path, "report") == []


@pytest.mark.row("000-001")
@pytest.mark.parametrize(
    ("plugin", "detail"),
    [
        ("{file}:Lacking", "the plug-in cannot be loaded: Lacking has no method report"),
        ("{file}:Missing", "the plug-in cannot be loaded: there is no class Missing in it"),
        ("{file}x.py:Any", "there is no file {file}x.py"),
        ("no.such.module:Any", "the plug-in cannot be loaded: ModuleNotFoundError: No module named 'no'"),
        (
            "nobody",
            "the plug-in cannot be loaded: there is no entry point 'nobody' in the group chappe.plugins",
        ),
        ("{file}.dll", "there is no file {file}.dll"),
    ],
)
async def test_what_cannot_be_loaded_is_said(tmp_path: Path, plugin: str, detail: str) -> None:
    file = Path(__file__).with_name("scripted.py")
    async with plugged(tmp_path, plugin=plugin.format(file=file), wait=False) as under_test:
        await under_test.recorder.until(lambda: under_test.recorder.health is Health.DOWN)
        assert under_test.connector.status().detail == detail.format(file=file)


async def test_the_documents_own_names_of_methods(tmp_path: Path) -> None:
    file = Path(__file__).with_name("scripted.py")
    async with plugged(tmp_path, plugin=f"{file}:Document") as under_test:
        assert await ends(under_test, "hello") == [(Outcome.SENT, "")]


async def test_several_objects_send_at_once(tmp_path: Path) -> None:
    async with plugged(tmp_path, objects=3, batch=1, response_timer=1.0) as under_test:
        await under_test.recorder.until(lambda: under_test.connector.status().binds == 3)
        under_test.connector.send(texts("hang", "a", "b", "c"))
        await under_test.recorder.told(3)
        assert {one.outcome for one in under_test.recorder.ended} == {Outcome.SENT}
        assert len(calls(tmp_path, "login")) == 3


async def test_octets_are_unfit_and_take_no_other_along(tmp_path: Path) -> None:
    async with plugged(tmp_path) as under_test:
        found = await under_test.ends(
            [Outgoing(text("a"), 1), Outgoing(text(None, octets=b"\x00", charset="binary"), 1)]  # type: ignore[arg-type]
        )
        assert [one.outcome for one in found] == [Outcome.SENT, Outcome.UNFIT]


@pytest.mark.row("000-045")
async def test_operators_are_counted_and_not_without_end(tmp_path: Path) -> None:
    async with plugged(tmp_path) as under_test:
        await under_test.ends(texts(*(f"op=o{number}" for number in range(60))))
        counts = under_test.meter.counts
        assert counts["plugin_operators op:o0"] == 1
        assert counts["plugin_operators op:others"] == 10


@pytest.mark.row("000-034")
async def test_destroy_is_called_once_for_each_object(tmp_path: Path) -> None:
    async with plugged(tmp_path, objects=2) as under_test:
        await under_test.recorder.until(lambda: under_test.connector.status().binds == 2)
    assert calls(tmp_path, "destroy") == ["", ""]
