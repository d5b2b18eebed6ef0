"""The three ledgers kept outside the gateway (clients, SMSC, webhooks), the load that fills them, and what they say together."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from chappe.domain.ids import IdRenderer
from chappe.sim.esme import EsmeReport, EsmeRun, EsmeSettings
from chappe.sim.http_load import HttpLoad, HttpLoadReport, HttpLoadSettings, write_request
from chappe.sim.ledger import AnsweredRow, AnyRow, HookRow, ReceiptRow, read_ledger_file
from chappe.sim.reconcile import reconcile, told_of
from chappe.sim.sink import Reply, Sink, SinkSettings
from chappe.stores.sqlite.verify import verify
from faults.rig import PASSWORD, USER, Gateway, Smsc, until

SMPP_FIRST = 50_000_000
"""Tokens from here on went in by SMPP."""

SMPP_LAST = 90_000_000
_ENDS = frozenset({"DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "DELETED", "UNKNOWN"})
_STATUS = re.compile(r"(?:^|&)message_status=(\w+)")


@contextlib.asynccontextmanager
async def hooks(folder: Path, name: str = "hooks", *, port: int = 0) -> AsyncIterator[Sink]:
    """A webhook receiver that answers as Jasmin's clients do, with its ledger; it listens unless a port is named."""
    settings = SinkSettings(
        port=port, reply=Reply(body=b"ACK/Jasmin"), keep=0, ledger=folder / f"{name}.jsonl"
    )
    sink = Sink(settings)
    if not port:
        await sink.open()
    try:
        yield sink
    finally:
        await sink.close()


def send_request(gateway: Gateway, hook: str, prefix: str = "316", level: int = 3) -> bytes:
    """`GET /send` of one message with its token in the text, in the number and in the callback's URL."""
    fields = f"username={USER}&password={PASSWORD}&to={prefix}{{seq}}&from=Chappe&content=fault+%23{{seq}}"
    dlr = f"&dlr-level={level}&dlr-url={quote(hook + '?tok=', safe='')}{{seq}}"
    return write_request("GET", f"/send?{fields}{dlr}", "gateway")


def ends(row: HookRow | ReceiptRow) -> bool:
    """Whether a callback of level 2 or a receipt tells a final state."""
    if isinstance(row, ReceiptRow):
        return row.state in _ENDS
    told = _STATUS.search(row.body)
    return "level=2" in row.body and told is not None and told[1] in _ENDS


