"""Ports for gateways whose fronts share them: they must be known before, and nobody else's."""

from __future__ import annotations

import socket

from journeys.house import HOST, House


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((HOST, 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def with_ports(house: House) -> None:
    """Fronts share ports, so they must be known."""
    http, smpp = free_ports(2)
    text = house.config_file.read_text()
    text = text.replace(f'[http]\nlisten = ["{HOST}:0"]', f'[http]\nlisten = ["{HOST}:{http}"]')
    text = text.replace(f'[smpp]\nlisten = ["{HOST}:0"]', f'[smpp]\nlisten = ["{HOST}:{smpp}"]')
    house.config_file.write_text(text)
