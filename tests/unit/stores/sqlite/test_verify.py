"""Looking a store through: a sound one has no problems, and each kind of damage is named. Copies are whole."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from chappe.domain.address import Address
from chappe.domain.incoming import Incoming
from chappe.ports.ledger import LedgerEntry
from chappe.ports.store import StoreUnusable
from chappe.stores.sqlite.store import open_store
from chappe.stores.sqlite.verify import backup, verify
from making import NOW, final, message, new_id, notice, sent, webhook


async def used(path: Path) -> None:
    """A store in which something of everything has happened."""
    store = open_store(path, interval=0, reserve=0)
    await store.deposit(LedgerEntry("acme", NOW, 100, "", 9))
    batch = [message(charge=10, reserved=4, counted=2, report=webhook()) for _ in range(3)]
    await store.accept(batch)
    await store.claim("op", 3, 1, NOW)
    await store.move(
        [sent(batch[0], "1", settles=True), sent(batch[1], "2", settles=True, owes=(notice(batch[1]),))]
    )
    await store.move([final(batch[0])])
    ends = Address("31612345678"), Address("1212")
    mo = Incoming(new_id(), "acme", "mo", "op", *ends, "hi", b"hi", "gsm7", 0, 1, NOW, instance="promo")
    await store.accept_incoming([(mo, None)], [])
    await store.close()


async def test_a_sound_store_has_no_problems(tmp_path: Path) -> None:
    await used(tmp_path / "s.db")
    problems, counts = verify(tmp_path / "s.db")
    assert problems == []
    assert (counts["messages"], counts["notices"], counts["MOs"]) == (3, 1, 1)


DAMAGE = [
    ("UPDATE message SET state = 99 WHERE id = (SELECT min(id) FROM message)", "state 99"),
    ("UPDATE message SET charge = charge + 1 WHERE id = (SELECT min(id) FROM message)", "disagree"),
    ("UPDATE message SET body = 'no json' WHERE id = (SELECT min(id) FROM message)", "does not read"),
    ("UPDATE outbox SET body = '[]'", "does not read"),
    ("UPDATE part SET message_id = 5 WHERE number = 1 AND smsc_id = '1'", "does not exist"),
    ("UPDATE outbox SET message_id = 5", "does not exist"),
    ("UPDATE message SET refunded = 3 WHERE id = (SELECT min(id) FROM message)", "refunded 3 of 10"),
    ("UPDATE balance SET amount = amount + 1", "the balance is 71, deposits and charges make 70"),
    ("UPDATE balance SET parts = parts - 1", "2 parts are left, deposits and messages make 3"),
    ("UPDATE balance SET reserved = 0", "0 is set aside, open messages make 4"),
    ("UPDATE message SET settled = 2 WHERE id = (SELECT max(id) FROM message)", "4 is set aside"),
    ("UPDATE incoming SET body = '{}'", "MOs: record"),
    ("UPDATE incoming SET instance = 'other'", "MO"),
    ("UPDATE incoming SET received_ms = 1", "its columns and its record disagree"),
    ("UPDATE message SET settled = 0", "a part of its charge is still set aside"),
]


@pytest.mark.parametrize(("statement", "told"), DAMAGE)
async def test_damage_is_named(tmp_path: Path, statement: str, told: str) -> None:
    await used(tmp_path / "s.db")
    connection = apsw.Connection(str(tmp_path / "s.db"))
    connection.execute(statement)
    connection.close()
    assert any(told in problem for problem in verify(tmp_path / "s.db")[0])


async def test_flipped_bits_are_found(tmp_path: Path) -> None:
    await used(tmp_path / "s.db")
    octets = bytearray((tmp_path / "s.db").read_bytes())
    octets[4096 * 2 : 4096 * 3] = bytes(4096)
    (tmp_path / "s.db").write_bytes(octets)
    try:
        problems, _ = verify(tmp_path / "s.db")
    except StoreUnusable:
        return
    assert problems


def test_what_is_no_store_cannot_be_looked_through(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable):
        verify(tmp_path / "nothing.db")


async def test_a_copy_is_whole_though_the_store_is_in_use(tmp_path: Path) -> None:
    await used(tmp_path / "s.db")
    store = open_store(tmp_path / "s.db", interval=0, reserve=0)
    later = message()
    await store.accept([later])
    size = backup(tmp_path / "s.db", tmp_path / "copy.db")
    await store.accept([message()])
    await store.close()
    assert size > 0
    problems, counts = verify(tmp_path / "copy.db")
    assert (problems, counts["messages"]) == ([], 4)


async def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    await used(tmp_path / "s.db")
    with pytest.raises(StoreUnusable, match="exists already"):
        backup(tmp_path / "s.db", tmp_path / "s.db")
