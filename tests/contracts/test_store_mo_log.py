"""The store's contract for MOs with what a campaign makes of them, and for the search of their log."""

from __future__ import annotations

import pytest

from chappe.domain.address import Address
from chappe.domain.incoming import Incoming, PartSet
from chappe.domain.message import AcceptResult
from chappe.domain.mo_query import MoQuery
from chappe.domain.report import IncomingNotice, ReportWish, Way
from chappe.domain.state import State
from chappe.ports.incoming import Answered, Response
from chappe.ports.ledger import LedgerEntry
from chappe.ports.store import Store
from making import NOW, message, new_id

CODE = Address("1212", 3, 1)


def mo(at_ms: int = NOW, text: str | None = "JOIN", **given: object) -> Incoming:
    fields: dict[str, object] = {
        "id": new_id(),
        "account": "acme",
        "route": "",
        "connector": "op",
        "source": Address("31612345678", 1, 1),
        "destination": CODE,
        "text": text,
        "octets": b"x",
        "charset": "gsm7",
        "data_coding": 0,
        "parts": 1,
        "received_ms": at_ms,
        "instance": "promo",
        "keyword": "JOIN",
    }
    return Incoming(**{**fields, **given})  # type: ignore[arg-type]


# ---------------------------------------------------------------- an MO and its response


async def test_an_mo_its_notice_its_reply_and_its_lists_are_one(store: Store) -> None:
    given, reply = mo(), message(idempotency_key="mo:1")
    await store.enlist("old", ["31612345678"], NOW)
    part_set = PartSet("op", "31612345678", "1212", "udh8", 7, 2)
    wish = ReportWish(Way.SMPP, 0, "smpp", "client")
    notice = IncomingNotice(given.id, "acme", wish, given.source, CODE, "op", "JOIN", b"x", 0, NOW)
    response = Response(reply, joins=(("optouts", "31612345678"),), leaves=(("old", "31612345678"),))
    assert await store.answer_incoming(given, notice, [part_set], response) == Answered(
        True, AcceptResult.ACCEPTED
    )
    assert await store.incoming(given.id) == given
    (found,) = await store.messages([reply.id])
    assert found is not None
    assert (found.message, found.standing.state) == (reply, State.QUEUED)
    assert await store.depths() == {"op": 1}
    assert await store.listed([("optouts", "31612345678"), ("old", "31612345678")]) == [0]
    (owed,) = await store.claim_notices("smpp:client", 9, NOW, NOW + 1)
    assert owed.notice == notice


async def test_a_repeat_makes_nothing(store: Store) -> None:
    window = {"digest": "d", "repeat_window_ms": 1_000}
    first = await store.answer_incoming(mo(**window), None, [], Response(message()))
    assert first == Answered(True, AcceptResult.ACCEPTED)
    reply = message()
    response = Response(reply, joins=(("optouts", "1"),))
    assert await store.answer_incoming(mo(NOW + 9, **window), None, [], response) == Answered(stored=False)
    assert await store.messages([reply.id]) == [None]
    assert await store.listed([("optouts", "1")]) == []


async def test_a_reply_that_cannot_be_paid_leaves_the_rest(store: Store) -> None:
    given, reply = mo(), message(charge=5)
    answered = await store.answer_incoming(given, None, [], Response(reply, joins=(("optouts", "1"),)))
    assert answered == Answered(True, AcceptResult.NO_BALANCE)
    assert await store.messages([reply.id]) == [None]
    assert await store.incoming(given.id) == given
    assert await store.listed([("optouts", "1")]) == [0]
    await store.deposit(LedgerEntry("acme", NOW, 5, "in"))
    again = await store.answer_incoming(mo(), None, [], Response(message(charge=5)))
    assert again.reply is AcceptResult.ACCEPTED
    assert await store.balances(["acme"]) == [0]


async def test_a_key_is_answered_once(store: Store) -> None:
    first, second = (message(idempotency_key="mo:1") for _ in range(2))
    await store.answer_incoming(mo(), None, [], Response(first))
    assert await store.answer_incoming(mo(), None, [], Response(second)) == Answered(
        True, AcceptResult.REPEATED
    )
    assert await store.messages([second.id]) == [None]


async def test_an_mo_may_be_answered_by_nothing(store: Store) -> None:
    given = mo()
    assert await store.answer_incoming(given, None, [], Response()) == Answered(stored=True)
    assert await store.incoming(given.id) == given


# ---------------------------------------------------------------- the log


