"""The signature of a request: HMAC-SHA256 over its parameters as they stand in the path. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from chappe.dialects.messangi.encoded import decoded

_HEX: Final = re.compile(r"[0-9a-f]{64}")


def sign(secret: str, parameters: bytes) -> str:
    """The signature of parameters joined by slashes: 64 lower-case hexadecimal digits."""
    return hmac.new(secret.encode(), parameters, hashlib.sha256).hexdigest()


def is_signed(secret: str, parameters: bytes, signature: str) -> bool:
    """Whether a signature is that of the parameters as they came, or as they were before an HTTP stack encoded them.

    Both are functions of the same octets, so to take either weakens nothing. Each compare takes constant time.
    """
    given = signature.lower()
    if not secret or not _HEX.fullmatch(given):
        return False
    as_came = hmac.compare_digest(sign(secret, parameters), given)
    as_meant = hmac.compare_digest(sign(secret, decoded(parameters)), given)
    return as_came or as_meant
