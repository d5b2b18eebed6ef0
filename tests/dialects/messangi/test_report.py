"""messageReport: an account's messages of a while."""

from __future__ import annotations

import pytest

from chappe.ports.reports import Stretch
from dialects.http_rig import NOW
from dialects.messangi.caller import CODE, OTHER_KEY, OTHER_SECRET, Caller, b64, read, static, url

KPN = "31613000000"
VODAFONE = "31612000000"


async def send(caller: Caller, text: str, to: str, at_ms: int) -> None:
    caller.rig.clock.ms = at_ms
    assert static(await caller.get(url("sendMT", "43", CODE, "null", to, b64(text))))[2] == "OK"


def report(
    filter_text: str = "null",
    *,
    first: str = str(NOW),
    last: str = str(NOW + 10_000),
    page: str = "1",
    size: str = "10",
) -> str:
    return url("tools/messageReport", "43", first, last, page, size, filter_text)


async def texts(caller: Caller, target: str) -> tuple[int, list[str]]:
    told = read(await caller.get(target))
    assert (told["input"], told["status"]) == ("messageReport", "OK")
    found = told["result"]["messages"].get("message", [])
    found = found if isinstance(found, list) else [found]
    return int(told["result"]["messages"]["records"]), [one["text"] for one in found]


@pytest.fixture
async def caller() -> Caller:
    made = Caller()
    for at in range(5):
        await send(made, f"number {at}", KPN if at % 2 else VODAFONE, NOW + at * 1_000)
    return made


@pytest.mark.row("004-029")
async def test_the_message_is_the_same_element(caller: Caller) -> None:
    told = read(await caller.get(report(page="1", size="1")))["result"]["messages"]
    message = told["message"]
    assert (told["records"], message["text"], message["status"]) == ("5", "number 4", "PENDING")
    again = read(await caller.get(url("tools/getMessage", "43", message["id"])))["result"]["message"]
    assert again == message


@pytest.mark.parametrize(
    ("target", "total", "found"),
    [
        (report(), 5, [4, 3, 2, 1, 0]),
        (report("order=asc"), 5, [0, 1, 2, 3, 4]),
        (report("order=asc", page="2", size="2"), 5, [2, 3]),
        (report(page="9"), 5, []),
        (report(first=str(NOW + 1_000), last=str(NOW + 3_000)), 2, [2, 1]),
        (report(first="0", last="999999999999999"), 5, [4, 3, 2, 1, 0]),
        (report(first=str(NOW), last=str(NOW)), 0, []),
        (report(f"to={KPN}"), 2, [3, 1]),
        (report("carrier=kpn"), 2, [3, 1]),
        (report("carrier=nobody"), 0, []),
        (report(f"from={CODE}"), 5, [4, 3, 2, 1, 0]),
        (report("from=7777"), 0, []),
        (report("keyword=.*3"), 1, [3]),
    ],
)
async def test_dates_pages_and_filters(caller: Caller, target: str, total: int, found: list[int]) -> None:
    assert await texts(caller, target) == (total, [f"number {at}" for at in found])


async def test_dates_beyond_all_ids_are_asked_of_a_store_as_numbers_that_it_can_hold(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    stretch = caller.rig.store.stretch

    async def told(account: str, after_id: int, before_id: int, most: int) -> Stretch:
        asked.append((after_id, before_id))
        return await stretch(account, after_id, before_id, most)

    monkeypatch.setattr(caller.rig.store, "stretch", told)
    assert await texts(caller, report(first="999999999999998", last="999999999999999")) == (0, [])
    assert asked == [(2**63 - 1, 2**63 - 1)]


async def test_a_report_is_the_accounts_own(caller: Caller) -> None:
    others = url(
        "tools/messageReport",
        "50",
        "0",
        str(NOW + 10_000),
        "1",
        "10",
        "null",
        key=OTHER_KEY,
        secret=OTHER_SECRET,
    )
    assert await texts(caller, others) == (0, [])


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (report(first="x"), "initialDate"),
        (report(first=""), "initialDate"),
        (report(last="null"), "finalDate"),
        (report(last="-1"), "finalDate"),
        (report(last="9" * 16), "finalDate"),
        (report(first="5", last="4"), "finalDate"),
        (report(size="0"), "resultsPerPage"),
        (report("keyword=("), "keyword"),
        (report("to=x"), "to"),
    ],
)
async def test_what_cannot_be_meant_is_named(caller: Caller, target: str, name: str) -> None:
    assert static(await caller.get(target))[2:] == ("ERROR", f"Invalid parameter: {name}")


async def test_too_many_are_refused_and_many_are_looked_through(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chappe.dialects.messangi.report._STRETCH", 2)
    assert (await texts(caller, report()))[0] == 5
    monkeypatch.setattr("chappe.dialects.messangi.report.MOST_LOOKED_AT", 4)
    assert static(await caller.get(report()))[2:] == (
        "ERROR",
        "The dates hold too many messages, ask for less",
    )
