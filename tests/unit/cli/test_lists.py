"""`chappe list`: made, loaded, looked up, dumped, emptied; numbers that somebody asked to be on it go by no accident."""

from __future__ import annotations

import re

from unit.cli.desk import Desk


def test_a_list_is_made_filled_looked_at_and_emptied(furnished: Desk) -> None:
    desk = furnished
    assert "list optouts added" in desk("list", "add", "optouts", "suppression", 'accounts=["acme"]').said
    desk("list", "add", "barred", "blacklist", 'groups=["g"]', 'prefixes=["33", "32"]')
    file = desk.folder / "numbers.csv"
    file.write_bytes(
        b'\xef\xbb\xbf+31 612 345 678,x\n\n# no number\n"0033612345678";y\nabc\n1;2\n31612345678\n'
    )
    said = desk("list", "load", "optouts", str(file)).said
    assert "3 new, 1 known, 0 gone, 1 no number" in said
    assert "no number: abc" in said
    listed = desk("list", "list").said
    assert "barred blacklist yes 0 group g 33, 32" in listed
    assert "optouts suppression yes 3 acme all" in listed
    assert desk("list", "check", "+31612345678").said == "31612345678: optouts (suppression)"
    assert desk("list", "check", "99").said == "99: on no list"
    dumped = desk("list", "dump", "optouts").out.splitlines()
    assert [line.partition(",")[0] for line in dumped] == ["1", "31612345678", "33612345678"]
    assert all(re.fullmatch(r"[0-9]+,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", line) for line in dumped)
    assert desk("list", "load", "barred", "-", typed=desk("list", "dump", "optouts").out).said.startswith(
        "3 new"
    )
    assert desk("list", "drop", "optouts", "0031612345678", "77").said == "1 gone"
    assert desk("list", "put", "optouts", "+44 7911 123456").said == "on optouts: 447911123456"
    assert "has numbers; chappe list dump optouts keeps them" in desk.refuses("list", "remove", "optouts")
    assert desk("list", "empty", "optouts", typed="n\n").code == 1
    assert desk("list", "empty", "optouts", "--yes").said == "3 gone"
    assert "list optouts removed" in desk("list", "remove", "optouts").said


def test_a_new_edition_takes_off_what_it_leaves_out(desk: Desk) -> None:
    desk("list", "add", "register", "do_not_contact")
    desk("list", "put", "register", "31611111111", "31622222222")
    assert (
        "1 new, 1 known, 1 gone"
        in desk("list", "load", "register", "-", "--replace", typed="31622222222\n3\n").said
    )
    assert "has no number" in desk.refuses("list", "load", "register", "-", "--replace", typed="# nothing\n")
    assert desk("list", "check", "31611111111").said.endswith("on no list")
    assert desk("list", "check", "3").said.endswith("register (do_not_contact)")


def test_what_is_wrong_is_a_sentence(desk: Desk) -> None:
    desk("list", "add", "barred", "blacklist")
    assert "no list nobody" in desk.refuses("list", "load", "nobody", "-", typed="1\n")
    assert "no list nobody" in desk.refuses("list", "dump", "nobody")
    assert "'12x' is no number" in desk.refuses("list", "put", "barred", "12x")
    assert "No such file" in desk.refuses("list", "load", "barred", str(desk.folder / "nothing"))
    assert "exists already" in desk.refuses("list", "add", "barred", "suppression")
    assert "prefix '+33' is not digits" in desk.refuses("list", "set", "barred", 'prefixes=["+33"]')
    assert desk("list", "add", "odd", "whitelist").code == 2


def test_a_list_is_switched_off_and_on(desk: Desk) -> None:
    desk("list", "add", "barred", "blacklist")
    desk("list", "set", "barred", "enabled=false")
    assert "barred blacklist no 0 all accounts all" in desk("list", "list").said
