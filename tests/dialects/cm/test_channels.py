"""Allowed channels as clients ask for them: the recordings, every name, what is not set up, nothing by another channel."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.app import Device
from chappe.domain.link import Health
from dialects.cm_channels import APP_KEY, DOWN, NOT_SET_UP, SECRET, Channels
from dialects.cm_rig import NUMBER, document, msg, node

KEYED = {"appKey": APP_KEY}
DEVICE = Device(APP_KEY, NUMBER.removeprefix("00"), "token-1", "apple", 1)


@pytest.mark.parametrize(
    ("name", "connector"),
    [
        pytest.param("SMS", "to-sms", marks=pytest.mark.row("001-155")),
        pytest.param("WhatsApp", "to-whatsapp", marks=pytest.mark.row("001-156")),
        pytest.param("WeChat", "to-wechat", marks=pytest.mark.row("001-157")),
        pytest.param("Push", "to-push", marks=[pytest.mark.row("001-158"), pytest.mark.row("001-162")]),
        pytest.param("RCS", "to-rcs", marks=pytest.mark.row("001-159")),
        pytest.param("Viber", "to-viber", marks=pytest.mark.row("001-160")),
        pytest.param("Voice", "to-voice", marks=pytest.mark.row("001-161")),
        ("Whatsapp", "to-whatsapp"),
        (" SMS", "to-sms"),
        ("Telegram Messenger", "to-telegram"),
        ("FacebookMessenger", "to-messenger"),
    ],
)
async def test_each_channel_has_its_connector(name: str, connector: str) -> None:
    assert (await Channels().taken(msg(allowedChannels=[name]))).connector == connector


@pytest.mark.parametrize("given", [{}, {"allowedChannels": []}, {"allowedChannels": None}])
@pytest.mark.row("001-153")
async def test_no_list_allows_whatever_the_operator_routes(given: dict[str, Any]) -> None:
    assert (await Channels().taken({**msg(), **given})).connector == "to-sms"


@pytest.mark.row("001-152")
@pytest.mark.row("001-154")
async def test_a_channel_that_is_not_set_up_is_refused_and_not_sent_by_another() -> None:
    wanted = (305, "No allowed channel is set up for this account")
    assert await Channels().refused(msg(allowedChannels=[NOT_SET_UP])) == wanted
    assert (await Channels().taken(msg(allowedChannels=[NOT_SET_UP, "SMS"]))).connector == "to-sms"


async def test_a_channel_that_is_down_waits_or_not_as_its_rule_says() -> None:
    code, _ = await Channels().refused(msg(allowedChannels=[DOWN]))
    assert code == 999
    rig = Channels()
    rig.submit._health = lambda _: Health.DOWN
    assert (await rig.taken(msg(allowedChannels=["Viber"]))).connector == "to-viber"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("SMS", "The allowedChannels object is an invalid type, it should be an array"),
        (["Pigeon"], "The allowedChannels array holds no known channel: Pigeon"),
        ([1], "The allowedChannels array holds what is no channel name"),
    ],
)
async def test_what_is_no_list_of_channels(value: Any, text: str) -> None:
    assert await Channels().refused(msg(allowedChannels=value)) == (305, text)


RECORDED = {
    "py-sdk-allowed-channels": (
        '{"messages": {"authentication": {"producttoken": "00000000-0000-4000-8000-00000000000a"}, "msg": '
        '[{"allowedChannels": ["Push", "SMS"], "from": "Chappe", "to": [{"number": "0033612345678"}], "body": '
        '{"type": "AUTO", "content": "Push or SMS"}, "customGrouping3": "text-sdk-python-2.0.4"}]}}'
    ),
    "py-sdk-rich-media": (
        '{"messages": {"authentication": {"producttoken": "00000000-0000-4000-8000-00000000000a"}, "msg": '
        '[{"allowedChannels": ["WhatsApp", "RCS"], "from": "Chappe", "to": [{"number": "0033612345678"}], "body": '
        '{"type": "AUTO", "content": "Look at this"}, "reference": "rich1", "customGrouping3": '
        '"text-sdk-python-2.0.4", "richContent": {"conversation": [{"text": "Look at this"}, {"media": {"mediaName": '
        '"logo", "mediaUri": "https://example.org/logo.png", "mimeType": "image/png"}}]}}]}}'
    ),
    "py-sdk-whatsapp-template": (
        '{"messages": {"authentication": {"producttoken": "00000000-0000-4000-8000-00000000000a"}, "msg": '
        '[{"allowedChannels": ["Whatsapp"], "from": "Chappe", "to": [{"number": "0033612345678"}], "body": {"type": '
        '"AUTO", "content": ""}, "customGrouping3": "text-sdk-python-2.0.4", "richContent": {"conversation": '
        '[{"template": {"whatsapp": {"namespace": "11111111_2222_3333", "element_name": "ticket", "language": '
        '{"policy": "deterministic", "code": "en"}, "components": [{"type": "body", "parameters": [{"type": "text", '
        '"text": "Claire"}]}]}}}]}}]}}'
    ),
}
"""Bodies as recorded; the product token is that of this rig's account."""


