"""Rows of document 002 about /send, over the whole gateway: what the client hears and what the network then gets."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

import pytest

from chappe.domain.account import Account
from chappe.domain.state import State
from chappe.protocols.smpp.statuses import Status
from journeys.house import PASSWORD, House, ask_http, until

UUID = re.compile(r'Success "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')


@pytest.mark.row("002-059")
@pytest.mark.row("002-065")
@pytest.mark.row("002-067")
async def test_the_documents_own_request_reaches_the_network(house: House) -> None:
    content = "Hello world! 100% & <ünö>"
    target = (
        f"/send?to=31612345678&from=Chappe&username=acme&password={PASSWORD}&&content={quote_plus(content)}"
    )
    answer = await ask_http(house.here.http_port, target)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain"
    found = UUID.fullmatch(answer.body)
    assert found is not None
    stored = await house.reaches(found[1], State.SENT)
    assert stored.found.message.text == content
    (submit,) = house.tap.submits
    assert (submit.source_addr, submit.destination_addr) == ("Chappe", "31612345678")
    assert (submit.data_coding, submit.short_message) == (0, b"Hello world! 100% & <\x7en\x7c>")


@pytest.mark.row("002-060")
async def test_two_hundred_characters_are_two_parts(house: House) -> None:
    message_id = await house.sent(content="x" * 200)
    await house.reaches(message_id, State.SENT)
    assert [len(one.short_message) - 6 for one in house.tap.submits] == [153, 47]


@pytest.mark.row("002-061")
@pytest.mark.parametrize(
    "to", ["31612345678,31612345679", "31612345678;31612345679", "31612345678 31612345679"]
)
async def test_two_destinations_are_refused(house: House, to: str) -> None:
    answer = await house.send(to=to)
    assert (answer.status, answer.body) == (400, f'Error "Argument [to] has an invalid value: [{to}]."')
    await house.reaches(await house.sent(content="marker"), State.SENT)
    assert [row.text for row in house.rows()] == ["marker"]


@pytest.mark.row("002-062")
async def test_the_sender_is_a_number_or_text(house: House) -> None:
    for sender in ("31699999999", "Chappe"):
        await house.reaches(await house.sent(**{"from": sender}), State.SENT)
    assert [(one.source_addr, one.source_addr_ton) for one in house.tap.submits] == [
        ("31699999999", 1),
        ("Chappe", 5),
    ]


@pytest.mark.row("002-066")
async def test_only_listed_addresses_may_send(house: House) -> None:
    await house.save(Account(name="acme", allow=("192.0.2.0/24",)))
    answer = await house.send()
    assert answer.status == 403
    assert answer.body.startswith('Error "')
    await house.save(Account(name="acme", allow=("192.0.2.0/24", "127.0.0.1/32")))
    await house.reaches(await house.sent(), State.SENT)
    assert len(house.rows()) == 1


@pytest.mark.row("002-073")
@pytest.mark.parametrize("given", [{"password": "wrong"}, {"username": "nobody"}])
async def test_who_is_not_known_is_refused(house: House, given: dict[str, str]) -> None:
    answer = await house.send(**given)
    name = given.get("username", "acme")
    assert (answer.status, answer.body) == (403, f'Error "Authentication failure for username:{name}"')


@pytest.mark.row("002-074")
async def test_who_may_not_send_is_refused(house: House) -> None:
    await house.save(Account(name="acme", may_send=False))
    answer = await house.send()
    assert (answer.status, answer.body) == (403, 'Error "Authorization failed for username:acme"')


@pytest.mark.row("002-038")
async def test_dlr_yes_and_no(house: House) -> None:
    url = house.sink.url("/dlr")
    yes = await house.sent(content="yes", dlr="yes", dlr_level="2", dlr_url=url)
    no = await house.sent(content="no", dlr="no", dlr_level="2", dlr_url=url)
    absent = await house.sent(content="absent")
    await house.over(yes)
    for message_id in (no, absent):
        await house.reaches(message_id, State.SENT)
    asked = {bytes(one.short_message): one.registered_delivery for one in house.tap.submits}
    assert asked == {b"yes": 1, b"no": 0, b"absent": 0}
    assert {dict(call)["id"] for call in house.calls()} == {yes}


@pytest.mark.row("002-078")
async def test_every_answer_is_a_word_and_a_quoted_text(house: House) -> None:
    answers = [
        await house.send(),
        await house.send(to=None),
        await house.send(surplus="1"),
        await house.send(coding="11"),
        await house.send(password="wrong"),
        await house.send(content=None),
        await house.send(hex_content="00"),
    ]
    assert [answer.status for answer in answers] == [200, 400, 400, 400, 403, 400, 400]
    for answer in answers:
        assert re.fullmatch(r'(Success|Error) "[^"\n]+"', answer.body)
        assert answer.headers["content-type"] == "text/plain"


async def test_a_refusal_upstream_is_told_although_the_answer_was_yes(house: House) -> None:
    message_id = await house.sent(to="31612990030", dlr_level="1", dlr_url=house.sink.url("/dlr"))
    (call,) = await house.called(1)
    assert dict(call)["message_status"] == Status.ESME_RINVDSTADR.name
    await until(lambda: len(house.rows()) == 1)
    assert (await house.over(message_id)).found.standing.state is State.REJECTED
