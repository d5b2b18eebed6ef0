"""The behaviour's problems, its changes while running, and what chance makes of its shares."""

from random import Random
from typing import Any

import pytest

from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipt_variants import VARIANTS
from chappe.sim.behaviour import Behaviour, CutWhen, PartReceipts, changed, drawn_delay, read_delay
from chappe.sim.message_ids import IdForm
from chappe.sim.outcomes import DELIVERED, LOST, Cut, Outcome

NONSENSE = [
    ({"ids": "hexdec"}, "ids is 'hexdec': a member of IdForm is meant"),
    ({"receipt_parts": "last"}, "receipt_parts is 'last': a member of PartReceipts is meant"),
    ({"failure_state": 3}, "failure_state is 3: a member of MessageState is meant"),
    ({"cut": "either"}, "cut is 'either': a member of CutWhen is meant"),
    ({"receipts": "V24"}, "receipts is 'V24': V1 to V23, mix or none is meant"),
    ({"loss_share": 1.5}, "loss_share is 1.5: a share is 0 to 1"),
    ({"throttle_share": -0.1}, "throttle_share is -0.1: a share is 0 to 1"),
    (
        {"response_delay": (2.0, 1.0)},
        "response_delay is 2.0 to 1.0: two numbers of seconds are meant, the lower first",
    ),
    (
        {"receipt_delay": (-1.0, 1.0)},
        "receipt_delay is -1.0 to 1.0: two numbers of seconds are meant, the lower first",
    ),
    ({"receipt_lead": -1.0}, "receipt_lead is -1.0: it cannot be below 0"),
    ({"late_receipt_delay": -1.0}, "late_receipt_delay is -1.0: it cannot be below 0"),
    ({"redelivery_delay": -1.0}, "redelivery_delay is -1.0: it cannot be below 0"),
    ({"mo_rate": -1.0}, "mo_rate is -1.0: it cannot be below 0"),
    ({"cut_every": -1}, "cut_every is -1: it cannot be below 0"),
    ({"redeliveries": -1}, "redeliveries is -1: it cannot be below 0"),
    ({"throttle_rate": 0.0}, "throttle_rate is 0.0: it must be above 0, or absent for no limit"),
    ({"refusal_status": 1 << 32}, "refusal_status is 4294967296: a command_status has 32 bits"),
    ({"bind_status": -1}, "bind_status is -1: a command_status has 32 bits"),
    ({"refusal_share": 0.5, "refusal_status": 0}, "refusal_status is 0, which refuses nothing"),
]


@pytest.mark.parametrize(("given", "sentence"), NONSENSE)
def test_nonsense_is_told_in_a_sentence(given: dict[str, Any], sentence: str) -> None:
    assert Behaviour(**given).problems() == (sentence,)


def test_as_it_stands_nothing_is_wrong_and_everything_is_delivered() -> None:
    behaviour = Behaviour()
    assert behaviour.problems() == ()
    assert not behaviour.by_chance
    assert behaviour.draw(Random(1)) is DELIVERED


def certain(**given: Any) -> Outcome:
    behaviour = Behaviour(**given)
    assert behaviour.by_chance
    return behaviour.draw(Random(1))


def states(outcome: Outcome) -> list[MessageState]:
    return [told.state for told in outcome.receipts]


def test_what_a_share_of_one_does() -> None:
    assert certain(silent=True) is LOST
    assert certain(loss_share=1.0) is LOST
    assert certain(throttle_share=1.0).status == 0x58
    assert certain(refusal_share=1.0).status == 0x45
    assert certain(refusal_share=1.0, refusal_status=0x08).status == 0x08
    failure = certain(failure_share=1.0, failure_state=MessageState.EXPIRED, failure_err="254")
    assert (failure.status, states(failure), failure.receipts[0].err) == (0, [MessageState.EXPIRED], "254")
    assert certain(no_receipt_share=1.0).receipts == ()
    assert certain(early_receipt_share=1.0).early
    assert certain(stray_receipt_share=1.0).stray
    assert certain(duplicate_answer_share=1.0).answers == 2
    late = certain(late_receipt_share=1.0, late_receipt_delay=7.0)
    assert [told.after for told in late.receipts] == [7.0]
    twice = certain(duplicate_receipt_share=1.0, late_receipt_share=1.0)
    assert [told.after for told in twice.receipts] == [60.0, 0.0]
    assert states(certain(contradiction_share=1.0)) == [MessageState.DELIVERED, MessageState.UNDELIVERABLE]
    both = certain(contradiction_share=1.0, failure_share=1.0)
    assert states(both) == [MessageState.UNDELIVERABLE, MessageState.DELIVERED]


def test_a_share_is_kept_to_and_a_seed_repeats_itself() -> None:
    behaviour = Behaviour(loss_share=0.3)
    chance = Random(5)
    drawn = [behaviour.draw(chance) for _ in range(4_000)]
    assert drawn.count(LOST) == pytest.approx(1_200, abs=120)
    assert drawn.count(DELIVERED) == 4_000 - drawn.count(LOST)
    again = Random(5)
    assert drawn == [behaviour.draw(again) for _ in range(4_000)]


def test_cuts_variants_and_delays_by_chance() -> None:
    chance = Random(2)
    assert Behaviour(cut=CutWhen.BEFORE).draw_cut(chance) is Cut.BEFORE
    assert Behaviour(cut=CutWhen.AFTER).draw_cut(chance) is Cut.AFTER
    either = Behaviour(cut=CutWhen.EITHER)
    assert {either.draw_cut(chance) for _ in range(50)} == set(Cut)
    assert Behaviour(receipts="V7").draw_variant(chance) == "V7"
    mix = Behaviour(receipts="mix")
    assert {mix.draw_variant(chance) for _ in range(2_000)} == set(VARIANTS)
    assert drawn_delay((0.25, 0.25), chance) == 0.25
    assert all(1 <= drawn_delay((1.0, 2.0), chance) <= 2 for _ in range(100))


def test_changes_by_name_in_the_types_of_json() -> None:
    before = Behaviour(loss_share=0.5)
    after = changed(
        before,
        {"ids": "hexdec", "receipt_delay": [0, 2], "failure_state": 3, "receipt_parts": "last", "dark": True},
    )
    assert after.ids is IdForm.HEXDEC
    assert after.receipt_delay == (0.0, 2.0)
    assert after.failure_state is MessageState.EXPIRED
    assert after.receipt_parts is PartReceipts.LAST
    assert (after.dark, after.loss_share) == (True, 0.5)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"los_share": 1}, "no setting is named los_share"),
        ({"loss_share": 2}, "loss_share is 2.0: a share is 0 to 1"),
        ({"loss_share": "much"}, "Expected `float`, got `str` - at `$.loss_share`"),
        ({"ids": "roman"}, "Invalid enum value 'roman' - at `$.ids`"),
    ],
)
def test_bad_changes_are_refused_whole(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        changed(Behaviour(), changes)
    assert str(caught.value) == sentence


def test_delays_as_people_write_them() -> None:
    assert read_delay("0.5") == (0.5, 0.5)
    assert read_delay("0.1-2") == (0.1, 2.0)
    with pytest.raises(ValueError) as caught:
        read_delay("soon")
    assert str(caught.value) == "'soon' is no delay: seconds such as 0.5, or 0.1-0.5, are meant"
