"""Puts the commands together and turns what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from chappe.cli import editing
from chappe.cli.accounts import Untested, account_commands, credential_commands, group_commands
from chappe.cli.apps import app_commands
from chappe.cli.campaigns import campaign_commands
from chappe.cli.conversions import conversion_commands, message_commands
from chappe.cli.error_maps import error_map_commands
from chappe.cli.house import House, Open
from chappe.cli.importing import import_commands
from chappe.cli.instances import instance_commands
from chappe.cli.interceptors import interceptor_commands
from chappe.cli.lists import list_commands
from chappe.cli.messages import add_message_commands
from chappe.cli.mos import mo_commands
from chappe.cli.network import connector_commands, route_commands
from chappe.cli.networks import network_commands
from chappe.cli.pins import pin_commands
from chappe.cli.plans import show_plan
from chappe.cli.plugins import plugin_commands
from chappe.cli.screen import complain, note
from chappe.cli.simulator import add_simulator_command
from chappe.cli.tokens import token_commands
from chappe.management.apply import make_plan, read_file
from chappe.management.records import BadRecord
from chappe.ports.store import StoreError

HouseFor = Callable[[Path | None], House]
"""Makes the house for a configuration file."""


class _Later:
    """The house, made when the first command asks for it: `--config` is read before that."""

    def __init__(self, make: HouseFor) -> None:
        self._make = make
        self.config: Path | None = None
        self._house: House | None = None

    def __getattr__(self, name: str) -> object:
        if self._house is None:
            self._house = self._make(self.config)
        return getattr(self._house, name)


def commands(house_for: HouseFor) -> typer.Typer:
    """The whole command line."""
    later = _Later(house_for)
    house: House = later  # type: ignore[assignment]  # it hands every call on to one
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Chappe: an SMS and messaging gateway.",
    )

    @app.callback()
    def options(
        config: Annotated[
            Path | None, typer.Option(help="the configuration file; chappe.toml here by default")
        ] = None,
    ) -> None:
        later.config = config

    app.add_typer(account_commands(house), name="account")
    app.add_typer(group_commands(house), name="group")
    app.add_typer(credential_commands(house), name="credential")
    app.add_typer(token_commands(house), name="token")
    app.add_typer(app_commands(house), name="app")
    app.add_typer(connector_commands(house), name="connector")
    app.add_typer(route_commands(house), name="route")
    app.add_typer(network_commands(house), name="network")
    app.add_typer(interceptor_commands(house), name="interceptor")
    app.add_typer(instance_commands(house), name="instance")
    app.add_typer(pin_commands(house), name="pin")
    app.add_typer(error_map_commands(house), name="error-map")
    app.add_typer(conversion_commands(house), name="conversion")
    app.add_typer(message_commands(house), name="message")
    app.add_typer(list_commands(house), name="list")
    app.add_typer(campaign_commands(house), name="campaign")
    app.add_typer(mo_commands(house), name="mo")
    app.add_typer(plugin_commands(house), name="plugin")
    app.add_typer(import_commands(house), name="import")
    _add_process_commands(app, house)
    _add_store_commands(app, house)
    add_message_commands(app, house)
    add_simulator_command(app)
    return app


def _add_process_commands(app: typer.Typer, house: House) -> None:
    @app.command()
    def serve(
        *,
        fronts: Annotated[
            int | None,
            typer.Option(
                min=0,
                max=64,
                help="processes that listen; by the cores unless said, with 0 of both one does all",
            ),
        ] = None,
        relays: Annotated[
            int | None, typer.Option(min=0, max=64, help="processes that open connectors and call webhooks")
        ] = None,
    ) -> None:
        """Run the gateway until SIGTERM or Ctrl-C."""
        raise typer.Exit(house.serve(fronts=fronts, relays=relays))

    @app.command()
    def demo(
        *, once: Annotated[bool, typer.Option("--once", help="end after the timelines")] = False
    ) -> None:
        """Run a gateway, a simulator and two messages, on loopback and in a folder of its own."""
        raise typer.Exit(house.demo(once=once))

    @app.command()
    def bench(
        *,
        messages: Annotated[int, typer.Option(min=1)] = 20_000,
        connections: Annotated[int, typer.Option(min=1)] = 50,
        binds: Annotated[int, typer.Option(min=1)] = 4,
        window: Annotated[int, typer.Option(min=1)] = 100,
        fronts: Annotated[int, typer.Option(min=0, max=64)] = 0,
        relays: Annotated[int, typer.Option(min=0, max=64)] = 0,
    ) -> None:
        """Measure messages a second on this machine, with our own load tools on the same cores."""
        asked = {"messages": messages, "connections": connections, "binds": binds, "window": window}
        raise typer.Exit(house.bench(**asked, fronts=fronts, relays=relays))


def _add_store_commands(app: typer.Typer, house: House) -> None:
    @app.command()
    def apply(
        file: Path,
        *,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="only show what differs")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
        untested: Untested = False,
    ) -> None:
        """Make accounts, logins, connectors, routes and networks match a TOML file; shows the difference first."""
        try:
            sections = read_file(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadRecord(f"{file} cannot be read: {error}") from error

        async def work(opened: Open) -> None:
            plan = make_plan(sections, await opened.records.load(), opened.keys, house.passwords())
            show_plan(plan)
            if dry_run or not plan.differences:
                return
            if yes or typer.confirm("Apply?"):
                revision = await opened.records.save(plan.records, plan.removed, untested=untested)
                note(f"applied as revision {revision}")

        editing.run(house, work, create=True)

    @app.command("verify-store")
    def verify_store() -> None:
        """Look the whole store through; says what is wrong, exit code 1 if anything is."""
        problems, counts = house.verify_store()
        if counts:
            note("looked at " + ", ".join(f"{count} {what}" for what, count in counts.items()))
        for problem in problems:
            for line in problem.splitlines():
                complain(line)
        if problems:
            raise typer.Exit(1)
        note("the store is sound")

    @app.command()
    def backup(target: Path) -> None:
        """Copy the store to a new file, consistently, also while the gateway runs."""
        note(f"{target}: {house.backup(target)} octets")


def run(house_for: HouseFor, arguments: Sequence[str]) -> int:
    """Runs a command line; the exit code. What operators can mend ends as one sentence, never as a trace."""
    try:
        # Outside its standalone mode typer hands back the code of an Exit; commands themselves return nothing.
        code = commands(house_for)(list(arguments), prog_name="chappe", standalone_mode=False)
    except typer.TyperException as error:
        _misused(error)
        return error.exit_code
    except typer.Abort:
        complain("nothing done: an answer was needed and none came")
        return 1
    except (BadRecord, StoreError, ValueError, OSError) as error:
        complain(str(error) or type(error).__name__)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(code or 0)


def _misused(error: typer.TyperException) -> None:
    """A command line that does not parse; where no command was named the help is printed already."""
    sentence = error.format_message()
    if sentence:
        complain(f"{sentence.rstrip('.')}; --help after a command lists what it takes")


def main_arguments() -> Sequence[str]:
    """What the process was called with."""
    return sys.argv[1:]