@pytest.fixture
async def log(store: Store) -> list[Incoming]:
    """Six MOs of two accounts, in the order of reception."""
    mos = [
        mo(NOW, "JOIN now"),
        mo(
            NOW + 1,
            "Ça va?",
            source=Address("33600000001"),
            connector="fr",
            network="20801",
            instance="",
            keyword="",
        ),
        mo(NOW + 2, "join NOW", destination=Address("3434")),
        mo(NOW + 2, None, octets=b"\0\1", instance=""),
        mo(NOW + 3, "stop", keyword="STOP", network="20404"),
        mo(NOW + 4, "JOIN", account="other", instance="theirs"),
    ]
    await store.accept_incoming([(one, None) for one in reversed(mos)], [])
    # At one time the order is that of the ids.
    return sorted(mos, key=lambda one: (one.received_ms, one.id))


async def found(store: Store, **query: object) -> tuple[int, list[int]]:
    """How many, and the ids on the page."""
    page = await store.find_mos(MoQuery(**query))  # type: ignore[arg-type]
    return page.total, [one.mo.id for one in page.mos]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"account": "acme"}, [0, 1, 2, 3, 4]),
        ({"account": "other"}, [5]),
        ({"account": "nobody"}, []),
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"account": "acme", "instance": "promo"}, [0, 2, 4]),
        ({"instance": "theirs"}, [5]),
        ({"account": "acme", "instance": "theirs"}, []),
        ({"account": "acme", "since_ms": NOW + 1, "until_ms": NOW + 3}, [1, 2, 3]),
        ({"since_ms": NOW + 4}, [5]),
        ({"instance": "promo", "until_ms": NOW + 3}, [0, 2]),
        ({"account": "acme", "sources": ("33600000001", "1")}, [1]),
        ({"account": "acme", "destinations": ("3434",)}, [2]),
        ({"account": "acme", "destinations": ("1212", "3434"), "sources": ("31612345678",)}, [0, 2, 3, 4]),
        ({"account": "acme", "connectors": ("fr",)}, [1]),
        ({"account": "acme", "networks": ("20404",), "connectors": ("fr",)}, [1, 4]),
        ({"account": "acme", "text": "JOIN"}, [0, 2]),
        ({"account": "acme", "text": "ça"}, [1]),
        ({"account": "acme", "pattern": "(?i)join"}, [0, 2]),
        ({"account": "acme", "pattern": "OIN"}, []),
        ({"account": "acme", "pattern": ".*NOW$", "text": "join"}, [2]),
        ({"instance": "promo", "text": "stop"}, [4]),
        ({"text": "join", "account": ""}, [0, 2, 5]),
    ],
)
@pytest.mark.parametrize("newest_first", [True, False])
async def test_every_part_of_a_query_holds(
    store: Store, log: list[Incoming], query: dict[str, object], wanted: list[int], *, newest_first: bool
) -> None:
    order = wanted[::-1] if newest_first else wanted
    ids = [log[at].id for at in order]
    assert await found(store, **query, newest_first=newest_first) == (len(wanted), ids)


@pytest.mark.parametrize("query", [{"account": "acme"}, {"account": "acme", "pattern": "."}])
async def test_a_page_is_part_of_what_is_found(
    store: Store, log: list[Incoming], query: dict[str, object]
) -> None:
    all_of = [one.id for one in log if one.account == "acme" and (one.text or "pattern" not in query)]
    for newest_first in (True, False):
        order = all_of[::-1] if newest_first else all_of
        for offset in range(len(order) + 1):
            page = await found(store, **query, newest_first=newest_first, offset=offset, limit=2)
            assert page == (len(order), order[offset : offset + 2])


async def test_the_log_tells_campaign_keyword_and_network(store: Store, log: list[Incoming]) -> None:
    (one,) = (await store.find_mos(MoQuery(account="acme", text="stop"))).mos
    assert (one.mo, one.instance, one.keyword, one.network) == (log[4], "promo", "STOP", "20404")


async def test_a_pattern_that_does_not_parse_is_an_error(store: Store) -> None:
    with pytest.raises(ValueError, match="missing"):
        await store.find_mos(MoQuery(pattern="("))


async def test_more_than_a_page_of_the_engine(store: Store) -> None:
    mos = [mo(NOW + number % 7, f"text {number}") for number in range(4_500)]
    await store.accept_incoming([(one, None) for one in mos], [])
    ranked = sorted(mos, key=lambda one: (one.received_ms, one.id))
    page = await store.find_mos(MoQuery(account="acme", newest_first=False, offset=4_300, limit=1_000))
    assert (page.total, [one.mo for one in page.mos]) == (4_500, ranked[4_300:])
    wanted = [one for one in ranked if (one.text or "").endswith("99")]
    inside = await store.find_mos(MoQuery(account="acme", newest_first=False, pattern=".*99$", limit=1_000))
    assert (inside.total, [one.mo for one in inside.mos]) == (45, wanted)
