"""Every command_status of SMPP 3.4 §5.1.3: its name, what it means for a retry, and a sentence for people.
No rule about what to do next may live here: that is the pipeline's.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NamedTuple


class Kind(Enum):
    """What an answer says of the request it answers."""

    OK = "ok"
    """Accepted."""
    PERMANENT = "permanent"
    """The same request will be refused again on this route."""
    TEMPORARY = "temporary"
    """The same request may be accepted later."""
    THROTTLE = "throttle"
    """Too fast or too full: slow the whole link, then try again."""
    LINK = "link"
    """The bind is at fault, not the message."""
    UNKNOWN = "unknown"
    """Vendor codes, reserved codes and ESME_RUNKNOWNERR: nothing can be concluded."""


class Status(IntEnum):
    """command_status values, SMPP 3.4 §5.1.3 table 5-2."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RINVPRTFLG = 0x06
    ESME_RINVREGDLVFLG = 0x07
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RINVMSGID = 0x0C
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RCANCELFAIL = 0x11
    ESME_RREPLACEFAIL = 0x13
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RINVNUMDESTS = 0x33
    ESME_RINVDLNAME = 0x34
    ESME_RINVDESTFLAG = 0x40
    ESME_RINVSUBREP = 0x42
    ESME_RINVESMCLASS = 0x43
    ESME_RCNTSUBDL = 0x44
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RINVREPFLAG = 0x54
    ESME_RINVNUMMSGS = 0x55
    ESME_RTHROTTLED = 0x58
    ESME_RINVSCHED = 0x61
    ESME_RINVEXPIRY = 0x62
    ESME_RINVDFTMSGID = 0x63
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RQUERYFAIL = 0x67
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RMISSINGOPTPARAM = 0xC3
    ESME_RINVOPTPARAMVAL = 0xC4
    ESME_RDELIVERYFAILURE = 0xFE
    ESME_RUNKNOWNERR = 0xFF


VENDOR_STATUSES = range(0x400, 0x500)
"""Left to SMSC vendors by SMPP 3.4 §5.1.3; each supplier publishes its own meanings."""


class Meaning(NamedTuple):
    """What one command_status stands for."""

    kind: Kind
    text: str


