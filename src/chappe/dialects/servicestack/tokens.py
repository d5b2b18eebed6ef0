"""Bearer tokens as ServiceStack has them: JSON Web Tokens (RFC 7519), signed by HS256. Pure.

Nothing of them is kept: every process of the gateway can check what another one signed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from enum import Enum
from typing import Final

import msgspec

from chappe.dialect_kit.signed_session import version_of
from chappe.domain.account import Credential

DAY: Final = 86_400
_HEADER: Final = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"HS256"}').rstrip(b"=")
_LONGEST: Final = 4_096


class Use(Enum):
    """What a token is good for, so that one cannot stand in the place of another; with its life in seconds."""

    ACCESS = ("access", DAY)
    REFRESH = ("refresh", 14 * DAY)

    def __init__(self, word: str, life: int) -> None:
        self.word = word
        self.life = life


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What a token says. `iat` and `exp` are Unix seconds; `ver` is what `version_of` said of the credential then."""

    sub: str
    iat: int
    exp: int
    use: str
    ver: str
    roles: tuple[str, ...] = ()
    preferred_username: str = ""


class BadToken(ValueError):
    """No token of ours, or none that is good for this."""


class Expired(BadToken):
    """It was one."""


def sign(credential: Credential, use: Use, key: bytes, now: int) -> str:
    """A token for a login; `now` is Unix seconds."""
    claims = Claims(
        sub=credential.username,
        iat=now,
        exp=now + use.life,
        use=use.word,
        ver=version_of(credential),
        roles=credential.roles,
        preferred_username=credential.username,
    )
    signed = _HEADER + b"." + _encoded(msgspec.json.encode(claims))
    return (signed + b"." + _signature(signed, key)).decode()


def looks_signed(text: str) -> bool:
    """Whether a word has the shape of a token, ours or another's, rather than that of an API key."""
    return text.count(".") == 2 and text.startswith("ey")


def read(text: str, use: Use, key: bytes, now: int) -> Claims:
    """What a token says. Raises BadToken, or Expired for one that once was good."""
    octets = text[: _LONGEST + 1].encode("utf-8", "replace")
    signed, dot, signature = octets.rpartition(b".")
    header, _, payload = signed.partition(b".")
    # The header is compared, not read: what algorithm is meant is not the client's to say.
    if not dot or len(octets) > _LONGEST or not hmac.compare_digest(header, _HEADER):
        raise BadToken("Token is invalid")
    if not hmac.compare_digest(signature, _signature(signed, key)):
        raise BadToken("Token is invalid")
    try:
        padded = payload + b"=" * (-len(payload) % 4)
        claims = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Claims)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadToken("Token is invalid") from error
    if claims.use != use.word:
        raise BadToken("Token is invalid")
    if claims.exp <= now:
        raise Expired("Token has expired")
    return claims


def _encoded(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def _signature(octets: bytes, key: bytes) -> bytes:
    return _encoded(hmac.digest(key, octets, "sha256"))
