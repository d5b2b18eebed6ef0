"""The two repeated groups of submit_multi and its response, SMPP 3.4 §4.5.1.1, §4.5.1.2 and §4.5.2.1.
Only these have more than one value under one name.
"""

from typing import Any

import msgspec

from chappe.protocols.smpp.fields import COctet, FieldError, Integer
from chappe.protocols.smpp.statuses import Status

_OCTET = Integer(1)
_STATUS = Integer(4)
_ADDRESS = COctet(21)
_LIST_NAME = COctet(21)
_SME_FLAG = 1
_LIST_FLAG = 2
MAX_DESTINATIONS = 254
"""SMPP 3.4 §5.2.24"""


class SmeAddress(msgspec.Struct, frozen=True, gc=False):
    """One destination by its number (dest_flag 1)."""

    destination_addr: str
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0


class DistributionList(msgspec.Struct, frozen=True, gc=False):
    """One destination by the name of a list kept at the SMSC (dest_flag 2)."""

    dl_name: str


class UnsuccessSme(msgspec.Struct, frozen=True, gc=False):
    """One destination that was refused, and its command_status."""

    destination_addr: str
    error_status_code: int
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0


class Destinations(msgspec.Struct, frozen=True):
    """number_of_dests and the dest_address(es) after it."""

    def read(self, source: bytes, at: int, *, lenient: bool) -> tuple[tuple[Any, ...], int]:
        """See FieldKind."""
        count, at = _OCTET.read(source, at, lenient=lenient)
        if not 1 <= count <= MAX_DESTINATIONS:
            raise FieldError(f"{count} destinations")
        found: list[SmeAddress | DistributionList] = []
        for _ in range(count):
            flag, at = _OCTET.read(source, at, lenient=lenient)
            if flag == _SME_FLAG:
                ton, at = _OCTET.read(source, at, lenient=lenient)
                npi, at = _OCTET.read(source, at, lenient=lenient)
                address, at = _read_string(_ADDRESS, source, at, Status.ESME_RINVDSTADR, lenient=lenient)
                found.append(SmeAddress(address, ton, npi))
            elif flag == _LIST_FLAG:
                name, at = _read_string(_LIST_NAME, source, at, Status.ESME_RINVDLNAME, lenient=lenient)
                found.append(DistributionList(name))
            else:
                raise FieldError(f"dest_flag {flag}", Status.ESME_RINVDESTFLAG)
        return tuple(found), at

    def write(self, value: Any) -> bytes:
        """See FieldKind."""
        if not 1 <= len(value) <= MAX_DESTINATIONS:
            raise FieldError(f"{len(value)} destinations")
        parts = [_OCTET.write(len(value))]
        for one in value:
            match one:
                case SmeAddress(destination_addr, ton, npi):
                    parts += (
                        _OCTET.write(_SME_FLAG),
                        _OCTET.write(ton),
                        _OCTET.write(npi),
                        _ADDRESS.write(destination_addr),
                    )
                case DistributionList(name):
                    parts += (_OCTET.write(_LIST_FLAG), _LIST_NAME.write(name))
                case _:
                    raise FieldError("neither an address nor a distribution list")
        return b"".join(parts)


class Unsuccessful(msgspec.Struct, frozen=True):
    """no_unsuccess and the unsuccess_sme(s) after it."""

    def read(self, source: bytes, at: int, *, lenient: bool) -> tuple[tuple[UnsuccessSme, ...], int]:
        """See FieldKind."""
        count, at = _OCTET.read(source, at, lenient=lenient)
        found: list[UnsuccessSme] = []
        for _ in range(count):
            ton, at = _OCTET.read(source, at, lenient=lenient)
            npi, at = _OCTET.read(source, at, lenient=lenient)
            address, at = _ADDRESS.read(source, at, lenient=lenient)
            status, at = _STATUS.read(source, at, lenient=lenient)
            found.append(UnsuccessSme(address, status, ton, npi))
        return tuple(found), at

    def write(self, value: Any) -> bytes:
        """See FieldKind."""
        parts = [_OCTET.write(len(value))]
        for one in value:
            if not isinstance(one, UnsuccessSme):
                raise FieldError("not an unsuccess_sme")
            parts += (
                _OCTET.write(one.dest_addr_ton),
                _OCTET.write(one.dest_addr_npi),
                _ADDRESS.write(one.destination_addr),
                _STATUS.write(one.error_status_code),
            )
        return b"".join(parts)


def _read_string(kind: COctet, source: bytes, at: int, status: int, *, lenient: bool) -> tuple[str, int]:
    try:
        return kind.read(source, at, lenient=lenient)
    except FieldError as error:
        raise FieldError(str(error), status) from None
