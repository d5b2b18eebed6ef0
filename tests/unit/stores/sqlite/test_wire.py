"""Work on its way to another process: every work of the doors may be asked for, and errors arrive as what they are."""

from __future__ import annotations

import msgspec
import pytest

from chappe.net.frames import Frames
from chappe.ports.directory import Conflict
from chappe.ports.store import StoreBusy, StoreError, StoreFailed
from chappe.stores.sqlite import messages
from chappe.stores.sqlite.batches import move_batch, new_batch
from chappe.stores.sqlite.wire import (
    BY_NUMBER,
    Ask,
    Fed,
    Told,
    error_of,
    known,
    pack,
    read_answers,
    read_asks,
    told,
    write_parts,
)
from making import message, notice, sent


def test_batches_arrive_as_they_were() -> None:
    one = message(charge=3, idempotency_key="k")
    batch = new_batch([one], whole=True)
    moved = [move_batch([sent(one, "1", owes=(notice(one),))])]
    asks = [
        Ask(7, known(messages.accept).number, pack((batch,))),
        Ask(8, known(messages.move).number, pack((moved,))),
    ]
    (octets,) = Frames().feed(write_parts(asks))
    first, second = read_asks(octets)
    assert BY_NUMBER[first.work].work is messages.accept
    assert BY_NUMBER[first.work].arguments.decode(first.arguments) == (batch,)
    assert BY_NUMBER[second.work].arguments.decode(second.arguments) == (moved,)


@pytest.mark.parametrize(
    "error", [StoreError("x"), StoreBusy("the disk is full"), StoreFailed("gone"), Conflict("again")]
)
def test_errors_arrive_as_what_they_are(error: Exception) -> None:
    found = error_of(told(1, None, error))
    assert type(found) is type(error)
    assert str(found) == str(error)


def test_an_error_of_no_kind_of_ours_is_still_one() -> None:
    found = error_of(told(1, None, KeyError("x")))
    assert type(found) is StoreError


def test_an_answer_is_no_error() -> None:
    answer = told(1, [1, "a"], None)
    assert error_of(answer) is None
    (octets,) = Frames().feed(write_parts([answer, Fed(["op"], ["http:x"])]))
    assert read_answers(octets) == [answer, Fed(["op"], ["http:x"])]
    assert isinstance(answer, Told)
    assert msgspec.msgpack.decode(answer.result) == [1, "a"]


def test_what_is_no_work_may_not_be_asked_for() -> None:
    with pytest.raises(KeyError):
        known(print)
