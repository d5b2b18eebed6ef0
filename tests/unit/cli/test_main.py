"""What every command shares: stores that are none, configurations that are none, exit codes; apply, verify-store, backup."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from unit.cli.desk import Desk
from unit.management.test_apply import FILE

# ---------------------------------------------------------------- the command line itself


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Missing command"),
        (("account",), "Usage: chappe account"),
        (("credential",), "Usage: chappe credential"),
        (("connector",), "Usage: chappe connector"),
        (("route",), "Usage: chappe route"),
    ],
)
def test_a_command_without_its_verb_shows_what_there_is(
    desk: Desk, arguments: tuple[str, ...], told: str
) -> None:
    done = desk(*arguments)
    assert done.code == 2
    assert told in done.said


@pytest.mark.parametrize(
    "command",
    ["serve", "demo", "bench", "apply", "verify-store", "backup", "send", "trace", "explain", "sim"],
)
def test_every_command_explains_itself(desk: Desk, command: str) -> None:
    done = desk(command, "--help")
    assert done.code == 0
    assert f"Usage: chappe {command}" in done.said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("demo", "--twice"), "No such option: --twice"),
        (("verify-store", "x"), "Got unexpected extra argument(s) (x)"),
        (("bench", "--messages", "many"), "Invalid value for '--messages'"),
        (("bench", "--messages", "0"), "Invalid value for '--messages'"),
        (("bench", "--binds", "-1"), "Invalid value for '--binds'"),
        (("apply",), "Missing argument 'file'"),
        (("backup",), "Missing argument 'target'"),
    ],
)
def test_words_that_make_no_command(desk: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    said = desk.refuses(*arguments)
    assert said.startswith(sentence)
    assert said.endswith("--help after a command lists what it takes")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[store]\npaht = 'x'\n", "line 2: store.paht is no setting of ours"),
        ("[store\n", "is no TOML"),
        (None, "cannot be read"),
    ],
)
@pytest.mark.parametrize(
    "command", [("account", "list"), ("verify-store",), ("serve",), ("trace", "x"), ("backup", "b.db")]
)
def test_a_configuration_that_is_none(
    desk: Desk, text: str | None, sentence: str, command: tuple[str, ...]
) -> None:
    if text is None:
        desk.config.unlink()
    else:
        desk.config.write_text(text)
    assert sentence in desk.refuses(*command)
    assert not desk.store.exists()


# ---------------------------------------------------------------- stores that are none


def absent(path: Path) -> None:
    path.unlink()


def a_letter(path: Path) -> None:
    path.write_text("Dear Sir or Madam")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_another_program(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name)")
    connection.commit()
    connection.close()


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def scratched(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[4_096:86_016] = random.Random(7).randbytes(81_920)
    path.write_bytes(octets)


UNUSABLE = (
    (absent, "does not exist"),
    (a_letter, "is not a Chappe store: it is no SQLite file"),
    (a_folder, "is not a file"),
    (of_another_program, "is not a Chappe store: it belongs to another program"),
    (newer, "was written by a newer version of Chappe (schema 99, "),
    (cut_off, "is damaged"),
    (scratched, "is damaged"),
)
READING = (
    ("account", "list"),
    ("credential", "list"),
    ("connector", "list"),
    ("route", "list"),
    ("account", "set", "acme", "burst=1"),
    ("trace", "x"),
    ("explain", "acme", "--to", "31612345678"),
    ("estimate", "acme", "hello", "--to", "31612345678"),
)


@pytest.mark.parametrize(("spoil", "sentence"), UNUSABLE, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_store_that_cannot_be_used(
    furnished: Desk, spoil: Callable[[Path], None], sentence: str, command: tuple[str, ...]
) -> None:
    spoil(furnished.store)
    said = furnished.refuses(*command)
    assert sentence in said
    assert str(furnished.store) in said


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [each for each in UNUSABLE if each[0] is not absent],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_what_is_no_store_is_not_written_over(
    furnished: Desk, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(furnished.store)
    before = furnished.store.read_bytes() if furnished.store.is_file() else b""
    assert sentence in furnished.refuses("account", "add", "new")
    assert sentence in furnished.refuses("apply", furnished.file(FILE), "--yes")
    after = furnished.store.read_bytes() if furnished.store.is_file() else b""
    assert after[100:] == before[100:]


# ---------------------------------------------------------------- the key file


def test_a_lost_key_is_not_replaced_where_secrets_are_sealed_with_it(furnished: Desk) -> None:
    key = furnished.folder / "chappe.key"
    furnished("connector", "set", "op", "--ask-password", typed="s3cret\n")
    kept = key.read_bytes()
    key.unlink()
    assert "does not exist, but secrets in the store are sealed with it" in furnished.refuses(
        "account", "add", "new"
    )
    assert not key.exists()
    key.write_bytes(kept)
    assert furnished("account", "add", "new").code == 0


@pytest.mark.parametrize("command", [("account", "list"), ("account", "add", "new"), ("trace", "x")])
def test_a_key_file_that_holds_no_key(furnished: Desk, command: tuple[str, ...]) -> None:
    (furnished.folder / "chappe.key").write_text("hidden-key")
    said = furnished.refuses(*command)
    assert said.endswith("does not hold a key of 32 octets in base64")
    assert "hidden-key" not in said


def test_another_key_says_so(furnished: Desk) -> None:
    furnished("connector", "set", "op", "--ask-password", typed="s3cret\n")
    (furnished.folder / "chappe.key").write_text("A" * 43 + "=\n")
    said = furnished.refuses("connector", "set", "op", "settings.window=7")
    assert said == "a secret was sealed with another key: is this the store's key file?"


# ---------------------------------------------------------------- apply


def test_a_file_is_shown_applied_once_and_the_second_time_nothing_differs(desk: Desk) -> None:
    path = desk.file(FILE)
    shown = desk("apply", path, "--dry-run")
    assert (shown.code, shown.said.count("+ ")) == (0, 5)
    assert desk("account", "list").out == "accounts: none\n"
    applied = desk("apply", path, "--yes")
    assert applied.code == 0
    assert applied.said.endswith("applied as revision 1")
    for secret in ("hidden-pw", "hidden-smsc", "argon2"):
        assert secret not in shown.said + applied.said
    assert desk("apply", path, "--yes").out == "nothing differs\n"


@pytest.mark.parametrize(
    ("typed", "code", "told"), [("y\n", 0, "revision 1"), ("n\n", 0, ""), ("", 1, "nothing done")]
)
def test_it_is_asked_before_anything_is_changed(desk: Desk, typed: str, code: int, told: str) -> None:
    done = desk("apply", desk.file(FILE), typed=typed)
    assert done.code == code
    assert told in done.said
    there = "acme" in desk("account", "list").said
    assert there is (typed == "y\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not toml", "the file is no TOML"),
        ("[[customer]]\nname = 'x'", "[customer] is none of the sections [[account]]"),
        ("[[account]]\nname = 'a'\ncolour = 1", "account a: Object contains unknown field `colour`"),
        ("[[account]]\nname = 'a'\n[[account]]\nname = 'a'", "account a stands twice in the file"),
    ],
)
def test_a_file_that_cannot_be_applied(desk: Desk, text: str, sentence: str) -> None:
    assert desk.refuses("apply", desk.file(text), "--yes").startswith(sentence)


def test_a_file_that_others_lean_on_changes_nothing(furnished: Desk) -> None:
    done = furnished("apply", furnished.file("[[account]]\nname = 'other'\n"), "--yes")
    assert done.code == 2
    assert done.err == "credential acme still belongs to account acme\n"
    assert "- account acme" in done.out
    assert "other" not in furnished("account", "list").said


@pytest.mark.parametrize("octets", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read(desk: Desk, octets: bytes | None) -> None:
    path = desk.folder / "records.toml"
    if octets is not None:
        path.write_bytes(octets)
    assert desk.refuses("apply", str(path)).startswith(f"{path} cannot be read: ")
    assert desk.refuses("apply", str(desk.folder)).startswith(f"{desk.folder} cannot be read: ")


# ---------------------------------------------------------------- verify-store and backup


def test_a_sound_store_is_said_to_be_sound(furnished: Desk) -> None:
    done = furnished("verify-store")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("the store is sound\n")


def test_damage_is_told_with_exit_code_1(furnished: Desk) -> None:
    scratched(furnished.store)
    done = furnished("verify-store")
    assert done.code == 1
    assert "integrity: " in done.err
    assert "sound" not in done.said
    assert furnished.process("verify-store").code == 1


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [each for each in UNUSABLE if each[0] is not scratched],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_what_is_no_store_is_neither_verified_nor_copied(
    furnished: Desk, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(furnished.store)
    target = furnished.folder / "copy.db"
    assert sentence in furnished.refuses("verify-store")
    assert sentence in furnished.refuses("backup", str(target))
    assert not target.exists()


def test_a_backup_is_a_store_with_all_that_was_in_it(furnished: Desk) -> None:
    target = furnished.folder / "copy.db"
    done = furnished("backup", str(target))
    assert done.code == 0
    assert done.said.replace(" ", "") == f"{target}:{target.stat().st_size}octets"
    furnished("account", "add", "later")
    target.replace(furnished.store)
    for suffix in ("-wal", "-shm"):
        (furnished.folder / f"chappe.db{suffix}").unlink(missing_ok=True)
    assert furnished("verify-store").code == 0
    listed = furnished("account", "list").said
    assert "acme" in listed
    assert "later" not in listed


@pytest.mark.parametrize(
    ("target", "sentence"),
    [("chappe.db", "exists already"), (".", "exists already"), ("none/copy.db", "none does not exist")],
)
def test_a_target_that_takes_no_backup(furnished: Desk, target: str, sentence: str) -> None:
    assert furnished.refuses("backup", str(furnished.folder / target)).endswith(sentence)


# ---------------------------------------------------------------- as a process


def test_commands_as_processes(desk: Desk) -> None:
    assert desk.process("account", "add", "acme").out == "account acme added\n"
    assert desk.process("account", "add", "acme") == (2, "", "account acme exists already\n")
    assert desk.process("nonsense").code == 2
    asked = desk.process("apply", desk.file("[[network]]\ncode = '20404'\n"))
    assert asked.code == 1
    assert asked.err.splitlines()[-1] == "nothing done: an answer was needed and none came"


def test_what_a_listener_needs_is_said_before_anything_is_made(desk: Desk) -> None:
    desk.config.write_text("[http]\nlisten = ['127.0.0.1:0']\ndialects = ['morse']\n[admin]\nlisten = ''\n")
    done = desk.process("serve")
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("http.dialects: there is no dialect 'morse', only cm, jasmin")
