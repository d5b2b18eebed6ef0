"""Standard errors as data, and which of them a network's own code, word or status means."""

from __future__ import annotations

import pytest

from chappe.domain.error_table import STANDARD, ErrorMap, ErrorTable
from chappe.domain.state import State

PLAIN = ErrorTable()


@pytest.mark.row("001-223")
def test_the_table_is_that_of_the_document() -> None:
    assert tuple(STANDARD) == (5, 7, 8, *range(20, 32), 33, 34, 35, 36, 37)
    assert all(number == row.number and row.text for number, row in STANDARD.items())
    lasting = {row.number: row.temporary for row in STANDARD.values()}
    assert {n for n, temporary in lasting.items() if temporary} == {7, 8, 21, 22, 24, 25, 26, 30, 35, 36}
    assert {n for n, temporary in lasting.items() if temporary is False} == {23, 27, 29, 34}
    assert len({row.text for row in STANDARD.values()}) == len(STANDARD)


@pytest.mark.parametrize(
    ("state", "given", "number"),
    [
        (State.UNDELIVERED, {}, 5),
        (State.UNDELIVERED, {"error": "011"}, 5),
        (State.UNKNOWN, {"error": "no receipt"}, 5),
        (State.CANCELLED, {"error": "cancelled"}, 5),
        (State.EXPIRED, {}, 8),
        (State.EXPIRED, {"error": "254", "word": "EXPIRED"}, 8),
        (State.EXPIRED, {"error": "expired"}, 8),
        (State.EXPIRED, {"error": "ESME_RSYSERR", "status": 0x08}, 25),
        (State.REJECTED, {"error": "ESME_RINVDSTADR", "status": 0x0B}, 23),
        (State.REJECTED, {"status": 0x01}, 20),
        (State.REJECTED, {"status": 0xC4}, 20),
        (State.REJECTED, {"status": 0x58}, 28),
        (State.REJECTED, {"status": 0x66}, 29),
        (State.REJECTED, {"status": 0x14}, 25),
        (State.REJECTED, {"status": 0x400}, 5),
        (State.REJECTED, {"error": "no_balance"}, 30),
        (State.REJECTED, {"error": "do_not_contact"}, 37),
        (State.DELIVERED, {"error": "011", "status": 0x0B}, None),
        (State.SENT, {}, None),
    ],
)
def test_what_is_known_without_a_map(state: State, given: dict[str, object], number: int | None) -> None:
    found = PLAIN.find("op", state, **given)  # type: ignore[arg-type]
    assert (None if found is None else found.number) == number


@pytest.mark.parametrize(
    ("err", "number"), [("001", 23), ("6", 24), ("027", 24), ("31", 26), ("034", 25), ("012", 27), ("99", 5)]
)
def test_errors_of_map_where_a_connector_writes_them(err: str, number: int) -> None:
    table = ErrorTable([ErrorMap(connector="op", base="gsm")])
    found, other = (table.find(name, State.UNDELIVERED, error=err) for name in ("op", "another"))
    assert found is STANDARD[number]
    assert other is STANDARD[5]


def test_numbers_of_the_table_itself_where_a_connector_writes_them() -> None:
    table = ErrorTable([ErrorMap(connector="op", base="standard", errors={"023": 24})])
    assert table.find("op", State.UNDELIVERED, error="029") is STANDARD[29]
    assert table.find("op", State.UNDELIVERED, error="23") is STANDARD[24]


def test_a_connectors_own_map_goes_before_that_of_all() -> None:
    table = ErrorTable(
        [
            ErrorMap(connector="*", errors={"7": 24, "8": 25}, words={"rejectd": 29}, statuses={"69": 26}),
            ErrorMap(connector="op", errors={"007": 22}, statuses={"0x45": 27}),
        ]
    )
    for connector, given, number in (
        ("op", {"error": "7"}, 22),
        ("op", {"error": " 008 "}, 25),
        ("other", {"error": "7"}, 24),
        ("op", {"word": "REJECTD"}, 29),
        ("op", {"status": 0x45}, 27),
        ("other", {"status": 0x45}, 26),
    ):
        assert table.find(connector, State.REJECTED, **given) is STANDARD[number]  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [7, 22])
def test_an_expiry_whose_last_cause_was_credit_has_its_own_number(number: int) -> None:
    table = ErrorTable([ErrorMap(connector="op", errors={"5": number}, statuses={"0x500": number})])
    assert table.find("op", State.EXPIRED, error="005", word="EXPIRED") is STANDARD[21]
    assert table.find("op", State.EXPIRED, status=0x500) is STANDARD[21]
    assert table.find("op", State.UNDELIVERED, error="005") is STANDARD[number]


def test_of_a_state_on_the_way_only_a_map_says_anything() -> None:
    table = ErrorTable([ErrorMap(connector="op", errors={"11": 7})])
    assert table.find("op", State.SENT, error="011", word="ENROUTE") is STANDARD[7]
    assert table.find("op", State.SENT, error="012", word="ENROUTE") is None


def test_a_status_means_something_by_maps_alone_to_those_that_retry() -> None:
    table = ErrorTable([ErrorMap(connector="op", statuses={"0x0B": 24})])
    assert table.of_status("op", 0x0B) is STANDARD[24]
    assert table.of_status("op", 0x58) is None
    assert PLAIN.of_status("op", 0x0B) is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"connector": "no name"}, "neither a connector's name nor *"),
        ({"connector": "op", "base": "map"}, "base is gsm or standard"),
        ({"connector": "op", "errors": {"1": 6}}, "6 is no standard error"),
        ({"connector": "op", "words": {"UNDELIV": 32}}, "32 is no standard error"),
        ({"connector": "op", "statuses": {"ESME_ROK": 5}}, "no command_status"),
        ({"connector": "op", "statuses": {"0x": 5}}, "no command_status"),
    ],
)
def test_what_no_map_may_say(fields: dict[str, object], told: str) -> None:
    assert told in ErrorMap(**fields).problem()  # type: ignore[arg-type]


@pytest.mark.parametrize("connector", ["*", "op"])
def test_a_sound_map(connector: str) -> None:
    one = ErrorMap(connector=connector, base="gsm", errors={"x": 5}, statuses={"0x45": 5}, words={"A": 5})
    assert one.problem() == ""


@pytest.mark.parametrize("text", ["69", "069", "0000000069", "0x45", "0X0045"])
def test_every_way_to_write_a_command_status_is_one_number(text: str) -> None:
    one = ErrorMap(connector="op", statuses={text: 29})
    assert one.problem() == ""
    assert ErrorTable([one]).of_status("op", 0x45) == STANDARD[29]
