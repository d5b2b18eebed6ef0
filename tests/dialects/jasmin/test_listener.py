"""The dialect behind a real listener: what clients in the field write, octet for octet, and what nobody should write."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chappe.dialects.jasmin import DIALECT
from chappe.domain.message import Message
from chappe.net.http_server import HttpListener
from chappe.net.tls import server_context
from dialects.http_rig import Rig

HOST = "127.0.0.1"
PATIENCE = 20.0
PAID = 100_000_000
LOGIN = b"username=rich&password=rich-pass&to=31612345678"
_SUCCESS = re.compile(rb'Success "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"')


def talk(port: int, octets: tuple[bytes, ...], context: ssl.SSLContext | None) -> bytes:
    """Says all and hears all. What is answered to half of it is heard too: hence no stream of asyncio's."""
    heard = b""
    plain = socket.create_connection((HOST, port), PATIENCE)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with context.wrap_socket(plain, server_hostname="localhost") if context else plain as link:
        with contextlib.suppress(ConnectionError):
            for one in octets:
                link.sendall(one)
            if context is None:
                link.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while piece := link.recv(65_536):
                heard += piece
    return heard


class Behind:
    """The rig and the port where it is asked."""

    def __init__(self) -> None:
        self.rig = Rig(DIALECT)
        self.listener = HttpListener(self.rig.serve.answer)

    async def say(self, *octets: bytes, context: ssl.SSLContext | None = None) -> bytes:
        """All that is answered on a connection of its own, until it is closed."""
        return await asyncio.to_thread(talk, self.listener.port, octets, context)

    async def message(self) -> Message:
        (stored,) = await self.rig.stored()
        return stored.message

    async def nothing_happened(self) -> None:
        assert self.rig.faults == []
        assert await self.rig.stored() == []
        assert await self.rig.store.balances(["rich"]) == [PAID]


@pytest.fixture
async def behind() -> AsyncIterator[Behind]:
    made = Behind()
    await made.rig.pay_in("rich", PAID)
    await made.listener.listen(HOST, 0)
    yield made
    await made.listener.close(0.0)


