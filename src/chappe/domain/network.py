"""Mobile networks: MCC and MNC, and which network a number belongs to by its longest known prefix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

_LONGEST_PREFIX: Final = 15


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A network: five or six digits of MCC and MNC, its names, and the number prefixes it was given."""

    code: str
    country: str = ""
    operator: str = ""
    prefixes: tuple[str, ...] = ()

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not (self.code.isascii() and self.code.isdigit() and len(self.code) in (5, 6)):
            return f"network code {self.code!r} is not MCC and MNC, five or six digits"
        for prefix in self.prefixes:
            if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= _LONGEST_PREFIX):
                return f"prefix {prefix!r} of network {self.code} is not 1 to {_LONGEST_PREFIX} digits"
        return ""


class PrefixTable:
    """Longest-prefix look-up of a network code; built once, read at every message."""

    __slots__ = ("_codes", "_longest")

    def __init__(self, networks: Iterable[Network]) -> None:
        self._codes = {prefix: network.code for network in networks for prefix in network.prefixes}
        self._longest = max(map(len, self._codes), default=0)

    def network_of(self, number: str) -> str:
        """MCC and MNC of the number's network, empty where no prefix is known."""
        codes = self._codes
        for length in range(min(self._longest, len(number)), 0, -1):
            code = codes.get(number[:length])
            if code is not None:
                return code
        return ""
