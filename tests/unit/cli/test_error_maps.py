"""`chappe error-map`."""

from __future__ import annotations

from unit.cli.desk import Desk


def test_maps_are_kept_and_explained(desk: Desk) -> None:
    desk("account", "add", "acme")
    assert desk("error-map", "explain", "op", "--err", "020").said.startswith("5 (-)")
    added = desk(
        "error-map", "add", "op", "base=gsm", "errors.020=22", "statuses.0x45=25", "words.REJECTD=29"
    )
    assert "error_map op added" in added.said
    assert "op gsm 020=22 0x45=25 REJECTD=29" in desk("error-map", "list").said
    for words, told in (
        (("--err", "20"), "22 (temporary)"),
        (("--err", "027"), "24 (temporary)"),
        (("--err", "020", "--stat", "EXPIRED"), "21 (temporary)"),
        (("--stat", "EXPIRED"), "8 (temporary)"),
        (("--stat", "rejectd"), "29 (permanent)"),
        (("--status", "69"), "25 (temporary)"),
    ):
        assert desk("error-map", "explain", "op", *words).said.startswith(told)
    desk("error-map", "set", "op", "errors.020=30")
    assert desk("error-map", "explain", "op", "--err", "20").said.startswith("30 (temporary)")
    desk("error-map", "remove", "op")
    assert "maps of errors: none" in desk("error-map", "list").said


def test_the_standard_errors_are_listed(desk: Desk) -> None:
    said = desk("error-map", "standard").said
    assert "37 - " in said
    assert "34 permanent " in said


def test_what_is_no_map_is_refused(desk: Desk) -> None:
    assert "6 is no standard error" in desk.refuses("error-map", "add", "op", "errors.1=6")
    assert "no command_status" in desk.refuses("error-map", "add", "op", "statuses.x=5")
