"""`chappe route add --type`: Jasmin's words on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.cli import screen
from unit.cli.desk import Desk


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen on which no cell is folded."""
    monkeypatch.setattr(screen.out, "width", 400)


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk("account", "add", "acme")
    desk("credential", "add", "client", "acme")
    for name in ("one", "two"):
        desk("connector", "add", name, "settings.host=192.0.2.7")
    return desk


def test_each_kind_of_route_by_its_name(office: Desk, tmp_path: Path) -> None:
    script = tmp_path / "odd.py"
    script.write_text("result = True\n")
    for words in (
        ("all", "--type", "DefaultRoute", "--to", "one"),
        ("fr", "--type", "FailoverMTRoute", "--order", "9", "--price", "0.05", "--to", "smppc(one)", "--to", "two",
         "--filter", "UserFilter=acme", "--filter", r"DestinationAddrFilter=^\+33",
         "--filter", "TimeIntervalFilter=08:00:00;18:00:00", "--zone", "Europe/Paris"),
        ("rr", "--type", "RandomRoundrobinMTRoute", "--order", "8", "--to", "one", "--to", "two"),
        ("odd", "--type", "StaticMTRoute", "--order", "7", "--to", "two", "--filter", f"EvalPyFilter={script}"),
        ("mo", "--type", "FailoverMORoute", "--to", "smpps(client)", "--to", "http(acme,GET,https://x.example/mo?a=1,2)"),
        ("any", "--type", "StaticMORoute", "--to", "smpps(client)", "--filter", "ConnectorFilter=one"),
    ):  # fmt: skip
        done = office("route", "add", *words)
        assert done.code == 0, done
    listed = office("route", "list").said
    for word in (
        "accounts=acme destination=^33 between=08:00:00-18:00:00 zone=Europe/Paris",
        "one (priority 0, weight 1), two (priority 1, weight 1)",
        "one (priority 0, weight 1), two (priority 0, weight 1)",
        "tags=odd-eval1",
        "acme by smpp client (priority 0, weight 1), acme by webhook",
        "connectors=one",
    ):
        assert word in listed, word
    assert "result = True" in office("interceptor", "show", "odd-eval1").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "NoRoute", "--to", "one"), "NoRoute"),
        (("--type", "FailoverMTRoute", "--to", "one"), "two targets"),
        (("--type", "StaticMTRoute", "--to", "nowhere"), "there is no connector nowhere"),
        (("--type", "StaticMORoute", "--to", "smpps(nobody)"), "there is no login nobody"),
        (("--type", "StaticMORoute", "--to", "http(acme,PUT,http://x)"), "GET or POST"),
        (("--type", "StaticMTRoute", "--to", "one", "--filter", "UserFilter"), "needs a value"),
        (("--type", "StaticMTRoute", "--to", "one", "--price", "much"), "much"),
        (("--type", "StaticMTRoute", "--to", "one", "order=5"), "by options"),
        (("--to", "one", "--filter", "UserFilter=acme"), "go with --type"),
    ],
)
def test_what_cannot_be_said_is_a_sentence(office: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in office.refuses("route", "add", "r", *words)


def test_a_name_is_taken_once(office: Desk) -> None:
    office("route", "add", "r", "--type", "StaticMTRoute", "--to", "one")
    assert "exists already" in office.refuses("route", "add", "r", "--type", "StaticMTRoute", "--to", "one")
