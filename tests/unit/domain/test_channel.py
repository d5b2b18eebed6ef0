"""Channels: a closed list, and what each shows."""

from __future__ import annotations

import pytest

from chappe.domain.channel import CHANNELS, PLAIN, PUSH, SMS, VOICE, Channel, takes_rich


def test_canonical_names_are_short_words_in_lower_case() -> None:
    assert frozenset(channel.value for channel in Channel) == CHANNELS
    assert all(name.isascii() and name.isalpha() and name.islower() for name in CHANNELS)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.row("001-143")
def test_a_conversation_is_shown_everywhere_but_by_sms_voice_and_push(channel: Channel) -> None:
    assert takes_rich(channel.value) is (channel not in (Channel.SMS, Channel.VOICE, Channel.PUSH))


def test_the_plain_ones_have_names_of_their_own() -> None:
    assert {SMS, VOICE, PUSH} == PLAIN
