"""Accounts, their credentials and tokens: who may send what, how fast, how they are told. Balances live in the ledger."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from chappe.domain.address import BadAddress, sender
from chappe.domain.conditions import zone_of
from chappe.domain.pin import DEFAULT_RULES, PinRules
from chappe.domain.refusal import Reason, Refusal, Right
from chappe.domain.status_webhook import StatusWebhook
from chappe.domain.value_filters import NO_FILTERS, ValueFilters
from chappe.text.encodings import Charset

NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")
"""What names an account, a connector or a route: kept short, safe in URLs, file names and metrics."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_PORTS: Final = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?")

MAX_USERNAME: Final = 30
MAX_PASSWORD: Final = 30
"""Document 002: both at most 30 characters; SMPP 3.4 §4.1 leaves a bind 15 and 8 octets of them."""


class TextPolicy(Enum):
    """What becomes of a text that does not fit the coding its client named."""

    AUTO = "auto"
    """It goes out as Unicode; parts are counted and charged so."""
    REFUSE = "refuse"
    REPLACE = "replace"
    """Each character that does not fit becomes a question mark."""


class Unpaid(Enum):
    """What becomes of a message that its account's balance does not cover."""

    REFUSE = "refuse"
    REPORT = "report"
    """It is accepted, never sent, and reported as failed."""


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A customer. Rates are messages a second, 0 for no limit; times are seconds; `allow` are CIDR networks.

    `may_send` holds for both ways in, `may_send_http` and `may_send_smpp` for one; so do the three throughputs, and
    each that is set must admit a message. `charged`: a balance is kept and a message that it cannot pay is refused;
    `early_percent` of a charge is taken when a message is accepted, the rest when an SMSC takes it. `counted`: a count
    of parts is kept, whatever they cost, and a message that has more is refused. `smpp_receipts` names the form of
    receipt texts (`jasmin`, `cm`, `appendix_b`), `smpp_receipt_pdu` the PDU that carries them.
    `status_webhook` is told of every change of status of messages that came in by a dialect that knows such a setting.
    `network_from_client`: MCC and MNC that the client gives count as the network for routing, before the number's prefix.
    `private_webhooks` are networks that this account's webhooks may reach, on any port, although they are not
    public; `webhook_ports` are the ports allowed elsewhere. `timezone` is the zone of times that its requests give
    without one, such as `Europe/Istanbul`, where the dialect asks for it; empty for the dialect's own. `trial`: a
    demo account, whose messages bear no reference where the dialect says so. `unpaid` says what becomes of a message
    that the balance does not cover: it is refused, or accepted and then reported as failed.
    `pins` are the rules of its PINs.
    """

    name: str
    group: str = ""
    enabled: bool = True
    may_send: bool = True
    may_send_http: bool = True
    may_send_smpp: bool = True
    may_bind: bool = True
    may_ask_balance: bool = True
    may_ask_rate: bool = True
    denied: tuple[Right, ...] = ()
    filters: ValueFilters = NO_FILTERS
    allow: tuple[str, ...] = ()
    default_sender: str = ""
    text_policy: TextPolicy = TextPolicy.AUTO
    smart_encoding: bool = False
    max_parts: int = 255
    reference_bits: int = 8
    default_validity: int = 0
    max_validity: int = 0
    throughput: float = 0.0
    http_throughput: float = 0.0
    smpp_throughput: float = 0.0
    burst: int = 0
    max_binds: int = 0
    smpp_window: int = 100
    charged: bool = False
    early_percent: int = 100
    counted: bool = False
    smpp_receipts: str = "jasmin"
    smpp_receipt_pdu: str = "deliver_sm"
    smpp_default_charset: str = "gsm7"
    private_webhooks: tuple[str, ...] = ()
    webhook_ports: tuple[str, ...] = ("80", "443", "8000-8999")
    ordered: bool = False
    status_webhook: StatusWebhook | None = None
    network_from_client: bool = False
    timezone: str = ""
    pins: PinRules = DEFAULT_RULES
    trial: bool = False
    unpaid: Unpaid = Unpaid.REFUSE

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"account name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if not 1 <= self.max_parts <= 255:
            return "max_parts must be 1 to 255 (GSM 03.40 §9.2.3.24.1)"
        if self.reference_bits not in (8, 16):
            return "reference_bits must be 8 or 16"
        throughputs = (self.throughput, self.http_throughput, self.smpp_throughput)
        if min(*throughputs, self.burst, self.max_binds, self.default_validity, self.max_validity) < 0:
            return "throughput, burst, max_binds and validities must not be negative"
        if not 1 <= self.early_percent <= 100:
            return "early_percent must be 1 to 100"
        try:
            sender(self.default_sender)
        except BadAddress as error:
            return f"default_sender: {error}"
        if not all(_PORTS.fullmatch(text) for text in self.webhook_ports):
            return "webhook_ports are ports such as 443 or ranges such as 8000-8999"
        networks = network_problem(self.allow) or network_problem(self.private_webhooks)
        hook = self.status_webhook
        told = hook.problem(self.private_webhooks, self.webhook_ports) if hook and not networks else ""
        return self._smpp_problem() or networks or told or self._zone_problem() or self._own_rules_problem()

    def _own_rules_problem(self) -> str:
        return self.filters.problem() or self.pins.problem()

    def _zone_problem(self) -> str:
        if self.timezone:
            try:
                zone_of(self.timezone)
            except ValueError:
                return f"timezone {self.timezone!r} is none that this machine knows, such as Europe/Paris"
        return ""

    def _smpp_problem(self) -> str:
        if self.smpp_receipts not in ("jasmin", "cm", "appendix_b"):
            return "smpp_receipts must be jasmin, cm or appendix_b"
        if self.smpp_receipt_pdu not in ("deliver_sm", "data_sm"):
            return "smpp_receipt_pdu must be deliver_sm or data_sm"
        if self.smpp_window < 1:
            return "smpp_window must be at least 1"
        charsets = [charset.value for charset in Charset]
        if self.smpp_default_charset not in charsets:
            return f"smpp_default_charset must be one of {', '.join(charsets)}"
        return ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Accounts that name the same `group`. It needs a record only to be switched off, and its accounts with it."""

    name: str
    enabled: bool = True

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"group name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        return ""


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A login of an account: a user name and the Argon2id hash of its password.

    `version` rises with every change of the secret, so that cached verifications of the old one die. `roles` are
    what its user may do beside sending, where a dialect knows roles.
    """

    username: str
    account: str
    secret_hash: str
    version: int = 1
    enabled: bool = True
    allow: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not 1 <= len(self.username) <= MAX_USERNAME or not NAME.fullmatch(self.username):
            return f"user name {self.username!r} is not 1 to {MAX_USERNAME} letters, digits, dots, dashes or underscores"
        return network_problem(self.allow)


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A login by one long word made by chance, such as a product token or an API key; kept as its SHA-256 only.

    No slow hash is needed: nobody can try 2^122 words. `secret` is the other half where requests are signed: sealed
    at rest, since a signature cannot be checked with a hash. `name` is how operators call it.
    """

    name: str
    account: str
    digest: str
    secret: str = ""
    enabled: bool = True
    allow: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def problem(self) -> str:
        """The first thing wrong with this record as a sentence, empty if none."""
        if not NAME.fullmatch(self.name):
            return f"token name {self.name!r} is not 1 to 32 letters, digits, dots, dashes or underscores"
        if not _DIGEST.fullmatch(self.digest):
            return f"the digest of token {self.name} is not 64 hexadecimal digits"
        return network_problem(self.allow)

    @property
    def credential(self) -> Credential:
        """The login that it stands for; its user is called as the token is."""
        return Credential(
            username=self.name,
            account=self.account,
            # So that a session signed for it dies with it.
            secret_hash=self.digest,
            allow=self.allow,
            roles=self.roles,
        )


