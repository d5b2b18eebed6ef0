"""Each refusal of the core has a code of this dialect, and quotes do no harm."""

from __future__ import annotations

import pytest

from chappe.dialects.cm.statuses import (
    INTERNAL,
    REJECTED,
    not_a_number,
    rejection_of,
    shown,
    too_long,
)
from chappe.domain.refusal import Fault, Reason, Refusal

CODES = {101, 102, 103, 301, 302, 303, 304, 305, 401, 402, 403, 500, 999}


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_code_and_a_text(reason: Reason) -> None:
    found = rejection_of(Refusal(reason, "3", "because"), 2)
    assert found.code in CODES
    assert found.text
    assert (found.code == INTERNAL) == (reason.fault is Fault.GATEWAY)


def test_what_no_code_is_for_is_rejected() -> None:
    assert rejection_of(Refusal(Reason.NO_RIGHT, "x", "x"), 1).code == REJECTED


def test_texts_of_values() -> None:
    assert too_long("10", 1).text == "Maximum number of parts exceeded. (need at least 10, max is 1)"
    assert not_a_number("a").text == "Gsm 'a' is not a number."
    assert not_a_number("").in_xml == "Rejected: Gsm '' is not a number."
    assert shown("a\r\nb\x00" + "x" * 500) == "ab" + "x" * 95
