"""Labels and conversions: every engine finds messages by their client's own names for them, and counts what they did."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.address import Address
from chappe.domain.conversion import Conversion, ConversionRate, ConversionsBy, Label, LabelQuery
from chappe.domain.extras import Extras
from chappe.domain.ids import id_time_ms
from chappe.domain.message import AcceptResult, Message
from chappe.domain.state import State
from chappe.ports.store import Store
from making import NOW, final, message, new_id, sent

NUMBER = "31612345678"


def labelled(
    reference: str = "", groupings: tuple[str, str, str] = ("", "", ""), at_ms: int = NOW, **given: Any
) -> Message:
    number = given.pop("number", NUMBER)
    return message(
        id=new_id(at_ms),
        reference=reference,
        extras=Extras(groupings=groupings, labelled=True),
        destination=Address(number, 1, 1),
        source=Address(given.pop("sender", "3669"), 3, 1),
        **given,
    )


def found(labels: list[Label]) -> list[int]:
    return [label.message_id for label in labels]


async def test_a_message_is_found_by_its_ends_reference_and_groupings(store: Store) -> None:
    first = labelled("a", ("g1", "g2", "g3"))
    other_number = labelled("a", ("g2", "", ""), number="32470123456")
    other_account = labelled("a", account="rival")
    last = labelled("b", ("", "", "g1"))
    plain = message(reference="a", extras=Extras(groupings=("g1", "", "")))
    every = [first, other_number, other_account, last, plain]
    await store.accept(every)
    ids = {"first": first.id, "number": other_number.id, "rival": other_account.id, "last": last.id}

    async def names(**query: Any) -> set[str]:
        return {
            name for name, one in ids.items() if one in found(await store.find_labels(LabelQuery(**query)))
        }

    assert await names() == set(ids)
    assert await names(reference="a") == {"first", "number", "rival"}
    assert await names(reference="a", account="acme") == {"first", "number"}
    assert await names(number=NUMBER) == {"first", "rival", "last"}
    assert await names(number=NUMBER, account="acme", reference="b") == {"last"}
    assert await names(grouping="g1") == {"first", "last"}
    assert await names(grouping="g1", level=1) == {"first"}
    assert await names(grouping="g1", level=2) == set()
    assert await names(grouping="g1", level=3) == {"last"}
    assert await names(grouping="g2") == {"first", "number"}
    assert await names(grouping="g2", number=NUMBER) == {"first"}
    assert await names(grouping="g2", account="rival") == set()
    assert await names(grouping="g2", reference="b") == set()
    assert plain.id not in found(await store.find_labels(LabelQuery()))
    label = (await store.find_labels(LabelQuery(grouping="g3")))[0]
    assert label == Label(first.id, "acme", NUMBER, "3669", "a", ("g1", "g2", "g3"))


async def test_they_come_newest_first_and_in_pages(store: Store) -> None:
    every = [labelled("r", ("g", "", ""), at_ms=NOW + step) for step in range(7)]
    await store.accept(every)
    ids = [one.id for one in reversed(every)]
    for query in ({}, {"grouping": "g"}, {"number": NUMBER}):
        first = found(await store.find_labels(LabelQuery(limit=3, **query)))  # type: ignore[arg-type]
        assert first == ids[:3]
        rest = await store.find_labels(LabelQuery(before_id=first[-1], **query))  # type: ignore[arg-type]
        assert found(rest) == ids[3:]


async def test_the_last_message_to_a_subscriber_by_a_sender(store: Store) -> None:
    old, new = labelled("old"), labelled("new", at_ms=NOW + 1_000)
    others = [
        labelled("x", at_ms=NOW + 2_000, sender="3670"),
        labelled("x", at_ms=NOW + 2_000, number="31600000000"),
        labelled("x", at_ms=NOW + 2_000, account="rival"),
    ]
    await store.accept([old, new, *others])
    last = await store.last_label("acme", NUMBER, "3669", old.id)
    assert last is not None
    assert (last.message_id, last.reference) == (new.id, "new")
    assert await store.last_label("acme", NUMBER, "3669", new.id) == last
    assert await store.last_label("acme", NUMBER, "3669", new.id + 1) is None
    assert await store.last_label("acme", NUMBER, "", 0) is None


async def test_only_what_was_taken_has_a_label(store: Store) -> None:
    unpaid = labelled("poor", charge=5)
    repeated = [labelled("once", idempotency_key="k"), labelled("twice", idempotency_key="k")]
    answers = await store.accept([unpaid, *repeated])
    kinds = [answer.result for answer in answers]
    assert kinds == [AcceptResult.NO_BALANCE, AcceptResult.ACCEPTED, AcceptResult.REPEATED]
    assert [one.reference for one in await store.find_labels(LabelQuery())] == ["once"]
    await store.accept([labelled("whole"), labelled("poor", charge=5)], whole=True)
    assert [one.reference for one in await store.find_labels(LabelQuery())] == ["once"]


async def test_the_first_conversion_of_a_message_stands(store: Store) -> None:
    one, two = labelled("a"), labelled("b")
    await store.accept([one, two])
    told = await store.referenced("acme", NUMBER, "a")
    assert told is not None
    assert told.message_id == one.id
    assert await store.referenced("rival", NUMBER, "a") is None
    assert await store.referenced("acme", "31600000000", "a") is None
    first = Conversion(one.id, "acme", NOW + 1, NOW + 2)
    again = Conversion(one.id, "acme", NOW + 9, NOW + 9)
    assert await store.convert([first, again]) == [True, False]
    assert await store.convert([again]) == [False]
    assert await store.conversion_of(one.id) == first
    assert await store.conversion_of(two.id) is None


async def test_of_messages_with_one_reference_the_newest_is_meant(store: Store) -> None:
    await store.accept([labelled("a"), labelled("a", at_ms=NOW + 5)])
    told = await store.referenced("acme", NUMBER, "a")
    assert told is not None
    assert id_time_ms(told.message_id) == NOW + 5


@pytest.mark.parametrize(
    ("by", "rates"),
    [
        (ConversionsBy.ACCOUNT, [("acme", "acme", 3, 2), ("rival", "rival", 1, 0)]),
        (ConversionsBy.PREFIX, [("acme", "31", 2, 1), ("acme", "32", 1, 1), ("rival", "31", 1, 0)]),
        (ConversionsBy.SENDER, [("acme", "3669", 2, 1), ("acme", "Shop", 1, 1), ("rival", "3669", 1, 0)]),
        (ConversionsBy.GROUPING, [("acme", "sale", 2, 2), ("acme", "vip", 1, 0)]),
        (ConversionsBy.GROUPING2, [("acme", "lyon", 1, 1)]),
        (ConversionsBy.GROUPING3, []),
    ],
)
async def test_rates_of_messages_with_a_reference(
    store: Store, by: ConversionsBy, rates: list[tuple[str, str, int, int]]
) -> None:
    every = [
        labelled("a", ("sale", "lyon", "")),
        labelled("b", ("vip", "", "")),
        labelled("c", ("sale", "", ""), number="32470123456", sender="Shop"),
        labelled("d", account="rival"),
        labelled("", ("sale", "", "x")),
    ]
    await store.accept(every)
    await store.convert([Conversion(every[at].id, "acme", NOW, NOW) for at in (0, 2)])
    assert await store.conversion_rates(by) == [ConversionRate(*row) for row in rates]
    mine = [ConversionRate(*row) for row in rates if row[0] == "acme"]
    assert await store.conversion_rates(by, account="acme") == mine


async def test_rates_of_a_time_and_of_longer_prefixes(store: Store) -> None:
    every = [labelled("a", at_ms=NOW + step * 1_000, number=f"3361{step}345678") for step in range(3)]
    await store.accept(every)
    rates = await store.conversion_rates(
        ConversionsBy.PREFIX, digits=5, since_id=every[1].id, until_id=every[2].id
    )
    assert rates == [ConversionRate("acme", "33611", 1, 0)]


async def test_groupings_are_counted_over_all_levels(store: Store) -> None:
    await store.accept(
        [
            labelled("", ("a", "b", "")),
            labelled("", ("b", "a", "c")),
            labelled("r"),
            labelled("", ("a", "", ""), account="rival"),
        ]
    )
    assert await store.grouping_counts() == [("acme", 3), ("rival", 1)]


async def test_they_go_with_their_message(store: Store) -> None:
    one, young = labelled("a"), labelled("b", at_ms=NOW + 10_000)
    await store.accept([one, young])
    await store.claim("op", 10, 1, NOW)
    await store.move([sent(one, "x1"), sent(young, "x2")])
    await store.move([final(one, State.DELIVERED), final(young, State.DELIVERED)])
    await store.convert([Conversion(each.id, "acme", NOW, NOW) for each in (one, young)])
    await store.purge_records(young.id, 100)
    assert found(await store.find_labels(LabelQuery())) == [young.id]
    assert await store.conversion_of(one.id) is None
    assert await store.conversion_of(young.id) is not None
