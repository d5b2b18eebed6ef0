"""The real process ended, gently and not, at every stage of a message's life; another one goes on where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chappe.domain.state import State
from chappe.pipeline.release import INTERRUPTED
from chappe.protocols.smpp.commands import DeliverSm, SubmitSmResp
from chappe.sim.behaviour import Behaviour
from chappe.sim.sink import Reply
from dialects.smpp.esme import Esme, submit_sm
from journeys.gateway_process import GatewayProcess
from journeys.house import House, ask_http, until
from journeys.ports import with_ports

COUNT = 4
End = Callable[[House], Awaitable[None]]


async def killed(house: House) -> None:
    assert house.process is not None
    await house.process.kill()
    house.process = None


async def terminated(house: House) -> None:
    assert house.process is not None
    house.process.tell_to_end()
    assert await house.process.ended() == 0
    house.process = None


LAYOUTS = {
    "one": (),
    "several": ("--fronts", "1", "--relays", "1"),
    "two of each": ("--fronts", "2", "--relays", "2"),
}


@pytest.fixture(autouse=True, params=LAYOUTS)
def _processes(request: pytest.FixtureRequest, outside: House) -> None:
    outside.options = LAYOUTS[request.param]
    if request.param == "two of each":
        with_ports(outside)


both = pytest.mark.parametrize("end", [killed, terminated], ids=["SIGKILL", "SIGTERM"])


async def accepted(house: House, *, level: str = "3") -> tuple[list[str], list[str]]:
    """Messages by HTTP and by SMPP that were said yes to; the SMPP client goes away."""
    url = house.sink.url("/dlr")
    by_http = [
        await house.sent(content=f"#{number:08}", dlr_level=level, dlr_url=url) for number in range(COUNT)
    ]
    esme = await house.bound()
    by_smpp = [await esme.submit(b"#%08d" % (COUNT + number)) for number in range(COUNT)]
    return by_http, by_smpp


async def all_told(house: House, by_http: list[str], by_smpp: list[str], levels: str = "12") -> None:
    """Every client hears of every message, once of each level, and the SMSC has each."""
    esme = await house.bound()
    for message_id in (*by_http, *by_smpp):
        found = await house.over(message_id)
        assert found.found.standing.state is State.DELIVERED
    calls = [(dict(call)["id"], dict(call)["level"]) for call in house.calls()]
    assert sorted(set(calls)) == sorted((one, level) for one in by_http for level in levels)
    got = {pdu.body.short_message[3:35].decode() for pdu in esme.got}  # type: ignore[attr-defined]
    earlier = {pdu.body.short_message[3:35].decode() for one in house.esmes for pdu in one.got}  # type: ignore[attr-defined]
    assert got <= set(by_smpp) == earlier
    assert {row.token for row in house.rows() if row.status == 0} == {f"{n:08}" for n in range(2 * COUNT)}


@both
async def test_between_acceptance_and_sending(outside: House, end: End) -> None:
    await outside.tap.close()
    await outside.start_process()
    by_http, by_smpp = await accepted(outside)
    await end(outside)
    assert outside.rows() == []
    await outside.tap.open()
    await outside.start()
    await all_told(outside, by_http, by_smpp)
    assert len(outside.rows()) == 2 * COUNT


@both
async def test_between_sending_and_receipt(outside: House, end: End) -> None:
    outside.tap.holds = lambda pdu: isinstance(pdu.body, DeliverSm)
    await outside.start_process()
    by_http, by_smpp = await accepted(outside, level="2")
    await until(lambda: len(outside.tap.held) == 2 * COUNT)
    await end(outside)
    outside.tap.release()
    await outside.start()
    await all_told(outside, by_http, by_smpp, "2")
    assert len(outside.calls()) == COUNT
    stories = [await outside.told(message_id) for message_id in (*by_http, *by_smpp)]
    # An answer that came just before the kill may not have been written any more: then, and only then, it goes again.
    marked = sum(bool(found.found.standing.possible_duplicate) for found in stories)
    assert len(outside.rows()) == 2 * COUNT + marked
    assert marked == 0 or end is killed


async def test_killed_between_writing_and_the_answer(outside: House) -> None:
    outside.tap.holds = lambda pdu: isinstance(pdu.body, SubmitSmResp)
    await outside.start_process()
    by_http, by_smpp = await accepted(outside)
    await until(lambda: len(outside.tap.held) == 2 * COUNT)
    await killed(outside)
    outside.tap.release()
    await outside.start()
    await all_told(outside, by_http, by_smpp)
    for message_id in (*by_http, *by_smpp):
        assert (await outside.told(message_id)).found.standing.possible_duplicate == INTERRUPTED
    assert len(outside.rows()) == 4 * COUNT


@both
async def test_between_receipt_and_webhook(outside: House, end: End) -> None:
    """Calls under way when the process is killed are due again after their lease, others by their back-off."""
    reply = Reply(hang=True) if end is killed else Reply(status=503)
    outside.sink.always(reply)
    await outside.start_process()
    by_http, by_smpp = await accepted(outside)
    await outside.called(2 * COUNT)
    await until(lambda: len(outside.esmes[0].got) == COUNT)
    await end(outside)
    outside.sink.always(Reply(body=b"ACK/Jasmin"))
    outside.clock.ahead_ms = 200_000
    await outside.start()
    await all_told(outside, by_http, by_smpp)
    assert len(outside.calls()) == 4 * COUNT


async def test_a_gentle_end_does_not_wait_for_an_smsc_that_is_silent(
    outside: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chappe.app.gateway.GRACE", 0.3)
    outside.tap.holds = lambda pdu: isinstance(pdu.body, SubmitSmResp)
    await outside.start()
    by_http, by_smpp = await accepted(outside)
    await until(lambda: len(outside.tap.held) == 2 * COUNT)
    await asyncio.wait_for(outside.stop(), 5)
    outside.tap.release()
    await outside.start()
    await all_told(outside, by_http, by_smpp)
    for message_id in (*by_http, *by_smpp):
        assert (await outside.told(message_id)).found.standing.possible_duplicate


async def test_a_gentle_end_under_load_keeps_every_promise_and_is_in_time(outside: House) -> None:
    house = outside
    house.smsc.behave(Behaviour(response_delay=(0.01, 0.05), receipt_delay=(0.0, 0.3)))
    process = await house.start_process()
    promised: dict[str, str] = {}
    others: list[int] = []
    esme = await house.bound()
    clients = [asyncio.create_task(http_client(house, number, promised, others)) for number in range(6)]
    clients.append(asyncio.create_task(smpp_client(esme, promised)))
    await until(lambda: len(promised) >= 200)
    began = asyncio.get_running_loop().time()
    process.tell_to_end()
    assert await process.ended() == 0
    assert asyncio.get_running_loop().time() - began < 10
    house.process = None
    await asyncio.wait_for(asyncio.gather(*clients), 10)
    assert [event for event in process.log if event["level"] in ("error", "critical")] == []
    assert process.strays == []
    assert set(others) <= {500, 503}
    await house.start()
    parts = house.here.parts
    ids = [parts.renderer.parse(message_id) for message_id in promised.values()]

    async def all_sent() -> bool:
        found = await parts.store.messages([one for one in ids if one is not None])
        assert None not in found
        return {one.standing.state for one in found if one is not None} == {State.SENT}

    await until(all_sent)
    stories = await parts.store.messages([one for one in ids if one is not None])
    assert {one.standing.possible_duplicate for one in stories if one is not None} == {""}
    taken = [row.token for row in house.rows() if row.status == 0]
    assert promised.keys() <= set(taken)
    assert len(taken) == len(set(taken))


async def http_client(house: House, number: int, promised: dict[str, str], others: list[int]) -> None:
    """Sends one after the other until nobody is there any more."""
    running = house.running
    assert isinstance(running, GatewayProcess)
    for count in range(10_000):
        token = f"{number * 10_000 + count:08}"
        form = f"username=acme&password=secret&to=31612345678&content=%23{token}".encode()
        try:
            answer = await ask_http(running.http_port, "/send", body=form)
        except OSError:
            return
        if answer.status == 200:
            promised[token] = answer.body[9:-1]
        else:
            others.append(answer.status)


async def smpp_client(esme: Esme, promised: dict[str, str]) -> None:
    """Keeps twenty submit_sm under way until it is unbound."""
    under_way: set[asyncio.Task[None]] = set()

    async def one(token: str) -> None:
        answer = esme.say(submit_sm(b"#" + token.encode(), registered_delivery=0))
        done, _ = await asyncio.wait((answer, esme.ended), return_when=asyncio.FIRST_COMPLETED)
        if answer in done and answer.result().status == 0:
            promised[token] = answer.result().body.message_id  # type: ignore[attr-defined]

    for count in range(10_000):
        if esme.ended.done() or esme.unbound.is_set() or esme.left.is_set():
            break
        under_way.add(asyncio.create_task(one(f"{90_000_000 + count:08}")))
        if len(under_way) >= 20:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    if under_way:
        await asyncio.wait(under_way, timeout=5)
