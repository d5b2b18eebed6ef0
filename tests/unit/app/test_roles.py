"""Roles: every connector and every lane is somebody's, and only one's; no two processes make the same ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.app.roles import Part, Role, by_cores
from chappe.domain.link import ConnectorRecord

NAMES = [f"c{number}" for number in range(40)]


def roles(fronts: int, relays: int) -> list[Role]:
    meeting = Path("/nowhere")
    return [
        *(Role(Part.FRONT, number, fronts, relays, meeting) for number in range(fronts)),
        *(Role(Part.RELAY, number, fronts, relays, meeting) for number in range(relays)),
    ]


@pytest.mark.parametrize(("fronts", "relays"), [(1, 1), (2, 1), (3, 4)])
def test_everything_is_one_process_s(fronts: int, relays: int) -> None:
    all_roles = roles(fronts, relays)
    for name in NAMES:
        assert sum(role.relays_connector(ConnectorRecord(name=name)) for role in all_roles) == 1
        assert sum(role.relays_lane(f"http:{name}") for role in all_roles) == 1
    assert sum(role.keeps_time for role in all_roles) == 1
    assert len({role.node_offset for role in all_roles}) == len(all_roles)


def test_several_relays_share_the_work() -> None:
    first = roles(1, 2)[1]
    mine = sum(first.relays_connector(ConnectorRecord(name=name)) for name in NAMES)
    assert 0 < mine < len(NAMES)


def test_connectors_of_one_group_stay_together() -> None:
    records = [ConnectorRecord(name=name, group="supplier") for name in NAMES]
    for role in roles(1, 4):
        assert len({role.relays_connector(record) for record in records}) == 1


def test_the_only_process_does_all() -> None:
    alone = Role()
    assert alone.is_front
    assert alone.is_relay
    assert alone.keeps_time
    assert alone.node_offset == 0
    assert alone.relays_connector(ConnectorRecord(name="op"))
    assert alone.name == "all"
    assert [role.name for role in roles(1, 1)] == ["front 0", "relay 0"]


@pytest.mark.parametrize(
    ("cores", "split"), [(1, (0, 0)), (2, (1, 1)), (3, (1, 1)), (4, (2, 2)), (8, (4, 4)), (64, (4, 6))]
)
def test_the_split_goes_by_the_cores(cores: int, split: tuple[int, int]) -> None:
    assert by_cores(cores) == split
