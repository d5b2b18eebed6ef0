"""Interceptors in the pipeline: their order, what they see, what a script may answer, what nobody pays who has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.conditions import Condition
from chappe.domain.interception import Draft, Interceptor, OnFailure, Part, Rejection, Replacement, Script
from chappe.domain.refusal import Reason, Refusal, Right
from chappe.domain.routing import Route, Target
from chappe.domain.submission import Accepted, Estimated
from chappe.domain.value_filters import ValueFilters
from chappe.ports.scripts import Failed, ScriptAnswer, ScriptFailure, ScriptJob
from unit.pipeline.rig import ACCOUNT, Rig, ask, rig

Answering = Callable[[ScriptJob], ScriptAnswer | ScriptFailure]


class Scripted:
    """Answers `ports.scripts.ScriptRunner` as a test says, and keeps what it was asked."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.batches: list[list[ScriptJob]] = []

    async def run(self, jobs: Sequence[ScriptJob]) -> list[ScriptAnswer | ScriptFailure]:
        self.batches.append(list(jobs))
        return [self.answering(job) for job in jobs]


def upper(job: ScriptJob) -> ScriptAnswer:
    draft = job.draft
    return ScriptAnswer(
        Draft(draft.source, draft.destination, (draft.text or "").upper(), draft.tags, draft.tlvs)
    )


def house_of(*records: Any, answering: Answering = upper) -> tuple[Rig, Scripted]:
    house = rig(*records)
    scripts = Scripted(answering)
    house.scripts = scripts
    house.begin()
    return house, scripts


def script(name: str = "script", **given: Any) -> Interceptor:
    fields = {"code": "pass", **given.pop("script", {})}
    return Interceptor(name=name, script=Script(**fields), **given)


async def text_of(house: Rig, **given: Any) -> str | None:
    return (await house.found(await house.accept(**given))).message.text


async def refusal_of(house: Rig, **given: Any) -> Refusal:
    (answer,) = await house.answers(ask(**given))
    assert isinstance(answer, Refusal), answer
    return answer


async def test_all_that_match_act_highest_first_each_on_what_the_one_before_made() -> None:
    house, _ = house_of(
        Interceptor(name="second", order=5, replace=(Replacement(pattern="b", by="c"),)),
        Interceptor(name="first", order=9, replace=(Replacement(pattern="a", by="b"),)),
        Interceptor(
            name="third", condition=Condition(text="ccc", tags=("x",)), replace=(Replacement(pattern="c"),)
        ),
    )
    assert await text_of(house, text="aab") == "ccc"
    assert await text_of(house, text="aab", tags=("x",)) == ""
    assert house.meter.by_label["intercepted", "first"] == 2
    assert house.meter.by_label["intercepted", "third"] == 1


async def test_after_the_last_no_other_acts() -> None:
    house, _ = house_of(
        Interceptor(name="first", order=9, sender="First", last=True, condition=Condition(text="x")),
        Interceptor(name="second", order=5, sender="Second"),
    )
    found = await house.found(await house.accept(text="x"))
    assert found.message.source.value == "First"
    found = await house.found(await house.accept(text="y"))
    assert found.message.source.value == "Second"


async def test_routing_sees_what_interceptors_made() -> None:
    house, _ = house_of(
        Interceptor(name="i", condition=Condition(text=".*vip"), add_tags=("vip",)),
        Route(name="vip", order=9, condition=Condition(tags=("vip",)), targets=(Target(connector="spare"),)),
    )
    assert (await house.found(await house.accept(text="a vip"))).message.connector == "spare"
    assert (await house.found(await house.accept(text="others"))).message.connector == "op"


async def test_rights_and_filters_are_asked_of_what_the_client_wrote() -> None:
    account = Account(
        name="acme",
        default_sender="Acme",
        denied=(Right.PRIORITY,),
        filters=ValueFilters(source="^Acme$", content="^hello"),
    )
    house, _ = house_of(
        account, Interceptor(name="i", sender="Other", replace=(Replacement(pattern="hello", by="bye"),))
    )
    found = await house.found(await house.accept(text="hello", source=Address("Acme", 5, 0)))
    assert (found.message.source.value, found.message.text) == ("Other", "bye")
    assert (await refusal_of(house, text="hello", source=Address("Other", 5, 0))).reason is Reason.FILTERED
    assert (await refusal_of(house, text="bye", source=Address("Acme", 5, 0))).reason is Reason.FILTERED
    assert (await refusal_of(house, text="hello", asks=(Right.PRIORITY,))).reason is Reason.NO_RIGHT


async def test_a_changed_text_is_counted_and_priced_anew() -> None:
    house, _ = house_of(Interceptor(name="i", replace=(Replacement(pattern="#", by="x" * 100),)))
    found = await house.found(await house.accept(text="##"))
    assert found.message.parts == 2
    (asked,) = await house.submitting.intercepted(ACCOUNT, "acme", [ask(text="##")])
    assert not isinstance(asked, Refusal)
    estimated = house.submitting.estimate(ACCOUNT, asked)
    assert isinstance(estimated, Estimated)
    assert (estimated.parts, estimated.price) == (2, 20_000)


async def test_octets_that_are_text_can_be_replaced_and_others_stay() -> None:
    house, _ = house_of(Interceptor(name="i", replace=(Replacement(pattern="h", by="j"),)))
    changed = await house.found(await house.accept(octets=b"hello", data_coding=0))
    assert (changed.message.text, changed.message.octets) == ("jello", None)
    binary = await house.found(await house.accept(octets=b"\x00h", data_coding=4))
    assert binary.message.octets == b"\x00h"
    headed = await house.found(await house.accept(octets=b"\x05\x00\x03\x01\x02\x01h", udhi=True))
    assert headed.message.octets == b"\x05\x00\x03\x01\x02\x01h"


