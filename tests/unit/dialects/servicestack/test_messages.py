"""One message of this wire to a submission, or the reason why it is none."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.dialects.servicestack.messages import Unfit, submission_of
from chappe.domain.address import Address
from chappe.domain.channel import CHANNELS
from chappe.domain.extras import Extras


def made(**given: Any) -> Any:
    return submission_of({"to": "31612345678", "content": "x", **given}, lambda tag: tag == "premium")


@pytest.mark.row("003-005")
@pytest.mark.row("003-006")
@pytest.mark.parametrize("to", ["31612345678", "+31612345678", "0031612345678", " 31612345678\n"])
def test_numbers(to: str) -> None:
    assert made(to=to).destination == Address("31612345678", 1, 1)


@pytest.mark.row("003-005")
@pytest.mark.row("003-006")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"to": None}, "'to' must not be empty."),
        ({"to": ""}, "'to' must not be empty."),
        ({"to": " "}, "'to' must not be empty."),
        ({"content": None}, "'content' must not be empty."),
        ({"content": ""}, "'content' must not be empty."),
        ({"to": "x"}, "'to' is not a number"),
        ({"to": "1" * 21}, "'to' is not a number"),
        ({"to": "31612345678,31612345679"}, "'to' is not a number"),
        ({"to": "٣١"}, "'to' is not a number"),
        ({"clientMessageId": "x" * 256}, "'clientMessageId' has more than 255 characters."),
        ({"channel": "pigeon"}, "'channel' is not known: pigeon"),
        ({"channel": "p" * 1_000}, "'channel' is not known: " + "p" * 40),
    ],
)
def test_what_is_unfit(given: dict[str, Any], why: str) -> None:
    with pytest.raises(Unfit) as refused:
        made(**given)
    assert str(refused.value).startswith(why)


@pytest.mark.row("003-004")
@pytest.mark.parametrize("channel", [None, "", " ", "sms", "SMS", "smpp", " Smpp "])
def test_sms_is_the_rule(channel: str | None) -> None:
    asked = made(channel=channel)
    assert (asked.extras, asked.tags) == (None, ())


@pytest.mark.row("003-004")
@pytest.mark.parametrize("channel", sorted(CHANNELS - {"sms"}))
def test_other_channels_are_asked_for_by_their_names(channel: str) -> None:
    assert made(channel=channel.upper()).extras == Extras(channels=(channel,))


@pytest.mark.row("003-004")
def test_a_channel_that_a_route_knows_is_a_tag() -> None:
    asked = made(channel="premium")
    assert (asked.extras, asked.tags) == (None, ("premium",))


@pytest.mark.row("003-007")
def test_a_clients_id_makes_repetition_harmless_for_a_day() -> None:
    asked, again = made(clientMessageId="c-1"), made(clientMessageId="c-1", to="+31612345678")
    assert asked.idempotency_key == again.idempotency_key != ""
    assert asked.key_holds_ms == 86_400_000
    assert asked.reference == "c-1"
    assert asked.extras == Extras(labelled=True)
    others = {
        made(clientMessageId="c-2").idempotency_key,
        made(clientMessageId="c-1", to="31600000000").idempotency_key,
    }
    assert asked.idempotency_key not in others
    assert len(others) == 2
    assert made(clientMessageId="").idempotency_key == ""
    assert made(clientMessageId="x", channel="rcs").extras == Extras(channels=("rcs",), labelled=True)


def test_a_text_is_passed_on_as_it_is() -> None:
    assert made(content=" é\n\x00☺ ").text == " é\n\x00☺ "
