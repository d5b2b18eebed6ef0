"""Carriers by name, by number, by prefix."""

from __future__ import annotations

import pytest

from chappe.dialects.messangi.carriers import carrier_name, network_for, networks_of
from chappe.domain.instance import Instance
from chappe.domain.network import Network
from chappe.pipeline.directory import Directory, write_entry
from chappe.ports.directory import Kind

INSTANCE = Instance(number="43", account="acme", carriers={"Movi": "73404", "2": "20404"})


@pytest.fixture
def directory() -> Directory:
    made = Directory()
    networks = [
        Network(code="73404", operator="Movistar", prefixes=("58424",)),
        Network(code="71606", operator="Movistar", prefixes=("5199",)),
        Network(code="71607", operator="Movistar", prefixes=("5198",)),
        Network(code="20404", operator="Vodafone", prefixes=("316",)),
        Network(code="20408"),
    ]
    made.apply([write_entry(Kind.NETWORK, one.code, one) for one in networks])
    return made


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("MOVI", ("73404",)),
        ("2", ("20404",)),
        ("movistar", ("71606", "71607", "73404")),
        ("20408", ("20408",)),
        ("20409", ()),
        ("", ()),
        (" vodafone ", ("20404",)),
    ],
)
def test_what_a_name_may_mean(directory: Directory, name: str, codes: tuple[str, ...]) -> None:
    assert networks_of(directory, INSTANCE, name) == codes


@pytest.mark.parametrize(
    ("number", "code"),
    [("584240000", "73404"), ("51990000", "71606"), ("51980000", "71607"), ("316", "71606"), ("99", "71606")],
)
def test_among_several_the_numbers_own_goes_first(directory: Directory, number: str, code: str) -> None:
    assert network_for(directory, networks_of(directory, INSTANCE, "Movistar"), number) == code


def test_a_ported_number_stays_in_its_country(directory: Directory) -> None:
    assert network_for(directory, ("71607", "73404"), "51990000") == "71607"


def test_names_in_answers(directory: Directory) -> None:
    assert carrier_name(directory, "73404") == "Movistar"
    assert carrier_name(directory, "20408") == "20408"
    assert carrier_name(directory, "99999") == "99999"
    assert carrier_name(directory, "") == ""
