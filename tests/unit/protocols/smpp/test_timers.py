"""timers.py: deadlines over a clock that is only an argument."""

from chappe.protocols.smpp.timers import Timer, Timers

LENGTHS = dict(zip(Timer, (10.0, 5.0, 30.0, 20.0, None, 1.0), strict=True))


def test_nothing_runs_at_first() -> None:
    timers = Timers(LENGTHS)
    assert timers.next_deadline() is None
    assert timers.due(1e9) == []


def test_the_first_deadline_is_told_and_due_once() -> None:
    timers = Timers(LENGTHS)
    timers.start(Timer.ENQUIRE_LINK, 100.0)
    timers.start(Timer.PDU_READ, 101.0)
    timers.start(Timer.SESSION_INIT, 100.0)
    assert timers.next_deadline() == 106.0
    assert timers.due(105.9) == []
    assert timers.due(110.0) == [Timer.PDU_READ, Timer.SESSION_INIT]
    assert timers.due(110.0) == []
    assert timers.next_deadline() == 130.0


def test_starting_anew_postpones() -> None:
    timers = Timers(LENGTHS)
    timers.start(Timer.UNBIND, 0.0)
    timers.start(Timer.UNBIND, 7.0)
    assert timers.next_deadline() == 8.0


def test_stopping() -> None:
    timers = Timers(LENGTHS)
    for timer in Timer:
        timers.start(timer, 0.0)
    timers.stop(Timer.UNBIND)
    assert not timers.running(Timer.UNBIND)
    assert timers.running(Timer.PDU_READ)
    timers.stop_all()
    assert not any(timers.running(timer) for timer in Timer)
    assert timers.next_deadline() is None


def test_a_timer_without_a_length_never_runs() -> None:
    timers = Timers(LENGTHS)
    timers.start(Timer.INACTIVITY, 0.0)
    assert not timers.running(Timer.INACTIVITY)
