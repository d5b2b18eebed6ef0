"""Tokens by commands: shown once, kept as a digest, listed without secrets."""

from __future__ import annotations

import re

from chappe.domain.account import token_digest
from unit.cli.desk import Desk

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_token_from_beginning_to_end(furnished: Desk) -> None:
    done = furnished("token", "add", "cm", "acme", 'roles=["Client"]')
    assert done.code == 0
    shown = GUID.search(done.out)
    assert shown is not None
    listed = furnished("token", "list").said
    assert "cm acme yes no Client anywhere" in listed
    assert shown.group() not in listed
    assert token_digest(shown.group()).encode() in furnished.store.read_bytes() + b"".join(
        path.read_bytes() for path in furnished.folder.glob("chappe.db-wal")
    )
    assert furnished("token", "set", "cm", "enabled=false").code == 0
    assert "cm acme no" in furnished("token", "list").said
    assert furnished("token", "remove", "cm").out == "token cm removed\n"


def test_a_known_token_is_taken_over_and_a_signing_one_has_a_secret(furnished: Desk) -> None:
    assert furnished("token", "add", "old", "acme", "--known", typed="product-token\n").code == 0
    signing = furnished("token", "add", "signer", "acme", "--signing")
    assert "secret" in signing.out
    secret = signing.out.split("secret ")[1].split()[0]
    everything = b"".join(path.read_bytes() for path in furnished.folder.glob("chappe.db*"))
    assert secret.encode() not in everything
    assert b"product-token" not in everything
    assert "signer acme yes yes" in furnished("token", "list").said


def test_a_token_needs_its_account(furnished: Desk) -> None:
    assert furnished.refuses("token", "add", "cm", "nobody") == "token cm: there is no account nobody"
    furnished("account", "add", "other")
    furnished("token", "add", "cm", "other")
    assert furnished.refuses("account", "remove", "other") == "token cm still belongs to account other"
