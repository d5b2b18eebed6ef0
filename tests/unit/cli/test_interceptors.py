"""`chappe interceptor`, and what `explain` and `estimate` say of interceptors."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.cli import screen
from unit.cli.desk import Desk


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen on which no cell is folded."""
    monkeypatch.setattr(screen.out, "width", 400)


def furnish(desk: Desk) -> None:
    desk("account", "add", "acme")
    desk("connector", "add", "op", "settings.host=192.0.2.7")
    desk("route", "add", "all", "--to", "op", "--price", "0.1")


def test_rules_are_added_listed_changed_and_removed(desk: Desk) -> None:
    added = desk(
        "interceptor",
        "add",
        "brand",
        "--order",
        "5",
        "sender=Shop",
        'replace=[{pattern="a", with="b"}]',
        'add_tags=["x"]',
        "set_tlvs=[{tag=0x1401, text='20801', nul=true}]",
        'condition.accounts=["acme"]',
        "condition.tlvs=[{tag=0x140A, values=['150']}]",
    )
    assert added.code == 0, added
    listed = desk("interceptor", "list").said
    for word in (
        "MT",
        "brand",
        "accounts=acme",
        "0x140a:150",
        "sender=Shop",
        "/a/ -> 'b'",
        "+tag x",
        "+TLV 0x1401",
    ):
        assert word in listed, word
    desk("interceptor", "set", "brand", "last=true", "enabled=false")
    assert "no" in desk("interceptor", "list").said
    assert "last" in desk("interceptor", "list").said
    desk("interceptor", "remove", "brand")
    assert "interceptors: none" in desk("interceptor", "list").said


def test_a_script_comes_from_a_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "s.py"
    file.write_text("message.text = message.text.upper()\n")
    desk("interceptor", "add", "loud", "--script", str(file), "script.seconds=0.5", "script.on_failure=pass")
    assert "script (0.5 s, on failure pass)" in desk("interceptor", "list").said
    assert desk("interceptor", "show", "loud").out == "message.text = message.text.upper()\n\n"
    file.write_text("if:\n")
    assert "no Python" in desk.refuses("interceptor", "set", "loud", "--script", str(file))
    assert "there is no interceptor" in desk.refuses("interceptor", "show", "quiet")
    assert "cannot be read" in desk.refuses("interceptor", "add", "x", "--script", str(tmp_path / "none"))


def test_a_rule_that_does_nothing_is_refused(desk: Desk) -> None:
    assert "does nothing" in desk.refuses("interceptor", "add", "idle")
    assert "reject" in desk.refuses("interceptor", "add", "x", "reject.http_status=yes")


def test_they_can_be_applied_from_a_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "records.toml"
    file.write_text(
        '[[interceptor]]\nname = "no"\ncondition = { text = "(?i)win" }\nreject = { reason = "spam" }\n'
    )
    assert "+ interceptor no" in desk("apply", str(file), "--yes").said
    assert "reject spam" in desk("interceptor", "list").said
    assert "nothing differs" in desk("apply", str(file), "--yes").said


def test_explain_and_estimate_look_through_them(desk: Desk, tmp_path: Path) -> None:
    furnish(desk)
    desk(
        "interceptor", "add", "longer", 'condition.text="x"', f'replace=[{{pattern="x", with="{"y" * 161}"}}]'
    )
    desk("interceptor", "add", "no", 'condition.text="bad"', 'reject.reason="not here"')
    file = tmp_path / "s.py"
    file.write_text("pass\n")
    desk("interceptor", "add", "script", "--script", str(file))
    told = desk("explain", "acme", "--to", "31612345678", "--text", "x").said
    assert "interceptor script has a script, which is not run here" in told
    assert "interceptors that act: longer, script" in told
    assert "goes to connector op" in told
    assert (
        "refused by interceptor no: not here"
        in desk("explain", "acme", "--to", "31612345678", "--text", "bad").said
    )
    assert "2 parts of gsm7" in desk("estimate", "acme", "x", "--to", "31612345678").said
