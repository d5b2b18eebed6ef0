"""Screening over the whole gateway: rules for contents, and lists of numbers loaded while it runs."""

from __future__ import annotations

import json

import pytest

from chappe.domain.account import Token, token_digest
from chappe.domain.conditions import Condition
from chappe.domain.interception import Interceptor, RejectAs, Rejection
from chappe.domain.lists import ListKind, NumberList
from chappe.domain.state import State
from chappe.protocols.smpp.commands import SubmitSm
from chappe.protocols.smpp.statuses import Status
from journeys.house import House, ask_http, until

BARRED = "31698765432"


@pytest.mark.parametrize(
    ("kind", "sentence", "status"),
    [
        (RejectAs.SPAM, "The content is taken for spam", Status.ESME_RSUBMITFAIL),
        (RejectAs.BLACKLISTED, "The destination is blacklisted", Status.ESME_RINVDSTADR),
        (RejectAs.REJECTED, "The message is rejected by a rule", Status.ESME_RSUBMITFAIL),
    ],
)
async def test_a_rule_says_what_it_takes_a_message_for(
    house: House, kind: RejectAs, sentence: str, status: Status
) -> None:
    rule = Interceptor(name="rule", condition=Condition(text="(?i).*viagra"), reject=Rejection(kind=kind))
    await house.save(rule)
    answer = await house.send(content="cheap Viagra")
    assert (answer.status, answer.body) == (403, f'Error "{sentence}"')
    esme = await house.bound()
    refused = await esme.ask(SubmitSm(destination_addr="31612345678", short_message=b"VIAGRA"))
    assert refused.status == status
    await house.reaches(await house.sent(content="aspirin"), State.SENT)
    assert [row.text for row in house.rows()] == ["aspirin"]


async def test_a_list_is_loaded_while_messages_go(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    first = await house.sent(to=BARRED)
    await house.reaches(first, State.SENT)
    edition = house.folder / "edition.csv"
    edition.write_text(
        f"# national register\n\n+{BARRED};2026\n0031600000001\nnobody\n"
        + "".join(f"3365{count:07}\n" for count in range(12_000))
    )
    assert await house.command("list", "add", "register", "do_not_contact", 'accounts=["acme"]') == 0
    capfd.readouterr()
    assert await house.command("list", "load", "register", str(edition)) == 0
    said = capfd.readouterr().out
    assert "12002 new, 0 known, 0 gone, 1 no number" in said
    assert "nobody" in said
    for to in (BARRED, f"+{BARRED}", f"00{BARRED}", "31600000001", "33650000000", "33650011999"):
        assert (await house.send(to=to)).status == 403, to
    await house.reaches(await house.sent(to="33650012000"), State.SENT)
    # The next edition leaves one out.
    edition.write_text("31600000001\n")
    assert await house.command("list", "load", "register", str(edition), "--replace") == 0
    assert "0 new, 1 known, 12001 gone" in capfd.readouterr().out
    await house.reaches(await house.sent(to=BARRED), State.SENT)
    assert (await house.send(to="31600000001")).status == 403


async def test_a_number_is_put_on_a_list_and_taken_off(house: House) -> None:
    await house.command("list", "add", "barred", "blacklist")
    await house.command("list", "put", "barred", BARRED)
    answer = await house.send(to="31612345678")
    assert answer.status == 200
    assert (await house.send(to=BARRED)).status == 403
    assert await house.command("list", "drop", "barred", f"+{BARRED}") == 0
    await house.reaches(await house.sent(to=BARRED), State.SENT)


GUID = "00000000-1111-4222-8333-444444444444"


@pytest.mark.row("001-137")
@pytest.mark.row("001-138")
@pytest.mark.row("001-139")
async def test_cm_clients_hear_its_own_codes_of_rules_and_lists(house: House) -> None:
    await house.save(
        Token(name="cm", account="acme", digest=token_digest(GUID)),
        Interceptor(
            name="spam",
            condition=Condition(text="(?i).*viagra"),
            reject=Rejection(kind=RejectAs.SPAM),
            order=2,
        ),
        Interceptor(
            name="no", condition=Condition(text="(?i).*casino"), reject=Rejection(kind=RejectAs.REJECTED)
        ),
        NumberList(name="register", kind=ListKind.DO_NOT_CONTACT),
    )
    await house.command("list", "put", "register", BARRED)
    asked = [
        ("31612345678", "hello"),
        ("31612345678", "Viagra"),
        (BARRED, "hello"),
        ("31612345678", "Casino"),
        (BARRED, "viagra"),
    ]
    body = {
        "messages": {
            "authentication": {"productToken": GUID},
            "msg": [
                {"from": "Shop", "to": [{"number": f"00{to}"}], "body": {"type": "AUTO", "content": text}}
                for to, text in asked
            ],
        }
    }
    answer = await ask_http(
        house.running.http_port,
        "/v1.0/message",
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    told = json.loads(answer.body)
    assert [one["messageErrorCode"] for one in told["messages"]] == [0, 401, 402, 403, 401], answer
    assert told["errorCode"] == 201
    await until(lambda: len(house.rows()) == 1)
    assert house.rows()[0].text == "hello"
