"""PINs by commands: listed without digits, verified by typed ones, ended."""

from __future__ import annotations

import asyncio

from chappe.app.config import load_config
from chappe.app.opening import open_configured_store, open_keys
from chappe.cli.clock import wall_ms
from chappe.domain.ids import IdMaker
from chappe.domain.pin import DAY_MS, HOUR_MS, Pin, pin_digest
from chappe.ports.pins import PinLimits, PinTaken
from making import message
from unit.cli.desk import Desk

NUMBER = "31612345678"
DIGITS = "846547"


def sent(desk: Desk, *, age_ms: int = 0, number: str = NUMBER) -> None:
    """A PIN that the gateway has sent before."""
    config = load_config(desk.folder / "chappe.toml", {})
    now_ms = wall_ms() - age_ms
    pin_id = IdMaker(3).next(now_ms)

    async def work() -> None:
        store = open_configured_store(config)
        digest = pin_digest(open_keys(config).pins, pin_id, "acme", number, DIGITS)
        pin = Pin(pin_id, "acme", number, 6, digest, now_ms, now_ms + 600_000, 3)
        limits = PinLimits(now_ms, now_ms - HOUR_MS, now_ms - DAY_MS, (), 100, 100, 100)
        told = await store.open_pin(pin, message(id=pin_id, text=f"code {DIGITS}"), limits)
        assert told.result is PinTaken.OPENED
        await store.close()

    asyncio.run(work())


def test_a_pin_is_verified_once_by_what_is_typed(furnished: Desk) -> None:
    sent(furnished)
    assert furnished("pin", "verify", "acme", NUMBER, typed="000000\n").code == 1
    right = furnished("pin", "verify", "acme", f"+{NUMBER}", typed=f"{DIGITS}\n")
    assert (right.code, right.out) == (0, "yes\n")
    again = furnished("pin", "verify", "acme", NUMBER, typed=f"{DIGITS}\n")
    assert (again.code, again.out) == (1, "no\n")


def test_pins_are_listed_without_their_digits(furnished: Desk) -> None:
    sent(furnished, age_ms=700_000, number="31600000001")
    sent(furnished)
    furnished("pin", "verify", "acme", NUMBER, typed="111111\n")
    listed = furnished("pin", "list", "acme").said
    assert DIGITS not in listed
    assert NUMBER not in listed
    assert "316******78 6 2" in listed
    assert "open" in listed
    assert "expired" in listed
    one = furnished("pin", "list", "acme", "--number", NUMBER).said
    assert "expired" not in one
    assert furnished("pin", "list", "acme", "--number", "4477").out == "PINs: none\n"


def test_a_pin_is_ended(furnished: Desk) -> None:
    sent(furnished)
    assert furnished("pin", "void", "acme", NUMBER).out == "the PIN is void\n"
    assert furnished("pin", "void", "acme", NUMBER).out == "there was none\n"
    assert furnished("pin", "verify", "acme", NUMBER, typed=f"{DIGITS}\n").code == 1
    assert "void" in furnished("pin", "list", "acme").said


def test_what_is_asked_must_be_there(furnished: Desk) -> None:
    assert furnished.refuses("pin", "void", "nobody", NUMBER) == "there is no account nobody"
    assert furnished.refuses("pin", "verify", "acme", "x", typed="1\n").startswith("number 'x':")
    assert furnished.refuses("pin", "list", "acme", "--number", "x").startswith("number 'x':")
