"""Who asks is looked at before what is asked: a wrong password is told, whatever else is wrong. And a key used twice."""

from __future__ import annotations

import json

import pytest

from chappe.dialects.jasmin import DIALECT
from chappe.protocols.http.messages import HttpResponse
from dialects.http_rig import Rig
from dialects.jasmin.test_rest_cases import basic

BODIES = (
    b"",
    b"{",
    b"[]",
    b'{"to":["31612345678"],"content":"x"}',
    b'{"to":"x","content":"x"}',
    b'{"messages":5}',
    b'{"messages":[],"batch_config":{"schedule_at":"never"}}',
    b"\xff" * 1_000,
)


async def asked(
    rig: Rig, path: str, body: bytes, login: str = "acme:acme-pass", method: str = "POST", **headers: str
) -> HttpResponse:
    given = {
        "Authorization": basic(login),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await rig.ask(path, method=method, body=body, headers=given)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize(
    ("path", "method"),
    [("/secure/send", "POST"), ("/secure/sendbatch", "POST"), ("/secure/rate?to=x", "GET")],
)
@pytest.mark.parametrize("login", ["acme:wrong", "nobody:x", "off:off-pass", "far:far-pass"])
async def test_a_wrong_password_is_told_before_a_wrong_body(
    path: str, method: str, login: str, body: bytes
) -> None:
    rig = Rig(DIALECT)
    response = await asked(rig, path, body, login, method)
    assert (response.status, json.loads(response.body)) == (
        401,
        {
            "title": "Authentication failed",
            "description": f"Authentication failed for user: {login.partition(':')[0]}",
        },
    )
    right = await asked(rig, path, body, method=method)
    assert right.status in (400, 412)
    assert rig.faults == []
    assert await rig.stored() == []


async def test_guesses_with_wrong_bodies_are_counted_as_guesses() -> None:
    rig = Rig(DIALECT)
    for _ in range(15):
        assert (await asked(rig, "/secure/send", b"{", "acme:wrong")).status == 401
    assert (await asked(rig, "/secure/send", b'{"to":"31612345678","content":"x"}')).status == 401


async def test_a_key_with_another_message_is_refused() -> None:
    rig = Rig(DIALECT)
    first = b'{"to":"31612345678","content":"x","dlr-level":2,"validity_period":5}'
    told = await asked(rig, "/secure/send", first, Idempotency_Key="k")
    assert told.status == 200
    rig.clock.ms += 60_000
    assert await asked(rig, "/secure/send", first, Idempotency_Key="k") == told
    for other in (
        b'{"to":"31612345678","content":"y","dlr-level":2,"validity_period":5}',
        b'{"to":"31612345679","content":"x","dlr-level":2,"validity_period":5}',
        b'{"to":"31612345678","content":"x","dlr-level":1,"validity_period":5}',
        b'{"to":"31612345678","content":"x","dlr-level":2,"from":"Other"}',
    ):
        refused = await asked(rig, "/secure/send", other, Idempotency_Key="k")
        assert (refused.status, json.loads(refused.body)) == (
            409,
            {"message": 'Error "The idempotency key was used for another message"'},
        )
    assert len(await rig.stored()) == 1
