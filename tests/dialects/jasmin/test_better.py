"""What clients of the real one complain of, from the request to the callbacks: shown to be otherwise here."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from chappe.dialect_kit.core import Core
from chappe.dialect_kit.serve import Serve
from chappe.dialects.jasmin import DIALECT
from chappe.domain.account import Account, Credential
from chappe.domain.ids import IdRenderer
from chappe.domain.link import ConnectorRecord, Health
from chappe.domain.report import NoticeRecord
from chappe.domain.retry import Outcome
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.state import State
from chappe.pipeline.authenticate import Authenticator
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from making import services
from unit.pipeline.rig import Rig, always, receipt, rig

RENDERER = IdRenderer(b"k" * 32)
URL = "http://client.example/dlr"
ALL_OF_LEVEL_2 = [
    *("id", "level", "message_status", "connector", "id_smsc"),
    *("sub", "dlvrd", "subdate", "donedate", "err", "text"),
]  # fmt: skip
ELSEWHERE = Route(
    name="elsewhere", order=9, condition=Condition(destination_prefixes=("44",)), targets=(Target(connector="spare"),)
)  # fmt: skip


class Whole:
    """The dialect before the pipeline; networks and time are played by the test."""

    def __init__(self, *records: Account | ConnectorRecord | Route) -> None:
        self.house: Rig = rig(*records)
        house = self.house
        login = Credential(username="acme", account="acme", secret_hash="secret")
        house.directory.apply([write_entry(Kind.CREDENTIAL, "acme", login)])
        self.faults: list[BaseException] = []
        core = Core(
            authenticator=Authenticator(house.directory, self._verify, house.meter, b"k" * 32, "nobody"),
            submit=house.submitting,
            query=house.query,
            batches=house.batches,
            ledger=house.store,
            directory=house.directory,
            renderer=RENDERER,
            clock=house.clock,
            meter=house.meter,
            lanes_due=lambda _: None,
            services=services(house.store),
        )
        self.serve = Serve(core, [DIALECT], lambda _, error: self.faults.append(error))
        self.writer = DIALECT.writer(RENDERER)

    @staticmethod
    async def _verify(secret_hash: str, password: str) -> bool:
        return secret_hash == password

    async def answer(self, fields: dict[str, Any], *, as_json: bool = False) -> HttpResponse:
        fields = {"username": "acme", "password": "secret", **fields}
        body = json.dumps(fields).encode() if as_json else urlencode(fields).encode()
        headers = [(b"content-type", b"application/json")] if as_json else []
        answer = await self.serve.answer(
            HttpRequest("POST", "/send", b"", headers, body, "192.0.2.1", self.house.clock.ms)
        )
        assert self.faults == []
        return answer

    async def send(self, *, as_json: bool = False, **fields: Any) -> int:
        """The id of a message that must be taken; underscores in names are dashes."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        answer = await self.answer({"to": "31612345678", "content": "hello", **named}, as_json=as_json)
        assert answer.status == 200, answer
        message_id = RENDERER.parse(answer.body.decode()[9:-1])
        assert message_id is not None
        return message_id

    async def calls(self, message_id: int) -> list[dict[str, str]]:
        """The parameters of each callback that the client is owed, the levels in order."""
        found = [self._read(record) for record in await self.house.notices(message_id)]
        return sorted(found, key=lambda call: call["level"])

    def _read(self, record: NoticeRecord) -> dict[str, str]:
        call = self.writer.write(record.notice)
        form = urlsplit(call.url).query if call.method == "GET" else call.body.decode()
        return dict(parse_qsl(form, keep_blank_values=True))

    async def words(self, message_id: int) -> list[tuple[str, str]]:
        return [(call["level"], call["message_status"]) for call in await self.calls(message_id)]


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (1, [("1", "ESME_ROK")]),
        (2, [("2", "DELIVRD")]),
        (3, [("1", "ESME_ROK"), ("2", "DELIVRD")]),
    ],
)
async def test_1_single_parts_have_their_callbacks_on_every_level(
    level: int, words: list[tuple[str, str]]
) -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=level, dlr_url=URL)
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, "77")
    await whole.house.receipts.accept([receipt("77")])
    assert await whole.words(message_id) == words


async def test_3_a_receipt_that_overtakes_its_response_is_not_lost() -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=3, dlr_url=URL)
    await whole.house.take()
    await whole.house.receipts.accept([receipt("77")])
    assert await whole.calls(message_id) == []
    await whole.house.end(message_id, Outcome.SENT, "77")
    assert await whole.words(message_id) == [("1", "ESME_ROK"), ("2", "DELIVRD")]


