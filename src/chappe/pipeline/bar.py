"""Whether a destination is on a list that its account must respect: asked when a message comes, and again before it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chappe.domain.account import Account
from chappe.domain.extras import Extras
from chappe.domain.lists import ListKind, NumberList, barring, error_of
from chappe.domain.message import StoredMessage, Transition
from chappe.domain.refusal import Refusal
from chappe.domain.state import State, bits
from chappe.domain.submission import Submission
from chappe.pipeline.directory import Directory
from chappe.pipeline.news import final_news
from chappe.ports.meter import Meter
from chappe.ports.store import Store

_IN_FLIGHT: Final = bits({State.IN_FLIGHT})
_Found = list[NumberList | None]


class Bar:
    """Looks many destinations up at once, and does not trouble the store where no list binds the account."""

    def __init__(self, directory: Directory, store: Store, meter: Meter) -> None:
        self._directory = directory
        self._store = store
        self._meter = meter

    async def screened(
        self, account: Account, asked: Sequence[Submission | Refusal]
    ) -> list[Submission | Refusal]:
        """Submissions, with a refusal in the place of each whose destination is on a list."""
        lists = self._directory.lists_in_force.binding(account.name, account.group)
        open_ = [each for each in asked if isinstance(each, Submission)]
        if not (lists and open_):
            return list(asked)
        found = iter(await self._found([(lists, each.destination.value, each.extras) for each in open_]))
        screened: list[Submission | Refusal] = []
        for each in asked:
            on = None if isinstance(each, Refusal) else next(found)
            screened.append(each if on is None else barring(on))
        return screened

    async def let_pass(self, claimed: Sequence[StoredMessage], now_ms: int) -> Sequence[StoredMessage]:
        """Those of claimed messages that may go out. Who came on a list while his message waited gets it no more."""
        table = self._directory.lists_in_force
        if not (table and claimed):
            return claimed
        accounts = self._directory.accounts
        asked = []
        for one in claimed:
            account = accounts.get(one.message.account)
            group = account.group if account is not None else ""
            lists = table.binding(one.message.account, group)
            asked.append((lists, one.message.destination.value, one.message.extras))
        found = await self._found(asked)
        ended = [
            _stopped(one, error_of(on), now_ms)
            for one, on in zip(claimed, found, strict=True)
            if on is not None
        ]
        if not ended:
            return claimed
        await self._store.move(ended)
        self._meter.count("barred", by=len(ended))
        return [one for one, on in zip(claimed, found, strict=True) if on is None]

    async def _found(self, asked: Sequence[tuple[Sequence[NumberList], str, Extras | None]]) -> _Found:
        """For each destination the first of its lists that it is on."""
        pairs: list[tuple[str, str]] = []
        whose: list[tuple[int, NumberList]] = []
        for at, (lists, number, extras) in enumerate(asked):
            answers = extras is not None and extras.answers
            for one in lists:
                # Who has opted out still gets the answer to what he writes himself.
                if one.covers(number) and not (answers and one.kind is ListKind.SUPPRESSION):
                    pairs.append((one.name, number))
                    whose.append((at, one))
        found: _Found = [None] * len(asked)
        for position in await self._store.listed(pairs) if pairs else ():
            at, one = whose[position]
            found[at] = found[at] or one
        return found


def _stopped(found: StoredMessage, error: str, now_ms: int) -> Transition:
    """The end of a message that must not go any more; its charge goes back if no network can have it."""
    unknown = bool(found.standing.possible_duplicate)
    state = State.UNDELIVERED if unknown else State.REJECTED
    return Transition(
        message_id=found.message.id,
        only_from=_IN_FLIGHT,
        to=state,
        at_ms=now_ms,
        error=error,
        refund=not unknown,
        settles=found.message.reserved > 0,
        owes=final_news(found.message, found.standing, state, now_ms, error=error),
    )
