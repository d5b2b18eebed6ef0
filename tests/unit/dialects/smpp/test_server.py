"""The server: listening, plain and by TLS, the port of a carrier, rechecks, and its end."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chappe.domain.account import Account
from chappe.domain.report import FINALS, Owed, ReportWish, Way
from chappe.net.tls import client_context, server_context
from chappe.ports.carrier import Carrier
from chappe.ports.directory import Kind
from chappe.protocols.smpp.codec import encode_body
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import BindTransceiver, DeliverSmResp, EnquireLink, Unbind, UnbindResp
from chappe.protocols.smpp.events import Reason
from dialects.smpp.core_under_test import HOST, NOW, House, credential
from dialects.smpp.esme import PASSWORD, Recorder, soon, submit_sm, until
from making import message, new_id, notice

LANE = "smpp:acme"


def receipt() -> Owed:
    of = message(id=new_id(NOW), report=ReportWish(Way.SMPP, FINALS, "smpp", "acme"))
    return Owed(of.id, 2, LANE, NOW, 1, notice(of))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return public, private


async def test_it_is_a_carrier(house: House) -> None:
    carrier: Carrier = house.server
    assert carrier.room(LANE) == 0


async def test_it_listens_on_several_ports_and_says_which(house: House) -> None:
    first = house.port
    second = await house.server.listen(HOST, 0)
    assert 0 < first != second > 0
    for house.port in (first, second):
        esme = await house.transceiver()
        await esme.submit()
    assert house.server.bound() == {"acme": 2}


async def test_an_address_that_is_taken_is_an_error(house: House) -> None:
    with pytest.raises(OSError, match="in use"):
        await house.server.listen(HOST, house.port)


async def test_tls(certificate: tuple[Path, Path]) -> None:
    house = House()
    await house.open(server_context(*certificate))
    esme = await house.esme(client_context(certificate[0]))
    await esme.bind(BindTransceiver("acme", PASSWORD))
    message_id = await esme.submit()
    await house.sent(message_id)
    await house.receipt(message_id)
    esme.take(await esme.next())
    await house.meter.reaches(1, "notices", "taken")
    await house.close()


async def test_who_speaks_plainly_to_a_tls_port_hears_nothing(certificate: tuple[Path, Path]) -> None:
    house = House(session_init_timer=0.1)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    context: ssl.SSLContext = server_context(*certificate)
    await house.open(context)
    raw = await house.raw()
    raw.say(encode_body(BindTransceiver("acme", PASSWORD), 1))
    said = await raw.rest()
    assert not said.startswith(b"\0\0\0")
    assert house.hashed == 0
    await house.close()


async def test_too_many_connections_are_dropped() -> None:
    house = House(connections=2)
    await house.open()
    esmes = [await house.transceiver(), await house.transceiver()]
    third = await house.raw()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await third.ask(encode_body(EnquireLink(), 1))
    await house.meter.reaches(1, "smpp_refused_connections")
    esmes[0].unbind()
    await soon(esmes[0].ended)
    await until(lambda: len(house.server._reception.guests) == 1)
    await house.transceiver()
    await house.close()


async def test_a_lane_where_nobody_is_bound_has_no_room_and_gives_back() -> None:
    told = Recorder()
    house = House(told)
    await house.open()
    one = receipt()
    assert house.server.room("smpp:nobody") == house.server.room("http://x") == 0
    house.server.carry("smpp:nobody", [one, receipt()])
    assert [how for _, how, _ in await told.outcomes(2)] == ["away", "away"]
    assert told.carried_all[0].owed is one
    await house.close()


async def test_recheck_ends_the_sessions_whose_login_is_no_longer_good_and_no_others(house: House) -> None:
    mine, second, other = [await house.transceiver(name) for name in ("acme", "acme2", "other")]
    house.server.recheck()
    house.change(Kind.ACCOUNT, "acme", Account(name="acme", throughput=100.0))
    assert house.server.bound() == {"acme": 1, "acme2": 1, "other": 1}
    house.change(Kind.CREDENTIAL, "acme", None)
    assert (await soon(mine.ended)).reason is Reason.UNBOUND
    await until(lambda: house.server.bound() == {"acme2": 1, "other": 1})
    await second.submit()
    house.change(Kind.ACCOUNT, "acme", Account(name="acme", enabled=False))
    await soon(second.ended)
    await other.submit()
    house.change(Kind.CREDENTIAL, "other", credential("other", "other", version=2))
    house.server.recheck()
    await soon(other.ended)
    await until(lambda: house.server.bound() == {})


async def test_closing_unbinds_and_answers_what_is_open() -> None:
    house = House()
    await house.open()
    bound, unbound = await house.transceiver(), await house.raw()
    house.store.gate.clear()
    answer = bound.say(submit_sm())
    await until(lambda: house.store.batches != [])
    closing = asyncio.ensure_future(house.server.close(5.0))
    await soon(bound.unbound.wait())
    assert await unbound.rest() == b""
    with pytest.raises(OSError, match="Connect call failed"):
        await house.raw()
    house.store.gate.set()
    assert (await soon(answer)).status == 0
    assert (await soon(bound.ended)).reason is Reason.UNBOUND
    await soon(closing)
    assert len(await house.all_stored()) == 1
    await house.close()


async def test_closing_hands_nothing_more_over_and_tells_what_was_under_way() -> None:
    told = Recorder()
    house = House(told)
    await house.open()
    raw = await house.raw()
    await raw.bind()
    batch = [receipt(), receipt()]
    house.server.carry(LANE, batch)
    first, second = await raw.hear(), await raw.hear()
    closing = asyncio.ensure_future(house.server.close(5.0))
    await until(lambda: house.server.room(LANE) == 0)
    house.server.carry(LANE, [receipt()])
    assert [how for _, how, _ in await told.outcomes(1)] == ["away"]
    # Open deliveries are waited for, then comes the unbind.
    raw.say(encode_body(DeliverSmResp(), first.sequence), encode_body(DeliverSmResp(), second.sequence))
    unbind = await raw.hear()
    assert unbind.command == Command.UNBIND
    raw.say(encode_body(UnbindResp(), unbind.sequence))
    assert await raw.rest() == b""
    await soon(closing)
    assert [how for _, how, _ in await told.outcomes(3)] == ["away", "taken", "taken"]
    await house.close()


async def test_who_does_not_answer_the_unbind_is_cut_when_the_grace_is_over() -> None:
    told = Recorder()
    house = House(told)
    await house.open()
    raw = await house.raw()
    await raw.bind()
    house.server.carry(LANE, [receipt()])
    await raw.hear()
    await soon(house.server.close(0.05))
    # Told before close is over: whoever closes writes it down then.
    assert [one.handover.value for one in told.carried_all] == ["away"]
    assert house.server.bound() == {}
    await house.close()


async def test_closing_ends_a_login_that_never_ends() -> None:
    house = House()
    await house.open()
    began = asyncio.Event()

    async def verify(secret_hash: str, password: str) -> bool:
        began.set()
        await asyncio.Event().wait()
        return True

    house.core.authenticator._verify = verify
    raw = await house.raw()
    raw.say(encode_body(BindTransceiver("acme", PASSWORD), 1))
    await soon(began.wait())
    await soon(house.server.close(5.0))
    assert not house.server._reception.tasks
    await house.close()


async def test_a_client_that_is_unbinding_by_itself_is_left_to_it() -> None:
    house = House()
    await house.open()
    raw = await house.raw()
    await raw.bind()
    house.store.gate.clear()
    raw.say(encode_body(submit_sm(), 2), encode_body(Unbind(), 3))
    await until(lambda: house.store.batches != [])
    closing = asyncio.ensure_future(house.server.close(5.0))
    await until(lambda: house.server._reception.closing)
    house.store.gate.set()
    first, second = await raw.hear(), await raw.hear()
    assert (first.sequence, first.status) == (2, 0)
    assert (second.sequence, second.command) == (3, Command.UNBIND_RESP)
    assert await raw.rest() == b""
    await soon(closing)
    await house.close()
