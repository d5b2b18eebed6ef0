"""`chappe pin`: what became of PINs, whether digits are one, and ending one. None is ever shown."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from chappe.cli import editing
from chappe.cli.clock import wall_ms
from chappe.cli.house import House, Open
from chappe.cli.screen import at, note, table
from chappe.domain.address import BadAddress, destination, masked
from chappe.domain.pin import Pin
from chappe.management.records import BadRecord
from chappe.pipeline.pins import VerifyPin

_MOST_LISTED: Final = 1_000
Number = Annotated[str, typer.Argument(help="the number that the PIN went to")]


def pin_commands(house: House) -> typer.Typer:
    """`chappe pin ...`"""
    app = typer.Typer(no_args_is_help=True, help="PINs that accounts have sent to numbers.")

    @app.command("list")
    def list_pins(
        account: str,
        number: Annotated[str, typer.Option(help="only those of this number")] = "",
        *,
        limit: Annotated[int, typer.Option(min=1, max=_MOST_LISTED)] = 50,
    ) -> None:
        """List an account's PINs of the last day, the newest first; never their digits."""
        wanted = _digits(number) if number else ""
        pins = editing.run(house, lambda opened: opened.store.pins(account, wanted, limit))
        now_ms = wall_ms()
        table(
            "PINs",
            ("made", "number", "digits", "tries left", "until", "stands"),
            (_row(one, now_ms) for one in pins),
        )

    @app.command()
    def verify(account: str, number: Number) -> None:
        """Say whether digits are the open PIN of a number; they are asked for, piped in or read from CHAPPE_PASSWORD.

        A wrong guess uses up one of its tries. Exit code 1 if they are not.
        """
        wanted = _digits(number)
        digits = editing.asked_password(f"PIN {masked(wanted)}")

        async def work(opened: Open) -> bool:
            await _known(opened, account)
            checks = VerifyPin(opened.store, opened.keys.pins)
            return await checks.verify(account, wanted, digits, wall_ms())

        if not editing.run(house, work):
            note("no")
            raise typer.Exit(1)
        note("yes")

    @app.command()
    def void(account: str, number: Number) -> None:
        """End the open PIN of a number."""
        wanted = _digits(number)

        async def work(opened: Open) -> int:
            await _known(opened, account)
            return await opened.store.void_pins(account, wanted)

        ended = editing.run(house, work)
        note("the PIN is void" if ended else "there was none")

    return app


async def _known(opened: Open, account: str) -> None:
    if account not in (await opened.records.load()).accounts:
        raise BadRecord(f"there is no account {account}")


def _digits(number: str) -> str:
    try:
        return destination(number).value
    except BadAddress as error:
        raise BadRecord(f"number {number!r}: {error}") from error


def _row(pin: Pin, now_ms: int) -> tuple[object, ...]:
    return (
        at(pin.made_ms),
        masked(pin.number),
        pin.length,
        max(pin.tries, 0),
        at(pin.expires_ms),
        pin.stands(now_ms),
    )
