"""Notices by HTTP: what each answer means, how many calls at once, and an outcome for every notice whatever happens."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chappe.callbacks.webhook import AHEAD
from chappe.domain.report import Notice, Owed
from chappe.net.tls import server_context
from chappe.ports.carrier import Handover, HttpCall
from unit.callbacks.hooks import ACK, JASMIN, desk, handovers, owed
from unit.net.servers import Line, Server, saying, serving, silence
from unit.net.test_tls import Authority
from unit.pipeline.rig import START_MS

TAKEN, FAILED, GONE, AWAY = Handover.TAKEN, Handover.FAILED, Handover.GONE, Handover.AWAY


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return b"HTTP/1.1 %d X\r\n%bContent-Length: %d\r\n\r\n%b" % (status, lines.encode(), len(body), body)


# ---------------------------------------------------------------- what an answer means


@pytest.mark.parametrize(
    ("octets", "handover", "shown"),
    [
        (ACK, TAKEN, "200 ACK/Jasmin"),
        (answer(202, b" ACK/Jasmin\r\n"), TAKEN, "202 ACK/Jasmin"),
        (answer(200, b"OK"), FAILED, "200 OK"),
        (answer(200), FAILED, "200"),
        (answer(204), FAILED, "204"),
        (answer(400, b"ACK/Jasmin"), FAILED, "400 ACK/Jasmin"),
        (answer(401), FAILED, "401"),
        (answer(404, b"no such page"), FAILED, "404 no such page"),
        (answer(410, b"closed"), GONE, "410 closed"),
        (answer(429), FAILED, "429"),
        (answer(500, b"\x1b[31m\r\nred\x00\xff"), FAILED, "500 [31m  red \ufffd"),
        (answer(503, b"x" * 500), FAILED, "503 " + "x" * 120),
        (answer(503, b"x" * 300_000), FAILED, "503 " + "x" * 120),
    ],
)
async def test_what_becomes_of_a_notice(octets: bytes, handover: Handover, shown: str) -> None:
    async with serving(saying(octets)) as server, desk() as at:
        found = await at.carried(owed(server.url("/dlr")))
        assert (found.handover, found.answer, found.retry_after) == (handover, shown, None)
        assert at.meter.by_name["webhook_seconds"] == 1


async def test_a_notice_in_its_dialects_words() -> None:
    async def script(line: Line) -> None:
        while True:
            server.note(await line.request())
            line.say(ACK)

    async with serving(script) as server, desk() as at:
        posted, got = owed(server.url("/dlr?x=1")), owed(server.url("/dlr?x=1"), method="GET")
        for each in (posted, got):
            assert (await at.carried(each)).handover is TAKEN
    for request, each in zip(server.requests, (posted, got), strict=True):
        call = JASMIN.write(each.notice)
        head, _, body = request.partition(b"\r\n\r\n")
        path = call.url.removeprefix(server.url("")).encode()
        assert head.startswith(b"%b %b HTTP/1.1\r\n" % (call.method.encode(), path))
        assert [f"{name}: {value}".encode() in head for name, value in call.headers] == [True] * 3
        assert body == call.body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    async with serving(saying(ACK)) as private:
        octets = answer(status, Location=private.url("/elsewhere"))
        async with serving(saying(octets)) as server, desk() as at:
            found = await at.carried(owed(server.url()))
            assert (found.handover, found.answer) == (FAILED, f"{status}: redirects are not followed")
            assert private.connections == 0


# ---------------------------------------------------------------- Retry-After

NOW = START_MS // 1000


def dated(seconds: int) -> str:
    return formatdate(NOW + seconds, usegmt=True)


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall is not GMT."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("1000000", 1_000_000.0),
        ("9" * 400, float("inf")),
        (dated(90), 90.0),
        (dated(-90), 0.0),
        (dated(90).replace("GMT", "-0000"), 90.0),
        (dated(90).replace("GMT", "+0100"), 0.0),
        (time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(NOW + 90)), 90.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\xb2", None),
        ("Wed, 21 Oct 2015 99:28:00 GMT", None),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999999999999999", None),
    ],
)
async def test_how_long_a_receiver_asks_to_be_left_alone(text: str, seconds: float | None) -> None:
    octets = b"HTTP/1.1 429 X\r\nRetry-After: %b\r\nContent-Length: 0\r\n\r\n" % text.encode("latin-1")
    async with serving(saying(octets)) as server, desk() as at:
        found = await at.carried(owed(server.url()))
        assert (found.handover, found.retry_after) == (FAILED, seconds)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502, 503, 504])
async def test_who_may_ask_for_that(status: int) -> None:
    async with serving(saying(answer(status, Retry_After="7"))) as server, desk() as at:
        found = await at.carried(owed(server.url()))
        assert found.retry_after == (7.0 if status in {429, 502, 503, 504} else None)


@given(
    st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=40)
    | st.datetimes().map(format_datetime)
)
@settings(max_examples=50)
def test_no_such_wish_takes_a_notice_away(text: str) -> None:
    async def session() -> None:
        octets = b"HTTP/1.1 503 X\r\nRetry-After: %b\r\nContent-Length: 0\r\n\r\n" % text.encode("latin-1")
        async with serving(saying(octets)) as server, desk() as at:
            found = await at.carried(owed(server.url()))
            assert found.handover is FAILED
            assert found.answer == "503"
            assert found.retry_after is None or found.retry_after >= 0

    asyncio.run(session())


# ---------------------------------------------------------------- receivers that do not answer


@pytest.mark.parametrize(
    ("fate", "sentence"),
    [
        ("hang", "no answer in time"),
        ("hang up", "the connection was closed without an answer"),
        ("reset", "the connection was closed without an answer"),
        ("break off", "the connection broke within the answer"),
        ("nonsense", "the answer is no HTTP"),
        ("refuse", "cannot connect"),
        ("no name", "no-such-name.invalid is not found"),
        ("long name", "is not found"),
    ],
)
async def test_a_receiver_that_does_not_answer_is_tried_again(fate: str, sentence: str) -> None:
    scripts = {
        "hang": silence,
        "hang up": saying(b"", then="hang up"),
        "reset": saying(b"", then="reset"),
        "break off": saying(ACK[:-1], then="hang up"),
        "nonsense": saying(b"nonsense\r\n\r\n"),
    }
    hosts = {"no name": "no-such-name.invalid", "long name": "x" * 64 + ".example"}
    async with desk(total_seconds=0.1) as at, serving(scripts.get(fate, silence)) as server:
        url = server.url(host=hosts.get(fate, "127.0.0.1"))
        if fate == "refuse":
            async with serving(silence) as closed:
                url = closed.url()
        found = await at.carried(owed(url, account="strict" if fate in hosts else "local"))
        assert found.handover is FAILED
        assert sentence in found.answer
        assert found.retry_after is None


async def test_a_certificate_that_nobody_vouches_for_is_not_called(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    ours = Authority(tmp_path_factory.mktemp("ours"), "ours")
    context = server_context(*ours.certificate("s"))
    async with serving(saying(ACK), context=context) as server, desk() as at:
        found = await at.carried(owed(server.url(host="localhost", scheme="https"), account="named"))
        assert found.handover is FAILED
        assert "certificate verify failed" in found.answer.lower().replace("_", " ")


# ---------------------------------------------------------------- faults of our own


class Odd:
    """A dialect whose words for a notice are these."""

    def __init__(self, call: HttpCall | Exception) -> None:
        self._call = call

    def write(self, notice: Notice) -> HttpCall:
        if isinstance(self._call, Exception):
            raise self._call
        return self._call

    def taken(self, status: int, body: bytes) -> bool:
        raise AssertionError


@pytest.mark.parametrize(
    "call",
    [
        RuntimeError("nobody foresaw this"),
        HttpCall("POST", "http://127.0.0.1:PORT/\u20ac"),
        HttpCall("POST", "http://127.0.0.1:PORT/\r\nX-Evil: 1"),
        HttpCall("POST", "http://127.0.0.1:PORT/", (("X-A", "b\r\nX-Evil: 1"),)),
        HttpCall("POST", "http://127.0.0.1:PORT/", (("X-A\n", "b"),)),
        HttpCall("POST", "http://127.0.0.1:PORT/", (("X-A", "\x00"),)),
        HttpCall("POST", "http://127.0.0.1:PORT/", (("X-A", "\u20ac"),)),
        HttpCall("GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET", "http://127.0.0.1:PORT/"),
        HttpCall("POST", "http://127.0.0.1:PORT/"),
    ],
)
async def test_a_dialect_that_fails_costs_no_notice_and_no_lane(call: HttpCall | Exception) -> None:
    seen: list[bytes] = []

    async def script(line: Line) -> None:
        while True:
            seen.append(await line.request())
            line.say(ACK)

    async with serving(script) as server:
        if isinstance(call, HttpCall):
            call = HttpCall(call.method, call.url.replace("PORT", str(server.port)), call.headers)
        async with desk(writers={"jasmin": JASMIN, "odd": Odd(call)}, per_host=2) as at:
            odd = [owed(server.url(), dialect="odd") for _ in range(10)]
            good = [owed(server.url()) for _ in range(10)]
            at.carry(*itertools.chain(*zip(odd, good, strict=True)))
            await at.told.outcomes(20)
            assert {at.told.of(each).handover for each in odd} == {FAILED}
            assert {at.told.of(each).handover for each in good} == {TAKEN}
            assert at.webhook.room(good[0].lane) == 2 * AHEAD
    assert not any(b"X-Evil" in request for request in seen)


async def test_a_dialect_that_is_not_there_ends_its_notices() -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        found = await at.carried(owed(server.url(), dialect="gone"))
        assert (found.handover, found.answer) == (GONE, "no dialect gone is switched on")
        assert server.connections == 0
        assert at.meter.by_name["webhook_seconds"] == 0


# ---------------------------------------------------------------- many


class Gated:
    """A receiver that acknowledges when it is let."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.under_way = 0
        self.most = 0
        self.server: Server | None = None

    async def script(self, line: Line) -> None:
        assert self.server is not None
        while True:
            request = await line.request()
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.server.note(request)
            await self.gate.wait()
            self.under_way -= 1
            line.say(ACK)


