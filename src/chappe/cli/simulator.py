"""`chappe sim`: an SMSC that behaves as it is told, for trying things out without an operator."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.screen import note, out
from chappe.management.records import BadRecord
from chappe.sim.behaviour import Behaviour, changed, read_delay
from chappe.sim.counters import Snapshot, rates
from chappe.sim.outcomes import MAGIC
from chappe.sim.smsc import Smsc, SmscSettings, run


def add_simulator_command(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command()
    def sim(
        behaviour: Annotated[
            list[str] | None,
            typer.Argument(help="receipts=V4 throttle_share=0.1 ...", metavar="[NAME=VALUE]..."),
        ] = None,
        *,
        port: Annotated[int, typer.Option(help="0 takes any that is free")] = 2776,
        control_port: Annotated[
            int | None, typer.Option(help="JSON lines on loopback: MOs, drops, changes")
        ] = None,
        ledger: Annotated[
            Path | None, typer.Option(help="a file with a line for every submit and receipt")
        ] = None,
        keeps_texts: Annotated[
            bool, typer.Option("--keep-texts", help="texts in the ledger, not digests")
        ] = False,
        seed: int | None = None,
        counters: Annotated[bool, typer.Option("--counters", help="print figures each second")] = False,
        magic: Annotated[bool, typer.Option("--magic", help="list the magic numbers and end")] = False,
    ) -> None:
        """Run an SMSC simulator until Ctrl-C."""
        if magic:
            for suffix, number in MAGIC.items():
                note(f"...{suffix}  {number.means}")
            return
        settings = SmscSettings(
            port=port,
            control_port=control_port,
            ledger=ledger,
            keeps_texts=keeps_texts,
            seed=seed,
            behaviour=_behaviour(behaviour or []),
        )
        problems = settings.problems()
        if problems:
            raise BadRecord("; ".join(problems))
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(run(settings, _ready, report=_report if counters else None))


def _behaviour(words: list[str]) -> Behaviour:
    fields = editing.fields_of(words)
    for name in ("response_delay", "receipt_delay"):
        if name in fields:
            fields[name] = read_delay(str(fields[name]))
    try:
        return changed(Behaviour(), fields)
    except ValueError as error:
        raise BadRecord(str(error)) from error


def _ready(smsc: Smsc) -> None:
    control = f", control on port {smsc.control_port}" if smsc.control_port else ""
    out.print(f"SMSC simulator on 127.0.0.1 port {smsc.port}{control}")
    out.file.flush()


def _report(before: Snapshot, after: Snapshot) -> None:
    figures = rates(before, after)
    shown = " ".join(f"{name}={figure:g}" for name, figure in figures.items() if figure)
    out.print(f"{after.sessions} bound  {shown or 'nothing'}")