class Loads:
    """A client by HTTP and one by SMPP, each at its rate, for as long as it is wanted."""

    def __init__(
        self, folder: Path, gateway: Gateway, hook: str, rate: float, *, http: bool = True, total: int = 10**7
    ) -> None:
        self.client_files = [folder / "http.jsonl", folder / "esme.jsonl"]
        self._http = HttpLoad(
            HttpLoadSettings(
                port=gateway.http_port,
                request=send_request(gateway, hook),
                connections=40,
                total=total,
                rate=rate,
                give_up=600.0,
                ledger=self.client_files[0],
            )
        )
        self._esme = EsmeRun(
            EsmeSettings(
                port=gateway.smpp_port,
                system_id=USER,
                password=PASSWORD,
                binds=4,
                window=10,
                total=total,
                rate=rate,
                first=SMPP_FIRST,
                destination="31600000000",
                text="fault #{seq}",
                reconnect=0.05,
                stays=True,
                ledger=self.client_files[1],
            )
        )
        self.by_http: asyncio.Task[HttpLoadReport] = asyncio.create_task(self._http.run())
        self.by_smpp: asyncio.Task[EsmeReport] = asyncio.create_task(self._esme.run())

    async def go_on(self, seconds: float) -> None:
        """Lets them run on for so long; they must not end meanwhile."""
        done, _ = await asyncio.wait(
            (self.by_http, self.by_smpp), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
        assert not done, "a load ended early"

    def stop_sending(self) -> None:
        """No more is submitted; answers and receipts are still taken."""
        self._http.stop()
        self._esme.stop()

    async def leave(self) -> EsmeReport:
        """The SMPP client has nothing to wait for any more: it unbinds."""
        self._esme.leave()
        return await self.by_smpp

    async def cut_off(self) -> None:
        """Ends both, whatever is open."""
        for task in (self.by_http, self.by_smpp):
            task.cancel()
        await asyncio.gather(self.by_http, self.by_smpp, return_exceptions=True)


@contextlib.asynccontextmanager
async def loads(
    folder: Path, gateway: Gateway, hook: str, rate: float, total: int = 10**7
) -> AsyncIterator[Loads]:
    """Both loads, ended whatever happens."""
    made = Loads(folder, gateway, hook, rate, total=total)
    try:
        yield made
    finally:
        await made.cut_off()


async def http_client(
    ledger: Path, gateway: Gateway, hook: str, total: int, *, prefix: str = "316", first: int = 0
) -> Path:
    """So many messages by HTTP, all of them answered; the ledger."""
    done = await HttpLoad(
        HttpLoadSettings(
            port=gateway.http_port,
            request=send_request(gateway, hook, prefix),
            connections=min(total, 40),
            total=total,
            first=first,
            ledger=ledger,
        )
    ).run()
    assert done.statuses == {200: total}
    return ledger


async def quiet(gateway: Gateway, seconds: float) -> None:
    """Waits until every message is in a final state and nobody is owed any news."""
    left = (0, 0)

    def none_left() -> bool:
        nonlocal left
        left = gateway.unfinished()
        return left == (0, 0)

    try:
        await until(none_left, seconds, "the store does not come to rest")
    except AssertionError as error:
        raise AssertionError(
            f"{error}: {left[0]} messages are not final, {left[1]} notices are owed"
        ) from error


# ---------------------------------------------------------------- what they say together


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ledgers and store say once all is over. Tuples hold tokens and are to be empty."""

    accepted_http: int
    accepted_smpp: int
    refused: Counter[str]
    """Answers that were no yes, by status."""
    unexpected: int
    """Taken by the SMSC though the client was cut off before its yes."""
    lost: tuple[str, ...]
    """Said yes to, and never at the SMSC."""
    absent: tuple[str, ...]
    """Said yes to, and not in the store, or under another id."""
    untold: tuple[str, ...]
    """Said yes to, and the client never learned how it ended."""
    foreign: tuple[str, ...]
    duplicates: int
    """How many times the SMSC took anything beyond its first time."""
    marked: int
    """Messages that the store marks as possible duplicates."""
    unmarked: tuple[str, ...]
    """At the SMSC more than once, and not marked."""
    sent_though_refused: tuple[str, ...]
    told_again: int
    """Final news beyond the first."""

    @property
    def accepted(self) -> int:
        return self.accepted_http + self.accepted_smpp

    def check(self, *, most_duplicates: int) -> None:
        """Nothing is lost, everybody was told, every duplicate is marked, and there are not too many."""
        assert self.accepted_http > 0
        assert self.accepted_smpp > 0
        assert (self.lost, self.absent, self.untold, self.foreign) == ((), (), (), ())
        assert self.unmarked == ()
        assert self.sent_though_refused == ()
        assert self.duplicates <= most_duplicates

    def line(self) -> str:
        """The figures."""
        refused = ", ".join(f"{count} x {status}" for status, count in sorted(self.refused.items())) or "0"
        return (
            f"accepted {self.accepted} (HTTP {self.accepted_http}, SMPP {self.accepted_smpp}), lost {len(self.lost)},"
            f" absent {len(self.absent)}, untold {len(self.untold)}, duplicates {self.duplicates},"
            f" unmarked {len(self.unmarked)}, marked {self.marked}, unanswered and taken {self.unexpected},"
            f" told again {self.told_again}, refused {refused}"
        )


def verdict(
    gateway: Gateway,
    smsc: Smsc,
    clients: Iterable[Path],
    hooks: Iterable[Path],
    *,
    excused: Iterable[str] = (),
) -> Verdict:
    """Joins the ledgers with each other and with the store. Gateway and simulator are to be stopped."""
    client = [row for path in clients for row in read_ledger_file(path)]
    network = read_ledger_file(smsc.ledger)
    reports: list[AnyRow] = [row for path in hooks for row in read_ledger_file(path)]
    found = reconcile(client, network, excused=excused)
    told = told_of(client, [*reports, *client], final=ends, excused=excused)
    stored = gateway.stored()
    yes = [row for row in client if isinstance(row, AnsweredRow) and not row.status]
    renderer = IdRenderer(gateway.id_key())
    absent = [
        row.token
        for row in yes
        if row.token not in stored or renderer.parse(_id_in(row.id)) != stored[row.token].id
    ]
    marked = {one.token for one in stored.values() if one.possible_duplicate}
    no = {row.token for row in client if isinstance(row, AnsweredRow) and row.status}
    smpp = sum(SMPP_FIRST <= int(row.token) < SMPP_LAST for row in yes)
    return Verdict(
        accepted_http=len(yes) - smpp,
        accepted_smpp=smpp,
        refused=Counter(str(row.status) for row in client if isinstance(row, AnsweredRow) and row.status),
        unexpected=len(found.unexpected),
        lost=found.lost,
        absent=tuple(absent),
        untold=told.untold,
        foreign=found.foreign,
        duplicates=found.surplus,
        marked=len(marked),
        unmarked=tuple(token for token in found.duplicates if token not in marked),
        sent_though_refused=tuple(sorted(no & set(found.unexpected))),
        told_again=told.repeated,
    )


def _id_in(answer: str) -> str:
    """The id in `Success "..."`, or the message_id as it is."""
    return answer.partition('"')[2].rpartition('"')[0] or answer


def check_store(gateway: Gateway) -> None:
    """The file is whole."""
    problems, counts = verify(gateway.folder / "chappe.db")
    assert problems == []
    assert counts["messages"] > 0


def taken_more_than_once(smsc: Smsc) -> list[str]:
    """Tokens that the SMSC took several times."""
    counted = Counter(row.token for row in smsc.rows() if row.status == 0)
    return [token for token, count in counted.items() if count > 1]