@pytest.mark.parametrize(
    ("response", "told"), [("0000AB12", "ab12"), ("AB12", "0000ab12"), ("1A2B3C4D", str(0x1A2B3C4D)), (str(0x1A2B3C4D), "1a2b3c4d")]
)  # fmt: skip
async def test_3_an_id_that_comes_back_in_another_spelling_is_found(response: str, told: str) -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=2, dlr_url=URL)
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, response)
    await whole.house.receipts.accept([receipt(told)])
    assert await whole.words(message_id) == [("2", "DELIVRD")]


async def test_3_two_networks_may_hand_out_the_same_id() -> None:
    whole = Whole(always(), always("spare"), ELSEWHERE)
    here = await whole.send(dlr_level=2, dlr_url=URL)
    there = await whole.send(dlr_level=2, dlr_url=URL, to="4412345678")
    for message_id, connector in ((here, "op"), (there, "spare")):
        await whole.house.take(connector)
        await whole.house.end(message_id, Outcome.SENT, "77", connector=connector)
    there_told = receipt("77", State.UNDELIVERED, group="spare", connector="spare")
    await whole.house.receipts.accept([there_told, receipt("77")])
    assert await whole.words(here) == [("2", "DELIVRD")]
    assert await whole.words(there) == [("2", "UNDELIV")]


async def test_3_and_24_a_long_text_goes_whole_and_has_one_callback_when_all_of_it_is_there() -> None:
    whole = Whole()
    message_id = await whole.send(content="x" * 1_000, dlr_level=3, dlr_url=URL)
    assert (await whole.house.found(message_id)).message.parts == 7
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, *"1234567")
    for smsc_id in "7162534":
        assert ("2", "DELIVRD") not in await whole.words(message_id)
        await whole.house.receipts.accept([receipt(smsc_id)])
    assert await whole.words(message_id) == [("1", "ESME_ROK"), ("2", "DELIVRD")]


async def test_5_a_message_waits_for_its_network_and_is_not_thrown_away() -> None:
    whole = Whole()
    whole.house.healths["op"] = Health.DOWN
    message_id = await whole.send(dlr_level=3, dlr_url=URL)
    whole.house.clock.advance(86_400.0)
    assert await whole.house.state(message_id) is State.QUEUED
    whole.house.healths["op"] = Health.UP
    (outgoing,) = await whole.house.take()
    assert outgoing.message.id == message_id


@pytest.mark.parametrize("number", [31612345678, "31612345678", "+31612345678"])
async def test_5_a_number_as_a_json_number_is_sent(number: str | int) -> None:
    whole = Whole()
    message_id = await whole.send(as_json=True, to=number)
    assert (await whole.house.found(message_id)).message.destination.value == "31612345678"


@pytest.mark.parametrize("sender", ["A sender of more than 20", "Twelve chars", "1" * 21])
async def test_5_and_24_a_sender_that_no_network_takes_is_refused_at_once(sender: str) -> None:
    whole = Whole()
    answer = await whole.answer({"to": "31612345678", "content": "x", "from": sender})
    assert (answer.status, answer.body.decode()) == (
        400,
        f'Error "Argument [from] has an invalid value: [{sender}]."',
    )


async def test_7_long_texts_to_one_number_never_share_a_reference_nearby() -> None:
    whole = Whole()
    ids = [await whole.send(content="x" * 161) for _ in range(255)]
    references = [(await whole.house.found(each)).message.concatenation for each in ids]
    assert len(set(references)) == 255
    assert all(0 <= each <= 255 for each in references)


@pytest.mark.parametrize(
    ("content", "charset", "coding", "parts"),
    [("é" * 100, "gsm7", 0, 1), ("🤣", "ucs2", 8, 1), ("привет", "ucs2", 8, 1), ("€" * 80, "gsm7", 0, 1)],
)
async def test_15_no_letter_becomes_a_question_mark(
    content: str, charset: str, coding: int, parts: int
) -> None:
    whole = Whole()
    message = (await whole.house.found(await whole.send(content=content))).message
    assert (message.text, message.charset, message.data_coding, message.parts) == (
        content,
        charset,
        coding,
        parts,
    )


async def test_16_tlvs_go_with_the_message() -> None:
    whole = Whole()
    tlvs = [[0x1400, None, "COctetString", "1101"], [0x1401, None, "Int2", 7]]
    answer = await whole.answer({"to": "31612345678", "content": "x", "custom_tlvs": tlvs}, as_json=True)
    assert answer.status == 200
    (outgoing,) = await whole.house.take()
    assert outgoing.message.tlvs == ((0x1400, b"1101\0"), (0x1401, b"\0\7"))


