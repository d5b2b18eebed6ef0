"""The text fields of a multipart/form-data body (RFC 7578); files in it are passed over. Pure."""

from __future__ import annotations

import re
from typing import Final

_BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME: Final = re.compile(rb';\s*name="([^"\r\n]*)"', re.IGNORECASE)
_FILE: Final = re.compile(rb";\s*filename\*?=", re.IGNORECASE)
_MOST_PARTS: Final = 100


class BadMultipart(ValueError):
    """The octets are no such body; the message says why."""


def read_multipart(content_type: str, octets: bytes) -> list[tuple[str, str]]:
    """Names and values in order. Raises BadMultipart."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BadMultipart("the multipart body has no boundary")
    mark = b"--" + (found[1] or found[2]).encode("latin-1")
    pieces = (b"\r\n" + octets).split(b"\r\n" + mark, _MOST_PARTS + 2)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise BadMultipart("the multipart body has no end, or too many parts")
    pairs = []
    for piece in pieces[1:-1]:
        head, blank, value = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            raise BadMultipart("a part of the multipart body has no name")
        if _FILE.search(head):
            continue
        try:
            pairs.append((name[1].decode(), value.decode()))
        except UnicodeDecodeError as error:
            raise BadMultipart("a field is not UTF-8") from error
    return pairs
