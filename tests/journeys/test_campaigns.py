"""Campaigns over the whole gateway: keywords answered, opt-outs that hold for every way in, crashes, several processes."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.campaign import Campaign, Keyword
from chappe.domain.ids import SEQUENCE_BITS, first_id_at
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.mo_query import MoQuery
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route
from chappe.domain.state import State
from chappe.protocols.smpp.commands import SubmitSm
from chappe.protocols.smpp.statuses import Status
from chappe.sim.incoming import Mo
from chappe.sim.ledger import AckRow, read_ledger_file
from journeys.house import House, until
from journeys.test_processes import SPLIT, ready, with_ports

SUBSCRIBER = "31698765432"
OPTOUTS = NumberList(name="optouts", kind=ListKind.SUPPRESSION, accounts=("acme",))
PROMO = Campaign(
    name="promo",
    account="acme",
    numbers=("1212",),
    keywords=(Keyword(word="join", reply="Welcome {number}"),),
    otherwise="Send JOIN to {code}",
    suppression="optouts",
    languages=("en", "fr"),
    stop_reply="bye",
    start_reply="back",
)


def write(house: House, *texts: str, source: str = SUBSCRIBER) -> None:
    for text in texts:
        house.smsc.inject(Mo(text=text, source=source, destination="1212", system_id="op"))


def got(house: House) -> list[tuple[str, str, str]]:
    """What the network was given: from, to, text."""
    return [(row.source, row.destination, row.text) for row in house.rows() if row.status == 0]


async def logged(house: House, count: int) -> None:
    """So many MOs are on record."""

    async def there() -> bool:
        return (await house.here.parts.store.find_mos(MoQuery())).total >= count

    await until(there)


@pytest.mark.row("004-047")
async def test_a_keyword_is_answered_and_the_webhook_is_told(house: House) -> None:
    to = MoTarget(account="acme", way=Way.WEBHOOK, target=house.sink.url("/mo"), dialect="jasmin")
    await house.save(PROMO, OPTOUTS, Route(name="mo", deliver=to))
    write(house, "Join me", "what?")
    calls = await house.called(2, "/mo")
    assert sorted(dict(call)["content"] for call in calls) == ["Join me", "what?"]
    await until(lambda: len(got(house)) == 2)
    assert sorted(got(house)) == [
        ("1212", SUBSCRIBER, "Send JOIN to 1212"),
        ("1212", SUBSCRIBER, f"Welcome {SUBSCRIBER}"),
    ]


async def test_an_opt_out_holds_for_every_way_in_and_over_a_restart(house: House) -> None:
    await house.save(PROMO, OPTOUTS, Account(name="bank"), house.login("bank"))
    write(house, "Arr\u00eat!")
    await until(lambda: len(got(house)) == 1)
    assert got(house) == [("1212", SUBSCRIBER, "bye")]
    write(house, "STOP")
    await logged(house, 2)
    await house.stop()
    await house.start()
    await house.healthy()
    answer = await house.send(to=SUBSCRIBER)
    assert (answer.status, answer.body) == (403, 'Error "The destination is blacklisted"')
    esme = await house.bound()
    submit = SubmitSm(destination_addr=SUBSCRIBER, short_message=b"ad")
    assert (await esme.ask(submit)).status == Status.ESME_RINVDSTADR
    # Another account's messages are none of his business with this one.
    await house.reaches(await house.sent(username="bank", to=SUBSCRIBER), State.SENT)
    write(house, "start")
    await until(lambda: ("1212", SUBSCRIBER, "back") in got(house))
    await house.reaches(await house.sent(to=SUBSCRIBER), State.SENT)
    assert [text for _, _, text in got(house)] == ["bye", "hello", "back", "hello"]


async def test_an_opt_out_stops_what_waits_already(house: House) -> None:
    await house.save(PROMO, OPTOUTS)
    later = await house.sent(
        to=SUBSCRIBER, sdt="000000000030000R", dlr="yes", dlr_url=house.sink.url("/dlr"), dlr_level="3"
    )
    write(house, "STOP")
    await until(lambda: len(got(house)) == 1)
    house.clock.ahead_ms += 60_000
    story = await house.reaches(later, State.REJECTED)
    assert story.found.standing.error == "suppressed"
    calls = await house.called(2)
    told = [(dict(call)["level"], dict(call)["message_status"]) for call in calls]
    assert sorted(told) == [("1", "ESME_RDELIVERYFAILURE"), ("2", "REJECTD")]
    assert [text for _, _, text in got(house)] == ["bye"]


async def test_killed_between_opt_outs_none_is_lost_and_each_is_confirmed(outside: House) -> None:
    house = outside
    await house.save(PROMO, OPTOUTS)
    numbers = [f"3160000{count:04}" for count in range(300)]
    for round_ in range(3):
        process = await house.start_process()
        for number in numbers[round_ * 100 : round_ * 100 + 100]:
            write(house, "STOP", source=number)
        wanted = round_ * 100 + 30
        await until(lambda wanted=wanted: len(got(house)) >= wanted)
        await process.kill()
        house.process = None
    await house.start()

    async def all_out() -> bool:
        found = await house.here.parts.store.listed([("optouts", number) for number in numbers])
        return len(found) == len(numbers)

    await until(all_out)
    await until(lambda: {to for _, to, _ in got(house)} == set(numbers))
    await until(lambda: acknowledged(house) == 300)
    # Each is confirmed by one message, though some MOs came twice.
    store = house.here.parts.store
    begun = first_id_at(house.clock.now_ms() - 600_000) | house.config.node.id << SEQUENCE_BITS
    replies = await store.messages_between("acme", [(begun, await store.newest_id())])
    assert sorted(one.message.destination.value for one in replies) == numbers
    twice = len(got(house)) - len(numbers)
    assert twice <= sum(bool(one.standing.possible_duplicate) for one in replies)


def acknowledged(house: House) -> int:
    """The MOs that the network was answered yes to."""
    return len(
        {row.id for row in read_ledger_file(house.ledger) if isinstance(row, AckRow) and row.status == 0}
    )


async def test_where_fronts_and_relays_are_apart(outside: House) -> None:
    house = outside
    with_ports(house)
    await house.save(PROMO, OPTOUTS)
    house.options = SPLIT
    process = await house.start_process()
    await until(lambda: ready(process))
    write(house, "join")
    await until(lambda: [text for _, _, text in got(house)] == [f"Welcome {SUBSCRIBER}"])
    await house.sent(to=SUBSCRIBER)
    write(house, "STOP")
    await until(lambda: len(got(house)) == 3)
    assert (await house.send(to=SUBSCRIBER)).status == 403
    assert sorted(text for _, _, text in got(house)) == [f"Welcome {SUBSCRIBER}", "bye", "hello"]


@pytest.mark.parametrize("text", ["JOIN", "STOP"])
async def test_an_operator_sees_what_would_be_done(
    house: House, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    await house.command("campaign", "add", "own", "acme", "1212", "help_reply=Call us")
    await house.command("campaign", "keyword", "own", "join", "Hello {number}")
    capfd.readouterr()
    assert await house.command("campaign", "try", "1212", text, "--from", SUBSCRIBER) == 0
    said = " ".join(capfd.readouterr().out.split())
    assert (f"answers: Hello {SUBSCRIBER}" in said) is (text == "JOIN")
    assert ("stop: optouts-acme" in said) is (text == "STOP")
    write(house, text)
    await until(lambda: len(got(house)) == 1)
    await house.command("mo", "list", "--instance", "own")
    assert f"{SUBSCRIBER} 1212 acme own {text.lower() if text == 'JOIN' else text} {text}" in " ".join(
        capfd.readouterr().out.split()
    )