async def test_25_the_callback_names_the_connector_and_the_smscs_id() -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=3, dlr_url=f"{URL}?mine=1", dlr_method="GET")
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, "00ab7")
    told = receipt(
        "00ab7", sub="001", dlvrd="001", submit_date="2603141509", done_date="2603141512", text="hello"
    )
    await whole.house.receipts.accept([told])
    first, last = await whole.calls(message_id)
    own = {"mine": "1", "id": RENDERER.uuid(message_id), "connector": "op"}
    assert first == {**own, "level": "1", "message_status": "ESME_ROK"}
    assert last == {
        **own,
        "level": "2",
        "message_status": "DELIVRD",
        "id_smsc": "AB7",
        "sub": "001",
        "dlvrd": "001",
        "subdate": "2603141509",
        "donedate": "2603141512",
        "err": "000",
        "text": "hello",
    }


@pytest.mark.parametrize("octets", ["0", "0ab", "abc"])
async def test_26_no_word_of_python_is_in_a_refusal(octets: str) -> None:
    answer = await Whole().answer({"to": "31612345678", "hex-content": octets})
    assert answer.body.decode() == f"Error \"Invalid hex-content data: '{octets}'\""


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (1, [("1", "ESME_RINVDSTADR")]),
        (2, [("2", "REJECTD")]),
        (3, [("1", "ESME_RINVDSTADR"), ("2", "REJECTD")]),
    ],
)
async def test_30_a_message_that_the_network_refuses_is_told_of_on_every_level(
    level: int, words: list[tuple[str, str]]
) -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=level, dlr_url=URL)
    await whole.house.take()
    await whole.house.end(message_id, Outcome.REFUSED, command_status=0x0B, error="ESME_RINVDSTADR")
    assert await whole.words(message_id) == words
    if level > 1:
        last = (await whole.calls(message_id))[-1]
        assert list(last) == ALL_OF_LEVEL_2
        assert [last[name] for name in ("id_smsc", "sub", "dlvrd", "subdate", "donedate", "err")] == [
            "",
            *["ND"] * 5,
        ]


async def test_30_a_message_whose_time_ends_in_the_queue_is_told_of() -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=2, dlr_url=URL, validity_period=1)
    whole.house.clock.advance(61.0)
    await whole.house.expire.waiting()
    (call,) = await whole.calls(message_id)
    assert list(call) == ALL_OF_LEVEL_2
    assert (call["level"], call["message_status"], call["connector"]) == ("2", "EXPIRED", "op")


@pytest.mark.parametrize(
    ("state", "word"), [(State.UNKNOWN, "GONE"), (State.UNKNOWN, ""), (State.UNDELIVERED, "FAILED")]
)
async def test_13_a_word_that_nobody_knows_does_not_silence_a_receipt(state: State, word: str) -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=2, dlr_url=URL)
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, "77")
    await whole.house.receipts.accept([receipt("77", state, word=word)])
    assert await whole.words(message_id) == [("2", {State.UNKNOWN: "UNKNOWN"}.get(state, "UNDELIV"))]


async def test_13_one_callback_for_each_level_however_often_the_network_repeats_itself() -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=3, dlr_url=URL)
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, "77")
    for state in (State.DELIVERED, State.DELIVERED, State.UNDELIVERED):
        await whole.house.receipts.accept([receipt("77", state)])
    assert await whole.words(message_id) == [("1", "ESME_ROK"), ("2", "DELIVRD")]


@pytest.mark.parametrize("given", [{}, {"dlr_level": 3}, {"dlr_url": URL}, {"dlr_url": URL, "dlr_level": 3}])
async def test_13_no_means_no(given: dict[str, Any]) -> None:
    whole = Whole()
    message_id = await whole.send(dlr="no", **given)
    await whole.house.take()
    await whole.house.end(message_id, Outcome.SENT, "77")
    await whole.house.receipts.accept([receipt("77")])
    assert await whole.house.state(message_id) is State.DELIVERED
    assert await whole.calls(message_id) == []


async def test_13_a_message_in_the_last_moment_of_its_time_is_sent_or_told_of_and_never_neither() -> None:
    whole = Whole()
    message_id = await whole.send(dlr_level=2, dlr_url=URL, validity_period=1)
    whole.house.clock.advance(59.96)
    (outgoing,) = await whole.house.take()
    assert outgoing.message.id == message_id
    await whole.house.end(message_id, Outcome.DEFERRED, command_status=0x58)
    whole.house.clock.advance(60.0)
    assert await whole.house.take() == []
    await whole.house.expire.waiting()
    assert await whole.words(message_id) == [("2", "EXPIRED")]