async def test_what_is_not_changed_stays_octet_for_octet() -> None:
    house, _ = house_of(Interceptor(name="i", add_tags=("seen",)))
    found = await house.found(await house.accept(octets=b"hello", data_coding=0))
    assert (found.message.octets, found.message.tags) == (b"hello", ("seen",))


async def test_a_rejection_carries_its_statuses() -> None:
    house, _ = house_of(
        Interceptor(name="no", reject=Rejection(reason="closed", http_status=451, smpp_status=8))
    )
    refusal = await refusal_of(house)
    assert (refusal.reason, refusal.text, refusal.http_status, refusal.smpp_status) == (
        Reason.INTERCEPTED,
        "closed",
        451,
        8,
    )
    assert house.meter.by_label["refused", "jasmin:intercepted"] == 1


async def test_a_number_that_is_none_after_a_rule_refuses_the_message() -> None:
    house, _ = house_of(
        Interceptor(name="bad", replace=(Replacement(pattern="^3", by="x", part=Part.DESTINATION),))
    )
    assert (await refusal_of(house)).reason is Reason.BAD_DESTINATION


async def test_of_many_each_goes_its_own_way_and_their_scripts_are_one_batch() -> None:
    house, scripts = house_of(
        Interceptor(name="no", order=9, condition=Condition(text="bad"), reject=Rejection()),
        script(condition=Condition(text="[a-m]")),
    )
    answers = await house.answers(ask(text="apple"), ask(text="bad"), ask(text="zebra"), ask(text="lemon"))
    assert [type(answer) for answer in answers] == [Accepted, Refusal, Accepted, Accepted]
    ids = [answer.message_id for answer in answers if isinstance(answer, Accepted)]
    assert [(await house.found(one)).message.text for one in ids] == ["APPLE", "zebra", "LEMON"]
    assert [[job.draft.text for job in jobs] for jobs in scripts.batches] == [["apple", "lemon"]]


async def test_a_script_is_told_whose_the_message_is() -> None:
    house, scripts = house_of(script())
    await house.accept(text="x", tags=("t",), tlvs=((5, b"y"),))
    ((job,),) = scripts.batches
    assert (job.rule, job.direction, job.account, job.user, job.group) == (
        "script",
        "mt",
        "acme",
        "acme",
        "g",
    )
    assert (job.draft.tags, job.draft.tlvs, job.at_ms) == (("t",), ((5, b"y"),), house.clock.ms)


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        (Failed.ERROR, Reason.INTERCEPTOR_FAILED),
        (Failed.NONSENSE, Reason.INTERCEPTOR_FAILED),
        (Failed.TIME, Reason.INTERCEPTOR_DOWN),
        (Failed.DIED, Reason.INTERCEPTOR_DOWN),
        (Failed.BUSY, Reason.INTERCEPTOR_DOWN),
    ],
)
async def test_a_script_that_fails_refuses_for_now_or_lets_pass(failed: Failed, reason: Reason) -> None:
    house, _ = house_of(script(), answering=lambda _: ScriptFailure(failed, "why"))
    refusal = await refusal_of(house)
    assert (refusal.reason, refusal.reason.retryable) == (reason, True)
    assert house.meter.by_label["interceptor_failures", f"script:{failed.value}"] == 1
    house, _ = house_of(
        script(script={"on_failure": OnFailure.PASS}, last=True),
        Interceptor(name="after", order=-1, sender="After"),
        answering=lambda _: ScriptFailure(failed, "why"),
    )
    found = await house.found(await house.accept(text="as it was"))
    assert (found.message.text, found.message.source.value) == ("as it was", "Chappe")


async def test_where_no_scripts_run_a_rule_with_one_fails() -> None:
    house = rig(script())
    assert (await refusal_of(house)).reason is Reason.INTERCEPTOR_DOWN


@pytest.mark.parametrize(("result", "connector"), [(True, "spare"), (False, "op")])
async def test_a_result_becomes_a_tag_as_an_eval_filter_asks(result: bool, connector: str) -> None:
    house, _ = house_of(
        script(script={"result_tag": "odd"}),
        Route(name="odd", order=9, condition=Condition(tags=("odd",)), targets=(Target(connector="spare"),)),
        answering=lambda job: ScriptAnswer(job.draft, result=result),
    )
    assert (await house.found(await house.accept())).message.connector == connector


async def test_a_script_that_refuses_names_its_statuses() -> None:
    house, _ = house_of(
        script(), answering=lambda job: ScriptAnswer(job.draft, rejects=True, smpp_status=0x58)
    )
    refusal = await refusal_of(house)
    assert (refusal.reason, refusal.http_status, refusal.smpp_status) == (Reason.INTERCEPTED, 520, 0x58)


async def test_rejecting_after_a_script_still_rejects() -> None:
    house, _ = house_of(script(reject=Rejection(reason="after all")))
    assert (await refusal_of(house)).text == "after all"


async def test_without_rules_nothing_is_asked() -> None:
    house, scripts = house_of()
    asked = [ask(), ask()]
    assert await house.submitting.intercepted(ACCOUNT, "acme", asked) == asked
    await house.accept()
    assert scripts.batches == []
    assert house.meter.by_name["intercepted"] == 0


async def test_a_batch_is_intercepted_too() -> None:
    house, _ = house_of(Interceptor(name="i", sender="Batch"))
    (made,) = await house.submitting.prepared(ACCOUNT, "acme", "jasmin", [ask()])
    assert not isinstance(made, Refusal)
    assert made.source.value == "Batch"
