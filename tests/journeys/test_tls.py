"""TLS: for HTTP, for SMPP clients that come to us, and for SMSCs that we go to."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chappe.domain.link import Health
from chappe.domain.state import State
from chappe.protocols.smpp.commands import BindTransceiver
from dialects.smpp.esme import Esme
from journeys.house import CONFIG, PASSWORD, House, ask_http, until
from journeys.wire import HOST


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for this machine's loopback, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, secret


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def trusting(certificate: Path, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate))
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def with_tls(house: House) -> tuple[Path, int, int]:
    """Writes a configuration with TLS listeners: certificate, HTTPS port, SMPP port."""
    certificate, _ = make_certificate(house.folder, "gateway")
    https, smpps = free_port(), free_port()
    lines = CONFIG
    for section, port in (("http", https), ("smpp", smpps)):
        lines = lines.replace(
            f"[{section}]\n",
            f'[{section}.tls]\ncertificate = "gateway.pem"\nkey = "gateway.key"\n[{section}]\ntls_listen = ["{HOST}:{port}"]\n',
        )
    house.config_file.write_text(lines)
    return certificate, https, smpps


@pytest.mark.row("002-058")
@pytest.mark.row("002-079")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_send_over_https(outside: House, version: ssl.TLSVersion) -> None:
    certificate, https, _ = with_tls(outside)
    await outside.start()
    await outside.healthy()
    target = f"/send?to=31612345678&from=Chappe&username=acme&password={PASSWORD}&content=over+https"
    answer = await ask_http(https, target, tls=trusting(certificate, version))
    assert answer.status == 200
    await outside.reaches(answer.body.removeprefix('Success "')[:-1], State.SENT)
    assert [row.text for row in outside.rows()] == ["over https"]


async def test_who_does_not_speak_tls_hears_nothing_useful(outside: House) -> None:
    certificate, https, _ = with_tls(outside)
    await outside.start()
    with pytest.raises(OSError):
        await ask_http(https, "/ping")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        await ask_http(https, "/ping", tls=old)
    assert (await ask_http(https, "/ping", tls=trusting(certificate))).body == "Jasmin/PONG"


async def test_an_smpp_client_over_tls(outside: House) -> None:
    certificate, _, smpps = with_tls(outside)
    await outside.start()
    await outside.healthy()
    esme: Esme = await outside.bound(BindTransceiver("acme", PASSWORD), port=smpps, tls=trusting(certificate))
    message_id = await esme.submit(b"over tls")
    await outside.over(message_id)
    assert len(esme.got) == 1
    assert [row.text for row in outside.rows()] == ["over tls"]


async def test_an_smsc_over_tls_whose_certificate_is_checked(outside: House) -> None:
    house = outside
    certificate, key = make_certificate(house.folder, "smsc")
    stranger, _ = make_certificate(house.folder, "stranger")
    await house.smsc.close()
    await house.open_smsc(certificate=certificate, key=key)
    tls = {"tls": True, "tls_authority": str(stranger)}
    await house.save(house.connector(port=house.smsc.port, settings=tls))
    await house.start()
    message_id = await house.sent(dlr_level="2", dlr_url=house.sink.url("/dlr"))
    await until(lambda: "certificate" in house.here.parts.board.now()["op"].detail.lower())
    assert house.here.parts.board.health("op") is not Health.UP
    assert house.rows() == []
    await house.save(
        house.connector(port=house.smsc.port, settings=tls | {"tls_authority": str(certificate)})
    )
    assert (await house.over(message_id)).found.standing.state is State.DELIVERED
    assert len(house.rows()) == 1


async def test_an_smsc_that_speaks_no_tls_gets_no_password(outside: House) -> None:
    house = outside
    await house.save(house.connector(settings={"tls": True, "connect_timer": 0.3}))
    await house.start()
    await until(lambda: house.here.parts.board.now()["op"].detail)
    assert house.here.parts.board.health("op") is not Health.UP
    assert house.tap.of_kind_bind() == []