@pytest.mark.parametrize(
    ("name", "connectors"),
    [
        ("py-sdk-allowed-channels", {"to-sms", "to-push"}),
        ("py-sdk-rich-media", {"to-whatsapp", "to-rcs"}),
        ("py-sdk-whatsapp-template", {"to-whatsapp"}),
    ],
)
async def test_what_the_vendors_sdk_sends(name: str, connectors: set[str]) -> None:
    rig = Channels()
    response = await rig.post(RECORDED[name].encode(), X_CM_SDK="text-sdk-python-2.0.4")
    assert response.status == 200, response.body
    (stored,) = await rig.stored()
    assert stored.message.connector in connectors


# ------------------------------------------------------------ by app


@pytest.mark.row("001-051")
@pytest.mark.row("001-174")
async def test_by_push_with_a_device_and_by_sms_without() -> None:
    rig = Channels()
    assert (await rig.taken(msg(**KEYED))).connector == "to-sms"
    await rig.store.register_device(DEVICE)
    assert (await rig.taken(msg(**KEYED))).connector == "to-push"
    assert (await rig.taken(msg())).connector == "to-sms"
    assert (await rig.taken(msg(**KEYED, allowedChannels=["push", "sms"]))).connector == "to-push"
    assert (await rig.taken(msg(**KEYED, allowedChannels=["SMS"]))).connector == "to-sms"


@pytest.mark.row("001-176")
async def test_the_key_is_that_of_an_app_of_the_account() -> None:
    wrong = (305, "The appKey names no app of this account")
    assert await Channels().refused(msg(appKey=APP_KEY.replace("1", "9"))) == wrong
    assert await Channels().refused(msg(appKey=APP_KEY.replace("1", "8"))) == wrong
    assert await Channels().refused(msg(appKey="shop")) == (305, "The appKey is no GUID")
    assert (await Channels().taken(msg(appKey=APP_KEY.upper()))).connector == "to-sms"
    assert (await Channels().taken(msg(appKey=""))).connector == "to-sms"


@pytest.mark.parametrize(
    ("kind", "seconds"), [("default", 3_600), ("OTP", 30), (" critical", 300), ("", 3_600), (None, 3_600)]
)
async def test_a_message_type_of_its_own(kind: str | None, seconds: int) -> None:
    rig = Channels()
    await rig.store.register_device(DEVICE)
    message = await rig.taken(msg(**KEYED, appMessageType=kind))
    assert message.expires_ms == rig.clock.ms + seconds * 1_000


async def test_a_message_type_that_nobody_knows() -> None:
    wanted = (305, "The appMessageType is none of default, otp and critical")
    assert await Channels().refused(msg(**KEYED, appMessageType="urgent")) == wanted
    # It says nothing where no app is named.
    assert (await Channels().taken(msg(appMessageType="urgent"))).connector == "to-sms"


@pytest.mark.row("001-051")
async def test_xml_names_an_app_too() -> None:
    rig = Channels()
    await rig.store.register_device(DEVICE)
    assert await rig.said(document(node(f"<APPKEY>{APP_KEY}</APPKEY>"))) == ""
    (stored,) = await rig.stored()
    assert stored.message.connector == "to-push"
    assert SECRET not in str(stored.message)
