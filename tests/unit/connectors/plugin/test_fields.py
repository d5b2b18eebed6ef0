"""A message as SmsMessage: every field of the class, who says what it is, and what has no such form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chappe.connectors.plugin.fields import Unfit, Writer, write_request
from chappe.connectors.plugin.settings import decode
from chappe.domain.address import Address
from chappe.domain.extras import Extras, PluginFields
from chappe.domain.message import Message
from making import message

DAY_MS = 1_773_489_600_000  # 2026-03-14T12:00:00Z


def written(one: Message, **settings: Any) -> dict[str, Any]:
    request = write_request([Writer(decode({"plugin": "mine", **settings})).write(one)])
    (row,) = json.loads(request)["messages"]
    assert isinstance(row, dict)
    return row


def saying(**given: Any) -> Message:
    return message(extras=Extras(plugin=PluginFields(**given)))


@pytest.mark.row("000-035")
def test_all_fields_are_there_by_the_documents_names_in_its_order() -> None:
    assert written(message()) == {
        "mobileNumber": "31612345678",
        "text": "hello",
        "sender": "Chappe",
        "startTime": None,
        "expireTime": None,
        "smsType": "BULK",
        "brandCode": None,
        "recipientType": None,
        "messageType": None,
        "accountId": 0,
        "senderId": 0,
    }
    assert next(iter(written(message()))) == "mobileNumber"


@pytest.mark.row("000-009")
def test_no_sender_is_null() -> None:
    assert written(message(source=Address("", 0, 0)))["sender"] is None


@pytest.mark.row("000-010", "000-011")
@pytest.mark.parametrize(
    ("zone", "date"),
    [("Europe/Istanbul", "202603141500"), ("UTC", "202603141200"), ("-08:00", "202603140400")],
)
def test_dates_are_in_the_zone_that_is_set(zone: str, date: str) -> None:
    row = written(message(due_ms=DAY_MS, expires_ms=DAY_MS + 86_400_000), timezone=zone)
    assert (row["startTime"], int(row["expireTime"])) == (date, int(date) + 10_000)


@pytest.mark.row("000-012")
def test_priority_is_said_of_urgent_ones_only_and_may_be_left_out() -> None:
    assert written(message(priority=3))["priority"] == "yes"
    assert "priority" not in written(message(priority=0))
    assert "priority" not in written(message(priority=3), priority=False)


@pytest.mark.row("000-013", "000-014")
@pytest.mark.parametrize("kind", ["BULK", "OTP", "TCKN", "TAXNO"])
def test_kinds(kind: str) -> None:
    one = saying(sms_type=kind)
    assert written(one)["smsType"] == kind
    assert written(one, sms_type="plain")["smsType"] == kind
    assert written(one, sms_type="composite")["smsType"] == f"{kind}|0-0-31612345678-{one.id}"


@pytest.mark.row("000-014")
def test_the_composite_form_is_the_clients_where_he_has_one_and_ours_where_not() -> None:
    given = saying(sms_type="BULK|1-2-3-4")
    assert written(given)["smsType"] == "BULK|1-2-3-4"
    assert written(given, sms_type="composite")["smsType"] == "BULK|1-2-3-4"
    assert written(given, sms_type="plain")["smsType"] == "BULK"
    made = written(saying(account_id=7, sender_id=9), sms_type="composite")["smsType"]
    kind, _, tag = made.partition("|")
    assert (kind, tag.split("-")[:3]) == ("BULK", ["7", "9", "31612345678"])
    assert len(tag.split("-")) == 4


@pytest.mark.row("000-036", "000-037", "000-038", "000-039", "000-040")
def test_the_client_goes_before_his_account_and_that_before_the_rest() -> None:
    settings = {
        "fields": {
            "brand_code": "all",
            "recipient_type": "TACIR",
            "message_type": "M",
            "account_id": 1,
            "sender_id": 2,
        },
        "accounts": {"acme": {"brand_code": "acme", "account_id": 7, "sms_type": "OTP"}},
        "senders": {"Chappe": 5},
    }
    other = written(message(account="other", source=Address("Other", 5, 0)), **settings)
    assert (other["brandCode"], other["recipientType"], other["messageType"]) == ("all", "TACIR", "M")
    assert (other["accountId"], other["senderId"], other["smsType"]) == (1, 2, "BULK")
    own = written(message(), **settings)
    assert (own["brandCode"], own["accountId"], own["senderId"], own["smsType"]) == ("acme", 7, 5, "OTP")
    said = written(
        saying(brand_code="b", recipient_type="BIREYSEL", message_type="x", account_id=70, sender_id=90),
        **settings,
    )
    assert (said["brandCode"], said["recipientType"], said["messageType"]) == ("b", "BIREYSEL", "x")
    assert (said["accountId"], said["senderId"]) == (70, 90)


def test_octets_that_are_text_become_text() -> None:
    assert written(message(text=None, octets=b"\x04\x1f", charset="ucs2"))["text"] == "П"


@pytest.mark.parametrize(
    "given",
    [
        {"octets": b"\x00\xff", "charset": "binary"},
        {"octets": b"\x05\x00\x03\x01\x02\x01a", "udhi": True},
        {"octets": b"\xd8\x00", "charset": "ucs2"},
    ],
)
def test_octets_that_are_none_are_unfit(given: dict[str, Any]) -> None:
    with pytest.raises(Unfit):
        written(message(text=None, **given))
