"""Ledgers: every row there and back, one write a turn of the loop, files cut by a kill, tokens in texts and URLs."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from chappe.sim.ledger import (
    AckRow,
    AnsweredRow,
    AnyRow,
    DeliverRow,
    HookRow,
    LedgerWriter,
    ReceiptRow,
    SentRow,
    SubmitRow,
    digest_of,
    read_ledger,
    read_ledger_file,
    token_in,
)

ROWS: list[AnyRow] = [
    SubmitRow(1.5, "acme", 1, 7, "Chappe", "316", 0, "42", "00000007", digest_of(b"x")),
    SubmitRow(1.5, "acme", 1, 8, "Chappe", "316", None, answered=False, text="h\u00e9 \x00\n", mark=513),
    DeliverRow(2.0, "acme", 1, 1, "42", "DELIVRD", 2),
    DeliverRow(2.0, "acme", 1, 2, "1"),
    AckRow(2.5, 1, 1, "42", 8, "DELIVRD"),
    SentRow(0.5, "00000007"),
    AnsweredRow(0.6, "00000007", 0, "42"),
    ReceiptRow(3.0, "42", "DELIVRD"),
    HookRow(3.5, "POST", "/dlr?id=1", "body", "00000007"),
]


async def test_every_row_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    for half in (ROWS[:4], ROWS[4:]):
        ledger = LedgerWriter(path)
        for row in half:
            ledger.write(row)
        ledger.close()
    assert read_ledger_file(path) == ROWS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_rows_of_one_turn_are_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    write = os.write

    def watch(file: int, octets: bytes) -> int:
        written.append(octets)
        return write(file, octets[:100])

    ledger = LedgerWriter(tmp_path / "ledger")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", watch)
        for row in ROWS:
            ledger.write(row)
        assert written == []
        await asyncio.sleep(0)
        whole = written[0]
        ledger.flush()
    assert whole.count(b"\n") == len(ROWS)
    assert all(whole.endswith(octets) for octets in written), "what a short write left is written after it"
    assert read_ledger_file(tmp_path / "ledger") == ROWS
    ledger.close()


def test_a_line_cut_by_a_kill_is_passed_over() -> None:
    whole = b'{"event":"sent","at":1.0,"token":"00000001"}\n'
    assert list(read_ledger([whole, whole[:-1]])) == [SentRow(1.0, "00000001")]
    assert list(read_ledger([whole[:20]])) == []


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"event":"party","at":1}\n', b'{"event":"sent","at":1}\n'])
def test_a_line_that_is_none_is_told_by_its_number(line: bytes) -> None:
    whole = b'{"event":"sent","at":1.0,"token":"00000001"}\n'
    with pytest.raises(ValueError, match=r"^line 2 of the ledger: "):
        list(read_ledger([whole, line, whole]))


@pytest.mark.parametrize(
    ("octets", "token"),
    [
        (b"hello #00000042 there", "00000042"),
        (b"/dlr?x=%2300000042", "00000042"),
        (b"/dlr?tok=00000042T17", "00000042"),
        (b"#123 #00000042", "00000042"),
        (b"#000000421", ""),
        (b"00000042", ""),
        (b"", ""),
    ],
)
def test_tokens(octets: bytes, token: str) -> None:
    assert token_in(octets) == token


def test_digests_tell_octets_apart() -> None:
    assert digest_of(b"a") != digest_of(b"b")
    assert len(digest_of(b"a")) == 16
