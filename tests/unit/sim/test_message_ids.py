"""Every form of a message id, in the answer and in the receipt; and that V11 to V13 agree with the forms."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.message_states import MessageState
from chappe.protocols.smpp.receipt_variants import Facts, variant
from chappe.sim.message_ids import IdForm, write_ids
from chappe.sim.receipts import FORMS

BITS = 0xF9F0C41D2A7BE4F3C8D11AA20CE7701F
CASES = {
    IdForm.DECIMAL: ("421733", "421733"),
    IdForm.PADDED: ("0000421733", "0000421733"),
    IdForm.HEX: ("66f65", "66f65"),
    IdForm.HEXDEC: ("66f65", "0000421733"),
    IdForm.UUID: ("f9f0c41d-2a7b-e4f3-c8d1-1aa20ce7701f",) * 2,
    IdForm.UPPER_LOWER: ("0f9f0c41-d2a7-be4f-3c8d-11aa20ce7701", "F9F0C41-D2A7-BE4F-3C8D-11AA20CE7701"),
    IdForm.ZEROS: ("04000000000000000421733", "4000000000000000421733"),
}
NOW = datetime(2026, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize("form", IdForm)
def test_each_form(form: IdForm) -> None:
    assert write_ids(form, 421_733, BITS) == CASES[form]


@given(st.integers(1, 2**40), st.integers(0, 2**128 - 1), st.sampled_from(FORMS))
def test_the_variants_make_the_same_receipt_id_of_the_answers(
    number: int, bits: int, pair: tuple[str, IdForm]
) -> None:
    name, form = pair
    answer, receipt = write_ids(form, number, bits)
    assert variant(name, Facts(answer, MessageState.DELIVERED, NOW, NOW)).receipt_id == receipt
    assert answer != receipt or form is IdForm.HEXDEC


@given(st.lists(st.integers(1, 2**40), unique=True, min_size=2), st.sampled_from(IdForm))
def test_two_messages_have_two_ids(numbers: list[int], form: IdForm) -> None:
    pairs = [write_ids(form, number, number << 8) for number in numbers]
    assert len({answer for answer, _ in pairs}) == len({receipt for _, receipt in pairs}) == len(numbers)
