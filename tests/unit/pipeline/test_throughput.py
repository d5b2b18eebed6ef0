"""How fast an account may submit: its own bucket, made anew when its limit changes."""

from chappe.domain.account import Account
from chappe.pipeline.throughput import Throughput


def admitted(throughput: Throughput, account: Account, times: int, now: float) -> int:
    return sum(throughput.admits(account, now) for _ in range(times))


def test_an_account_without_a_limit_is_always_admitted() -> None:
    assert admitted(Throughput(), Account(name="a"), 10_000, 0.0) == 10_000


def test_at_most_rate_and_burst_in_any_second() -> None:
    throughput, account = Throughput(), Account(name="a", throughput=10.0, burst=5)
    assert admitted(throughput, account, 100, 0.0) == 5
    total = sum(admitted(throughput, account, 3, tenth / 10) for tenth in range(1, 101))
    assert 99 <= total <= 105


def test_without_a_burst_they_come_one_by_one() -> None:
    throughput, account = Throughput(), Account(name="a", throughput=10.0)
    assert admitted(throughput, account, 5, 0.0) == 1
    assert admitted(throughput, account, 5, 0.05) == 0
    assert admitted(throughput, account, 5, 0.1) == 1


def test_accounts_do_not_share() -> None:
    throughput = Throughput()
    assert [throughput.admits(Account(name=name, throughput=1.0), 0.0) for name in "aba"] == [
        True,
        True,
        False,
    ]


def test_a_changed_limit_counts_at_once() -> None:
    throughput = Throughput()
    assert admitted(throughput, Account(name="a", throughput=1.0), 9, 0.0) == 1
    assert admitted(throughput, Account(name="a", throughput=1.0, burst=4), 9, 0.0) == 4
    assert admitted(throughput, Account(name="a"), 9, 0.0) == 9