def split(answer: bytes) -> tuple[int, bytes]:
    """Status and body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


# ---------------------------------------------------------------- clients in the field

CURL = b"GET /send?%b HTTP/1.1\r\nHost: 127.0.0.1:1401\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
FORM = b"username=rich&password=rich-pass&to=31612345678&from=Shop&content=Caf%C3%A9+%26+co"
BARE = b'{"to": 31612345678, "from": "Shop", "content": "Caf\xc3\xa9 & co", "username": "rich", "password": "rich-pass"}'
ESCAPED = (
    b'{"to":"31612345678","from":"Shop","content":"Caf\\u00e9 & co","username":"rich","password":"rich-pass"}'
)


def posted(head: bytes, body: bytes, *, eol: bytes = b"\r\n") -> bytes:
    lines = [line.strip() for line in head.strip().splitlines()]
    return eol.join([*lines, b"Content-Length: %d" % len(body), b"", b""]) + body


CLIENTS: dict[str, bytes] = {
    "curl": CURL % FORM,
    "curl with the document's doubled ampersand": CURL % FORM.replace(b"&from", b"&&from"),
    "curl -d": posted(
        b"""POST /send HTTP/1.1
        Host: 127.0.0.1:1401
        User-Agent: curl/7.88.1
        Accept: */*
        Content-Type: application/x-www-form-urlencoded""",
        FORM,
    ),
    "curl -d of a long body": posted(
        b"""POST /send HTTP/1.1
        Host: 127.0.0.1:1401
        User-Agent: curl/7.68.0
        Accept: */*
        Content-Type: application/x-www-form-urlencoded
        Expect: 100-continue""",
        FORM,
    ),
    "urllib of Python, blanks as plus": b"GET /send?%b HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: 127.0.0.1:1401\r\n"
    b"User-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n" % FORM,
    "requests of Python, params": b"GET /send?%b HTTP/1.1\r\nHost: 127.0.0.1:1401\r\nUser-Agent: python-requests/2.31.0\r\n"
    b"Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n" % FORM,
    "requests of Python, data": posted(
        b"""POST /send HTTP/1.1
        Host: 127.0.0.1:1401
        User-Agent: python-requests/2.31.0
        Accept-Encoding: gzip, deflate
        Accept: */*
        Connection: keep-alive
        Content-Type: application/x-www-form-urlencoded""",
        FORM,
    ),
    "requests of Python, json": posted(
        b"""POST /send HTTP/1.1
        Host: 127.0.0.1:1401
        User-Agent: python-requests/2.31.0
        Accept: */*
        Content-Type: application/json""",
        ESCAPED,
    ),
    "axios of Node, json with a charset": posted(
        b"""POST /send HTTP/1.1
        Accept: application/json, text/plain, */*
        Content-Type: application/json;charset=utf-8
        User-Agent: axios/0.21.4
        Host: 127.0.0.1:1401
        Connection: close""",
        BARE,
    ),
    "file_get_contents of PHP, HTTP/1.0": b"GET /send?%b HTTP/1.0\r\nHost: 127.0.0.1:1401\r\nConnection: close\r\n\r\n" % FORM,
    "an old client, HTTP/1.0 without a header": b"GET /send?%b HTTP/1.0\r\n\r\n" % FORM,
    "HttpURLConnection of Java": posted(
        b"""POST /send HTTP/1.1
        User-Agent: Java/1.8.0_362
        Host: 127.0.0.1:1401
        Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2
        Connection: keep-alive
        Content-type: application/x-www-form-urlencoded""",
        FORM,
    ),
    "HttpClient of .NET": posted(
        b"""POST /send HTTP/1.1
        Host: 127.0.0.1:1401
        Content-Type: application/x-www-form-urlencoded; charset=utf-8
        Expect: 100-continue
        Connection: Keep-Alive""",
        FORM,
    ),
    "net/http of Go": posted(
        b"""POST /send HTTP/1.1
        Host: 127.0.0.1:1401
        User-Agent: Go-http-client/1.1
        Content-Type: application/x-www-form-urlencoded
        Accept-Encoding: gzip""",
        FORM,
    ),
    "a body in chunks": b"POST /send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (7, FORM[:7], len(FORM) - 7, FORM[7:]),
    "login in the query, the rest in the body": posted(
        b"""POST /send?username=rich&password=rich-pass HTTP/1.1
        Host: x
        Content-Type: application/x-www-form-urlencoded""",
        FORM[FORM.index(b"to=") :],
    ),
    "a client that escapes everything": CURL % b"username=rich&password=rich%2Dpass&to=%33%31612345678&from=%53hop&content=Caf%c3%a9%20%26%20co",
    "a path with an escape": (CURL % FORM).replace(b"/send", b"/%73end", 1),
    "through a proxy, whole URL": (CURL % FORM).replace(b"/send", b"http://gateway.example:1401/send", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CLIENTS)
async def test_what_clients_write_is_understood(behind: Behind, name: str) -> None:
    answer = await behind.say(CLIENTS[name])
    if b"100-continue" in CLIENTS[name]:
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        answer = answer.partition(b"\r\n\r\n")[2]
    status, body = split(answer)
    assert status == 200
    assert _SUCCESS.fullmatch(body)
    assert b"\r\nContent-Type: text/plain\r\n" in answer
    message = await behind.message()
    assert (message.source.value, message.destination.value, message.text) == (
        "Shop",
        "31612345678",
        "Café & co",
    )
    assert behind.rig.faults == []


async def test_octet_by_octet_it_is_the_same_request(behind: Behind) -> None:
    whole = CLIENTS["requests of Python, data"]
    status, body = split(await behind.say(*[whole[at : at + 1] for at in range(len(whole))]))
    assert (status, bool(_SUCCESS.fullmatch(body))) == (200, True)
    assert (await behind.message()).text == "Café & co"


async def test_one_connection_serves_good_and_bad_in_order(behind: Behind) -> None:
    answer = await behind.say(
        CURL % FORM, CURL % b"to=x", CURL % FORM, CURL.replace(b"/send", b"/ping") % b""
    )
    found = re.findall(rb"HTTP/1\.1 (\d+) [^\r]*\r\n.*?\r\n\r\n([^H]*)", answer, re.DOTALL)
    assert [int(status) for status, _ in found] == [200, 400, 200, 200]
    assert found[1][1] == b'Error "Argument [to] has an invalid value: [x]."'
    assert found[3][1] == b"Jasmin/PONG"
    assert len(await behind.rig.stored()) == 2


# ---------------------------------------------------------------- over TLS, as document 002 has it


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = (folder / "gateway.pem", folder / "gateway.key")
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


@pytest.mark.row("002-058")
@pytest.mark.row("002-079")
async def test_the_documents_request_over_https_and_nothing_in_the_clear(
    certificate: tuple[Path, Path],
) -> None:
    made = Behind()
    await made.listener.listen(HOST, 0, server_context(*certificate))
    try:
        query = b"username=acme&password=acme-pass&&from=ORIGINATING&to=31612345678&content=hello"
        request = b"GET /send?%b HTTP/1.1\r\nHost: localhost:1402\r\nConnection: close\r\n\r\n" % query
        trust = ssl.create_default_context(cafile=certificate[0])
        status, body = split(await made.say(request, context=trust))
        assert (status, bool(_SUCCESS.fullmatch(body))) == (200, True)
        message = await made.message()
        assert (message.source.value, message.text) == ("ORIGINATING", "hello")
        in_the_clear = await made.say(request)
        assert b"HTTP/" not in in_the_clear
        assert len(await made.rig.stored()) == 1
    finally:
        await made.listener.close(0.0)


# ---------------------------------------------------------------- what nobody should write

GOOD = b"POST /send HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%bContent-Length: %d\r\n\r\n%b"
BODY = LOGIN + b"&content=x"


def with_head(more: bytes) -> bytes:
    return GOOD % (more, len(BODY), BODY)


ODD: dict[str, tuple[bytes, int]] = {
    "two lengths that differ": (with_head(b"Content-Length: 5\r\n"), 400),
    "two lengths alike": (with_head(b"Content-Length: %d\r\n" % len(BODY)), 400),
    "a length and chunks": (with_head(b"Transfer-Encoding: chunked\r\n"), 400),
    "a length that is a list": (with_head(b"").replace(b"Length: ", b"Length: 5, "), 400),
    "a length below nothing": (with_head(b"").replace(b"Length: ", b"Length: -"), 400),
    "a length in hexadecimal": (with_head(b"").replace(b"Length: ", b"Length: 0x"), 400),
    "a length beyond everything": (with_head(b"").replace(b"Length: ", b"Length: " + b"9" * 40), 400),
    "a length of more than is taken": (with_head(b"").replace(b"Length: ", b"Length: 9999999"), 413),
    "a blank before the colon": (with_head(b"").replace(b"Content-Length:", b"Content-Length :"), 400),
    "a folded header": (with_head(b"X: 1\r\n 2\r\n"), 400),
    "a NUL in a header": (with_head(b"X: \0\r\n"), 400),
    "a header name with a blank": (with_head(b"X Y: 1\r\n"), 400),
    "a version to come": (b"GET /send?" + BODY + b" HTTP/9.9\r\n\r\n", 400),
    "a verb in small letters": (b"get /send?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "octets above ASCII in the target": (b"GET /send?" + BODY + b"\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a blank in the target": (b"GET /send?" + BODY + b" y HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a control character in the target": (b"GET /send?" + BODY + b"\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a megabyte of target": (b"GET /send?" + BODY + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    "a megabyte of header": (with_head(b"X: " + b"x" * 1_000_000 + b"\r\n"), 431),
    "thousands of headers": (with_head(b"X: 1\r\n" * 20_000), 431),
    "the greeting of TLS": (bytes.fromhex("16030100a5010000a10303") + bytes(160), 400),
    "a bind of SMPP": (bytes.fromhex("0000001c 00000009 00000000 00000001") + b"a\0b\0\0\x34\0\0\0\0\0\0", 400),
    "a path below": (b"GET /send/?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a path in capitals": (b"GET /SEND?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "two slashes": (b"GET //send?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a way round": (b"GET /x/../send?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a NUL behind the path": (b"GET /send%00?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "no path": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "everything": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "by HEAD": (b"HEAD /send?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "by PUT": (b"PUT /send?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "by DELETE": (b"DELETE /send?" + BODY + b" HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "by a body on GET": (GOOD.replace(b"POST", b"GET") % (b"", len(BODY), BODY), 400),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_what_nobody_should_write_is_refused_without_a_trace(behind: Behind, name: str) -> None:
    octets, status = ODD[name]
    answer = await behind.say(octets)
    assert answer.startswith(b"HTTP/1.1 ")
    assert split(answer)[0] == status
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Traceback" not in answer
    await behind.nothing_happened()


@pytest.mark.parametrize("cut", [0, 1, 20, 60, -1])
async def test_half_a_request_is_none(behind: Behind, cut: int) -> None:
    whole = with_head(b"")
    assert await behind.say(whole[:cut]) == b""
    await behind.nothing_happened()
