"""inbound.py: the peer's open requests, even those that share a number."""

from hypothesis import given
from hypothesis import strategies as st

from chappe.protocols.smpp.inbound import Inbound


def test_one_number_for_several_requests() -> None:
    """B11."""
    inbound = Inbound()
    assert [inbound.add(5), inbound.add(5), inbound.add(5), inbound.add(6)] == [True, False, False, True]
    assert inbound.open == 4
    assert [inbound.answered(5) for _ in range(4)] == [True, True, True, False]
    assert inbound.open == 1
    assert inbound.add(5)


def test_clearing() -> None:
    inbound = Inbound()
    for number in (1, 1, 2):
        inbound.add(number)
    inbound.clear()
    assert inbound.open == 0
    assert not inbound.answered(1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3))))
def test_against_a_plain_model(steps) -> None:
    inbound = Inbound()
    model: list[int] = []
    for adding, number in steps:
        if adding:
            assert inbound.add(number) == (number not in model)
            model.append(number)
        else:
            assert inbound.answered(number) == (number in model)
            if number in model:
                model.remove(number)
        assert inbound.open == len(model)
        assert set(inbound.numbers) == set(model)
