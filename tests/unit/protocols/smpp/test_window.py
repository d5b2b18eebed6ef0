"""window.py: open requests, their expiry and their tombstones."""

from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.window import OpenRequest, Window

ANSWER = 0x80000004
NACK = 0x80000000


def window(*requests: tuple[int, float], size: int = 10, tombstones: int = 100) -> Window:
    made = Window(size, wait=60.0, tombstone_time=600.0, tombstones=tombstones)
    for sequence, now in requests:
        made.add(sequence, ANSWER, f"t{sequence}", now)
    return made


def test_an_answer_takes_its_request_once() -> None:
    """B12: by its number alone, in whatever order."""
    made = window((1, 0.0), (2, 1.0), (3, 2.0))
    assert made.take(2, ANSWER) == OpenRequest(2, ANSWER, "t2", 1.0)
    assert made.take(2, ANSWER) is None
    assert made.take(3, NACK) == OpenRequest(3, ANSWER, "t3", 2.0)
    assert made.take(1, 0x80000005) is None
    assert len(made) == 1


def test_the_oldest_expire_first_and_exactly_on_time() -> None:
    """B16."""
    made = window((1, 0.0), (2, 0.5), (3, 60.0))
    assert made.next_deadline() == 60.0
    assert made.expire(59.9) == []
    assert [request.sequence for request in made.expire(60.0)] == [1]
    assert [request.sequence for request in made.expire(119.9)] == [2]
    assert made.next_deadline() == 120.0
    assert len(made) == 1


def test_an_expired_request_is_remembered_for_its_late_answer() -> None:
    made = window((1, 0.0), (2, 0.0))
    made.expire(60.0)
    assert 1 in made
    assert made.take(1, ANSWER) is None
    assert made.take_late(1, 0x80000005) is None
    assert made.take_late(1, ANSWER) == OpenRequest(1, ANSWER, "t1", 0.0)
    assert made.take_late(1, ANSWER) is None
    assert 1 not in made
    made.expire(659.9)
    assert 2 in made
    made.expire(660.0)
    assert made.take_late(2, NACK) is None
    assert 2 not in made


def test_tombstones_are_counted_and_the_oldest_go_first() -> None:
    made = window(*((sequence, float(sequence)) for sequence in range(1, 6)), tombstones=3)
    made.expire(100.0)
    assert [sequence for sequence in range(1, 6) if sequence in made] == [3, 4, 5]


def test_draining_leaves_nothing_open_and_makes_no_tombstones() -> None:
    made = window((1, 0.0), (2, 1.0))
    assert [request.token for request in made.drain()] == ["t1", "t2"]
    assert len(made) == 0
    assert made.next_deadline() is None
    assert 1 not in made


@given(
    st.lists(st.tuples(st.sampled_from(("add", "take", "late", "expire")), st.integers(1, 8)), max_size=60)
)
def test_against_a_plain_model(steps) -> None:
    made = window()
    now = 0.0
    open_: dict[int, float] = {}
    given_up: dict[int, float] = {}
    for step, number in steps:
        now += 7.0
        if step == "add" and number not in open_ and number not in given_up:
            made.add(number, ANSWER, number, now)
            open_[number] = now
        elif step == "take":
            assert (made.take(number, ANSWER) is not None) == (open_.pop(number, None) is not None)
        elif step == "late":
            assert (made.take_late(number, ANSWER) is not None) == (given_up.pop(number, None) is not None)
        elif step == "expire":
            now += number * 10.0
            gone = [n for n, since in open_.items() if since + 60.0 <= now]
            assert [request.sequence for request in made.expire(now)] == gone
            given_up.update(dict.fromkeys(gone, now + 600.0))
            for n in gone:
                del open_[n]
            given_up = {n: until for n, until in given_up.items() if until > now}
        assert len(made) == len(open_)
        assert made.next_deadline() == min((since + 60.0 for since in open_.values()), default=None)
        assert {n for n in range(1, 9) if n in made} == set(open_) | set(given_up)
