"""The loopback network as another channel than SMS: one part, reading, taps, pushes, what each channel shows."""

from __future__ import annotations

import pytest

from chappe.domain.app import Push
from chappe.domain.channel import Channel, takes_rich
from chappe.domain.retry import Outcome
from chappe.domain.rich import Card, Carousel, Reply, RichContent, RichMessage, RichMo
from chappe.domain.state import State
from unit.connectors.loopback.playing import APP, PHONE, TALK, YES, playing, to


@pytest.mark.parametrize("channel", [channel.value for channel in Channel])
@pytest.mark.row("001-143")
@pytest.mark.row("001-144")
async def test_what_each_channel_shows(channel: str) -> None:
    async with playing(channel) as (connector, made):
        await made.ends(
            [to("31600000001"), to("31600000002", None), to("31600000003", RichContent(suggestions=(YES,)))]
        )
        talk, plain, tappable = connector.latest()
        shows = takes_rich(channel)
        assert (talk.channel, talk.rich, talk.text) == (
            channel,
            TALK if shows else None,
            "" if shows else "hello",
        )
        assert (plain.rich, plain.text) == (None, "hello")
        assert (tappable.rich is not None, tappable.text) == (shows, "hello")


@pytest.mark.parametrize("channel", ["sms", "rcs"])
async def test_only_an_sms_has_parts(channel: str) -> None:
    async with playing(channel) as (_, made):
        (outcome,) = await made.ends([to("31600000001", text="x" * 300, parts=2, concatenation=1)])
        assert [part.number for part in outcome.sent] == ([1, 2] if channel == "sms" else [1])


@pytest.mark.parametrize(("channel", "words"), [("sms", ["DELIVRD"]), ("rcs", ["DELIVRD", "SEEN", "READ"])])
async def test_seen_and_read_where_the_channel_tells_of_it(channel: str, words: list[str]) -> None:
    async with playing(channel) as (_, made):
        await made.ends([to("31600990060")])
        await made.recorder.until(lambda: len(made.recorder.receipts) == len(words))
        assert [receipt.word for receipt in made.recorder.receipts] == words
        assert [receipt.state for receipt in made.recorder.receipts] == [State.DELIVERED, None, None][
            : len(words)
        ]
        assert made.recorder.receipts[0].more is (channel != "sms")


@pytest.mark.parametrize(
    ("rich", "text", "postback"),
    [
        (TALK, "y", "y"),
        (RichContent(suggestions=(Reply(label="Oui"),)), "Oui", ""),
        (RichContent(conversation=(RichMessage(text="t", suggestions=(Reply(label="да"),)),)), "да", ""),
        (
            RichContent(
                conversation=(
                    RichMessage(
                        carousel=Carousel(cards=(Card(text="1"), Card(text="2", suggestions=(YES,))))
                    ),
                )
            ),
            "y",
            "y",
        ),
    ],
)
@pytest.mark.row("001-170")
@pytest.mark.row("001-171")
async def test_a_tap_comes_back_as_an_mo(rich: RichContent, text: str, postback: str) -> None:
    async with playing("rcs") as (_, made):
        (outcome,) = await made.ends([to("31600990061", rich)])
        await made.recorder.until(lambda: made.recorder.arrivals)
        (arrival,) = made.recorder.arrivals
        assert arrival.octets.decode("utf-16-be" if arrival.data_coding == 8 else "ascii") == text
        assert (arrival.source.value, arrival.destination.value) == ("31600990061", "Chappe")
        assert arrival.rich == RichMo(channel="rcs", postback=postback, answers=outcome.sent[0].smsc_id)


@pytest.mark.parametrize(("channel", "rich"), [("sms", TALK), ("rcs", None), ("rcs", RichContent())])
async def test_nothing_to_tap(channel: str, rich: RichContent | None) -> None:
    async with playing(channel) as (_, made):
        await made.ends([to("31600990061", rich)])
        await made.ends([to("31600990030")])
        await made.recorder.until(lambda: made.recorder.receipts)
        assert made.recorder.arrivals == []


@pytest.mark.parametrize(
    ("number", "outcome", "state"),
    [
        ("31600990062", Outcome.SENT, State.UNDELIVERED),
        ("31600990063", Outcome.REFUSED, None),
        ("31600990064", Outcome.SENT, None),
    ],
)
async def test_fates_of_pushes(number: str, outcome: Outcome, state: State | None) -> None:
    async with playing("push") as (_, made):
        (ended,) = await made.ends([to(number)])
        assert ended.outcome is outcome
        await made.ends([to("31600990030")])
        assert [receipt.state for receipt in made.recorder.receipts] == ([state] if state else [])
    async with playing("sms") as (_, made):
        (ended,) = await made.ends([to(number)])
        assert ended.outcome is Outcome.SENT


async def test_a_push_without_a_device_is_refused_and_one_without_an_app_is_not() -> None:
    async with playing("push") as (connector, made):
        (refused,) = await made.ends([to("31600000001", push=Push(APP, ()))])
        assert (refused.outcome, refused.detail) == (Outcome.REFUSED, "the number has no device")
        (sent,) = await made.ends([to("31600000001", push=Push(APP, (PHONE,)))])
        assert sent.outcome is Outcome.SENT
        (plain,) = await made.ends([to("31600000001")])
        assert plain.outcome is Outcome.SENT
        assert [(one.app, one.devices) for one in connector.latest()] == [
            (APP.key, ()),
            (APP.key, ("token-1",)),
            ("", ()),
        ]
