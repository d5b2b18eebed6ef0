"""Connectors as records: their key space, what is wrong with one, the order of health."""

import msgspec
import pytest

from chappe.domain.link import ConnectorRecord, Health, LinkStatus
from chappe.domain.retry import RetryPlan, UnknownPolicy


def test_health_is_ordered_from_off_to_up() -> None:
    assert sorted(Health) == [Health.OFF, Health.DOWN, Health.CONNECTING, Health.SLOWED, Health.UP]


def test_connectors_of_a_group_share_its_key_space() -> None:
    assert ConnectorRecord(name="one", group="supplier").key_space == "supplier"
    assert ConnectorRecord(name="one").key_space == "one"


def test_a_plain_record_is_in_order_and_resends_what_is_unknown() -> None:
    record = ConnectorRecord(name="op")
    assert record.problem() == ""
    assert record.unknown is UnknownPolicy.RESEND


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"name": "a b"}, "connector name"),
        ({"name": "op", "throughput": -1.0}, "throughput"),
        ({"name": "op", "receipt_wait": 0}, "receipt_wait"),
        ({"name": "op", "receipt_ids": ("same", "octal")}, "receipt_ids"),
        ({"name": "op", "receipt_ids": ()}, "receipt_ids"),
        ({"name": "op", "retry": RetryPlan(attempts=0)}, "retry plan"),
        ({"name": "op", "channel": "SMS"}, "channel"),
        ({"name": "op", "channel": "pigeon"}, "channel"),
        ({"name": "op", "channel": ""}, "channel"),
    ],
)
def test_what_is_wrong_with_a_record(given: dict[str, object], about: str) -> None:
    assert about in ConnectorRecord(**given).problem()  # type: ignore[arg-type]


def test_a_record_comes_back_from_json() -> None:
    record = ConnectorRecord(
        name="op", retry=RetryPlan(first=1.0), unknown=UnknownPolicy.HOLD, settings={"host": "h", "port": 1}
    )
    assert msgspec.json.decode(msgspec.json.encode(record), type=ConnectorRecord) == record


def test_two_records_do_not_share_their_settings() -> None:
    one, two = ConnectorRecord(name="one"), ConnectorRecord(name="two")
    one.settings["host"] = "h"
    assert two.settings == {}


def test_a_status_says_nothing_that_it_was_not_told() -> None:
    status = LinkStatus("op", Health.DOWN)
    assert (status.binds, status.window, status.rate, status.detail) == (0, 0, 0.0, "")
