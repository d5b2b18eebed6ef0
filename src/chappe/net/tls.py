"""TLS contexts for listeners and for calls; TLS 1.2 is the floor (RFC 8996 retires what is older)."""

from __future__ import annotations

import ssl
from pathlib import Path


class BadTls(ValueError):
    """The certificate, key or authority file does not serve; the message says which and why."""


def server_context(certificate: Path, key: Path, client_authority: Path | None = None) -> ssl.SSLContext:
    """A listener's context. With `client_authority` clients must show a certificate signed by it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_certificate(context, certificate, key)
    if client_authority is not None:
        _authority(context, client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Loads a certificate and its key into a context, also anew: connections made from then on use it."""
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadTls(f"certificate {certificate} with key {key}: {error}") from error


def client_context(authority: Path | None = None, *, verify: bool = True) -> ssl.SSLContext:
    """A caller's context: the peer's certificate and name are checked, against `authority` where one is given."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority is not None:
        _authority(context, authority)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _authority(context: ssl.SSLContext, authority: Path) -> None:
    try:
        context.load_verify_locations(authority)
    except (OSError, ssl.SSLError) as error:
        raise BadTls(f"authority {authority}: {error}") from error
