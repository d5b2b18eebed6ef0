"""Instances: the numbered workspaces that signed requests name (document 004), with what holds for all calls to one. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from chappe.domain.address import BadAddress, sender
from chappe.domain.conditions import zone_of

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_FIELD: Final = re.compile(r"[\x21-\x7e]{1,64}")
_LONGEST_REPLAY: Final = 86_400


class Instance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A workspace of an account, by its number.

    `codes` are the senders that it may use, the first where a request names none; any where there are none. `zone` is
    the IANA zone of the dates that it is told, else the account's, else UTC. `carriers` says which network (MCC and
    MNC) a client means by a name or a number of an operator, beside the networks' own names and codes.
    The same signed request within `replay_seconds` gets the same answer and sends nothing more; 0 sends each time.
    `mobile_field`, `code_field` and `text_field` are the names in the descriptor of a fired message.
    `old_words`: a message fired by GET is answered with the word that the vendor's sample has for it. `iso_dates`: MOs
    are dated as messages are.
    """

    number: str
    account: str
    enabled: bool = True
    codes: tuple[str, ...] = ()
    zone: str = ""
    carriers: dict[str, str] = msgspec.field(default_factory=dict)
    replay_seconds: int = 60
    mobile_field: str = "recipient_address"
    code_field: str = "sender_id_id"
    text_field: str = "keyword_value"
    old_words: bool = False
    iso_dates: bool = False

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not _NUMBER.fullmatch(self.number):
            return f"instance number {self.number!r} is not 1 to 9 digits without a zero in front"
        for code in self.codes:
            try:
                known = sender(code).value
                if not known or known != code:
                    return f"code {code!r} is to be written as {known!r}" if known else "a code is not empty"
            except BadAddress as error:
                return f"code {code!r}: {error}"
        if not 0 <= self.replay_seconds <= _LONGEST_REPLAY:
            return f"replay_seconds is 0 to {_LONGEST_REPLAY}"
        for name in (self.mobile_field, self.code_field, self.text_field):
            if not _FIELD.fullmatch(name):
                return f"field name {name!r} is not 1 to 64 printable characters without blanks"
        if len({self.mobile_field, self.code_field, self.text_field}) < 3:
            return "the three fields of a descriptor need different names"
        return self._carrier_problem() or self._zone_problem()

    def _carrier_problem(self) -> str:
        for name, code in self.carriers.items():
            if not name or not (code.isascii() and code.isdigit() and len(code) in (5, 6)):
                return f"carrier {name!r} needs a network's MCC and MNC, five or six digits, not {code!r}"
        return ""

    def _zone_problem(self) -> str:
        if self.zone:
            try:
                zone_of(self.zone)
            except ValueError:
                return f"zone {self.zone!r} is no time zone that this machine knows, such as America/Caracas"
        return ""

    def may_use(self, code: str) -> bool:
        """Whether a request may name this sender."""
        return not self.codes or code in self.codes
