"""Names of channels as clients write them, and what of a list is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.cm.channels import NAMES, SHOWN, channel_named, read_app_type, read_channels
from chappe.domain.app import MessageType
from chappe.domain.channel import CHANNELS, Channel


@pytest.mark.parametrize(
    ("written", "name"),
    [
        pytest.param("SMS", "sms", marks=pytest.mark.row("001-155")),
        pytest.param("WhatsApp", "whatsapp", marks=pytest.mark.row("001-156")),
        pytest.param("WeChat", "wechat", marks=pytest.mark.row("001-157")),
        pytest.param("Push", "push", marks=pytest.mark.row("001-158")),
        pytest.param("RCS", "rcs", marks=pytest.mark.row("001-159")),
        pytest.param("Viber", "viber", marks=pytest.mark.row("001-160")),
        pytest.param("Voice", "voice", marks=pytest.mark.row("001-161")),
        ("Whatsapp", "whatsapp"),
        (" SMS", "sms"),
        ("sms\t", "sms"),
        ("push", "push"),
        ("MobilePush", "push"),
        ("iMessage", "apple"),
        ("Apple Business Chat", "apple"),
        ("AppleMessagesForBusiness", "apple"),
        ("Line", "line"),
        ("Twitter", "twitter"),
        ("Facebook Messenger", "messenger"),
        ("FacebookMessenger", "messenger"),
        ("Google Business Messages", "google"),
        ("Instagram", "instagram"),
        ("Telegram Messenger", "telegram"),
    ],
)
def test_names_in_use(written: str, name: str) -> None:
    assert channel_named(written) == name
    assert read_channels([written]) == (name,)


def test_every_channel_can_be_named_and_shown() -> None:
    assert set(NAMES.values()) == set(SHOWN) == CHANNELS
    assert all(channel_named(shown) == name for name, shown in SHOWN.items())


@pytest.mark.parametrize("channel", Channel)
def test_the_canonical_name_is_a_name(channel: Channel) -> None:
    assert channel_named(channel.value) == channel.value


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, ()),
        ([], ()),
        ((), ()),
        (["Push", "SMS"], ("push", "sms")),
        (["SMS", "sms", " S M S "], ("sms",)),
        (["Pigeon", "SMS"], ("sms",)),
    ],
)
def test_lists(value: Any, read: tuple[str, ...]) -> None:
    assert read_channels(value) == read


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("SMS", "The allowedChannels object is an invalid type, it should be an array"),
        ({"SMS": 1}, "The allowedChannels object is an invalid type, it should be an array"),
        (7, "The allowedChannels object is an invalid type, it should be an array"),
        (False, "The allowedChannels object is an invalid type, it should be an array"),
        ([7], "The allowedChannels array holds what is no channel name"),
        (["SMS", None], "The allowedChannels array holds what is no channel name"),
        ([["SMS"]], "The allowedChannels array holds what is no channel name"),
        (["Pigeon"], "The allowedChannels array holds no known channel: Pigeon"),
        ([""], "The allowedChannels array holds no known channel: "),
        (["P" * 10_000], "The allowedChannels array holds no known channel: " + "P" * 40),
        (["SMS"] * 51, "The allowedChannels array has more than 50 entries"),
    ],
)
def test_what_is_no_list_of_channels(value: Any, sentence: str) -> None:
    assert read_channels(value) == sentence


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s, max_size=4)))
def test_anything_at_all_gets_an_answer(value: Any) -> None:
    found = read_channels(value)
    assert isinstance(found, str) or set(found) <= CHANNELS


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None),
        ("", None),
        ("default", MessageType.DEFAULT),
        (" OTP ", MessageType.OTP),
        ("Critical", MessageType.CRITICAL),
        ("urgent", "The appMessageType is none of default, otp and critical"),
        (3, "The appMessageType is none of default, otp and critical"),
    ],
)
def test_message_types(value: Any, read: MessageType | str | None) -> None:
    assert read_app_type(value) == read
