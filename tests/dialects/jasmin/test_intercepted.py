"""What a client of this dialect hears of interceptors: Jasmin's texts and statuses, on /send and /rate."""

from __future__ import annotations

import pytest

from chappe.dialects.jasmin import DIALECT
from chappe.domain.conditions import Condition
from chappe.domain.interception import Interceptor, Rejection, Replacement, Script
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from dialects.http_rig import Rig

LOGIN = "username=acme&password=acme-pass&to=31612345678"


def rig_of(*rules: Interceptor) -> Rig:
    rig = Rig(DIALECT)
    rig.directory.apply([write_entry(Kind.INTERCEPTOR, rule.name, rule) for rule in rules])
    return rig


@pytest.mark.parametrize(
    ("rule", "status", "text"),
    [
        (Interceptor(name="i", reject=Rejection()), 520, "Interception specific error code 520"),
        (
            Interceptor(name="i", reject=Rejection(http_status=403)),
            403,
            "Interception specific error code 403",
        ),
        (
            Interceptor(name="i", reject=Rejection(smpp_status=8)),
            520,
            "Interception specific error code 520",
        ),
        (Interceptor(name="i", reject=Rejection(reason="closed", http_status=451)), 451, "closed"),
        (Interceptor(name="i", script=Script(code="pass")), 503, "InterceptorPB not connected !"),
    ],
)
async def test_a_refusal_by_a_rule(rule: Interceptor, status: int, text: str) -> None:
    rig = rig_of(rule)
    answer = await rig.ask(f"/send?{LOGIN}&content=x")
    assert (answer.status, answer.body.decode()) == (status, f'Error "{text}"')
    rate = await rig.ask(f"/rate?{LOGIN}&content=x")
    assert (rate.status, rate.body.decode()) == (status, f'"{text}"')
    assert await rig.stored() == []


async def test_a_rule_applies_to_whom_it_is_for_and_to_rates_too() -> None:
    rig = rig_of(
        Interceptor(
            name="i",
            condition=Condition(accounts=("acme",), tags=("long",)),
            sender="Shop",
            replace=(Replacement(pattern="x", by="y" * 161),),
        )
    )
    assert (await rig.ask(f"/send?{LOGIN}&content=x&tags=long")).status == 200
    assert (await rig.ask(f"/send?{LOGIN}&content=x")).status == 200
    first, second = (one.message for one in await rig.stored())
    assert (first.source.value, first.parts) == ("Shop", 2)
    assert (second.source.value, second.parts, second.text) == ("Acme", 1, "x")
    rate = await rig.ask(f"/rate?{LOGIN}&content=x&tags=long")
    assert rate.body == b'{"unit_rate":0.05,"submit_sm_count":2}'
