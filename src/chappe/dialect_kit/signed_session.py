"""Sessions that no store keeps: who logged in, until when, signed with the house's key so that any front can check. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

import msgspec

from chappe.domain.account import Credential

MOST_CHARACTERS: Final = 512
"""No session of ours is longer; what is longer is not looked at."""

_VERSION_OCTETS: Final = 12


class SignedSession(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A login of a user (or token, by its name) until `expires_ms` (Unix ms).

    `version` is what `version_of` said of the credential then: another secret, and the session is void.
    """

    user: str
    version: str
    expires_ms: int


def version_of(credential: Credential) -> str:
    """What changes with a credential's secret, and is another for one made anew under the same name."""
    told = f"{credential.version}\0{credential.secret_hash}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=_VERSION_OCTETS).hexdigest()


def made(key: bytes, use: str, session: SignedSession) -> str:
    """The session as a word that is safe in headers and cookies: its fields and their HMAC-SHA256 (RFC 2104).

    `use` says what it is for (a dialect's name), so that one dialect's session is none of another's.
    """
    fields = msgspec.json.encode(session)
    return f"{_word(fields)}.{_word(_signature(key, use, fields))}"


def verified(key: bytes, use: str, text: str, now_ms: int) -> SignedSession | None:
    """The session behind a word, None for one that is damaged, of another use or key, or over.

    Takes the same time whatever is wrong with the signature.
    """
    if len(text) > MOST_CHARACTERS:
        return None
    word, _, signature = text.partition(".")
    try:
        fields = _octets(word)
        if not hmac.compare_digest(_octets(signature), _signature(key, use, fields)):
            return None
        session = msgspec.json.decode(fields, type=SignedSession)
    except ValueError:
        return None
    return session if session.expires_ms > now_ms else None


def _signature(key: bytes, use: str, fields: bytes) -> bytes:
    return hmac.digest(key, use.encode() + b"\0" + fields, "sha256")


def _word(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(word: str) -> bytes:
    # The alphabet is checked here: Python's reader of this form skips what is none of it.
    return base64.b64decode(word.encode("ascii") + b"=" * (-len(word) % 4), altchars=b"-_", validate=True)
