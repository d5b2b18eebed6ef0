"""The simulator as a whole: its settings, its life, what may be asked of it, and outside clients that take it for real."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
import smpplib.client
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chappe.net.tls import BadTls
from chappe.protocols.smpp.command_ids import Command
from chappe.protocols.smpp.commands import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    EnquireLink,
)
from chappe.protocols.smpp.receipt_variants import VARIANTS
from chappe.sim.behaviour import Behaviour
from chappe.sim.control import Change, Drop, How, Reset, SendMo, Status, ask
from chappe.sim.counters import Snapshot, rates
from chappe.sim.incoming import Mo, Order, Split
from chappe.sim.message_ids import IdForm
from chappe.sim.smsc import Smsc, SmscSettings, run
from chappe.text import udh
from chappe.text.encodings import Charset
from chappe.text.reassembly import join
from unit.sim.drill import Peer, bound, connect, message, simulator

NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"port": 70_000}, "port is 70000: 0 to 65535 is meant"),
    ({"control_port": -1}, "control_port is -1: 0 to 65535 is meant"),
    ({"system_id": "x" * 16}, "system_id is 'xxxxxxxxxxxxxxxx': it has at most 15 characters"),
    ({"first_id": 0}, "first_id is 0: at least 1 is meant"),
    ({"remember": -1}, "remember is -1: it cannot be below 0"),
    ({"window": 0}, "window is 0: at least 1 is meant"),
    ({"response_timer": 0.0}, "response_timer is 0.0: it must be above 0"),
    ({"enquire_link_timer": 0.0}, "enquire_link_timer is 0.0: it must be above 0, or absent for none"),
    ({"certificate": Path("x")}, "certificate and key go together: one of them is missing"),
    ({"behaviour": Behaviour(loss_share=2)}, "loss_share is 2: a share is 0 to 1"),
]


@pytest.mark.parametrize(("given", "sentence"), NONSENSE)
async def test_nonsense_is_told_in_a_sentence(given: dict[str, Any], sentence: str) -> None:
    settings = SmscSettings(**given)
    assert settings.problems() == (sentence,)
    with pytest.raises(ValueError) as caught:
        Smsc(settings)
    assert str(caught.value) == sentence


# ------------------------------------------------------------ life


async def test_run_is_ready_reports_and_closes_in_order_when_cancelled() -> None:
    ready: asyncio.Future[Smsc] = asyncio.get_running_loop().create_future()
    reported: asyncio.Queue[tuple[Snapshot, Snapshot]] = asyncio.Queue()

    def report(before: Snapshot, after: Snapshot) -> None:
        reported.put_nowait((before, after))

    task = asyncio.create_task(run(SmscSettings(port=0), ready.set_result, report=report, every=0.01))
    async with asyncio.timeout(5):
        smsc = await ready
        peer = Peer(*await asyncio.open_connection("127.0.0.1", smsc.port))
        for body in (BindTransceiver(), message(registered_delivery=0)):
            peer.send(body)
            assert (await peer.get()).status == 0
        while rates(*(await reported.get()))["submits"] == 0:
            pass
        task.cancel()
        unbind = await peer.get()
        assert unbind.command == Command.UNBIND
        peer.answer(unbind)
        assert await peer.next() is None
        with pytest.raises(asyncio.CancelledError):
            await task
        await peer.close()


async def test_a_port_that_is_taken_is_an_error_and_closes_everything() -> None:
    async with simulator() as smsc:
        with pytest.raises(OSError):
            await run(SmscSettings(port=smsc.port), lambda _: pytest.fail("it is not ready"))


async def test_closing_waits_no_longer_than_its_grace() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        smsc.inject(Mo(text="never answered"))
        await peer.get()
        async with asyncio.timeout(5):
            await smsc.close(grace=0.01)
        assert await peer.next() is None


# ------------------------------------------------------------ MOs


async def test_an_mo_needs_somebody_to_receive_it_or_a_name() -> None:
    async with simulator() as smsc:
        with pytest.raises(ValueError, match="nobody is bound to receive"):
            smsc.inject(Mo(text="hi"))
        await bound(smsc, BindTransmitter)
        with pytest.raises(ValueError, match="nobody is bound to receive"):
            smsc.inject(Mo(text="hi"))
        assert smsc.inject(Mo(text="later", system_id="acme")) == 1
        peer = await bound(smsc, BindReceiver)
        got = (await peer.receipt()).body
        assert isinstance(got, DeliverSm)
        assert (got.short_message, got.esm_class) == (b"later", 0)
        assert (got.source_addr, got.destination_addr) == ("31612345678", "12345")


async def test_two_long_mos_have_two_references_and_arrive_in_any_order() -> None:
    text = "All the parts of this text, in whatever order they come. " * 6
    async with simulator() as smsc:
        peer = await bound(smsc)
        for _ in range(2):
            assert smsc.inject(Mo(text=text, split=Split.UDH16, order=Order.REVERSE)) == 3
        references = []
        for _ in range(2):
            parts = {}
            for _ in range(3):
                body = (await peer.receipt()).body
                assert isinstance(body, DeliverSm)
                header, payload = udh.parse(body.short_message)
                found = udh.concatenation(header)
                assert found is not None
                parts[found.number] = payload
                references.append(found.reference)
            assert list(parts) == [3, 2, 1]
            assert join([parts[number] for number in (1, 2, 3)], Charset.GSM7).text == text
        assert len(set(references)) == 2


async def test_mos_at_a_rate_go_to_everybody_in_turn() -> None:
    async with simulator(mo_rate=1_000.0, mo_text="n {seq}", mo_source="316", mo_destination="42") as smsc:
        peers = [await bound(smsc, system_id=name) for name in ("one", "two")]
        texts = set()
        for _ in range(10):
            for peer in peers:
                body = (await peer.receipt()).body
                assert isinstance(body, DeliverSm)
                assert (body.source_addr, body.destination_addr) == ("316", "42")
                texts.add(body.short_message)
        assert len(texts) == 20
        assert all(len(text) == 10 for text in texts)
        smsc.behave(Behaviour())
        for peer in peers:
            await peer.close()


# ------------------------------------------------------------ changes while it runs


async def test_the_control_line_moves_everything() -> None:
    async with simulator({"control_port": 0}) as smsc, asyncio.timeout(5):
        where = ("127.0.0.1", smsc.control_port)
        peer = await bound(smsc)
        assert await ask(*where, SendMo(text="hi", count=3)) == {"parts": 3}
        for _ in range(3):
            await peer.receipt()
        assert await ask(*where, Change({"refusal_share": 1, "refusal_status": 8})) == {}
        peer.send(message())
        assert (await peer.get()).status == 0x08
        status = await ask(*where, Status())
        assert status["counted"]["totals"]["refused"] == 1
        assert status["behaviour"]["refusal_status"] == 8
        assert status["sessions"] == [
            {
                "bind": 1,
                "system_id": "acme",
                "peer": "127.0.0.1",
                "state": "bound_trx",
                "submits": 1,
                "unacked": 0,
            }
        ]
        with pytest.raises(ValueError, match=r"loss_share is 7\.0: a share is 0 to 1"):
            await ask(*where, Change({"loss_share": 7}))
        assert await ask(*where, Reset()) == {}
        assert (await ask(*where, Status()))["counted"]["totals"]["submits"] == 0
        assert await ask(*where, Drop("nobody")) == {"dropped": 0}
        assert await ask(*where, Drop("acme")) == {"dropped": 1}
        assert await peer.next() is None
        await peer.close()
        with pytest.raises(ValueError, match="nobody is bound to receive"):
            await ask(*where, SendMo(text="hi"))


@pytest.mark.parametrize("how", How)
async def test_ways_to_drop_a_session(how: How) -> None:
    async with simulator() as smsc:
        peer, other = await bound(smsc), await bound(smsc, system_id="other")
        assert smsc.drop(how, "acme") == 1
        if how is How.UNBIND:
            unbind = await peer.get()
            assert unbind.command == Command.UNBIND
            peer.answer(unbind)
        assert await peer.next() is None
        assert await other.settle() == []


async def test_a_dark_line_is_half_open_until_the_light_goes_on() -> None:
    async with simulator() as smsc:
        peer = await bound(smsc)
        smsc.behave(Behaviour(dark=True))
        peer.send(message(), EnquireLink())
        late = await connect(smsc)
        late.send(BindTransceiver("late"))
        other_end = asyncio.create_task(peer.next())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not other_end.done()
        assert smsc.snapshot().totals.submits == 0
        smsc.inject(Mo(text="hi", system_id="acme"))
        assert smsc.snapshot().waiting == 1
        smsc.behave(Behaviour())
        assert await other_end is None
        assert await late.next() is None
        await peer.close()
        await late.close()
        back = await bound(smsc)
        assert (await back.receipt()).command == Command.DELIVER_SM


async def test_bad_behaviour_is_refused_and_the_old_one_stays() -> None:
    async with simulator() as smsc:
        with pytest.raises(ValueError, match="loss_share is 2: a share is 0 to 1"):
            smsc.behave(Behaviour(loss_share=2))
        peer = await bound(smsc)
        peer.send(message(registered_delivery=0))
        assert (await peer.get()).status == 0


# ------------------------------------------------------------ TLS


def certificate(folder: Path) -> tuple[Path, Path]:
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
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return public, private


async def test_over_tls(tmp_path: Path) -> None:
    public, private = certificate(tmp_path)
    async with simulator({"certificate": public, "key": private}) as smsc:
        context = ssl.create_default_context(cafile=public)
        streams = await asyncio.open_connection(
            "127.0.0.1", smsc.port, ssl=context, server_hostname="localhost"
        )
        peer = Peer(*streams)
        smsc.peers.append(peer)
        peer.send(BindTransceiver("acme"))
        assert (await peer.get()).status == 0
        peer.send(message())
        assert (await peer.get()).status == 0
        assert (await peer.receipt()).command == Command.DELIVER_SM


async def test_a_bad_certificate_is_told(tmp_path: Path) -> None:
    smsc = Smsc(SmscSettings(port=0, certificate=tmp_path / "no", key=tmp_path / "no"))
    with pytest.raises(BadTls):
        await smsc.open()
    await smsc.close()


# ------------------------------------------------------------ an outside client


class Outside(smpplib.client.Client):  # type: ignore[misc]
    """smpplib, and what it hears."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port, allow_unknown_opt_params=True)
        self.answers: list[Any] = []
        self.receipts: list[Any] = []
        self.set_message_sent_handler(self._answered)
        self.set_message_received_handler(self._received)
        self.set_error_pdu_handler(lambda _: None)

    def _answered(self, pdu: Any) -> None:
        self.answers.append(pdu)

    def _received(self, pdu: Any) -> int:
        self.receipts.append(pdu)
        return 0

    def journey(self, destination: str, receipts: int) -> None:
        """Binds, submits, hears the answer and its receipts, unbinds."""
        self.connect()
        try:
            self.bind_transceiver(system_id="outside", password="secret")
            self.send_message(
                source_addr_ton=5,
                source_addr="Chappe",
                dest_addr_ton=1,
                dest_addr_npi=1,
                destination_addr=destination,
                short_message=b"hello",
                registered_delivery=True,
            )
            while len(self.answers) < 1 or len(self.receipts) < receipts:
                self.read_once()
            self.unbind()
        finally:
            self.disconnect()


async def journey(smsc: Smsc, destination: str, receipts: int) -> Outside:
    outside = Outside(smsc.port)
    async with asyncio.timeout(10):
        await asyncio.to_thread(outside.journey, destination, receipts)
    return outside


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "V16"])
async def test_smpplib_takes_it_for_an_smsc_with_each_variant_but_data_sm(name: str) -> None:
    async with simulator({"credentials": (("outside", "secret"),)}, receipts=name) as smsc:
        outside = await journey(smsc, "31600000001", 1)
        (answer,) = outside.answers
        (receipt,) = outside.receipts
        assert (answer.status, receipt.esm_class) == (0, 0 if name == "V17" else 4)
        assert receipt.source_addr == b"31600000001"
        assert smsc.snapshot().totals.receipts_acked == 1
        if name == "V1":
            assert receipt.short_message.startswith(b"id:" + answer.message_id + b" sub:001 dlvrd:001 ")
        if name == "V15":
            assert receipt.receipted_message_id == answer.message_id
            assert receipt.message_state == 2


async def test_smpplib_hears_a_refusal() -> None:
    async with simulator(ids=IdForm.UUID) as smsc:
        outside = await journey(smsc, "31600990030", 0)
        assert [answer.status for answer in outside.answers] == [0x0B]
