from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chappe.connectors.smpp.bind import Bind, Phase, bind_bodies, session_settings
from chappe.connectors.smpp.settings import BindMode, SmppSettings
from chappe.domain.link import Health
from chappe.net.smpp_link import SmppLink
from chappe.net.tls import server_context
from chappe.protocols.smpp.codec import decode, encode_body
from chappe.protocols.smpp.commands import BindTransceiverResp
from chappe.protocols.smpp.events import Closing, Event, Reason
from chappe.protocols.smpp.framing import Framer
from contracts.connectors_under_test import PATIENCE, Pulse, Recorder, ScriptedSmsc, UnderTest, opened


class Owner(Pulse):
    """Answers BindOwner and keeps the phases."""

    def __init__(self) -> None:
        super().__init__()
        self.phases: list[Phase] = []
        self.details: list[str] = []

    def moved(self, bind: Bind) -> None:
        self.phases.append(bind.phase)
        self.details.append(bind.detail)
        self.beat()

    def ended(self, reason: object, status: int) -> None:
        self.beat()


def make(owner: Owner | None = None, chance: float = 0.5, port: int = 1, **settings: Any) -> Bind:
    made = SmppSettings(host="127.0.0.1", port=port, **settings)
    return Bind(bind_bodies(made)[0], made, tls=None, chance=lambda: chance, owner=owner or Owner())  # type: ignore[arg-type]


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("mode", "count", "names"),
    [
        (BindMode.TRANSCEIVER, 2, ["BindTransceiver"] * 2),
        (BindMode.TRANSMITTER, 1, ["BindTransmitter"]),
        (BindMode.RECEIVER, 1, ["BindReceiver"]),
        (BindMode.PAIR, 2, ["BindTransmitter", "BindReceiver"] * 2),
    ],
)
def test_the_binds_of_each_mode(mode: BindMode, count: int, names: list[str]) -> None:
    bodies = bind_bodies(SmppSettings(host="h", bind=mode, binds=count))
    assert [type(body).__name__ for body in bodies] == names


def test_a_bind_says_what_is_set() -> None:
    (body,) = bind_bodies(
        SmppSettings(
            host="h",
            system_id="chappe",
            password="secret",
            system_type="VMA",
            interface_version=0x33,
            addr_ton=1,
            addr_npi=2,
            address_range="^31",
        )
    )
    assert (body.system_id, body.password, body.system_type) == ("chappe", "secret", "VMA")
    assert (body.interface_version, body.addr_ton, body.addr_npi, body.address_range) == (0x33, 1, 2, "^31")


def test_the_session_has_the_connectors_timers_and_window() -> None:
    made = session_settings(
        SmppSettings(
            host="h", window=7, response_timer=8, enquire_link=9, enquire_link_wait=10, bind_timer=11
        )
    )
    assert (made.window_out, made.response_timer) == (7, 8)
    assert (made.enquire_link_timer, made.enquire_link_response_timer, made.session_init_timer) == (9, 10, 11)


# ---------------------------------------------------------------- back-off


