"""Secrets that must be kept in clear for a peer (SMSC passwords): sealed at rest with a key outside the store."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_OCTETS: Final = 12
_KEY_OCTETS: Final = 32
_PREFIX: Final = "sealed:1:"
SECRET_NAMES: Final = frozenset({"password", "secret", "secret_key"})
"""Settings by these names are sealed whatever the connector's kind."""


class CannotUnseal(ValueError):
    """The text was sealed with another key, or is damaged."""


class Keys:
    """The gateway's own key and what is derived from it; the key file is the operator's to keep safe."""

    def __init__(self, master: bytes) -> None:
        if len(master) != _KEY_OCTETS:
            raise ValueError(f"the key is not {_KEY_OCTETS} octets")
        self._aead = AESGCM(_derived(master, b"seal"))
        self.ids = _derived(master, b"ids")
        """The key of rendered message ids."""
        self.sessions = _derived(master, b"sessions")
        """The key of signed sessions."""
        self.pins = _derived(master, b"pins")
        """The key of the hashes that PINs are kept as."""

    def seal(self, text: str) -> str:
        """The text under the key, as text."""
        nonce = os.urandom(_NONCE_OCTETS)
        octets = nonce + self._aead.encrypt(nonce, text.encode(), None)
        return _PREFIX + base64.b64encode(octets).decode()

    def unseal(self, text: str) -> str:
        """The text that was sealed; one that never was comes back as it is. Raises CannotUnseal."""
        if not text.startswith(_PREFIX):
            return text
        try:
            octets = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
            return self._aead.decrypt(octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:], None).decode()
        except (ValueError, InvalidTag) as error:
            raise CannotUnseal(
                "a secret was sealed with another key: is this the store's key file?"
            ) from error

    def seal_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """A connector's settings with its secrets sealed."""
        return {
            name: self.seal(value)
            if name in SECRET_NAMES and isinstance(value, str) and not is_sealed(value)
            else value
            for name, value in settings.items()
        }

    def unseal_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """A connector's settings with its secrets in clear."""
        return {
            name: self.unseal(value) if name in SECRET_NAMES and isinstance(value, str) else value
            for name, value in settings.items()
        }


def is_sealed(text: str) -> bool:
    """Whether a text is a sealed one."""
    return text.startswith(_PREFIX)


def holds_sealed(settings: Mapping[str, Any]) -> bool:
    """Whether any of a connector's settings is sealed."""
    return any(isinstance(value, str) and is_sealed(value) for value in settings.values())


def without_secrets(settings: dict[str, Any]) -> dict[str, Any]:
    """A connector's settings for a screen."""
    return {name: "••••" if name in SECRET_NAMES else value for name, value in settings.items()}


def _derived(master: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(purpose, key=master, digest_size=_KEY_OCTETS).digest()


def load_keys(path: Path, *, create: bool) -> Keys:
    """The key of a file, made by chance if there is none and `create` is given. Raises ValueError or OSError.

    The file is readable by its owner alone.
    """
    if not path.exists():
        if not create:
            raise ValueError(f"the key file {path} does not exist")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY_OCTETS)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    try:
        return Keys(base64.b64decode(path.read_bytes().strip(), validate=True))
    except ValueError as error:
        raise ValueError(
            f"the key file {path} does not hold a key of {_KEY_OCTETS} octets in base64"
        ) from error
