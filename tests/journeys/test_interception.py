"""Interceptors and routes by TLV over the whole gateway, and MOs whose first receiver does not take them."""

from __future__ import annotations

import asyncio

import pytest

from chappe.domain.conditions import Condition, TlvMatch
from chappe.domain.interception import (
    Direction,
    Interceptor,
    OnFailure,
    Part,
    Rejection,
    Replacement,
    Script,
    TlvValue,
)
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route, Target
from chappe.domain.state import State
from chappe.protocols.smpp.commands import BindTransceiver, DeliverSm, SubmitSm, SubmitSmResp
from chappe.protocols.smpp.statuses import Status
from chappe.sim.incoming import Mo
from chappe.sim.sink import Reply, Sink, SinkSettings
from journeys.house import ACK, PASSWORD, House, until

OPERATOR, TARIFF = 0x1401, 0x140A


def texts(house: House) -> list[str]:
    return [row.text for row in house.rows()]


async def test_declared_rules_change_what_the_smsc_gets(house: House) -> None:
    await house.save(
        Interceptor(
            name="brand",
            order=10,
            condition=Condition(text=".*offer"),
            sender="Shop",
            replace=(
                Replacement(pattern="offer", by="gift"),
                Replacement(pattern="^0", by="33", part=Part.DESTINATION),
            ),
            add_tags=("changed",),
            set_tlvs=(TlvValue(tag=OPERATOR, text="20801", nul=True),),
        )
    )
    await house.reaches(await house.sent(content="an offer for you", to="0612345678"), State.SENT)
    await house.reaches(await house.sent(content="untouched", to="0612345678"), State.SENT)
    first, second = house.rows()
    assert (first.source, first.destination, first.text) == ("Shop", "33612345678", "an gift for you")
    assert (second.source, second.destination, second.text) == ("Chappe", "0612345678", "untouched")
    sent = [pdu for pdu in house.tap.to_smsc if isinstance(pdu.body, SubmitSm)]
    assert [dict(pdu.tlvs).get(OPERATOR) for pdu in sent] == [b"20801\0", None]


async def test_a_rule_is_taken_away_at_once(house: House) -> None:
    await house.save(Interceptor(name="no", reject=Rejection(reason="closed", http_status=451)))
    answer = await house.send()
    assert (answer.status, answer.body) == (451, 'Error "closed"')
    await house.command("interceptor", "remove", "no")
    await house.reaches(await house.sent(), State.SENT)
    assert texts(house) == ["hello"]


async def test_a_script_changes_tags_routes_and_refuses(house: House) -> None:
    code = """
if "STOP" in message.text:
    message.reject("not so", http_status=403, smpp_status=0x45)
message.text = message.text.upper()
routable.addTag("loud")
"""
    await house.save(
        Interceptor(name="script", script=Script(code=code)),
        house.connector("north"),
        Route(
            name="loud",
            order=9,
            condition=Condition(tags=("loud",)),
            targets=(Target(connector="north"),),
        ),
    )
    await house.healthy("north")
    await house.reaches(await house.sent(content="hello"), State.SENT)
    assert [(row.system_id, row.text) for row in house.rows()] == [("north", "HELLO")]
    answer = await house.send(content="STOP it")
    assert (answer.status, answer.body) == (403, 'Error "not so"')
    esme = await house.bound(BindTransceiver("acme", PASSWORD))
    refused = await esme.ask(SubmitSm(destination_addr="31612345678", short_message=b"STOP"))
    assert refused.status == 0x45


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        ("while True: pass", 503, "InterceptorPB not connected !"),
        ("import os; os._exit(1)", 503, "InterceptorPB not connected !"),
        ("1 / 0", 400, "Failed running interception script, check log for details"),
        ("message.text = 5", 400, "Failed running interception script, check log for details"),
    ],
    ids=["hangs", "dies", "error", "nonsense"],
)
async def test_a_script_that_fails_refuses_for_now_or_lets_pass(
    house: House, code: str, status: int, text: str
) -> None:
    script = Script(code=code, seconds=0.2)
    await house.save(Interceptor(name="bad", script=script))
    answer = await house.send()
    assert (answer.status, answer.body) == (status, f'Error "{text}"')
    esme = await house.bound(BindTransceiver("acme", PASSWORD))
    refused = await esme.ask(SubmitSm(destination_addr="31612345678", short_message=b"x"))
    assert refused.status == Status.ESME_RSYSERR
    passing = Script(code=code, seconds=0.2, on_failure=OnFailure.PASS)
    await house.save(Interceptor(name="bad", script=passing))
    await house.reaches(await house.sent(), State.SENT)
    assert texts(house) == ["hello"]


async def test_while_a_script_hangs_others_are_served(house: House) -> None:
    await house.save(
        Interceptor(
            name="slow",
            condition=Condition(text="slow"),
            script=Script(code="while True: pass", seconds=2, on_failure=OnFailure.PASS),
        )
    )
    slow = asyncio.create_task(house.sent(content="slow"))
    quick = await house.sent(content="quick")
    await house.reaches(quick, State.SENT)
    assert not slow.done()
    await house.reaches(await slow, State.SENT)
    assert texts(house) == ["quick", "slow"]


# ---------------------------------------------------------------- routes by TLV


