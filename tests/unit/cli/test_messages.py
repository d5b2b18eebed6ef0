"""`chappe send`, `trace`, `explain`, `estimate`, with right and with odd words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from chappe.app.config import load_config
from chappe.app.opening import open_configured_store, open_keys
from chappe.domain.ids import IdRenderer
from making import message, new_id
from unit.cli.desk import CONFIG, Desk
from unit.cli.test_network import Answering, response

NUMBER = "31612345678"


# ---------------------------------------------------------------- trace


def stored(desk: Desk) -> tuple[int, str]:
    """A message in the store, and its id as a client has it."""
    config = load_config(desk.config, {})

    async def put() -> int:
        store = open_configured_store(config)
        one = message(id=new_id(), text="hush")
        await store.accept([one])
        await store.close()
        return one.id

    message_id = asyncio.run(put())
    return message_id, IdRenderer(open_keys(config, create=False).ids).uuid(message_id)


@pytest.mark.parametrize("form", ["uuid", "hexadecimal", "capitals"])
def test_a_message_is_traced_by_the_id_that_its_client_got(furnished: Desk, form: str) -> None:
    _, uuid = stored(furnished)
    asked = {"uuid": uuid, "hexadecimal": uuid.replace("-", ""), "capitals": uuid.upper()}[form]
    done = furnished("trace", asked)
    assert done.code == 0
    assert f"message {asked}: queued" in done.said
    assert "accepted by jasmin for account acme, 1 part of gsm7" in done.said
    assert "routed by rule all to connector op" in done.said
    assert "hush" not in done.said


@pytest.mark.parametrize(
    "asked", ["", "x", "07033084-5cfb-4812-90a4-e4d24ffb6e3d", "é", ":x:", "[red]", "1" * 500]
)
def test_an_id_that_is_none_of_ours(furnished: Desk, asked: str) -> None:
    assert furnished.refuses("trace", asked) == f"there is no message {asked}".strip()


def test_an_internal_number_is_no_id_to_the_outside(furnished: Desk) -> None:
    message_id, _ = stored(furnished)
    assert furnished.refuses("trace", str(message_id)).startswith("there is no message")


# ---------------------------------------------------------------- explain and estimate


def test_every_rule_is_explained(furnished: Desk) -> None:
    furnished("route", "add", "de", "--order", "5", "--to", "op", 'condition.destination_prefixes=["49"]')
    done = furnished("explain", "acme", "--to", NUMBER)
    assert done.code == 0
    assert "5 de miss" in done.said
    assert "0 all taken" in done.said
    assert "goes to connector op" in done.said
    assert "5 de taken" in furnished("explain", "acme", "--to", "4915112345678").said


def test_a_message_that_no_rule_takes(furnished: Desk) -> None:
    furnished("route", "set", "all", 'condition.destination_prefixes=["49"]')
    assert "refused: " in furnished("explain", "acme", "--to", NUMBER).said
    assert "no route matches" in furnished("estimate", "acme", "hello", "--to", NUMBER).said


def test_one_switched_off_is_not_gone_to(furnished: Desk) -> None:
    assert furnished("connector", "disable", "op").code == 0
    assert furnished("route", "set", "all", "wait_when_down=false").code == 0
    assert "refused: " in furnished("explain", "acme", "--to", NUMBER).said
    assert furnished("connector", "enable", "op").code == 0
    assert "goes to connector op" in furnished("explain", "acme", "--to", NUMBER).said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello", "1 part of gsm7 route all: 0.05 a part, 0.05 in all"),
        ("x" * 161, "2 parts of gsm7 route all: 0.05 a part, 0.1 in all"),
        ("", "1 part of gsm7"),
        ("hello ☺ [you]", "1 part of ucs2 characters that force Unicode: ☺ (U+263A)"),
        ("ж" * 71, "2 parts of ucs2 characters that force Unicode: ж (U+0436)"),
    ],
)
def test_parts_alphabet_and_price_are_estimated(furnished: Desk, text: str, told: str) -> None:
    done = furnished("estimate", "acme", text, "--to", NUMBER)
    assert done.code == 0
    assert told in done.said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("explain", "nobody", "--to", NUMBER), "there is no account nobody"),
        (("explain", "acme", "--to", "abc"), "a destination is 1 to 20 digits"),
        (("explain", "acme", "--to", ""), "a destination is 1 to 20 digits"),
        (("explain", "acme"), "Missing option '--to'"),
        (("explain", "acme", "--to", NUMBER, "--from", "x" * 99), ""),
        (("estimate", "nobody", "hello", "--to", NUMBER), "there is no account nobody"),
        (("estimate", "acme", "hello", "--to", "+"), "a destination is 1 to 20 digits"),
        (("estimate", "acme", "x" * 50_000, "--to", NUMBER), "the text needs 327 parts, 255 are allowed"),
        (("estimate", "acme", "--to", NUMBER), "Missing argument 'text'"),
    ],
)
def test_odd_words_about_a_message(furnished: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    assert furnished.refuses(*arguments).startswith(sentence)


# ---------------------------------------------------------------- send


@pytest.fixture
def gateway(request: pytest.FixtureRequest) -> Iterator[Answering]:
    thread = Answering(request.param)
    thread.start()
    yield thread
    thread.stop()


YES = response('Success "07033084-5cfb-4812-90a4-e4d24ffb6e3d"')
NO = response('Error "Authentication failure for username:acme"', "403 Forbidden")


def beside(desk: Desk, port: int) -> None:
    desk.config.write_text(CONFIG.replace('listen = ["127.0.0.1:0"]', f'listen = ["0.0.0.0:{port}"]'))


@pytest.mark.parametrize("gateway", [YES], indirect=True)
@pytest.mark.parametrize("way", ["variable", "piped"])
def test_a_message_is_sent_with_the_password_in_the_body_alone(
    desk: Desk, gateway: Answering, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "variable":
        monkeypatch.setenv("CHAPPE_PASSWORD", "s3cr&t=")
    # What the environment says of proxies must not carry the password elsewhere.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    beside(desk, gateway.port)
    typed = "s3cr&t=\n" if way == "piped" else ""
    done = desk("send", "hé & co", "--to", NUMBER, "--user", "acme", "--from", "Me", typed=typed)
    assert done == (0, 'Success "07033084-5cfb-4812-90a4-e4d24ffb6e3d"\n', "")
    head, _, body = gateway.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /send HTTP/1.1")
    assert b"s3cr" not in head
    assert parse_qs(body.decode()) == {
        "username": ["acme"],
        "password": ["s3cr&t="],
        "to": [NUMBER],
        "content": ["hé & co"],
        "from": ["Me"],
    }


@pytest.mark.parametrize(
    ("gateway", "sentence"),
    [
        (NO, '403 Error "Authentication failure for username:acme"'),
        (b"", "no answer of a gateway at "),
        (b"no HTTP\r\n\r\n", "no answer of a gateway at "),
        (response("x")[:-1], "no answer of a gateway at "),
    ],
    indirect=["gateway"],
    ids=["refused", "nothing", "no HTTP", "cut"],
)
def test_what_a_gateway_answers_otherwise_is_said(
    desk: Desk, gateway: Answering, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_PASSWORD", "hidden-pw")
    beside(desk, gateway.port)
    said = desk.refuses("send", "hello", "--to", NUMBER, "--user", "acme")
    assert said.startswith(sentence)
    assert "hidden-pw" not in said


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:1/send", "no gateway answers at http://127.0.0.1:1/send: "),
        ("send", "'send' is not a URL such as"),
        ("ftp://127.0.0.1/x", "'ftp://127.0.0.1/x' is not a URL"),
        ("http://127.0.0.1:port/", "no answer of a gateway at http://127.0.0.1:port/: nonnumeric port"),
        ("http://[::1", ""),
        ("http://", "no gateway answers at http://: "),
    ],
)
def test_a_url_that_leads_nowhere(
    desk: Desk, url: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_PASSWORD", "hidden-pw")
    said = desk.refuses("send", "hello", "--to", NUMBER, "--user", "acme", "--url", url)
    assert said.startswith(sentence)
    assert "hidden-pw" not in said


def test_a_file_is_not_read_as_if_it_were_a_gateway(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPPE_PASSWORD", "x")
    path = desk.file("inner matters", "private.txt")
    said = desk.refuses("send", "hello", "--to", NUMBER, "--user", "acme", "--url", f"file://{path}")
    assert "inner matters" not in said


def test_without_a_password_nothing_is_sent(desk: Desk) -> None:
    said = desk.refuses("send", "hello", "--to", NUMBER, "--user", "acme")
    assert said.startswith("no password of acme was given")


def test_without_a_listener_there_is_nowhere_to_send(desk: Desk) -> None:
    desk.config.write_text(CONFIG.replace('listen = ["127.0.0.1:0"]', "listen = []"))
    assert desk.refuses("send", "hello", "--to", NUMBER, "--user", "acme").startswith(
        "the configuration has no plain HTTP listener"
    )
