"""Which URLs and addresses a webhook may go to: the rules against calls into private networks. Pure, no look-ups."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

_MAX_URL: Final = 2048
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")
_ORIGIN: Final = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\.?")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
_NEVER: Final = tuple(
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "fec0::/10")
)
"""Not public although the library of some Python releases says so: protocol assignments (RFC 6890), the relay of
6to4 (RFC 7526), documentation (RFC 9637), site-local (RFC 3879)."""

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def embedded(ip: Ip) -> Ip:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), else the address itself."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip in _SIX_TO_FOUR:
            return ipaddress.IPv4Address(int(ip) >> 80 & 0xFFFFFFFF)
    return ip


@lru_cache(maxsize=4096)
def may_call(address: str, private: tuple[str, ...]) -> bool:
    """Whether a webhook may connect to this address: a public one, or one that the operator allows."""
    try:
        ip = embedded(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if any(ip in ipaddress.ip_network(text, strict=False) for text in private):
        return True
    if any(ip in network for network in _NEVER):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def in_ports(port: int, ranges: Sequence[str]) -> bool:
    """Whether a port is among `80` or `8000-8999` and their like."""
    for text in ranges:
        first, _, last = text.partition("-")
        if int(first) <= port <= int(last or first):
            return True
    return False


def url_problem(url: str, private: tuple[str, ...] = (), ports: tuple[str, ...] = ()) -> str:
    """Why a webhook must not go to this URL, empty if it may. Names are judged again when they are resolved.

    Numbers in other spellings than dotted decimal (octal, hexadecimal, a single number) are refused: libraries
    read them differently.
    """
    if len(url) > _MAX_URL:
        return f"the URL is longer than {_MAX_URL} characters"
    if _UNFIT.search(url):
        return "the URL holds a blank, a control character or one that is not ASCII"
    found = _ORIGIN.match(url)
    if found is None:
        return "the URL is not http:// or https:// and a host"
    # Paths and queries differ with every message, hosts do not: only these are worth remembering.
    return _origin_problem(found.group(), private, ports)


@lru_cache(maxsize=4096)
def _origin_problem(origin: str, private: tuple[str, ...], ports: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return "the URL does not parse"
    if not parts.hostname:
        return "the URL is not http:// or https:// and a host"
    if parts.username is not None or parts.password is not None:
        return "the URL holds a user name"
    usual = 443 if parts.scheme == "https" else 80
    return _host_problem(parts, usual if port is None else port, private, ports)


def _host_problem(parts: SplitResult, port: int, private: tuple[str, ...], ports: tuple[str, ...]) -> str:
    host = parts.hostname or ""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        if (
            not _HOST.fullmatch(host)
            or host.rstrip(".").rpartition(".")[2].isdigit()
            or host.startswith("0x")
        ):
            return "the URL's host is neither a name nor an address"
        allowed = False
    else:
        if not may_call(host, private):
            return "the URL's address is not public"
        allowed = any(embedded(ip) in ipaddress.ip_network(text, strict=False) for text in private)
    if ports and not allowed and not in_ports(port, ports):
        return f"port {port} is not among those that webhooks may use"
    return ""