def token_digest(text: str) -> str:
    """How a token is known: the SHA-256 of its text in hexadecimal digits; a GUID counts in lower case."""
    word = text.lower() if _GUID.fullmatch(text) else text
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()


def network_problem(networks: Sequence[str]) -> str:
    """A sentence about the first text that is no CIDR network or address, empty if all are."""
    for text in networks:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            return f"{text!r} is not a network such as 192.0.2.0/24 or 2001:db8::/32"
    return ""


def is_inside(address: str, networks: Sequence[str]) -> bool:
    """Whether the address lies in one of the networks; IPv4-mapped IPv6 counts as IPv4."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in ipaddress.ip_network(text, strict=False) for text in networks)


def may_come_from(account: Account, credential: Credential, address: str) -> bool:
    """Whether both allow-lists let this client address in; an empty list lets all in."""
    if account.allow and not is_inside(address, account.allow):
        return False
    return not credential.allow or is_inside(address, credential.allow)


def lacking_right(account: Account, asks: Sequence[Right]) -> Refusal | None:
    """The refusal for the first right, in the order of all rights, that a request leans on and the account lacks."""
    for right in Right:
        if right in asks and right in account.denied:
            return Refusal(Reason.NO_RIGHT, right.value, f"{right.value} not authorized")
    return None
