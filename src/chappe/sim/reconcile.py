"""What ledgers kept at different ends say of each other: lost, come twice, never accepted. Pure: rows in, findings out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from chappe.sim.ledger import AckRow, AnsweredRow, AnyRow, DeliverRow, HookRow, ReceiptRow, SentRow, SubmitRow


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Tokens, each sorted, and how the ends differ over them."""

    accepted: int
    """Different tokens that a client was told yes for."""
    arrived: int
    """Different tokens that the SMSC took."""
    lost: tuple[str, ...]
    """Accepted, not taken by the SMSC, and not excused."""
    unexpected: tuple[str, ...]
    """Taken by the SMSC though no client was told yes: a client may have been cut off before its answer."""
    foreign: tuple[str, ...]
    """Taken by the SMSC though no client ever sent it."""
    duplicates: Mapping[str, int]
    """Taken more than once, and how many times."""

    @property
    def surplus(self) -> int:
        """How many times anything was taken beyond its first time."""
        return sum(self.duplicates.values()) - len(self.duplicates)


@dataclass(frozen=True, slots=True)
class Told:
    """Accepted tokens, and whether their client was told how they ended."""

    told: int
    untold: tuple[str, ...]
    """Sorted; not excused."""
    repeated: int
    """How many times anything was told beyond its first time."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """Message ids, each sorted, and what became of their receipts."""

    sent: int
    acked: int
    unacked: tuple[str, ...]
    """Sent and never acknowledged with ESME_ROK."""
    acked_twice: tuple[str, ...]
    """The same state of the same message, acknowledged more than once."""


def reconcile(
    client: Iterable[AnyRow], smsc: Iterable[AnyRow], *, excused: Iterable[str] = ()
) -> Reconciliation:
    """Joins a client's ledger with the SMSC's by their tokens.

    `excused` are tokens that are accounted for elsewhere: still in the store, parked, expired.
    """
    client = tuple(client)
    accepted = {row.token for row in client if isinstance(row, AnsweredRow) and not row.status}
    sent = accepted | {row.token for row in client if isinstance(row, SentRow)}
    taken = Counter(row.token for row in smsc if isinstance(row, SubmitRow) and row.status == 0 and row.token)
    return Reconciliation(
        accepted=len(accepted),
        arrived=len(taken),
        lost=tuple(sorted(accepted - taken.keys() - set(excused))),
        unexpected=tuple(sorted(taken.keys() - accepted)),
        foreign=tuple(sorted(taken.keys() - sent)),
        duplicates={token: count for token, count in sorted(taken.items()) if count > 1},
    )


def receipts_of(smsc: Iterable[AnyRow]) -> Receipts:
    """What the SMSC's ledger says of its own receipts."""
    sent: set[tuple[str, str]] = set()
    acked: Counter[tuple[str, str]] = Counter()
    for row in smsc:
        if isinstance(row, DeliverRow) and row.state:
            sent.add((row.id, row.state))
        elif isinstance(row, AckRow) and row.state and not row.status:
            acked[row.id, row.state] += 1
    return Receipts(
        sent=len(sent),
        acked=len(acked),
        unacked=tuple(sorted({id_ for id_, _ in sent - acked.keys()})),
        acked_twice=tuple(sorted({id_ for (id_, _), count in acked.items() if count > 1})),
    )


def reported(rows: Iterable[AnyRow]) -> Counter[str]:
    """How many times each token, or for receipts by SMPP each message id, came back to the client."""
    return Counter(
        row.token if isinstance(row, HookRow) else row.id
        for row in rows
        if isinstance(row, ReceiptRow) or (isinstance(row, HookRow) and row.token)
    )


def told_of(
    client: Iterable[AnyRow],
    reports: Iterable[AnyRow],
    *,
    final: Callable[[HookRow | ReceiptRow], bool],
    excused: Iterable[str] = (),
) -> Told:
    """Joins what clients were told yes for with the webhooks and receipts that came back to them.

    A webhook names its message by the token in it, a receipt by the id that the yes had; `final` says of each
    whether it tells an end. `client` and `reports` may be the same rows. `excused` are tokens still owed.
    """
    ids = {row.id: row.token for row in client if isinstance(row, AnsweredRow) and not row.status}
    accepted = set(ids.values())
    told: Counter[str] = Counter()
    for row in reports:
        if isinstance(row, HookRow | ReceiptRow) and final(row):
            told[row.token if isinstance(row, HookRow) else ids.get(row.id, "")] += 1
    mine = {token: count for token, count in told.items() if token in accepted}
    return Told(
        told=len(mine),
        untold=tuple(sorted(accepted - mine.keys() - set(excused))),
        repeated=sum(mine.values()) - len(mine),
    )
