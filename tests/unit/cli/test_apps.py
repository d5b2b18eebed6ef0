"""Apps by commands: key and secret shown once, certificates kept sealed, devices counted and taken along."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from chappe.domain.app import Device
from chappe.stores.sqlite.store import open_store
from unit.cli.desk import Desk

KEY = re.compile(r"key ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
SECRET = re.compile(r"secret (\S{32})")


def added(desk: Desk, *fields: str) -> tuple[str, str]:
    done = desk("app", "add", "shop", "acme", *fields)
    assert done.code == 0, done
    key, secret = KEY.search(done.said), SECRET.search(done.said)
    assert key is not None
    assert secret is not None
    return key[1], secret[1]


def on_disk(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.folder.glob("chappe.db*"))


def register(desk: Desk, key: str, *tokens: str) -> None:
    async def work() -> None:
        store = open_store(desk.store)
        for token in tokens:
            await store.register_device(Device(key, "33612345678", token, "apple", 7))
        await store.close()

    asyncio.run(work())


@pytest.mark.row("001-175")
@pytest.mark.row("001-176")
def test_an_app_from_beginning_to_end(furnished: Desk) -> None:
    key, secret = added(furnished, "type=critical")
    listed = furnished("app", "list").said
    # A narrow screen folds the rest of it.
    assert key[:8] in listed
    assert "critical, 300 s" in listed
    assert secret[:12] not in listed
    assert key.encode() in on_disk(furnished)
    assert secret.encode() not in on_disk(furnished)
    assert furnished("app", "set", "shop", "wait=60", "type=otp").code == 0
    assert "otp, 60 s" in furnished("app", "list").said
    assert furnished("app", "remove", key.upper()).said.endswith("0 devices removed")
    assert furnished("app", "list").out == "apps: none\n"


@pytest.mark.row("001-175")
def test_certificates_are_uploaded_and_kept_sealed(furnished: Desk) -> None:
    added(furnished)
    apple = furnished.file("-----BEGIN PRIVATE KEY-----\nAPPLEAPPLE\n", "apns.p8")
    android = furnished.file('{"private_key": "GOOGLEGOOGLE"}', "fcm.json")
    assert furnished("app", "certificate", "shop", "--apple", apple, "--android", android).code == 0
    assert "apple, android" in furnished("app", "list").said
    for secret in (b"APPLEAPPLE", b"GOOGLEGOOGLE"):
        assert secret not in on_disk(furnished)
    # Another change leaves them as they are.
    assert furnished("app", "set", "shop", "wait=5").code == 0
    assert "apple, android" in furnished("app", "list").said


def test_another_secret(furnished: Desk) -> None:
    _, first = added(furnished)
    second = SECRET.search(furnished("app", "secret", "shop").said)
    assert second is not None
    assert second[1] != first


def test_devices_are_counted_listed_and_removed(furnished: Desk) -> None:
    key, _ = added(furnished)
    register(furnished, key, "token-1", "token-2")
    assert furnished("app", "list").out.splitlines()[2].split()[-1] == "2"
    listed = furnished("app", "devices", "shop", "33612345678").said
    assert "token-1" in listed
    assert "token-2" in listed
    assert "2 devices removed" in furnished("app", "remove", "shop").said


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (("add", "shop", "nobody"), "there is no account nobody"),
        (("add", "sh op", "acme"), "app name"),
        (("add", "shop", "acme", "key=7"), "app key"),
        (("add", "shop", "acme", "type=urgent"), "type"),
        (("add", "shop", "acme", "wait=-1"), "wait"),
        (("set", "shop", "wait=1"), "there is no app shop"),
        (("remove", "shop"), "there is no app shop"),
        (("secret", "shop"), "there is no app shop"),
    ],
)
def test_what_is_wrong_is_one_sentence(furnished: Desk, arguments: tuple[str, ...], about: str) -> None:
    assert about in furnished.refuses("app", *arguments)


def test_a_name_that_two_have_is_none(furnished: Desk) -> None:
    added(furnished)
    added(furnished)
    assert "name the key" in furnished.refuses("app", "remove", "shop")


@pytest.mark.parametrize("content", ["", " \n", "x" * 65_537])
def test_a_certificate_that_is_none(furnished: Desk, content: str) -> None:
    added(furnished)
    assert "characters of text" in furnished.refuses(
        "app", "certificate", "shop", "--apple", furnished.file(content, "c")
    )


def test_an_account_with_an_app_stays(furnished: Desk) -> None:
    key, _ = added(furnished)
    assert furnished("credential", "remove", "acme").code == 0
    assert f"app {key} still belongs to account acme" in furnished("account", "remove", "acme").said


def test_a_file_of_records_has_apps(furnished: Desk) -> None:
    file: Any = furnished.file(
        '[[app]]\nkey = "11111111-2222-3333-4444-555555555555"\nname = "shop"\naccount = "acme"\n'
        'secret = "hidden"\ntype = "otp"\napple = "cert"\n'
    )
    done = furnished("apply", file, "--yes")
    assert done.code == 0, done
    assert "hidden" not in done.said
    assert "cert" not in done.said.replace("certificate", "")
    again = furnished("apply", file, "--yes")
    assert "nothing" in again.said
    assert b"hidden" not in on_disk(furnished)