async def test_reconnects_wait_longer_each_time_by_full_jitter() -> None:
    bind = make(chance=0.5)
    assert [bind._delay(refused=False) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    bind = make(chance=0.999_999)
    assert [round(bind._delay(refused=False)) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    bind = make(chance=0.0)
    assert [bind._delay(refused=False) for _ in range(3)] == [0.1, 0.1, 0.1]


async def test_only_a_steady_bind_begins_the_back_off_anew() -> None:
    bind = make()
    now = asyncio.get_running_loop().time()
    for _ in range(5):
        bind._delay(refused=False)
    bind._bound_at = now - 59.0
    assert bind._delay(refused=False) == 16.0
    bind._bound_at = now - 61.0
    assert bind._delay(refused=False) == 0.5


async def test_refused_binds_wait_longer_up_to_five_minutes() -> None:
    bind = make(chance=0.5)
    assert [bind._delay(refused=True) for _ in range(7)] == [5, 10, 20, 40, 80, 150, 150]


async def test_many_binds_begin_one_after_the_other() -> None:
    recorder = Recorder()
    smsc = ScriptedSmsc()
    async with (
        smsc.serving(),
        opened("smpp", smsc, binds=3, stagger=5.0, wait=False, recorder=recorder) as made,
    ):
        now = asyncio.get_running_loop().time()
        await recorder.until(lambda: made.connector.status().binds == 1)
        timers = [bind._timer for bind in made.connector._binds]  # type: ignore[attr-defined]
        assert [timer and round(timer.when() - now) for timer in timers] == [None, 5, 10]


# ---------------------------------------------------------------- coming up, going, coming back


async def test_a_lost_connection_is_made_again() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        for count in range(2, 5):
            smsc.drop()
            await smsc.until(lambda count=count: len(smsc.binds) == count)
        await made.recorder.until(lambda: made.connector.status().health is Health.UP)
        assert made.meter.counts["binds_lost op:disconnected"] == 3


async def test_a_refused_bind_is_counted_told_and_tried_again() -> None:
    smsc = ScriptedSmsc(bind_statuses=[0x0D, 0x0E])
    async with smsc.serving(), opened("smpp", smsc, refused_longest=0.01) as made:
        assert len(smsc.binds) == 3
        assert made.meter.counts["binds_refused op:ESME_RBINDFAIL"] == 1
        assert made.meter.counts["binds_refused op:ESME_RINVPASWD"] == 1
        details = {status.detail for status in made.recorder.statuses}
        assert {"bind refused: ESME_RBINDFAIL", "bind refused: ESME_RINVPASWD", ""} <= details
        assert made.connector.status().detail == ""
        assert [bind._refusals for bind in made.connector._binds] == [0]  # type: ignore[attr-defined]


async def test_an_smsc_that_is_not_there_is_waited_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    smsc = ScriptedSmsc(port=port)
    recorder = Recorder()
    async with opened("smpp", smsc, wait=False, recorder=recorder):
        await recorder.until(lambda: recorder.health is Health.DOWN)
        assert recorder.statuses[-1].detail.startswith("cannot connect: ")
        async with smsc.serving():
            await recorder.up()
            smsc.drop()


async def test_a_host_that_does_not_answer_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    owner = Owner()
    bind = make(owner, connect_timer=0.01)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
    bind.open(0.0)
    await owner.until(lambda: owner.phases == [Phase.CONNECTING, Phase.WAITING])
    assert owner.details[-1] == "cannot connect: no connection in time"
    bind.leave()
    assert bind.phase is Phase.CLOSED


class MuteSmsc(asyncio.Protocol):
    """Answers the bind, if at all, and says no word more."""

    def __init__(self, seen: list[str], answer: bool) -> None:
        self._seen = seen
        self._answer = answer
        self._framer = Framer(100_000)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._seen.append("connected")

    def data_received(self, data: bytes) -> None:
        for frame in self._framer.feed(data):
            pdu = decode(frame)
            self._seen.append(type(pdu.body).__name__)
            if self._answer and pdu.sequence == 1:
                self._transport.write(encode_body(BindTransceiverResp("mute"), 1))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "settings", "reason"),
    [
        (False, {"bind_timer": 0.03}, "session_init_timer"),
        (True, {"enquire_link": 0.03, "enquire_link_wait": 0.03}, "enquire_link_timer"),
    ],
)
async def test_a_mute_smsc_is_left(answer: bool, settings: dict[str, float], reason: str) -> None:
    seen: list[str] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: MuteSmsc(seen, answer), "127.0.0.1", 0)
    recorder = Recorder()
    fake = ScriptedSmsc(port=server.sockets[0].getsockname()[1])
    async with opened("smpp", fake, wait=False, recorder=recorder, **settings) as made:
        await recorder.until(lambda: made.meter.counts[f"binds_lost op:{reason}"] >= 1)
        await recorder.until(lambda: seen.count("connected") >= 2)
    assert ("EnquireLink" in seen) is answer
    server.close()
    await server.wait_closed()


async def test_an_smsc_that_unbinds_gets_its_answer_and_is_bound_to_again() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        smsc.links[0].unbind()
        await smsc.until(lambda: len(smsc.binds) == 2)
        assert made.meter.counts["binds_lost op:unbound"] == 1


async def test_leaving_unbinds_after_what_is_open_is_answered() -> None:
    story: list[str] = []

    class Watched(ScriptedSmsc):
        def happened(self, link: SmppLink, events: Sequence[Event]) -> None:
            story.extend(type(event).__name__ for event in events)
            super().happened(link, events)

    smsc = Watched()
    async with smsc.serving(), opened("smpp", smsc) as made:
        await made.connector.close(PATIENCE)
        await smsc.until(lambda: not smsc.links)
    assert story == ["BindRequested", "Unbound", "Closing"]