async def test_no_host_is_called_more_often_at_once_than_set() -> None:
    gated = Gated()
    async with serving(gated.script) as server, desk(per_host=3) as at:
        gated.server = server
        batch = [owed(server.url()) for _ in range(3 * AHEAD)]
        assert at.webhook.room(batch[0].lane) == 3 * AHEAD
        at.carry(*batch[:4])
        await server.until(lambda: len(server.requests) == 3)
        assert at.webhook.room(batch[0].lane) == 3 * AHEAD - 4
        at.carry(*batch[4:])
        assert at.webhook.room(batch[0].lane) == 0
        assert at.told.carried_ == []
        gated.gate.set()
        assert set(handovers(await at.told.outcomes(3 * AHEAD))) == {TAKEN}
        assert (gated.most, server.connections) == (3, 3)
        assert {one.owed.message_id for one in at.told.carried_} == {one.message_id for one in batch}
        assert batch[0].lane in at.told.rooms
        assert at.webhook.room(batch[0].lane) == 3 * AHEAD


async def test_notices_that_come_one_by_one_do_not_wait_for_one_that_hangs() -> None:
    async def script(line: Line) -> None:
        while True:
            if b"POST /hang " in await line.request():
                await line.gone()
            else:
                line.say(ACK)

    async with serving(script) as server, desk(per_host=3) as at:
        at.carry(owed(server.url("/hang")))
        await server.until(lambda: server.open == 1)
        for number in range(1, 6):
            at.carry(owed(server.url("/quick")))
            assert set(handovers(await at.told.outcomes(number))) == {TAKEN}
        at.carry(owed(server.url("/hang")))
        at.carry(owed(server.url("/quick")))
        await at.told.outcomes(6)
        assert server.most <= 3


