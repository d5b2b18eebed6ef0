"""Changes of operators' records are seen soon, all of them, and told until whoever must know has heard."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.link import ConnectorRecord
from chappe.pipeline.directory import Directory, write_entry
from chappe.ports.directory import Entry, Kind
from chappe.stores.memory.store import MemoryStore
from chappe.workers.watcher import Watcher, load_directory
from unit.workers.warp import Errors, at, warped

ACME = write_entry(Kind.ACCOUNT, "acme", Account(name="acme"))
OP = write_entry(Kind.CONNECTOR, "op", ConnectorRecord(name="op"))


class Listener:
    def __init__(self) -> None:
        self.heard: list[frozenset[Kind]] = []
        self.trouble: Exception | None = None

    async def __call__(self, kinds: frozenset[Kind]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.heard.append(kinds)


async def watching(store: MemoryStore) -> tuple[Directory, Watcher, Listener, Errors]:
    directory, listener, errors = await load_directory(store), Listener(), Errors()
    watcher = Watcher(store, directory, listener, errors)
    watcher.start()
    return directory, watcher, listener, errors


@warped
async def test_the_very_first_record_of_an_empty_store_is_seen() -> None:
    store = MemoryStore()
    directory, watcher, listener, errors = await watching(store)
    await at(1)
    await store.put([ACME])
    await at(1.3)
    assert list(directory.accounts) == ["acme"]
    assert listener.heard == [frozenset({Kind.ACCOUNT})]
    await at(9)
    await watcher.stop()
    assert len(listener.heard) == 1
    assert errors.told == []


@warped
async def test_changes_and_removals_are_seen_within_a_quarter_of_a_second() -> None:
    store = MemoryStore()
    await store.put([ACME, OP])
    directory, watcher, listener, _ = await watching(store)
    assert list(directory.connectors) == ["op"]
    await at(1)
    assert listener.heard == []
    await store.put([write_entry(Kind.ACCOUNT, "acme", Account(name="acme", throughput=7))])
    await at(1.25)
    assert directory.accounts["acme"].throughput == 7
    await store.put([Entry(Kind.CONNECTOR, "op", None), write_entry(Kind.ACCOUNT, "b", Account(name="b"))])
    await at(1.5)
    await watcher.stop()
    assert directory.connectors == {}
    assert sorted(directory.accounts) == ["acme", "b"]
    assert listener.heard == [frozenset({Kind.ACCOUNT}), frozenset({Kind.ACCOUNT, Kind.CONNECTOR})]
    assert directory.revision == 3


@warped
async def test_what_came_and_went_between_two_looks_is_no_news() -> None:
    store = MemoryStore()
    directory, watcher, listener, _ = await watching(store)
    await at(1)
    await store.put([ACME])
    await store.put([Entry(Kind.ACCOUNT, "acme", None)])
    await at(1.5)
    await watcher.stop()
    assert directory.revision == 2
    assert listener.heard == []


@warped
async def test_who_fails_to_hear_is_told_again_with_what_came_meanwhile() -> None:
    store = MemoryStore()
    _, watcher, listener, errors = await watching(store)
    listener.trouble = RuntimeError("not now")
    await at(1)
    await store.put([ACME])
    await at(1.5)
    await store.put([OP])
    await at(4)
    listener.trouble = None
    await at(6)
    await watcher.stop()
    assert listener.heard == [frozenset({Kind.ACCOUNT, Kind.CONNECTOR})]
    assert errors.told[0] == ("watch", "RuntimeError: not now")
    assert len(errors.told) == 3


@warped
async def test_a_record_that_cannot_be_read_changes_nothing_and_is_told_of() -> None:
    store = MemoryStore()
    await store.put([ACME])
    directory, watcher, listener, errors = await watching(store)
    await store.put([Entry(Kind.ACCOUNT, "bad", '{"name": "bad", "colour": "red"}'), OP])
    await at(2.5)
    assert list(directory.accounts) == ["acme"]
    assert directory.connectors == {}
    assert {duty for duty, _ in errors.told} == {"watch"}
    assert "colour" in errors.told[0][1]
    await store.put([Entry(Kind.ACCOUNT, "bad", None)])
    await at(4.5)
    await watcher.stop()
    assert list(directory.connectors) == ["op"]
    assert listener.heard == [frozenset({Kind.ACCOUNT, Kind.CONNECTOR})]


async def test_nothing_starts_over_a_directory_that_cannot_be_read() -> None:
    store = MemoryStore()
    await store.put([Entry(Kind.ACCOUNT, "bad", "{}")])
    with pytest.raises(ValueError, match="name"):
        await load_directory(store)
