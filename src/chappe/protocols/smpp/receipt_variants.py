"""Receipts as real message centres write them, V1 to V23: for simulators and tests, to be read by receipts.py.
Each variant keeps one message's truth and spells it otherwise; nothing here reads.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.message_states import WORDS, MessageState
from chappe.protocols.smpp.times import format_receipt_date
from chappe.protocols.smpp.tlvs import Tag, Tlv, integer
from chappe.protocols.smpp.tlvs import text as text_tlv

_ESM_RECEIPT = 0x04
_UCS2 = 8


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a receipt has to say. `message_id` is the id as submit_sm_resp gave it."""

    message_id: str
    state: MessageState
    submitted: datetime
    done: datetime
    err: str = "000"
    text: str = ""


class WrittenReceipt(msgspec.Struct, frozen=True, gc=False):
    """A receipt as it goes on the wire."""

    text: bytes
    """For short_message; empty where the text is in message_payload or there is none."""
    data_coding: int
    esm_class: int
    tlvs: tuple[Tlv, ...]
    command: int
    """deliver_sm, or data_sm."""
    receipt_id: str
    """The id as this receipt spells it, which need not be that of submit_sm_resp."""


def _counters(facts: Facts) -> str:
    return f"sub:001 dlvrd:{1 if facts.state is MessageState.DELIVERED else 0:03}"


def _dates(facts: Facts, digits: int) -> str:
    submitted = format_receipt_date(facts.submitted, digits)
    return f"submit date:{submitted} done date:{format_receipt_date(facts.done, digits)}"


def _line(  # the whole of Appendix B, each part open to change
    facts: Facts,
    *,
    message_id: str | None = None,
    counters: str | None = None,
    dates: str | None = None,
    stat: str | None = None,
    err: str | None = None,
    tail: str | None = None,
) -> str:
    parts = (
        f"id:{facts.message_id if message_id is None else message_id}",
        _counters(facts) if counters is None else counters,
        _dates(facts, 10) if dates is None else dates,
        f"stat:{WORDS[facts.state] if stat is None else stat}",
        f"err:{facts.err if err is None else err}",
        f"text:{facts.text[:20]}" if tail is None else tail,
    )
    return " ".join(part for part in parts if part)


def _deliver(
    facts: Facts,
    line: str,
    *,
    receipt_id: str | None = None,
    esm_class: int = _ESM_RECEIPT,
    tlvs: tuple[Tlv, ...] = (),
) -> WrittenReceipt:
    octets = line.encode("latin-1", "replace")[:254]
    return WrittenReceipt(octets, 0, esm_class, tlvs, Command.DELIVER_SM, receipt_id or facts.message_id)


def _v1(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts))


def _v2(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, tail=f"Text:{facts.text[:20]}"))


def _v3(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, dates=_dates(facts, 12)))


def _v4(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, counters="", dates=_dates(facts, 14), tail=""))


def _v5(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, counters=""))


def _v6(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, counters="", tail=""))


def _v7(facts: Facts) -> WrittenReceipt:
    submitted = format_receipt_date(facts.submitted, 12)
    done = format_receipt_date(facts.done, 12)
    sub, dlvrd = _counters(facts).split()
    line = (
        f"{sub} id:{facts.message_id} err:{facts.err} {dlvrd} done date:{done} submit date:{submitted} "
        f"text: stat:{WORDS[facts.state]}"
    )
    return _deliver(facts, line)


def _v8(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, tail=facts.text[:20]))


def _v9(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, counters="sub:... dlvrd:...", dates=_dates(facts, 12)))


def _v10(facts: Facts) -> WrittenReceipt:
    # Four digits here; the other spellings of this family differ in the same place.
    return _deliver(facts, _line(facts, err=f" {facts.err.zfill(4)}"))


def _v11(facts: Facts) -> WrittenReceipt:
    try:
        decimal = f"{int(facts.message_id, 16):010}"
    except ValueError:
        decimal = facts.message_id
    return _deliver(facts, _line(facts, message_id=decimal), receipt_id=decimal)


