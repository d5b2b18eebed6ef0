"""Instances by commands."""

from __future__ import annotations

from unit.cli.desk import Desk


def test_an_instance_from_beginning_to_end(furnished: Desk) -> None:
    added = furnished("instance", "add", "43", "acme", 'codes=["2020"]', "zone=America/Caracas")
    assert (added.code, added.out) == (0, "instance 43 added\n")
    assert "43 acme yes 2020 America/Caracas 60 s" in furnished("instance", "list").said
    assert furnished("instance", "set", "43", "replay_seconds=0", 'carriers.movistar="73404"').code == 0
    assert "43 acme yes 2020 America/Caracas 0 s" in furnished("instance", "list").said
    assert furnished.refuses("account", "remove", "acme")
    assert furnished("instance", "remove", "43").out == "instance 43 removed\n"
    assert furnished("instance", "list").out == "instances: none\n"


def test_what_cannot_stand_is_named(furnished: Desk) -> None:
    assert furnished.refuses("instance", "add", "43", "nobody") == "instance 43: there is no account nobody"
    assert furnished.refuses("instance", "add", "promo", "acme").startswith("instance number 'promo'")
    assert furnished.refuses("instance", "add", "43", "acme", "zone=Mars/Olympus").startswith(
        "instance 43: zone"
    )


def test_a_code_is_one_instances(furnished: Desk) -> None:
    furnished("instance", "add", "43", "acme", 'codes=["2020", "3030"]')
    told = furnished.refuses("instance", "add", "44", "acme", 'codes=["3030"]')
    assert told == "instance 44: code 3030 belongs to instance 43 already"
    assert furnished("instance", "set", "43", 'codes=["2020", "4040"]').code == 0
    assert furnished("instance", "add", "44", "acme", 'codes=["3030"]').code == 0
