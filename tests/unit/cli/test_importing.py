"""`chappe import jasmin`: shows, asks, takes over, says what is left, tells no secret; twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.cli import screen
from unit.cli.desk import Desk


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen on which no cell is folded."""
    monkeypatch.setattr(screen.out, "width", 400)


CONSOLE = Path(__file__).parent.parent / "management" / "jasmin_console"
SECRETS = ("hushhush", "alsoquiet", "quieter", "s3cretword")


def test_all_of_it_shown_first_then_taken_over(desk: Desk) -> None:
    shown = desk("import", "jasmin", str(CONSOLE), "--zone", "Europe/Paris", "--dry-run")
    assert shown.code == 0
    assert "+ account acme" in shown.said
    assert "not carried over: user bank" in shown.said
    assert "acme is given a balance of 44.25 and 1200 parts" in shown.said
    assert 'listen = ["0.0.0.0:1401"]' in shown.said
    assert not any(secret in shown.said for secret in SECRETS)
    assert "accounts: none" in desk("account", "list").said
    done = desk("import", "jasmin", str(CONSOLE), "--zone", "Europe/Paris", "--yes")
    assert "taken over as revision 1" in done.said
    listed = desk("account", "list").said
    assert "acme traders yes 44.25" in listed
    assert "1200" in listed
    routes = desk("route", "list").said
    assert "mt-40" in routes
    assert "operator (priority 0, weight 1), spare (priority 1, weight 1)" in routes
    assert "mt-20-eval1" in desk("interceptor", "list").said


def test_twice_is_once(desk: Desk) -> None:
    desk("import", "jasmin", str(CONSOLE), "--yes")
    again = desk("import", "jasmin", str(CONSOLE), "--yes")
    assert "nothing differs" in again.said
    assert "is given" not in again.said
    assert "acme traders yes 44.25" in desk("account", "list").said


def test_what_was_here_stays(desk: Desk) -> None:
    desk("account", "add", "mine")
    desk("import", "jasmin", str(CONSOLE / "users.txt"), "--yes")
    listed = desk("account", "list").said
    assert "mine" in listed
    assert "acme" in listed


def test_a_no_leaves_all_as_it_was(desk: Desk) -> None:
    desk("import", "jasmin", str(CONSOLE), typed="n\n")
    assert "accounts: none" in desk("account", "list").said


def test_what_cannot_be_read_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    assert "cannot be read" in desk.refuses("import", "jasmin", str(tmp_path / "none"))
    pickled = tmp_path / "jcli-prod.users"
    pickled.write_bytes(b"Persisted on x\n\x80\x02cjasmin")
    assert "not the files that Jasmin persists" in desk.refuses("import", "jasmin", str(pickled))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "there is no file" in desk.refuses("import", "jasmin", str(empty))
