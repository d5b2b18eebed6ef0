"""What an operator may set of an SMPP connector, under SMPP 3.4's words, and what is wrong with it. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from math import inf
from typing import Any, Final

import msgspec

from chappe.domain.retry import Outcome
from chappe.text.encodings import Charset

_OCTET: Final = range(0x100)
_STATUS: Final = range(1, 1 << 32)
_ALPHABETS: Final = frozenset(
    {Charset.GSM7, Charset.GSM7_PACKED, Charset.LATIN1, Charset.ASCII, Charset.UTF8}
)
_REFUSALS: Final = frozenset({Outcome.REFUSED, Outcome.DEFERRED, Outcome.THROTTLED, Outcome.NOT_SENT})
_FROM_MESSAGE: Final = frozenset({"reference", "account", "user", "route"})
TAG_VALUE: Final = "tag:"
"""`from = "tag:peid"` takes the value of the message's tag `peid=...`."""


class BindMode(Enum):
    """Which binds are made."""

    TRANSCEIVER = "transceiver"
    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"
    PAIR = "pair"
    """A transmitter and a receiver beside it."""


class LongMessages(Enum):
    """How the SMSC is told which parts belong together."""

    UDH = "udh"
    """A header with the reference that the parts were counted with, of 8 or 16 bits; GSM 03.40 §9.2.3.24."""
    UDH16 = "udh16"
    """A header with a reference of 16 bits whatever they were counted with: each part holds a little less."""
    SAR = "sar"
    """The TLVs sar_*, SMPP 3.4 §5.3.2.22. Parts are cut as for a header, since the SMSC will make one of them."""
    PAYLOAD = "payload"
    """The whole in the TLV message_payload, SMPP 3.4 §5.3.2.32: the SMSC cuts it, and gives it one id."""


class TlvType(Enum):
    """How a declared TLV's value is laid out."""

    INT1 = "int1"
    INT2 = "int2"
    INT4 = "int4"
    CSTRING = "cstring"
    OCTETS = "octets"
    """The text's octets without a NUL."""
    HEX = "hex"
    """Octets written in hexadecimal."""


