"""What a filter sees of a message: what its client asked for, as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.account import Account
from chappe.domain.address import Address
from chappe.domain.value_filters import Screen, ValueFilters
from chappe.pipeline.screen import screened
from chappe.pipeline.validate import Content, content_of
from unit.pipeline.rig import START_MS, ask

ACCOUNT = Account(name="acme", default_sender="Default", default_validity=60)
MINUTE = 60_000


def passes(filters: dict[str, str], **given: Any) -> bool:
    asked = ask(**given)
    content = content_of(ACCOUNT, asked)
    assert isinstance(content, Content)
    return screened(Screen(ValueFilters(**filters)), asked, content, START_MS) is None


@pytest.mark.parametrize(
    ("filters", "given", "wanted"),
    [
        ({"destination": "^31612345678$"}, {}, True),
        ({"destination": "^32"}, {}, False),
        ({"source": "^Chappe$"}, {}, True),
        ({"source": "^X"}, {}, False),
        ({"source": "^X"}, {"source": None}, True),
        ({"source": "^X"}, {"source": Address()}, True),
        ({"priority": "^3$"}, {"priority": 3}, True),
        ({"priority": "^3$"}, {"priority": 2}, False),
        ({"priority": "^3$"}, {}, True),
        ({"validity": "^60$"}, {"expires_ms": START_MS + 60 * MINUTE}, True),
        # The client's clock is read a little before ours.
        ({"validity": "^60$"}, {"expires_ms": START_MS + 60 * MINUTE - 900}, True),
        ({"validity": "^60$"}, {"expires_ms": START_MS + 61 * MINUTE}, False),
        (
            {"validity": "^5$"},
            {"due_ms": START_MS + 10 * MINUTE, "expires_ms": START_MS + 15 * MINUTE},
            True,
        ),
        ({"validity": "^5$"}, {}, True),
        ({"content": "^hello$"}, {"text": "hello"}, True),
        ({"content": "^h\u00e9$"}, {"text": "h\u00e9", "data_coding": 0}, True),
        ({"content": "^x"}, {"text": ""}, False),
        ({"content": "^h\u20ac$"}, {"octets": b"h\x1b\x65", "data_coding": 0}, True),
        ({"content": "^x"}, {"octets": b"\x00h", "data_coding": 8}, False),
        ({"content": "^h$"}, {"octets": b"\x00h", "data_coding": 8}, True),
        ({"content": "^x"}, {"octets": b"\x00\xff", "data_coding": 4}, True),
        ({"content": "^x"}, {"octets": b"\5\0\3\1\2\1hello", "udhi": True, "data_coding": 0}, True),
        ({"content": "^x"}, {"octets": b"", "data_coding": 0}, True),
    ],
)
def test_what_passes(filters: dict[str, str], given: dict[str, Any], wanted: bool) -> None:
    assert passes(filters, **given) is wanted
