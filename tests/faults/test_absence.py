"""Who is away or silent: an SMSC that answers nothing or too late, a webhook target that is gone for a while."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from chappe.domain.state import State
from chappe.sim.ledger import AnsweredRow, HookRow, read_ledger_file
from chappe.sim.sink import Reply, Sink
from faults.ledgers import check_store, ends, hooks, http_client, loads, quiet, verdict
from faults.rig import Gateway, cleared_away, connector, free_ports, route, smsc, until
from faults.sizes import Size

pytestmark = pytest.mark.fault

RESPONSE = 0.6
"""Seconds that a connector waits for an answer here."""


async def test_what_the_smsc_never_answers_goes_again_marked_or_is_held(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    gateway = Gateway(tmp_path / "gateway")
    with cleared_away(gateway):
        with smsc(tmp_path, "silent=true") as centre:
            gateway.set_up(
                connector("op", centre.port, retry=0.5, response_timer=RESPONSE),
                connector("premium", centre.port, unknown="hold", retry=0.5, response_timer=RESPONSE),
                route("all", "op"),
                route("premium", "premium", prefix="317", order=10),
            )
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate, total=size.messages) as load:
                held = await http_client(
                    tmp_path / "premium.jsonl", gateway, sink.url("/dlr"), 20, prefix="317", first=90_000_000
                )
                await load.by_http

                def tried_twice() -> bool:
                    tries = Counter(row.token for row in centre.rows())
                    return max(tries.values(), default=0) > 1

                await until(tried_twice, 20, "nothing goes again")
                await until(
                    lambda: gateway.states()[State.HELD] == 20, 20, "what has no answer is not held back"
                )
                await centre.behave(silent=False)
                await until(lambda: gateway.unfinished() == (20, 0), 60, "what went again does not end")
                await load.leave()
            assert await gateway.stop() == 0
        held_tokens = {row.token for row in read_ledger_file(held) if isinstance(row, AnsweredRow)}
        found = verdict(
            gateway,
            centre,
            [*load.client_files, held],
            [tmp_path / "hooks.jsonl"],
            excused=held_tokens,
        )
        figures.append(f"SMSC silent: held {len(held_tokens)}, {found.line()}")
        rows = centre.rows()
        silent = {row.token for row in rows if row.status is None}
        stored = gateway.stored()
        assert len(held_tokens) == 20
        marked = {token for token, one in stored.items() if one.possible_duplicate}
        assert silent <= marked
        assert len(silent) < len(stored), (
            "all were met with silence: the test does not show that others are not marked"
        )
        assert {one.state for token, one in stored.items() if token in held_tokens} == {State.HELD}
        assert Counter(row.token for row in rows if row.token in held_tokens) == dict.fromkeys(held_tokens, 1)
        # It took none of what it was silent about; others are marked only if it was slow where it should not be.
        found.check(most_duplicates=len(marked - silent))
        check_store(gateway)


async def test_what_the_smsc_takes_and_answers_too_late_is_marked(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    gateway = Gateway(tmp_path / "gateway")
    with cleared_away(gateway):
        with smsc(tmp_path, f"response_delay={2.2 * RESPONSE}") as centre:
            gateway.set_up(
                connector("op", centre.port, retry=0.4, response_timer=RESPONSE), route("all", "op")
            )
            await gateway.start()
            async with loads(tmp_path, gateway, sink.url("/dlr"), size.rate, total=size.messages) as load:
                await load.by_http

                async def taken_twice() -> bool:
                    return (await centre.counted())["ok"] >= 3 * 40

                await until(taken_twice, 30, "nothing goes again")
                await centre.behave(response_delay=[0.0, 0.0])
                await quiet(gateway, 60)
                await load.leave()
            assert await gateway.stop() == 0
        found = verdict(gateway, centre, load.client_files, [tmp_path / "hooks.jsonl"])
        figures.append(f"SMSC late: {found.line()}")
        tries = Counter(row.token for row in centre.rows())
        stored = gateway.stored()
        assert [token for token, count in tries.items() if count > stored[token].attempts] == []
        assert found.duplicates > 0
        found.check(most_duplicates=sum(one.attempts - 1 for one in stored.values()))
        check_store(gateway)


async def test_news_wait_for_a_webhook_target_that_is_away(
    tmp_path: Path, size: Size, sink: Sink, figures: list[str]
) -> None:
    gateway = Gateway(tmp_path / "gateway")
    (port,) = free_ports(1)
    with cleared_away(gateway), smsc(tmp_path) as centre:
        async with hooks(tmp_path, "busy") as busy, hooks(tmp_path, "away", port=port) as away:
            busy.always(Reply(status=503))
            gateway.set_up(connector("op", centre.port), route("all", "op"))
            await gateway.start()
            targets = [f"http://127.0.0.1:{port}/dlr", busy.url("/dlr"), sink.url("/dlr")]
            clients = [
                await http_client(
                    tmp_path / f"client{number}.jsonl",
                    gateway,
                    target,
                    size.messages,
                    first=number * 10_000_000,
                )
                for number, target in enumerate(targets)
            ]

            def others_told() -> bool:
                # All are sent and delivered, and only what is for the two that are not there is still owed.
                return gateway.unfinished() == (0, 4 * size.messages) and sink.count == 2 * size.messages

            await until(others_told, 60, "those that are there are not told")
            if not size.waits_for_leases:
                assert await gateway.stop() == 0
                gateway.let_pass(20_000)
            await away.open()
            busy.always(Reply(body=b"ACK/Jasmin"))
            refused = busy.answers[503]
            if gateway.process is None:
                await gateway.start()
            await quiet(gateway, 120)
            assert await gateway.stop() == 0
    files = [tmp_path / f"{name}.jsonl" for name in ("away", "busy", "hooks")]
    found = verdict(gateway, centre, clients, files)
    figures.append(f"webhook targets away: {refused} calls refused meanwhile, {found.line()}")
    assert refused > 0
    assert found.accepted_http == 3 * size.messages
    assert (found.lost, found.absent, found.untold, found.duplicates) == ((), (), (), 0)
    # A refused connection says that nothing was taken: who was away is told everything once.
    assert len(read_ledger_file(files[0])) == 2 * size.messages
    ended = Counter(row.token for row in read_ledger_file(files[0]) if isinstance(row, HookRow) and ends(row))
    assert set(ended.values()) == {1}
    check_store(gateway)
