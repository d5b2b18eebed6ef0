"""Records for tests, with everything that does not matter filled in."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from chappe.dialect_kit.core import Services
from chappe.domain.address import Address
from chappe.domain.ids import EPOCH_MS, IdMaker
from chappe.domain.link import Health
from chappe.domain.message import Message, PartReceipt, PartSent, Transition
from chappe.domain.report import NO_REPORT, ReportOn, ReportWish, StatusNotice, Way
from chappe.domain.state import State, bits
from chappe.pipeline.accept_mo import AcceptMo
from chappe.pipeline.conversions import Conversions
from chappe.pipeline.directory import Directory
from chappe.pipeline.mo_log import MoLog
from chappe.pipeline.pins import Pins
from chappe.pipeline.submit import Submit
from chappe.ports.clock import Clock
from chappe.ports.store import Store

NOW = EPOCH_MS + 86_400_000
_makers: defaultdict[int, IdMaker] = defaultdict(lambda: IdMaker(1))
"""One for each moment: ids of a later one must not move those of an earlier one on."""


def begin_ids_anew() -> None:
    """Ids of one test must not move those of the next on: so many fit into a millisecond only."""
    _makers.clear()


def new_id(at_ms: int = NOW) -> int:
    return _makers[at_ms].next(at_ms)


def message(**given: Any) -> Message:
    fields: dict[str, Any] = {
        "id": given.get("id") or new_id(),
        "account": "acme",
        "user": "acme",
        "dialect": "jasmin",
        "source": Address("Chappe", 5, 0),
        "destination": Address("31612345678", 1, 1),
        "text": "hello",
        "octets": None,
        "charset": "gsm7",
        "data_coding": 0,
        "udhi": False,
        "priority": 0,
        "due_ms": 0,
        "expires_ms": 0,
        "parts": 1,
        "concatenation": 0,
        "reference_bits": 8,
        "route": "all",
        "connector": "op",
        "charge": 0,
        "report": NO_REPORT,
    }
    return Message(**{**fields, **given})


def webhook(events: ReportOn = ReportOn.SMSC, target: str = "http://client.example/dlr") -> ReportWish:
    return ReportWish(Way.WEBHOOK, events, "jasmin", target, "POST")


def notice(of: Message, event: ReportOn = ReportOn.SUCCESS, **given: Any) -> StatusNotice:
    fields: dict[str, Any] = {
        "message_id": of.id,
        "account": of.account,
        "event": event,
        "state": State.DELIVERED,
        "wish": of.report if of.report.way else webhook(),
        "source": of.source,
        "destination": of.destination,
    }
    return StatusNotice(**{**fields, **given})


def sent(of: Message, *smsc_ids: str, at_ms: int = NOW, **given: Any) -> Transition:
    return Transition(
        of.id,
        bits({State.IN_FLIGHT}),
        State.SENT,
        at_ms,
        sent=tuple(PartSent(number, smsc_id) for number, smsc_id in enumerate(smsc_ids, 1)),
        group=given.pop("group", "op"),
        **given,
    )


def final(
    of: Message, state: State = State.DELIVERED, *, part: int = 1, at_ms: int = NOW, **given: Any
) -> Transition:
    receipt = PartReceipt(
        part, final=True, word="DELIVRD", error="000", receipt="id:1 stat:DELIVRD", done_ms=at_ms
    )
    return Transition(
        of.id, bits({State.SENT, State.IN_FLIGHT}), state, at_ms, part=given.pop("told", receipt), **given
    )


class NoMeter:
    """A meter that nobody reads."""

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        pass

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        pass

    def gauge(self, name: str, value: float, label: str = "") -> None:
        pass


class StoppedClock:
    """A clock that stands."""

    def now_ms(self) -> int:
        return NOW

    def monotonic(self) -> float:
        return 0.0


PIN_KEY = b"p" * 32


def digits(length: int) -> str:
    """The PIN of every test that does not bring its own."""
    return "8465479013"[:length]


def services(store: Store, submit: Submit | None = None, clock: Clock | None = None) -> Services:
    """What dialects are handed beside the path of messages: the one place of the tests that builds it.

    Without `submit` and `clock` what needs them works on an empty directory.
    """
    clock, meter, ids = clock or StoppedClock(), NoMeter(), IdMaker(2)
    directory = submit.directory if submit is not None else Directory()
    submit = submit or Submit(
        directory=directory,
        store=store,
        ids=ids,
        clock=clock,
        chance=lambda: 0.5,
        health=lambda _: Health.UP,
        meter=meter,
        wake=lambda _: None,
    )
    return Services(
        store=store,
        unseal=str,
        seal_key=b"s" * 32,
        pins=Pins(store=store, submit=submit, key=PIN_KEY, digits=digits, clock=clock, meter=meter),
        mos=AcceptMo(directory=directory, store=store, ids=ids, clock=clock, meter=meter),
        mo_log=MoLog(store),
        conversions=Conversions(store, clock, meter),
    )