_S = Status
MEANINGS: Mapping[int, Meaning] = MappingProxyType(
    {
        _S.ESME_ROK: Meaning(Kind.OK, "accepted"),
        _S.ESME_RINVMSGLEN: Meaning(Kind.PERMANENT, "the message length is not allowed"),
        _S.ESME_RINVCMDLEN: Meaning(Kind.PERMANENT, "the PDU length is not allowed"),
        _S.ESME_RINVCMDID: Meaning(Kind.PERMANENT, "the command is unknown or not offered"),
        _S.ESME_RINVBNDSTS: Meaning(Kind.LINK, "the command is not allowed in this bind state"),
        _S.ESME_RALYBND: Meaning(Kind.LINK, "the session is bound already"),
        _S.ESME_RINVPRTFLG: Meaning(Kind.PERMANENT, "priority_flag is not allowed"),
        _S.ESME_RINVREGDLVFLG: Meaning(Kind.PERMANENT, "registered_delivery is not allowed"),
        _S.ESME_RSYSERR: Meaning(Kind.TEMPORARY, "system error"),
        _S.ESME_RINVSRCADR: Meaning(Kind.PERMANENT, "the source address is not allowed"),
        _S.ESME_RINVDSTADR: Meaning(Kind.PERMANENT, "the destination address is not allowed"),
        _S.ESME_RINVMSGID: Meaning(Kind.PERMANENT, "no message has this message_id"),
        _S.ESME_RBINDFAIL: Meaning(Kind.LINK, "the bind failed"),
        _S.ESME_RINVPASWD: Meaning(Kind.LINK, "the password is wrong"),
        _S.ESME_RINVSYSID: Meaning(Kind.LINK, "the system_id is wrong"),
        _S.ESME_RCANCELFAIL: Meaning(Kind.PERMANENT, "the message could not be cancelled"),
        _S.ESME_RREPLACEFAIL: Meaning(Kind.PERMANENT, "the message could not be replaced"),
        _S.ESME_RMSGQFUL: Meaning(Kind.THROTTLE, "the message queue is full"),
        _S.ESME_RINVSERTYP: Meaning(Kind.PERMANENT, "service_type is not allowed"),
        _S.ESME_RINVNUMDESTS: Meaning(Kind.PERMANENT, "the number of destinations is not allowed"),
        _S.ESME_RINVDLNAME: Meaning(Kind.PERMANENT, "the distribution list name is not allowed"),
        _S.ESME_RINVDESTFLAG: Meaning(Kind.PERMANENT, "the destination flag is not allowed"),
        _S.ESME_RINVSUBREP: Meaning(Kind.PERMANENT, "submit with replace is not allowed"),
        _S.ESME_RINVESMCLASS: Meaning(Kind.PERMANENT, "esm_class is not allowed"),
        _S.ESME_RCNTSUBDL: Meaning(Kind.PERMANENT, "cannot submit to the distribution list"),
        _S.ESME_RSUBMITFAIL: Meaning(Kind.TEMPORARY, "the submission failed"),
        _S.ESME_RINVSRCTON: Meaning(Kind.PERMANENT, "the source type of number is not allowed"),
        _S.ESME_RINVSRCNPI: Meaning(Kind.PERMANENT, "the source numbering plan is not allowed"),
        _S.ESME_RINVDSTTON: Meaning(Kind.PERMANENT, "the destination type of number is not allowed"),
        _S.ESME_RINVDSTNPI: Meaning(Kind.PERMANENT, "the destination numbering plan is not allowed"),
        _S.ESME_RINVSYSTYP: Meaning(Kind.LINK, "the system_type is wrong"),
        _S.ESME_RINVREPFLAG: Meaning(Kind.PERMANENT, "replace_if_present_flag is not allowed"),
        _S.ESME_RINVNUMMSGS: Meaning(Kind.PERMANENT, "the number of messages is not allowed"),
        _S.ESME_RTHROTTLED: Meaning(Kind.THROTTLE, "the allowed message rate was exceeded"),
        _S.ESME_RINVSCHED: Meaning(Kind.PERMANENT, "the scheduled delivery time is not allowed"),
        _S.ESME_RINVEXPIRY: Meaning(Kind.PERMANENT, "the validity period is not allowed"),
        _S.ESME_RINVDFTMSGID: Meaning(Kind.PERMANENT, "no predefined message has this number"),
        _S.ESME_RX_T_APPN: Meaning(Kind.TEMPORARY, "the receiver has a temporary error"),
        _S.ESME_RX_P_APPN: Meaning(Kind.PERMANENT, "the receiver has a permanent error"),
        _S.ESME_RX_R_APPN: Meaning(Kind.PERMANENT, "the receiver rejected the message"),
        _S.ESME_RQUERYFAIL: Meaning(Kind.PERMANENT, "the query failed"),
        _S.ESME_RINVOPTPARSTREAM: Meaning(Kind.PERMANENT, "the optional parameters cannot be read"),
        _S.ESME_ROPTPARNOTALLWD: Meaning(Kind.PERMANENT, "an optional parameter is not allowed"),
        _S.ESME_RINVPARLEN: Meaning(Kind.PERMANENT, "a parameter has a wrong length"),
        _S.ESME_RMISSINGOPTPARAM: Meaning(Kind.PERMANENT, "an expected optional parameter is missing"),
        _S.ESME_RINVOPTPARAMVAL: Meaning(Kind.PERMANENT, "an optional parameter has a wrong value"),
        _S.ESME_RDELIVERYFAILURE: Meaning(Kind.TEMPORARY, "the delivery failed"),
        _S.ESME_RUNKNOWNERR: Meaning(Kind.UNKNOWN, "unknown error"),
    }
)


def kind_of(status: int) -> Kind:
    """The kind of any 32-bit command_status; what SMPP 3.4 does not define is UNKNOWN."""
    meaning = MEANINGS.get(status)
    return Kind.UNKNOWN if meaning is None else meaning.kind


def name_of(status: int) -> str:
    """'ESME_RTHROTTLED', or 'ESME_0x0000ABCD' for a status that SMPP 3.4 does not define."""
    return Status(status).name if status in MEANINGS else f"ESME_0x{status:08X}"


def text_of(status: int) -> str:
    """A short sentence for people, without capital and full stop."""
    meaning = MEANINGS.get(status)
    if meaning is not None:
        return meaning.text
    return "a vendor's own error" if status in VENDOR_STATUSES else "an error that SMPP 3.4 does not define"