@pytest.mark.row("001-248")
@pytest.mark.row("001-249")
async def test_one_bind_reaches_three_operators_by_tlv_and_hears_from_each_with_it(house: House) -> None:
    """MCC and MNC in 0x1401, the tariff in 0x140A, decimal C-octet strings both."""
    operators = {"orange": "20801", "sfr": "20810", "dear": "20820"}
    records = [
        record
        for name, code in operators.items()
        for record in (
            house.connector(name),
            Route(
                name=name,
                order=10,
                condition=Condition(
                    tlvs=(TlvMatch(tag=OPERATOR, values=(code,)),)
                    + ((TlvMatch(tag=TARIFF, values=("150",)),) if name == "dear" else ())
                ),
                targets=(Target(connector=name),),
            ),
            Interceptor(
                name=f"from-{name}",
                direction=Direction.MO,
                condition=Condition(connectors=(name,)),
                set_tlvs=(TlvValue(tag=OPERATOR, text=code, nul=True),),
            ),
        )
    ]
    await house.save(*records, Route(name="mo", deliver=MoTarget(account="acme", target="acme")))
    for name in operators:
        await house.healthy(name)
    esme = await house.bound(BindTransceiver("acme", PASSWORD))
    for name, code in operators.items():
        tlvs = ((OPERATOR, code.encode() + b"\0"), (TARIFF, b"150\0"))
        answer = await esme.ask(SubmitSm(destination_addr="33612345678", short_message=name.encode()), tlvs)
        assert isinstance(answer.body, SubmitSmResp)
        assert answer.status == 0
    cheap = ((OPERATOR, b"20820\0"), (TARIFF, b"10\0"))
    await esme.ask(SubmitSm(destination_addr="33612345678", short_message=b"op"), cheap)
    await until(lambda: len(house.rows()) == 4)
    assert sorted((row.text, row.system_id) for row in house.rows()) == [
        ("dear", "dear"),
        ("op", "op"),
        ("orange", "orange"),
        ("sfr", "sfr"),
    ]
    sent = [pdu for pdu in house.tap.to_smsc if isinstance(pdu.body, SubmitSm)]
    assert all(dict(pdu.tlvs)[TARIFF] for pdu in sent)
    for name in operators:
        house.smsc.inject(Mo(text=name, system_id=name))
    await until(lambda: len(esme.got) == 3)
    got = {}
    for pdu in esme.got:
        assert isinstance(pdu.body, DeliverSm)
        got[pdu.body.short_message.decode()] = dict(pdu.tlvs)[OPERATOR]
    assert got == {name: code.encode() + b"\0" for name, code in operators.items()}


# ---------------------------------------------------------------- MOs


async def test_an_mo_goes_to_the_next_target_where_the_first_does_not_take_it(house: House) -> None:
    other = Sink(SinkSettings(reply=ACK))
    await other.open()
    try:
        house.sink.always(Reply(status=500), "/mo")
        first, second = (
            MoTarget(
                account="acme", way=Way.WEBHOOK, target=sink.url("/mo"), dialect="jasmin", priority=place
            )
            for place, sink in enumerate((house.sink, other))
        )
        await house.save(Route(name="mo", deliver=first, deliver_also=(second,)))
        house.smsc.inject(Mo(text="STOP"))
        await until(lambda: other.requests)
        assert b"content=STOP" in other.requests[0].body
        assert len(house.calls("/mo")) == 1
    finally:
        await other.close()


async def test_an_mo_goes_to_the_client_that_is_bound(house: House) -> None:
    await house.save(
        house.login("second", "acme"),
        Route(
            name="mo",
            deliver=MoTarget(account="acme", target="acme"),
            deliver_also=(MoTarget(account="acme", target="second", priority=1),),
        ),
    )
    second = await house.bound(BindTransceiver("second", PASSWORD))
    house.smsc.inject(Mo(text="to whoever is there"))
    await until(lambda: second.got)
    acme = await house.bound(BindTransceiver("acme", PASSWORD))
    house.smsc.inject(Mo(text="to the first"))
    await until(lambda: acme.got)
    assert len(second.got) == 1


async def test_an_mo_is_changed_tagged_and_refused_before_it_is_routed(house: House) -> None:
    hook = MoTarget(account="acme", way=Way.WEBHOOK, target=house.sink.url("/mo"), dialect="jasmin")
    await house.save(
        Interceptor(
            name="spam",
            direction=Direction.MO,
            order=9,
            condition=Condition(text="(?i)win"),
            reject=Rejection(reason="spam"),
        ),
        Interceptor(
            name="word",
            direction=Direction.MO,
            script=Script(code="message.text = message.text + ' €'\nmessage.tags.append('seen')"),
        ),
        Route(name="mo", condition=Condition(tags=("seen",)), deliver=hook),
    )
    house.smsc.inject(Mo(text="WIN a car"))
    house.smsc.inject(Mo(text="STOP"))
    (call,) = await house.called(1, "/mo")
    assert dict(call)["content"] == "STOP €"
    assert dict(call)["binary"] == b"STOP \x1be".hex()
    answers = [pdu.status for pdu in house.tap.to_smsc if pdu.command == 0x80000005]
    assert answers == [Status.ESME_RX_R_APPN, 0]