async def test_a_slow_receiver_holds_no_other() -> None:
    gated = Gated()
    async with serving(gated.script) as slow, serving(saying(ACK)) as quick, desk(per_host=2) as at:
        gated.server = slow
        held = [owed(slow.url()) for _ in range(50)]
        at.carry(*held)
        await slow.until(lambda: len(slow.requests) == 2)
        assert at.webhook.room(held[0].lane) == 0
        at.carry(*(owed(quick.url()) for _ in range(50)))
        assert {one.owed.lane for one in await at.told.outcomes(50)} == {quick.url("")}
        gated.gate.set()
        await at.told.outcomes(100)


FATES = {
    "take": (TAKEN, ACK, "stay"),
    "take and close": (TAKEN, ACK, "hang up"),
    "other words": (FAILED, answer(200, b"OK"), "stay"),
    "fault": (FAILED, answer(500), "stay"),
    "slow down": (FAILED, answer(429, Retry_After="5"), "stay"),
    "never again": (GONE, answer(410), "stay"),
    "away": (FAILED, answer(302, Location="http://127.0.0.1:1/"), "stay"),
    "nonsense": (FAILED, b"nonsense\r\n\r\n", "stay"),
    "break off": (FAILED, ACK[:-1], "hang up"),
    "reset": (FAILED, ACK[:-1], "reset"),
}


