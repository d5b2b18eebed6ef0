"""The paths that this dialect answers on."""

from __future__ import annotations

import pytest

from dialects.servicestack_desk import API, ROUTE, Desk, message


@pytest.mark.parametrize(
    "path",
    [
        *(
            ROUTE,
            "/Communication/Message/Smpp/Sms",
            "/COMMUNICATION/MESSAGE/SMPP/SMS",
            API,
            "/API/sendsmppsmsrequest",
        ),
        *("/json/reply/SendSMPPSmsRequest", "/JSON/reply/SendSMPPSmsRequest"),
    ],
)
async def test_routes_ignore_case(path: str) -> None:
    assert (await Desk().sent(message(), target=path))["messages"][0]["accepted"] is True


async def test_what_is_not_ours_is_left_alone() -> None:
    response = await Desk().ask("/elsewhere")
    assert (response.status, response.body) == (404, b"Not found")