class TonNpi(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A type of number and a numbering plan, SMPP 3.4 §5.2.5 and §5.2.6; None keeps what is there."""

    ton: int | None = None
    npi: int | None = None


class Senders(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """TON and NPI by the kind of sender; a kind without a rule keeps the address's own.

    A sender of digits only is a short code up to six of them, else international.
    """

    alphanumeric: TonNpi = TonNpi()
    international: TonNpi = TonNpi()
    short_code: TonNpi = TonNpi()


class DeclaredTlv(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"origin": "from"}
):
    """A TLV that every submit_sm bears: a fixed `value`, or one `from` the message (left out where it has none).

    `from` is "reference", "account", "user", "route" or "tag:" and a name. `name` is for people.
    """

    tag: int
    type: TlvType
    value: int | str | None = None
    origin: str = ""
    name: str = ""

    def problem(self) -> str:
        """The first thing wrong with this TLV as a sentence, empty if none."""
        shown = self.name or f"{self.tag:#06x}"
        if not 1 <= self.tag <= 0xFFFF:
            return f"tlvs: tag {self.tag} is not 1 to 65535"
        if (self.value is None) == (not self.origin):
            return f"tlvs: {shown} needs either a value or a from"
        tagged = self.origin.startswith(TAG_VALUE) and len(self.origin) > len(TAG_VALUE)
        if self.origin and not tagged and self.origin not in _FROM_MESSAGE:
            known = ", ".join(sorted(_FROM_MESSAGE))
            return f"tlvs: {shown}: from is one of {known}, tag:NAME, not {self.origin!r}"
        return ""


class StatusRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a command_status means where this SMSC gives it another meaning than SMPP 3.4 §5.1.3, or an own one."""

    status: int
    outcome: Outcome

    def problem(self) -> str:
        """The first thing wrong with this rule as a sentence, empty if none."""
        if self.status not in _STATUS:
            return f"statuses: {self.status} is no command_status of an error"
        if self.outcome not in _REFUSALS:
            allowed = ", ".join(sorted(outcome.value for outcome in _REFUSALS))
            return f"statuses: {self.status:#06x} can mean {allowed}, not {self.outcome.value}"
        return ""


class SmppSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The settings of one connector. Times are seconds.

    `window` is how many submit_sm one bind may have unanswered. Ten is what SMSCs grant without being asked, and a
    lost connection makes as many possible duplicates as the window held: raise it by agreement with the SMSC,
    where the round trip is long (throughput is at most binds times window over the round trip).

    `source_ton`, `source_npi`, `dest_ton` and `dest_npi` hold for every address, `senders` for one kind of sender
    before them; where nothing is set the message's address says. `default_charset` is what data_coding 0 means
    to this SMSC. `receipts_without_flag` takes a receipt's text without its esm_class for a receipt if its id is
    known (reliability V17). `pass_tlvs` are the tags of clients' TLVs that go on, all where it is not set.
    `sniff_udh` finds headers that nothing announces (E2), `utf16_le` says that data_coding 8 is little-endian (E13),
    `prefer_payload` takes message_payload where short_message is set too, which is refused otherwise (E8).
    """

    host: str
    port: int = 2775
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    bind: BindMode = BindMode.TRANSCEIVER
    binds: int = 1
    window: int = 10
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""

    tls: bool = False
    tls_authority: str = ""
    tls_verify: bool = True

    source_ton: int | None = None
    source_npi: int | None = None
    dest_ton: int | None = None
    dest_npi: int | None = None
    senders: Senders = Senders()
    service_type: str = ""
    protocol_id: int = 0
    default_charset: Charset = Charset.GSM7
    utf16_le: bool = False
    long_messages: LongMessages = LongMessages.UDH
    validity: bool = True
    tlvs: tuple[DeclaredTlv, ...] = ()
    pass_tlvs: tuple[int, ...] | None = None
    statuses: tuple[StatusRule, ...] = ()

    receipts_without_flag: bool = False
    prefer_text_over_tlvs: bool = False
    sniff_udh: bool = False
    prefer_payload: bool = False

    connect_timer: float = 10.0
    bind_timer: float = 10.0
    response_timer: float = 60.0
    enquire_link: float = 30.0
    enquire_link_wait: float = 30.0
    reconnect_first: float = 1.0
    reconnect_longest: float = 60.0
    refused_longest: float = 300.0
    steady_after: float = 60.0
    stagger: float = 0.2

    def __repr__(self) -> str:
        """Without the password: settings end up in logs."""
        return f"SmppSettings(host={self.host!r}, port={self.port}, system_id={self.system_id!r}, ...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """As __repr__, for those who print in colour."""
        return [("host", self.host), ("port", self.port), ("system_id", self.system_id)]

    def problem(self) -> str:
        """The first thing wrong with these settings as a sentence that names the key, empty if none."""
        return next(self._problems(), "")

    def _problems(self) -> Iterator[str]:
        if not self.host.strip():
            yield "host is empty"
        yield from self._lengths()
        yield from self._ranges()
        if self.default_charset not in _ALPHABETS:
            known = ", ".join(sorted(charset.value for charset in _ALPHABETS))
            yield f"default_charset is one of {known}, not {self.default_charset.value}"
        wrong = (*(one.problem() for one in self.tlvs), *(one.problem() for one in self.statuses))
        yield from filter(None, wrong)

    def _lengths(self) -> Iterator[str]:
        # SMPP 3.4 §4.1.1 and §4.4.1, the NUL not counted; of passwords SMSCs issue longer ones than its 8.
        for key, text, most in (
            ("system_id", self.system_id, 15),
            ("password", self.password, 64),
            ("system_type", self.system_type, 12),
            ("address_range", self.address_range, 40),
            ("service_type", self.service_type, 5),
        ):
            if len(text) > most or not text.isascii() or "\0" in text:
                yield f"{key} is more than {most} characters, or not all of them are ASCII"

    def _ranges(self) -> Iterator[str]:
        for key, value, low, high in (
            ("port", self.port, 1, 0xFFFF),
            ("binds", self.binds, 1, 200),
            ("window", self.window, 1, 10_000),
        ):
            if not low <= value <= high:
                yield f"{key} is {low} to {high}, not {value}"
        for key in ("interface_version", "addr_ton", "addr_npi", "protocol_id"):
            value = getattr(self, key)
            if value not in _OCTET:
                yield f"{key} is 0 to 255, not {value}"
        rules = (self.senders.alphanumeric, self.senders.international, self.senders.short_code)
        own = TonNpi(self.source_ton, self.source_npi), TonNpi(self.dest_ton, self.dest_npi)
        for rule in (*own, *rules):
            if any(value is not None and value not in _OCTET for value in (rule.ton, rule.npi)):
                yield "a TON or NPI is 0 to 255"
        for key in _TIMERS:
            # Written so that what is no number (TOML has nan) is refused too.
            if not 0 < getattr(self, key) < inf:
                yield f"{key} is not more than 0 seconds, or has no end"
        if not 0 <= self.stagger < inf:
            yield "stagger is less than 0 seconds, or has no end"
        if self.reconnect_longest < self.reconnect_first:
            yield "reconnect_longest is less than reconnect_first"


_TIMERS: Final = (
    "connect_timer",
    "bind_timer",
    "response_timer",
    "enquire_link",
    "enquire_link_wait",
    "reconnect_first",
    "reconnect_longest",
    "refused_longest",
    "steady_after",
)


def decode(settings: Mapping[str, Any]) -> SmppSettings:
    """The settings in a record. Raises ValueError with a sentence that names the key."""
    made = msgspec.convert(dict(settings), SmppSettings, strict=False)
    wrong = made.problem()
    if wrong:
        raise ValueError(wrong)
    return made
