"""Order, pace and windows, over binds that only keep what they are given."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import pytest

from chappe.connectors.smpp.attempts import PartToken
from chappe.connectors.smpp.bind import Bind
from chappe.connectors.smpp.sender import Sender
from chappe.connectors.smpp.settings import SmppSettings
from chappe.domain.address import Address
from chappe.domain.link import AskReceipts
from chappe.domain.retry import Outcome
from chappe.ports.connector import Outgoing, SendOutcome
from chappe.protocols.smpp.codec import EncodeError
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import SubmitSm, SubmitSmResp
from chappe.protocols.smpp.events import Answer, Expired, Late, Unknown
from chappe.protocols.smpp.lifecycle import NotBoundError
from chappe.protocols.smpp.outgoing import TlvsNotAllowedError
from chappe.protocols.smpp.pdu import Pdu
from making import message

LONG = "x" * 400


class PaperBind:
    """What a sender sees of a bind; requests are kept, and answered by the test."""

    def __init__(self, window: int = 10) -> None:
        self.window = window
        self.usable = True
        self.transmits = True
        self.detail = ""
        self.backlog: deque[Any] = deque()
        self.open: list[Any] = []
        self.written: list[SubmitSm] = []
        self.renewed = 0
        self.refuses: Exception | None = None

    @property
    def room(self) -> int:
        return self.window - len(self.open) if self.usable else 0

    def request(self, body: SubmitSm, tlvs: object, token: object, now: float) -> None:
        if self.refuses is not None:
            raise self.refuses
        assert self.room > 0
        self.open.append(token)
        self.written.append(body)

    def flush_soon(self) -> None:
        return None

    def renew(self) -> None:
        self.renewed += 1


class HandClock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def now_ms(self) -> int:
        return int(self.now * 1000)

    def monotonic(self) -> float:
        return self.now


class Desk:
    """A sender with its binds and all that it told."""

    def __init__(self, *binds: PaperBind, throughput: float = 0.0, **settings: Any) -> None:
        self.binds = binds
        self.clock = HandClock()
        self.told: list[SendOutcome] = []
        self.refills = 0
        self.sender = Sender(
            SmppSettings(host="h", **settings),
            throughput=throughput,
            receipts=AskReceipts.ASKED,
            clock=self.clock,
            tell=self.told.append,
            refilled=self._refilled,
        )
        self.sender.serve(binds)  # type: ignore[arg-type]

    def _refilled(self) -> None:
        self.refills += 1

    def send(self, *texts: str, to: str = "31612345678", **given: Any) -> list[int]:
        batch = [Outgoing(message(text=text, destination=Address(to, 1, 1), **given), 1) for text in texts]
        self.sender.send(batch)
        return [outgoing.message.id for outgoing in batch]

    def answer(self, bind: PaperBind, status: int = 0, smsc_id: str = "id") -> None:
        """Answers the oldest open request."""
        pdu = Pdu(int(Command.SUBMIT_SM_RESP), status, 1, SubmitSmResp(smsc_id))
        self.sender.answered(cast_bind(bind), Answer(pdu, bind.open.pop(0), 0.0))
        self.sender.pump()

    def outcomes(self) -> list[Outcome]:
        return [outcome.outcome for outcome in self.told]


def cast_bind(bind: PaperBind) -> Bind:
    return bind  # type: ignore[return-value]


def texts(*binds: PaperBind) -> list[list[str]]:
    return [[body.short_message.decode() for body in bind.written] for bind in binds]


def numbered(count: int) -> Sequence[str]:
    return [f"{number:03}" for number in range(count)]


# ---------------------------------------------------------------- windows


async def test_a_window_is_filled_and_the_rest_waits_in_order() -> None:
    bind = PaperBind(window=3)
    desk = Desk(bind)
    desk.send(*numbered(5))
    assert texts(bind) == [["000", "001", "002"]]
    assert desk.sender.room() == 0
    desk.answer(bind)
    assert texts(bind) == [["000", "001", "002", "003"]]
    desk.answer(bind)
    desk.answer(bind)
    assert texts(bind) == [list(numbered(5))]
    assert desk.sender.room() == 1
    assert desk.outcomes() == [Outcome.SENT] * 3


async def test_room_is_what_is_free_less_what_waits() -> None:
    binds = PaperBind(window=4), PaperBind(window=4)
    desk = Desk(*binds)
    assert desk.sender.room() == 8
    desk.send(*numbered(6), to="1")
    full = binds[0] if binds[0].open else binds[1]
    assert (len(full.open), len(full.backlog)) == (4, 2)
    assert desk.sender.room() == 2


async def test_one_destination_goes_by_one_bind_and_many_use_them_all() -> None:
    binds = tuple(PaperBind(window=1_000) for _ in range(4))
    desk = Desk(*binds)
    for destination in range(200):
        desk.send("first", "second", to=f"3161{destination:07}")
    assert all(len(bind.written) > 20 for bind in binds)
    for bind in binds:
        by_destination: dict[str, list[bytes]] = {}
        for body in bind.written:
            by_destination.setdefault(body.destination_addr, []).append(body.short_message)
        assert all(each == [b"first", b"second"] for each in by_destination.values())


async def test_the_destinations_of_a_bind_that_is_down_go_by_the_others() -> None:
    binds = tuple(PaperBind(window=1_000) for _ in range(3))
    desk = Desk(*binds)
    for number in range(60):
        desk.send("a", to=str(number))
    before = [{body.destination_addr for body in bind.written} for bind in binds]
    assert all(before)
    for bind in binds:
        bind.written.clear()
    binds[1].usable = False
    desk.sender.look_at_binds()
    for number in range(60):
        desk.send("b", to=str(number))
    after = [{body.destination_addr for body in bind.written} for bind in binds]
    assert before[0] <= after[0]
    assert before[2] <= after[2]
    assert (after[1], after[0] & after[2]) == (set(), set())
    assert len(after[0]) + len(after[2]) == 60


async def test_what_waits_for_a_bind_that_goes_was_not_sent() -> None:
    bind = PaperBind(window=1)
    desk = Desk(bind)
    desk.send("one")
    desk.send(LONG, parts=3)
    desk.send("three")
    bind.usable, bind.detail = False, "connection lost: disconnected"
    desk.sender.look_at_binds()
    assert desk.outcomes() == [Outcome.NOT_SENT] * 2
    assert {outcome.detail for outcome in desk.told} == {"connection lost: disconnected"}
    desk.send("four")
    assert desk.told[-1].detail == "no bind is up"


async def test_stopping_gives_back_what_waits_and_still_tells_of_what_is_open() -> None:
    bind = PaperBind(window=1)
    desk = Desk(bind)
    desk.send("one", "two")
    desk.sender.stop()
    assert desk.outcomes() == [Outcome.NOT_SENT]
    assert desk.sender.room() == 0
    desk.answer(bind)
    assert desk.outcomes() == [Outcome.NOT_SENT, Outcome.SENT]


# ---------------------------------------------------------------- parts


async def test_parts_go_in_order_by_one_bind_and_end_as_one() -> None:
    bind = PaperBind(window=2)
    desk = Desk(bind)
    (long,) = desk.send(LONG, parts=3, concatenation=7)
    desk.send("after")
    for number in range(4):
        desk.answer(bind, smsc_id=f"id{number}")
    assert [body.short_message[5] for body in bind.written[:3]] == [1, 2, 3]
    assert bind.written[3].short_message == b"after"
    ended = desk.told[0]
    assert (ended.message_id, ended.outcome) == (long, Outcome.SENT)
    assert [(part.number, part.smsc_id) for part in ended.sent] == [(1, "id0"), (2, "id1"), (3, "id2")]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x58, Outcome.THROTTLED),
        (0x14, Outcome.THROTTLED),
        (0x08, Outcome.DEFERRED),
        (0x0B, Outcome.REFUSED),
    ],
)
async def test_after_a_part_that_failed_no_other_part_goes(status: int, outcome: Outcome) -> None:
    bind = PaperBind(window=1)
    desk = Desk(bind)
    desk.send(LONG, parts=3)
    desk.answer(bind, smsc_id="id0")
    desk.answer(bind, status)
    (ended,) = desk.told
    assert ended.outcome is outcome
    assert [part.smsc_id for part in ended.sent] == ["id0"]
    desk.clock.now += 60.0
    desk.sender.pump()
    assert len(bind.written) == 2
    assert not bind.backlog


async def test_a_part_that_stays_unanswered_makes_the_message_unknown_with_the_parts_that_went() -> None:
    bind = PaperBind()
    desk = Desk(bind, response_timer=7)
    desk.send(LONG, parts=3)
    desk.answer(bind, smsc_id="id0")
    first, second = bind.open
    desk.sender.unanswered(Expired(first, 2, 0.0))
    desk.sender.unanswered(Unknown(second, 3, 0.0))
    (ended,) = desk.told
    assert (ended.outcome, len(ended.sent)) == (Outcome.UNKNOWN, 1)


# ---------------------------------------------------------------- answers


async def test_what_is_not_answered_is_unknown() -> None:
    bind = PaperBind()
    desk = Desk(bind, response_timer=7)
    desk.send("one", "two")
    desk.sender.unanswered(Expired(bind.open[0], 1, 0.0))
    desk.sender.unanswered(Unknown(bind.open[1], 2, 0.0))
    assert desk.outcomes() == [Outcome.UNKNOWN] * 2
    assert [outcome.detail for outcome in desk.told] == [
        "no answer in 7 s",
        "the connection was lost before the answer",
    ]


def late(token: object, status: int = 0) -> Late:
    return Late(Pdu(int(Command.SUBMIT_SM_RESP), status, 1, SubmitSmResp("late")), token)


async def test_a_late_yes_is_told_and_a_late_no_is_not() -> None:
    bind = PaperBind()
    desk = Desk(bind)
    one, _ = desk.send("one", "two")
    for token in bind.open:
        desk.sender.unanswered(Expired(token, 1, 0.0))
    desk.sender.late(late(bind.open[0]))
    desk.sender.late(late(bind.open[1], 8))
    assert desk.outcomes() == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.SENT]
    assert (desk.told[-1].message_id, desk.told[-1].sent[0].smsc_id) == (one, "late")


async def test_late_parts_make_the_message_sent_when_all_are_known() -> None:
    bind = PaperBind()
    desk = Desk(bind)
    desk.send(LONG, parts=3)
    tokens = list(bind.open)
    desk.answer(bind, smsc_id="id0")
    for token in tokens[1:]:
        desk.sender.unanswered(Expired(token, 1, 0.0))
    desk.sender.late(late(tokens[2]))
    assert desk.outcomes() == [Outcome.UNKNOWN]
    desk.sender.late(late(tokens[1]))
    assert desk.outcomes() == [Outcome.UNKNOWN, Outcome.SENT]
    assert [part.number for part in desk.told[-1].sent] == [1, 2, 3]


async def test_a_status_of_the_link_renews_the_bind_and_costs_the_message_nothing() -> None:
    bind = PaperBind()
    desk = Desk(bind)
    desk.send("one")
    desk.answer(bind, 0x04)
    assert (desk.outcomes(), bind.renewed) == ([Outcome.NOT_SENT], 1)


async def test_a_token_that_is_none_of_ours_changes_nothing() -> None:
    bind = PaperBind()
    desk = Desk(bind)
    bind.open.append("another")
    desk.answer(bind)
    bind.open.append("another")
    desk.answer(bind, 8)
    desk.sender.unanswered(Expired("another", 1, 0.0))
    desk.sender.late(late("another"))
    assert desk.told == []


# ---------------------------------------------------------------- what cannot be sent


async def test_a_message_that_cannot_be_translated_is_unfit_alone_and_its_text_is_not_told() -> None:
    bind = PaperBind()
    desk = Desk(bind)
    desk.send("one")
    desk.send("sécret Ж", charset="latin1", data_coding=3)
    desk.send("pair \ud800", charset="ucs2", data_coding=8)
    desk.send("codeless", charset="morse")
    desk.send("five")
    assert desk.outcomes() == [Outcome.UNFIT] * 3
    assert texts(bind) == [["one", "five"]]
    told = " ".join(outcome.detail for outcome in desk.told)
    assert all(secret not in told for secret in ("cret", "Ж", "pair", "codeless"))
    assert all(outcome.detail for outcome in desk.told)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (EncodeError("source_addr: longer than 21 octets"), "source_addr: longer than 21 octets"),
        (TlvsNotAllowedError("the peer knows none"), "the peer knows none"),
        (RuntimeError("the text was hello"), "RuntimeError while encoding"),
    ],
)
async def test_whatever_the_encoder_raises_is_unfit(error: Exception, detail: str) -> None:
    bind = PaperBind()
    desk = Desk(bind)
    bind.refuses = error
    desk.send("one")
    desk.send(LONG, parts=3)
    bind.refuses = None
    desk.send("two")
    assert desk.outcomes() == [Outcome.UNFIT] * 2
    assert {outcome.detail for outcome in desk.told} == {detail}
    assert texts(bind) == [["two"]]


async def test_a_bind_that_turns_out_not_to_be_bound_keeps_what_waits() -> None:
    bind = PaperBind()
    desk = Desk(bind)
    bind.refuses = NotBoundError("unbinding")
    desk.send("one", "two")
    assert (desk.told, len(bind.backlog)) == ([], 2)
    bind.refuses = None
    desk.sender.pump()
    assert texts(bind) == [["one", "two"]]


# ---------------------------------------------------------------- pace


async def test_throttling_slows_the_whole_connector_and_holds_back_what_waits() -> None:
    """Reliability B18: nothing that was behind the throttled message overtakes it."""
    binds = PaperBind(window=2), PaperBind(window=2)
    desk = Desk(*binds)
    ids = [one for to in range(30) for one in desk.send("0", "1", "2", to=str(to))]
    waiting = sum(len(bind.backlog) for bind in binds)
    assert waiting >= 90 - 4
    busy = next(bind for bind in binds if bind.open)
    desk.answer(busy, 0x58)
    assert desk.outcomes() == [Outcome.THROTTLED] * (waiting + 1)
    assert (desk.told[0].message_id in ids, desk.told[0].command_status) == (True, 0x58)
    assert {(outcome.detail, outcome.command_status) for outcome in desk.told[1:]} == {
        ("held back behind a throttled message", 0)
    }
    assert len({outcome.message_id for outcome in desk.told}) == waiting + 1
    assert not any(bind.backlog for bind in binds)
    assert desk.sender.pace.slowed


async def test_a_message_half_of_whose_parts_went_is_not_torn_by_anothers_throttling() -> None:
    bind = PaperBind(window=2)
    desk = Desk(bind)
    desk.send("0")
    desk.send(LONG, parts=3)
    desk.send(LONG, parts=3)
    desk.answer(bind, 0x58)
    assert desk.outcomes() == [Outcome.THROTTLED, Outcome.THROTTLED]
    assert [entry[0].number for entry in bind.backlog if isinstance(entry[0], PartToken)] == [2, 3]
    for _ in range(3):
        desk.clock.now += 60.0
        desk.sender.pump()
        desk.answer(bind)
    assert desk.outcomes() == [Outcome.THROTTLED, Outcome.THROTTLED, Outcome.SENT]


async def test_throughput_counts_parts_and_one_timer_waits_for_more() -> None:
    bind = PaperBind(window=1_000)
    desk = Desk(bind, throughput=100.0)
    assert desk.sender.room() == 10
    desk.send(*[LONG] * 5, parts=3)
    assert (len(bind.written), len(bind.backlog)) == (10, 5)
    assert desk.sender.room() == 0
    timer = desk.sender._timer
    assert timer is not None
    desk.sender.pump()
    assert desk.sender._timer is timer
    desk.clock.now += 0.04
    desk.sender._on_pace()
    assert (len(bind.written), len(bind.backlog), desk.refills) == (14, 1, 1)
    desk.clock.now += 0.05
    desk.sender.pump()
    assert len(bind.written) == 15
    assert desk.sender.room() == 4
    desk.sender.stop()
    assert desk.sender._timer is None


async def test_parts_that_are_not_sent_draw_nothing_from_the_pace() -> None:
    bind = PaperBind(window=1)
    desk = Desk(bind, throughput=30.0)
    desk.send(LONG, parts=3)
    bind.window = 10
    desk.clock.now += 60.0
    desk.answer(bind, 0x0B)
    assert (len(bind.written), len(bind.backlog)) == (1, 0)
    assert desk.sender.room() == 3


async def test_a_short_pace_is_shared_by_the_binds_in_turn() -> None:
    binds = PaperBind(window=100), PaperBind(window=100)
    desk = Desk(*binds, throughput=10.0)
    for number in range(100):
        desk.send("x", to=str(number))
    for _ in range(40):
        desk.clock.now += 0.1
        desk.sender.pump()
    counts = [len(bind.written) for bind in binds]
    assert sum(counts) == 41
    assert min(counts) >= 15
    desk.sender.stop()


async def test_a_pace_held_down_recovers_although_nothing_draws_on_it() -> None:
    bind = PaperBind()
    desk = Desk(bind, throughput=100.0)
    desk.send("one")
    desk.answer(bind, 0x58)
    assert desk.sender.pace.slowed
    for _ in range(200):
        desk.clock.now += 0.2
        desk.sender.look_at_pace()
    assert not desk.sender.pace.slowed
