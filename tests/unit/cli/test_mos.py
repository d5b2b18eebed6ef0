"""`chappe mo`: the log of MOs searched from the command line."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from chappe.domain.address import Address
from chappe.domain.incoming import Incoming
from chappe.stores.sqlite.store import open_store
from making import new_id
from unit.cli.desk import Desk

MAY = int(datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def logged(furnished: Desk) -> Desk:
    def mo(at_ms: int, text: str | None, instance: str = "", source: str = "31612345678") -> Incoming:
        ends = Address(source), Address("1212")
        return Incoming(
            new_id(),
            "acme",
            "mo",
            "op",
            *ends,
            text,
            b"\0\1",
            "gsm7",
            0,
            1,
            at_ms,
            instance=instance,
            keyword="k" * bool(instance),
        )

    async def fill() -> None:
        store = open_store(furnished.store)
        mos = [
            mo(MAY, "Join [now]", "promo"),
            mo(MAY + 3_600_000, "hello"),
            mo(MAY + 86_400_000, None, source="33612345678"),
        ]
        await store.accept_incoming([(one, None) for one in mos], [])
        await store.close()

    asyncio.run(fill())
    return furnished


def test_mos_are_listed_newest_first(logged: Desk) -> None:
    said = logged("mo", "list").said
    assert said.index("0001") < said.index("hello") < said.index("Join [now]")
    assert "31612345678 1212 acme promo k Join [now]" in said
    assert said.endswith("3 of 3")
    assert logged("mo", "list", "--offset", "2", "--limit", "1").said.endswith("1 of 3")
    assert "Join [now]" in logged("mo", "list", "--oldest", "--limit", "1").said


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--text", "JOIN"), 1),
        (("--pattern", "h.*o"), 1),
        (("--instance", "promo"), 1),
        (("--account", "other"), 0),
        (("--from", "31612345678"), 2),
        (("--from", "31612345678", "--from", "33612345678"), 3),
        (("--to", "1212", "--connector", "op"), 3),
        (("--since", "2026-05-02"), 1),
        (("--until", "2026-05-01T13:00"), 1),
        (("--since", "2026-05-01T13:00", "--until", "2026-05-01T15:00+02:00"), 0),
    ],
)
def test_a_search_narrows(logged: Desk, options: tuple[str, ...], count: int) -> None:
    assert logged("mo", "list", *options).said.endswith(f"{count} of {count}")


def test_what_is_no_search_is_a_sentence(logged: Desk) -> None:
    assert "no day or time" in logged.refuses("mo", "list", "--since", "yesterday")
    assert "the pattern: missing )" in logged.refuses("mo", "list", "--pattern", "(")