@given(st.lists(st.sampled_from(sorted(FATES)), min_size=1, max_size=40), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_every_notice_gets_its_own_outcome_once(fates: list[str], per_host: int) -> None:
    async def script(line: Line) -> None:
        while True:
            path = (await line.request()).split(b" ", 2)[1].decode()[1:]
            _, octets, then = FATES[path.replace("-", " ")]
            line.say(octets)
            if then == "reset":
                line.reset()
            if then != "stay":
                return

    async def session() -> None:
        async with serving(script) as server, desk(per_host=per_host) as at:
            batch: list[Owed] = [owed(server.url("/" + fate.replace(" ", "-"))) for fate in fates]
            at.carry(*batch)
            await at.told.outcomes(len(batch))
            for fate, each in zip(fates, batch, strict=True):
                assert at.told.of(each).handover is FATES[fate][0], fate
            assert at.webhook.room(batch[0].lane) == AHEAD * per_host

    asyncio.run(session())


# ---------------------------------------------------------------- the end


async def test_closing_waits_for_calls_under_way_and_hands_back_the_rest() -> None:
    gated = Gated()
    async with serving(gated.script) as server, desk(per_host=2) as at:
        gated.server = server
        batch = [owed(server.url()) for _ in range(6)]
        at.carry(*batch)
        await server.until(lambda: len(server.requests) == 2)
        closing = asyncio.create_task(at.webhook.close(10))
        await asyncio.sleep(0)
        assert at.webhook.room(batch[0].lane) == 0
        gated.gate.set()
        await closing
        await at.told.outcomes(6)
        assert [at.told.of(each).handover for each in batch] == [TAKEN] * 2 + [AWAY] * 4
        await server.until(lambda: not server.open)


async def test_closing_does_not_wait_for_ever() -> None:
    async with serving(silence) as server, desk(per_host=2) as at:
        batch = [owed(server.url()) for _ in range(6)]
        at.carry(*batch)
        await server.until(lambda: server.open == 2)
        await at.webhook.close(0.01)
        assert handovers(await at.told.outcomes(6)) == [AWAY] * 6
        assert {one.answer for one in at.told.carried_} == {"stopped"}
        await server.until(lambda: not server.open)


async def test_what_comes_too_late_is_handed_back() -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        at.carry(owed(server.url()))
        await at.webhook.close(0)
        await at.told.outcomes(1)
        assert (await at.carried(owed(server.url()))).handover is AWAY
        assert server.requests == []
