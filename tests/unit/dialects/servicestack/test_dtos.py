"""The types of ServiceStack's wire: order, names, and what is left out."""

from __future__ import annotations

import pytest

from chappe.dialects.servicestack.dtos import (
    AUTHENTICATED,
    MESSAGE,
    OPERATIONS,
    REQUEST,
    RESPONSE,
    RESPONSE_STATUS,
    RESULT,
    SEND,
    Dto,
    camel_case,
    plain,
    reachable,
)


@pytest.mark.parametrize(
    ("dto", "names"),
    [
        (REQUEST, "Messages"),
        (MESSAGE, "channel clientMessageId content to"),
        (RESPONSE, "ResponseStatus error messages"),
        (RESULT, "accepted apiMessageId error msg to"),
        (RESPONSE_STATUS, "ErrorCode Message StackTrace Errors Meta"),
    ],
)
def test_the_order_of_xml(dto: Dto, names: str) -> None:
    assert [member.name for member in dto.in_xml] == names.split()


def test_json_has_declared_order_and_no_nulls() -> None:
    value = {"to": "1", "error": None, "accepted": False, "msg": {"content": "x", "channel": None, "to": "1"}}
    found = plain(RESULT, value)
    assert list(found.items()) == [("accepted", False), ("to", "1"), ("msg", {"to": "1", "content": "x"})]


def test_small_first_letters_go_all_the_way_down() -> None:
    status = {"ErrorCode": "A", "Errors": [{"FieldName": "f", "Meta": {"Kept": "As is"}}]}
    assert plain(RESPONSE_STATUS, status, camel=True) == {
        "errorCode": "A",
        "errors": [{"fieldName": "f", "meta": {"Kept": "As is"}}],
    }
    assert plain(AUTHENTICATED, {"UserId": "u", "Roles": []}, camel=True) == {"userId": "u", "roles": []}
    assert camel_case("") == ""


def test_operations_are_found_by_small_letters() -> None:
    assert set(OPERATIONS) == {"sendsmppsmsrequest", "authenticate", "getaccesstoken"}
    assert [dto.name for dto in reachable(SEND)] == [
        *("SMPPMessage", "SendSMPPSmsRequest", "SMPPResponseMsg", "ResponseError"),
        *("ResponseStatus", "SMPPMsgResponse"),
    ]