def _v12(facts: Facts) -> WrittenReceipt:
    other = facts.message_id.upper().removeprefix("0") or facts.message_id
    return _deliver(facts, _line(facts, message_id=other), receipt_id=other)


def _v13(facts: Facts) -> WrittenReceipt:
    other = facts.message_id.lstrip("0") or facts.message_id
    return _deliver(facts, _line(facts, message_id=other), receipt_id=other)


def _v14(facts: Facts) -> WrittenReceipt:
    octets = _line(facts, tail=f"text:{facts.text[:10]}").encode("utf-16-be", "replace")
    tlvs: tuple[Tlv, ...] = ()
    if len(octets) > 254:
        octets, tlvs = b"", ((int(Tag.MESSAGE_PAYLOAD), octets),)
    return WrittenReceipt(octets, _UCS2, _ESM_RECEIPT, tlvs, Command.DELIVER_SM, facts.message_id)


def _v15(facts: Facts) -> WrittenReceipt:
    code = min(int(facts.err), 0xFFFF) if facts.err.isdecimal() else 0
    tlvs = (
        text_tlv(Tag.RECEIPTED_MESSAGE_ID, facts.message_id),
        integer(Tag.MESSAGE_STATE, facts.state),
        (int(Tag.NETWORK_ERROR_CODE), b"\x03" + code.to_bytes(2, "big")),
    )
    return _deliver(facts, "", tlvs=tlvs)


def _v16(facts: Facts) -> WrittenReceipt:
    line = _v4(facts).text
    tlvs = ((int(Tag.MESSAGE_PAYLOAD), line), integer(Tag.MESSAGE_STATE, facts.state))
    return WrittenReceipt(b"", 0, _ESM_RECEIPT, tlvs, Command.DATA_SM, facts.message_id)


def _v17(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts), esm_class=0)


def _v18(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, stat=facts.state.name.capitalize()))


def _v19(facts: Facts) -> WrittenReceipt:
    counters = "\t".join(_counters(facts).split())
    return _deliver(facts, _line(facts, counters=f" {counters}") + " \r\n\0")


def _v20(facts: Facts) -> WrittenReceipt:
    dates = f"submit date:{facts.submitted:%Y-%m-%d %H:%M:%S} done date:"
    return _deliver(facts, _line(facts, dates=dates))


def _v21(facts: Facts) -> WrittenReceipt:
    return _deliver(facts, _line(facts, tail=f"mcc:208 mnc:01 price:0.031 text:{facts.text[:20]}"))


def _v22(facts: Facts) -> WrittenReceipt:
    # One receipt for a message of several parts looks like any other: which id it bears is the oddity.
    return _deliver(facts, _line(facts))


def _v23(facts: Facts) -> WrittenReceipt:
    other = MessageState.REJECTED if facts.state is MessageState.DELIVERED else MessageState.DELIVERED
    return _deliver(facts, _line(facts, tail=f"text:id:1 stat:{WORDS[other]}"))


VARIANTS: Mapping[str, Callable[[Facts], WrittenReceipt]] = MappingProxyType(
    {
        "V1": _v1,
        "V2": _v2,
        "V3": _v3,
        "V4": _v4,
        "V5": _v5,
        "V6": _v6,
        "V7": _v7,
        "V8": _v8,
        "V9": _v9,
        "V10": _v10,
        "V11": _v11,
        "V12": _v12,
        "V13": _v13,
        "V14": _v14,
        "V15": _v15,
        "V16": _v16,
        "V17": _v17,
        "V18": _v18,
        "V19": _v19,
        "V20": _v20,
        "V21": _v21,
        "V22": _v22,
        "V23": _v23,
    }
)
"""Every variant by its name."""


def variant(name: str, facts: Facts) -> WrittenReceipt:
    """The receipt for these facts as the variant spells it. Raises KeyError for a name that is none."""
    return VARIANTS[name](facts)
