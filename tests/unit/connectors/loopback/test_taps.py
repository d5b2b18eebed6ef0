"""What may be tapped in a message, and how the answer is coded."""

from __future__ import annotations

import pytest

from chappe.connectors.loopback.taps import coded, first_suggestion
from chappe.domain.extras import Extras
from chappe.domain.rich import Dial, RichContent, RichMessage
from chappe.text.encodings import Charset
from making import message
from unit.connectors.loopback.playing import YES

CALL = Dial(label="Call", number="33140000000")


def test_those_below_the_conversation_come_first() -> None:
    rich = RichContent(conversation=(RichMessage(text="t", suggestions=(CALL,)),), suggestions=(YES,))
    assert first_suggestion(message(extras=Extras(rich=rich))) is YES


@pytest.mark.parametrize("extras", [None, Extras(), Extras(rich=RichContent())])
def test_nothing_to_tap(extras: Extras | None) -> None:
    assert first_suggestion(message(extras=extras)) is None


def test_the_alphabet_that_fits() -> None:
    assert coded("Yes") == (b"Yes", Charset.GSM7, 0)
    assert coded("да") == ("да".encode("utf-16-be"), Charset.UCS2, 8)