async def test_a_bind_that_is_cut_while_it_connects_stays_closed() -> None:
    smsc = ScriptedSmsc()
    owner = Owner()
    async with smsc.serving():
        for end in (Bind.cut, Bind.leave):
            bind = make(owner, port=smsc.port)
            bind.open(0.0)
            await owner.until(lambda bind=bind: bind.phase is Phase.CONNECTING)
            end(bind)
            await owner.until(lambda bind=bind: bind.phase is Phase.CLOSED)
            assert bind.outstanding == 0
        await smsc.until(lambda: not smsc.links)
        assert smsc.binds == []


async def test_a_bind_that_waits_is_closed_at_once() -> None:
    for end in (Bind.cut, Bind.leave):
        bind = make()
        bind.open(60.0)
        end(bind)
        assert bind.phase is Phase.CLOSED


class PaperTransport(asyncio.Transport):
    """Takes what is written; a connection that is cut is lost in the next turn of the loop."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = b""
        self.protocol: SmppLink | None = None
        self.aborted = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        return None

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def abort(self) -> None:
        self.aborted = True
        assert self.protocol is not None
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)


def on_paper(link: SmppLink) -> PaperTransport:
    transport = PaperTransport()
    transport.protocol = link
    link.connection_made(transport)
    return transport


async def test_a_connection_that_comes_after_the_end_is_cut_without_a_word() -> None:
    owner = Owner()
    bind = make(owner)
    bind.cut()
    transport = on_paper(bind._make_link())
    assert (transport.aborted, transport.written) == (True, b"")
    await owner.until(lambda: len(owner.phases) == 2)
    assert owner.phases == [Phase.CLOSED, Phase.CLOSED]


async def test_a_connection_that_fails_after_it_stood_is_made_again_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def late(factory: Any, *_: object, **__: object) -> None:
        on_paper(factory())
        raise TimeoutError

    owner = Owner()
    bind = make(owner, reconnect_first=30.0)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", late)
    bind.open(0.0)
    await owner.until(lambda: Phase.WAITING in owner.phases)
    assert bind._link is None
    assert owner.phases == [Phase.CONNECTING, Phase.WAITING]
    bind.cut()


async def test_nothing_goes_by_a_bind_whose_stream_is_lost_although_the_connection_lingers() -> None:
    owner = Owner()
    bind = make(owner)
    link = bind._make_link()
    on_paper(link)
    link.data_received(encode_body(BindTransceiverResp("smsc"), 1))
    assert (bind.usable, bind.room) == (True, 10)
    bind.happened(link, [Closing(Reason.FRAMING)])
    assert (bind.usable, bind.room, bind.phase) == (False, 0, Phase.LEAVING)
    assert bind.detail == "connection lost: framing"


async def test_no_room_while_the_peer_takes_no_octets() -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(), opened("smpp", smsc) as made:
        (bind,) = made.connector._binds  # type: ignore[attr-defined]
        assert bind.room == 10
        bind._link.pause_writing()
        assert (bind.room, made.connector.room()) == (0, 0)
        told = len(made.recorder.statuses)
        bind._link.resume_writing()
        assert bind.room == 10
        await made.recorder.until(lambda: len(made.recorder.statuses) > told)


# ---------------------------------------------------------------- addresses and TLS


@pytest.mark.parametrize("host", ["::1", "[::1]"])
async def test_ipv6(host: str) -> None:
    smsc = ScriptedSmsc()
    async with smsc.serving(host="::1"), opened("smpp", smsc, host=host) as made:
        assert made.connector.status().binds == 1


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smsc")])
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "smsc.pem", folder / "smsc.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certify(tmp_path_factory.mktemp("tls"))


@contextlib.asynccontextmanager
async def over_tls(pem: tuple[Path, Path], **given: Any) -> Any:
    smsc = ScriptedSmsc()
    async with smsc.serving(ssl=server_context(*pem)), opened("smpp", smsc, tls=True, **given) as made:
        yield made


async def test_tls_with_an_authority_of_ones_own(pem: tuple[Path, Path]) -> None:
    made: UnderTest
    async with over_tls(pem, tls_authority=str(pem[0])) as made:
        assert made.connector.status().health is Health.UP


async def test_tls_without_checking(pem: tuple[Path, Path]) -> None:
    async with over_tls(pem, tls_verify=False) as made:
        assert made.connector.status().health is Health.UP


async def test_a_certificate_that_nobody_vouches_for_is_refused(pem: tuple[Path, Path]) -> None:
    recorder = Recorder()
    async with over_tls(pem, wait=False, recorder=recorder):
        await recorder.until(lambda: recorder.health is Health.DOWN)
        assert recorder.statuses[-1].detail.startswith("cannot connect: TLS: self-signed certificate")
