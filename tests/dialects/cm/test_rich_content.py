"""Rich content from the wire to the message: kept where it is shown, the body beside it, and 304 or 305 for what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.rich import Media, Reply, RichContent, RichMessage
from dialects.cm_channels import Channels
from dialects.cm_rig import msg

TALK = {"conversation": [{"text": "look"}]}
EMPTY = (304, "A body without content was found")


def rich(content: Any, *channels: str, **given: Any) -> dict[str, Any]:
    return msg(richContent=content, allowedChannels=list(channels) or None, **given)


async def kept(content: Any) -> RichContent:
    message = await Channels().taken(rich(content, "RCS", "SMS"))
    assert message.extras is not None
    assert message.extras.rich is not None
    assert message.text == "Bonjour"
    return message.extras.rich


@pytest.mark.row("001-141")
@pytest.mark.row("001-143")
@pytest.mark.row("001-148")
async def test_it_is_kept_beside_the_body() -> None:
    picture = {"mediaName": "logo", "mediaUri": "https://example.org/logo.png", "mimeType": "image/png"}
    assert await kept({"conversation": [{"text": "look", "media": picture}]}) == RichContent(
        conversation=(
            RichMessage(
                text="look",
                media=Media(uri="https://example.org/logo.png", mime_type="image/png", name="logo"),
            ),
        )
    )


@pytest.mark.row("001-164")
async def test_suggestions_alone_go_with_the_body() -> None:
    found = await kept({"suggestions": [{"action": "reply", "label": "Yes", "postbackdata": "y"}]})
    assert found == RichContent(suggestions=(Reply(label="Yes", postback="y"),))


async def test_keys_of_any_case() -> None:
    message = await Channels().taken(
        {**rich(None, "RCS"), "RICHCONTENT": {"Conversation": [{"TEXT": "look"}]}, "AllowedChannels": ["rcs"]}
    )
    assert message.extras is not None
    assert message.extras.rich == RichContent(conversation=(RichMessage(text="look"),))


@pytest.mark.parametrize("body", [None, {"content": ""}, {"type": "AUTO", "content": ""}, {"content": None}])
@pytest.mark.parametrize(
    ("channels", "connectors"), [(("WhatsApp",), {"to-whatsapp"}), (("WhatsApp", "SMS"), {"to-whatsapp"})]
)
async def test_no_body_beside_a_conversation(
    body: dict[str, Any] | None, channels: tuple[str, ...], connectors: set[str]
) -> None:
    message = await Channels().taken(rich(TALK, *channels, body=body))
    assert message.connector in connectors


async def test_no_body_and_no_list_goes_where_the_conversation_is_shown() -> None:
    message = await Channels().taken(rich(TALK, body=None))
    assert message.connector not in ("to-sms", "to-voice", "to-push")


@pytest.mark.parametrize("channels", [("SMS",), ("Voice", "Push", "SMS")])
async def test_no_body_where_only_a_body_is_shown(channels: tuple[str, ...]) -> None:
    code, text = await Channels().refused(rich(TALK, *channels, body={"content": ""}))
    assert code == 304
    assert text


@pytest.mark.parametrize(
    "content", [None, {}, {"conversation": []}, {"suggestions": [{"action": "Reply", "label": "x"}]}]
)
async def test_no_body_without_a_conversation(content: Any) -> None:
    assert await Channels().refused(rich(content, "RCS", body={"content": ""})) == EMPTY


@pytest.mark.parametrize(
    ("content", "about"),
    [
        pytest.param({"conversation": [{"text": "a"}] * 6}, "at most 5", marks=pytest.mark.row("001-142")),
        pytest.param(
            {"suggestions": [{"action": "Reply", "label": "x"}] * 12},
            "at most 11",
            marks=pytest.mark.row("001-163"),
        ),
        pytest.param(
            {"suggestions": [{"action": "Dance", "label": "x"}]},
            "action is unknown",
            marks=pytest.mark.row("001-165"),
        ),
        pytest.param(
            {"suggestions": [{"action": "OpenUrl", "label": "x"}]},
            "url is required",
            marks=pytest.mark.row("001-166"),
        ),
        pytest.param(
            {"conversation": [{"media": {"mediaUri": "logo.png", "mimeType": "image/png"}}]},
            "not an http or https URL",
            marks=pytest.mark.row("001-149"),
        ),
        pytest.param(
            {"conversation": [{"media": {"mediaUri": "https://example.org/a", "mimeType": "png"}}]},
            "not a MIME type",
            marks=pytest.mark.row("001-150"),
        ),
        ([], "should be an object"),
        ("<b>", "should be an object"),
        ({"conversation": "x"}, "should be an array"),
        ({"conversation": [{"text": "x" * 20_001}]}, "longer than 20000"),
        ({"conversation": [{"text": "é" * 20_000}] * 2}, "larger than 65536 octets"),
    ],
)
@pytest.mark.row("001-136")
async def test_what_is_wrong_with_it_is_one_sentence(content: Any, about: str) -> None:
    code, text = await Channels().refused(rich(content, "RCS"))
    assert code == 305
    assert about in text


async def test_one_that_is_wrong_does_not_hold_up_the_others() -> None:
    rig = Channels()
    found = await rig.answered(rich(TALK, "RCS"), rich({"conversation": [{}]}, "RCS"), msg())
    assert (found["status"], found["errorCode"], found["details"]) == (200, 201, "Created 2 message(s)")
    assert [each["messageErrorCode"] for each in found["messages"]] == [0, 305, 0]


async def test_conversation_of_a_long_body_has_the_parts_of_its_fallback() -> None:
    message = await Channels().taken(rich(TALK, "RCS", "SMS", body={"type": "AUTO", "content": "x" * 200}))
    assert message.parts == 2
