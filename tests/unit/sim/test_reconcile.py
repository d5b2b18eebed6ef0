"""Ledgers joined: what is lost, double, unexpected; receipts that went out and came back."""

from chappe.sim.ledger import (
    AckRow,
    AnsweredRow,
    AnyRow,
    DeliverRow,
    HookRow,
    ReceiptRow,
    SentRow,
    SubmitRow,
)
from chappe.sim.reconcile import Receipts, Reconciliation, Told, receipts_of, reconcile, reported, told_of


def submit(token: str, status: int | None = 0) -> SubmitRow:
    return SubmitRow(0.0, "acme", 1, 1, "a", "b", status, "1", token)


def client(accepted: str, refused: str = "", open_: str = "") -> list[AnyRow]:
    rows: list[AnyRow] = [SentRow(0.0, token) for token in accepted + refused + open_]
    rows += [AnsweredRow(0.0, token, 0, "1") for token in accepted]
    rows += [AnsweredRow(0.0, token, 8) for token in refused]
    return rows


def test_all_is_well() -> None:
    found = reconcile(client("abc"), map(submit, "cab"))
    assert found == Reconciliation(3, 3, (), (), (), {})
    assert found.surplus == 0


def test_each_way_to_differ() -> None:
    smsc = [*map(submit, "aabbbxz"), submit("c", 0x58), submit("d", None), submit("")]
    found = reconcile(client("abcde", refused="x"), smsc, excused="e")
    assert found == Reconciliation(
        accepted=5,
        arrived=4,
        lost=("c", "d"),
        unexpected=("x", "z"),
        foreign=("z",),
        duplicates={"a": 2, "b": 3},
    )
    assert found.surplus == 3


def test_a_generator_of_rows_will_do() -> None:
    rows = client("ab")
    assert reconcile((row for row in rows), (submit(token) for token in "a")).lost == ("b",)


def test_receipts_of_the_smsc() -> None:
    rows: list[AnyRow] = [
        DeliverRow(0.0, "acme", 1, 1, "1", "DELIVRD"),
        DeliverRow(0.0, "acme", 1, 2, "1", "DELIVRD", 2),
        AckRow(0.0, 1, 1, "1", 0, "DELIVRD"),
        AckRow(0.0, 1, 2, "1", 0, "DELIVRD"),
        DeliverRow(0.0, "acme", 1, 3, "2", "ACCEPTD"),
        DeliverRow(0.0, "acme", 1, 4, "2", "DELIVRD"),
        AckRow(0.0, 1, 3, "2", 0, "ACCEPTD"),
        AckRow(0.0, 1, 4, "2", 8, "DELIVRD"),
        DeliverRow(0.0, "acme", 1, 5, "9"),
        AckRow(0.0, 1, 5, "9", 0),
    ]
    assert receipts_of(rows) == Receipts(sent=3, acked=2, unacked=("2",), acked_twice=("1",))


def test_what_came_back_to_the_client() -> None:
    rows: list[AnyRow] = [
        HookRow(0.0, "GET", "/x", "", "00000001"),
        HookRow(0.0, "GET", "/x", "", "00000001"),
        HookRow(0.0, "GET", "/x"),
        ReceiptRow(0.0, "42", "DELIVRD"),
        SentRow(0.0, "00000002"),
    ]
    assert reported(rows) == {"00000001": 2, "42": 1}


def test_who_was_told_how_it_ended() -> None:
    client = [AnsweredRow(0.0, token, 0, f"id-{token}") for token in "abcde"]
    client.append(AnsweredRow(0.0, "f", 8, "id-f"))
    reports: list[AnyRow] = [
        HookRow(0.0, "POST", "/x", "level=1", "a"),
        HookRow(0.0, "POST", "/x", "level=2", "b"),
        HookRow(0.0, "POST", "/x", "level=2", "b"),
        HookRow(0.0, "POST", "/x", "level=2", "z"),
        HookRow(0.0, "POST", "/x", "level=2"),
        ReceiptRow(0.0, "id-c", "DELIVRD"),
        ReceiptRow(0.0, "id-d", "ACCEPTD"),
        ReceiptRow(0.0, "id-f", "DELIVRD"),
        ReceiptRow(0.0, "stranger", "DELIVRD"),
    ]

    def final(row: HookRow | ReceiptRow) -> bool:
        return row.body == "level=2" if isinstance(row, HookRow) else row.state == "DELIVRD"

    assert told_of(iter(client), iter(reports), final=final, excused="e") == Told(2, ("a", "d"), 1)
    together = [*client, *reports]
    assert told_of(together, together, final=final).untold == ("a", "d", "e")
