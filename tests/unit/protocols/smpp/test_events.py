"""events.py: defaults that reliability rests on, and that events are values."""

import typing

import pytest

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.events import OFFERED, Closing, Event, Reason, Refused, Settings
from chappe.protocols.smpp.states import CONTROL


def test_the_defaults_of_the_timers_windows_and_limits() -> None:
    """B2, B4, B13, B14, B15, B16, B17, B20."""
    settings = Settings()
    assert (settings.limit_before_bind, settings.limit) == (512, 66_560)
    assert settings.pdu_read_timer == 10
    assert settings.session_init_timer == 10
    assert (settings.enquire_link_timer, settings.inactivity_timer) == (30, None)
    assert 10 <= settings.enquire_link_response_timer <= 30
    assert (settings.response_timer, settings.tombstone_time) == (60, 600)
    assert (settings.window_out, settings.window_in) == (10, 100)
    assert settings.throttle_mark > settings.window_in
    assert settings.unbind_timer == 5


def test_a_full_message_payload_fits_behind_everything_else() -> None:
    longest = 16 + 6 + 2 + 21 + 2 + 21 + 3 + 17 + 17 + 5 + 254
    assert longest + 4 + 65_535 <= Settings().limit


def test_what_is_offered_unless_said_otherwise() -> None:
    """B26."""
    requests = {command for command in Command if command < 0x80000000} - CONTROL
    assert requests - OFFERED == {Command.SUBMIT_MULTI, Command.REPLACE_SM}
    assert requests >= OFFERED


@pytest.mark.parametrize("event", typing.get_args(Event), ids=lambda event: event.__name__)
def test_events_are_frozen(event) -> None:
    assert event.__struct_config__.frozen
    assert event.__doc__


def test_events_compare_by_value() -> None:
    assert Closing(Reason.UNBOUND) == Closing(Reason.UNBOUND, 0) != Closing(Reason.UNBOUND, 1)
    assert Refused.__struct_fields__ == ("status", "detail", "command", "sequence")
