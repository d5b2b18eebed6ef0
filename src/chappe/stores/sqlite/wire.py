"""Work for a writer in another process: what may be asked for, and how it is written down. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import msgspec

from chappe.net.frames import frame
from chappe.ports.directory import Conflict
from chappe.ports.store import StoreBusy, StoreError, StoreFailed
from chappe.stores.sqlite import (
    batch,
    devices,
    directory,
    incoming,
    ledger,
    lists,
    messages,
    outbox,
    pins,
    queue,
    reports,
)
from chappe.stores.sqlite.database import rows_of, run

_WORKS: Final[tuple[Callable[..., Any], ...]] = (
    rows_of,
    run,
    messages.accept,
    messages.move,
    messages.timeline,
    messages.awaited,
    messages.settle_unmatched,
    messages.purge_texts,
    messages.purge_records,
    queue.new_owner,
    queue.claim,
    queue.release_due,
    queue.depths,
    outbox.lanes,
    outbox.settle,
    outbox.give_up,
    outbox.owed_count,
    directory.revision,
    directory.put,
    ledger.deposit,
    incoming.accept,
    incoming.answer,
    incoming.hold_parts,
    incoming.stale_sets,
    batch.open_batch,
    batch.take_slice,
    batch.file_unsent,
    batch.cancel_batch,
    batch.cancelling,
    batch.standing,
    lists.enlist,
    lists.delist,
    lists.drop,
    pins.open_pin,
    pins.void,
    pins.clear,
    reports.stretch,
    devices.register,
)
_ERRORS: Final[tuple[type[Exception], ...]] = (StoreError, StoreBusy, StoreFailed, Conflict)
_encoder: Final = msgspec.msgpack.Encoder()


class Ask(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="ask"):
    """Work to be done: the number to answer with, which work, its arguments."""

    number: int
    work: int
    arguments: msgspec.Raw


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="told"):
    """The answer to an ask: its result, or with `error` 0 or more which error, and the result its sentence."""

    number: int
    error: int
    result: msgspec.Raw


class Fed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="fed"):
    """Queues and lanes to which a commit added something."""

    queues: list[str]
    lanes: list[str]


class Known(msgspec.Struct, frozen=True, gc=False):
    """A work as both sides know it."""

    number: int
    work: Callable[..., Any]
    arguments: msgspec.msgpack.Decoder[Any]
    result: msgspec.msgpack.Decoder[Any]


def _known(number: int, work: Callable[..., Any]) -> Known:
    hints = get_type_hints(work)
    result = hints.pop("return")
    hints.pop("db")
    # A work with free arguments has plain ones, which need no type to be read.
    free = work in (rows_of, run)
    types: Any = (Any, ...) if free else tuple(hints.values())
    arguments: Any = tuple[types]
    return Known(
        number,
        work,
        msgspec.msgpack.Decoder(arguments),
        msgspec.msgpack.Decoder(result),
    )


BY_NUMBER: Final[tuple[Known, ...]] = tuple(_known(number, work) for number, work in enumerate(_WORKS))
_BY_WORK: Final[Mapping[Callable[..., Any], Known]] = MappingProxyType(
    {known.work: known for known in BY_NUMBER}
)
_asks: Final = msgspec.msgpack.Decoder(list[Ask])
_answers: Final = msgspec.msgpack.Decoder(list[Told | Fed])


def known(work: Callable[..., Any]) -> Known:
    """What both sides know of a work. Raises KeyError for one that may not be asked for."""
    return _BY_WORK[work]


def pack(value: Any) -> msgspec.Raw:
    """Arguments or a result, as part of a frame."""
    return msgspec.Raw(_encoder.encode(value))


def write_parts(parts: Sequence[Ask | Told | Fed]) -> bytes:
    """Asks or answers as one frame."""
    return frame(_encoder.encode(parts))


def read_asks(octets: bytes) -> list[Ask]:
    """What a frame asks for; raises msgspec.DecodeError."""
    return _asks.decode(octets)


def read_answers(octets: bytes) -> list[Told | Fed]:
    """What a frame answers or tells; raises msgspec.DecodeError."""
    return _answers.decode(octets)


def told(number: int, result: Any, error: BaseException | None) -> Told:
    """An answer; an error that has no number of its own becomes a StoreError with its sentence."""
    if error is None:
        return Told(number, -1, pack(result))
    kinds = [at for at, kind in enumerate(_ERRORS) if type(error) is kind]
    return Told(number, kinds[0] if kinds else 0, pack(str(error)))


def error_of(answer: Told) -> Exception | None:
    """The error that an answer tells of."""
    if answer.error < 0:
        return None
    return _ERRORS[answer.error](msgspec.msgpack.decode(answer.result, type=str))
