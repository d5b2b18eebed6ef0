"""Operators' names and numbers in requests, and the networks that they stand for. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chappe.domain.instance import Instance
from chappe.pipeline.directory import Directory


def networks_of(directory: Directory, instance: Instance, name: str) -> tuple[str, ...]:
    """The networks (MCC and MNC) that a name or number of an operator may mean, whatever its case; empty for none."""
    wanted = name.strip().casefold()
    for known, code in instance.carriers.items():
        if known.casefold() == wanted:
            return (code,)
    if wanted in directory.networks:
        return (wanted,)
    return tuple(
        sorted(code for code, network in directory.networks.items() if network.operator.casefold() == wanted)
        if wanted
        else ()
    )


def network_for(directory: Directory, codes: Sequence[str], number: str) -> str:
    """Which of these networks a number is meant to be in: the one that its prefix says, else one of that country."""
    own = directory.prefixes.network_of(number)
    if own in codes:
        return own
    there = [code for code in codes if own and code[:3] == own[:3]]
    return (there or list(codes))[0]


def carrier_name(directory: Directory, code: str) -> str:
    """How a network is called in answers; empty where none is known."""
    network = directory.networks.get(code)
    return network.operator or code if network is not None else code
