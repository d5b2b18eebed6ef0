"""What an operator sets becomes what a session is made with."""

from __future__ import annotations

from chappe.dialects.smpp.settings import OFFERED, ServerSettings
from chappe.protocols.smpp.command_ids import Command


def test_every_setting_of_a_session_is_ours() -> None:
    given = ServerSettings(
        window_in=7,
        throttle_mark=9,
        window_out=3,
        max_pdu=1_000,
        session_init_timer=1.0,
        enquire_link_timer=2.0,
        enquire_link_response_timer=3.0,
        response_timer=4.0,
        inactivity_timer=5.0,
        pdu_read_timer=6.0,
        unbind_timer=7.0,
    )
    made = given.session()
    assert (made.window_in, made.throttle_mark, made.window_out, made.limit) == (7, 9, 3, 1_000)
    assert (made.session_init_timer, made.enquire_link_timer, made.enquire_link_response_timer) == (1, 2, 3)
    assert (made.response_timer, made.inactivity_timer, made.pdu_read_timer, made.unbind_timer) == (
        4,
        5,
        6,
        7,
    )


def test_what_an_esme_may_ask_is_offered_and_what_only_an_smsc_says_is_not() -> None:
    assert ServerSettings().session().offered == OFFERED
    assert Command.REPLACE_SM in OFFERED
    assert Command.SUBMIT_MULTI in OFFERED
    assert not OFFERED & {Command.DELIVER_SM, Command.ALERT_NOTIFICATION, Command.OUTBIND}


def test_the_throttle_mark_leaves_room_for_what_one_read_can_bring() -> None:
    """256 KiB of the shortest submit_sm, which has 33 octets after its header, fit between the two marks."""
    given = ServerSettings()
    assert given.throttle_mark - given.window_in > 262_144 // (16 + 33)
