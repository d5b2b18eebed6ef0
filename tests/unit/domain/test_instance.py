"""Instances: what their records may say."""

from __future__ import annotations

from typing import Any

import pytest

from chappe.domain.instance import Instance


def made(**fields: Any) -> Instance:
    return Instance(**{"number": "43", "account": "acme", **fields})


def test_a_sound_one() -> None:
    one = made(
        codes=("2020", "19893653744"), zone="America/Caracas", carriers={"movistar": "73404", "7": "20404"}
    )
    assert one.problem() == ""
    assert (one.replay_seconds, one.old_words, one.iso_dates) == (60, False, False)
    assert one.may_use("2020")
    assert not one.may_use("2021")
    assert made().may_use("anything")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": ""}, "instance number ''"),
        ({"number": "043"}, "instance number '043'"),
        ({"number": "1" * 10}, "instance number"),
        ({"number": "promo"}, "instance number 'promo'"),
        ({"codes": ("",)}, "a code is not empty"),
        ({"codes": ("+19893653744",)}, "code '+19893653744' is to be written as '19893653744'"),
        ({"codes": ("a code too long",)}, "code 'a code too long':"),
        ({"zone": "Mars/Olympus"}, "zone 'Mars/Olympus'"),
        ({"replay_seconds": -1}, "replay_seconds"),
        ({"replay_seconds": 86_401}, "replay_seconds"),
        ({"carriers": {"movistar": "x"}}, "carrier 'movistar'"),
        ({"carriers": {"": "20404"}}, "carrier ''"),
        ({"text_field": ""}, "field name ''"),
        ({"text_field": "a b"}, "field name 'a b'"),
        ({"text_field": "recipient_address"}, "the three fields"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], sentence: str) -> None:
    assert made(**fields).problem().startswith(sentence)
