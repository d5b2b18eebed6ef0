"""What a client asks and what it is answered: values between a dialect and the pipeline."""

from __future__ import annotations

import msgspec

from chappe.domain.address import Address
from chappe.domain.extras import Extras
from chappe.domain.refusal import Refusal, Right
from chappe.domain.report import NO_REPORT, BatchMark, ReportWish


class SmppOptions(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Fields of submit_sm that only SMPP clients set; passed on as they came."""

    service_type: str = ""
    protocol_id: int = 0
    esm_class: int = 0
    replace_if_present: int = 0
    sm_default_msg_id: int = 0
    registered_delivery: int = 0


NO_OPTIONS = SmppOptions()


class Submission(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One message for one destination, as a client asked for it.

    Either `text` (Unicode, to be encoded by us) or `octets` (to be passed on as they are). `data_coding` is
    what the client named, None where it left the choice to us. `udhi`: the octets begin with a User Data
    Header. Times are Unix milliseconds, 0 where not asked. `asks` lists the rights that the request leans on.
    """

    destination: Address
    source: Address | None = None
    text: str | None = None
    octets: bytes | None = None
    data_coding: int | None = None
    udhi: bool = False
    priority: int = 0
    due_ms: int = 0
    expires_ms: int = 0
    report: ReportWish = NO_REPORT
    reference: str = ""
    tags: tuple[str, ...] = ()
    tlvs: tuple[tuple[int, bytes], ...] = ()
    options: SmppOptions = NO_OPTIONS
    idempotency_key: str = ""
    asks: tuple[Right, ...] = ()
    batch: BatchMark | None = None
    extras: Extras | None = None
    key_holds_ms: int = 0
    """How long its idempotency key makes a repetition harmless, 0 for as long as the message is on record."""
    max_parts: int = 255
    """The most parts that this one may have; the account's own limit holds beside it."""
    unicode_part: int = 0
    """UTF-16 code units of each part of a long Unicode text, 0 for as many as its header leaves room for."""


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The yes to one submission; it is on disk. `repeated`: an earlier message with the same key is meant."""

    message_id: int
    parts: int
    repeated: bool = False


class Estimated(msgspec.Struct, frozen=True, gc=False):
    """What a submission would become, without becoming it: parts, charge in micro-units, route."""

    parts: int
    charset: str
    forcing: tuple[str, ...]
    unit_price: int
    price: int
    route: str
    connector: str


Answer = Accepted | Refusal
