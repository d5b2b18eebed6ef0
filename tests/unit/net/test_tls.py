"""TLS contexts: old versions are refused, certificates checked on both sides, files that do not serve named."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chappe.net.tls import BadTls, client_context, load_certificate, server_context

Files = tuple[Path, Path]
"""A certificate and its key."""


class Authority:
    """Signs certificates, into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        own = self._signed(self._name, self._key.public_key(), authority=True)
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        authority: bool = False,
        host: str = "localhost",
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    def certificate(self, name: str, host: str = "localhost") -> Files:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = self._signed(subject, key.public_key(), host=host)
        files = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        files[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return files


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("theirs"), "theirs")


async def met(server: ssl.SSLContext, client: ssl.SSLContext, host: str = "localhost") -> str:
    """The version on which both sides agreed, and a word said both ways; raises what the client saw."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await reader.readexactly(4))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server)
    port = listener.sockets[0].getsockname()[1]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=host)
        try:
            writer.write(b"ping")
            assert await reader.readexactly(4) == b"ping"
            return str(writer.get_extra_info("ssl_object").version())
        finally:
            writer.close()
            with contextlib.suppress(OSError):  # ssl.SSLError among them: the refusal itself
                await writer.wait_closed()
    finally:
        listener.close()
        await listener.wait_closed()


async def test_a_certificate_of_a_trusted_authority_is_accepted(ours: Authority) -> None:
    assert await met(server_context(*ours.certificate("s")), client_context(ours.file)) == "TLSv1.3"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_versions_that_are_spoken(ours: Authority, version: ssl.TLSVersion) -> None:
    client = client_context(ours.file)
    client.maximum_version = version
    assert await met(server_context(*ours.certificate("s")), client) == version.name.replace("_", ".")


def test_versions_that_are_not_spoken(ours: Authority) -> None:
    for context in (server_context(*ours.certificate("s")), client_context()):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("wrong", ["signer", "authority", "name", "client"])
async def test_meetings_that_fail(ours: Authority, theirs: Authority, wrong: str) -> None:
    signer = theirs if wrong == "signer" else ours
    files = signer.certificate("x", "other.example" if wrong == "name" else "localhost")
    server = server_context(*files, ours.file if wrong == "client" else None)
    client = client_context(None if wrong == "authority" else ours.file)
    with pytest.raises((ssl.SSLError, OSError, asyncio.IncompleteReadError)):
        await met(server, client)


async def test_a_client_may_be_asked_for_its_certificate(ours: Authority) -> None:
    client = client_context(ours.file)
    load_certificate(client, *ours.certificate("client"))
    assert await met(server_context(*ours.certificate("s"), ours.file), client) == "TLSv1.3"


async def test_checking_may_be_switched_off(ours: Authority, theirs: Authority) -> None:
    unverified = client_context(verify=False)
    assert await met(server_context(*theirs.certificate("x", "other.example")), unverified) == "TLSv1.3"


async def test_a_new_certificate_serves_from_the_next_connection_on(
    ours: Authority, theirs: Authority
) -> None:
    server = server_context(*theirs.certificate("old"))
    with pytest.raises(ssl.SSLError):
        await met(server, client_context(ours.file))
    load_certificate(server, *ours.certificate("new"))
    assert await met(server, client_context(ours.file)) == "TLSv1.3"


@pytest.mark.parametrize("wrong", ["missing", "none", "other key"])
def test_files_that_do_not_serve_are_named(ours: Authority, tmp_path: Path, wrong: str) -> None:
    certificate, key = ours.certificate("s")
    if wrong == "missing":
        certificate = tmp_path / "nothing.crt"
    elif wrong == "none":
        certificate = tmp_path / "text.crt"
        certificate.write_text("no certificate")
    else:
        key = ours.certificate("another")[1]
    with pytest.raises(BadTls) as caught:
        server_context(certificate, key)
    assert str(certificate) in str(caught.value)
    assert str(key) in str(caught.value)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_does_not_serve_is_named(
    ours: Authority, tmp_path: Path, content: str | None
) -> None:
    authority = tmp_path / "authority.pem"
    if content is not None:
        authority.write_text(content)
    for make in (
        lambda: client_context(authority),
        lambda: server_context(*ours.certificate("s"), authority),
    ):
        with pytest.raises(BadTls, match=r"authority .*authority\.pem"):
            make()
