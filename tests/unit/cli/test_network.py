"""`chappe connector` and `chappe route`, with right and with odd words, beside a gateway that answers and one that does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from chappe.management.sealing import load_keys
from chappe.stores.sqlite.database import open_database
from unit.cli.desk import CONFIG, Desk


def settings_of(desk: Desk, name: str) -> str:
    """A connector's record as it lies in the store."""
    database = open_database(desk.store)
    ((body,),) = database.connection.execute("SELECT body FROM directory WHERE key = ?", (name,))
    database.connection.close()
    assert isinstance(body, str)
    return body


def test_a_connector_from_beginning_to_end(desk: Desk) -> None:
    added = desk(
        "connector", "add", "op", "settings.host=192.0.2.7", "settings.system_id=me", "throughput=20"
    )
    assert added.out == "connector op added\n"
    assert desk("connector", "set", "op", "settings.window=7").out == "connector op changed\n"
    body = settings_of(desk, "op")
    assert '"window":7' in body
    assert '"host":"192.0.2.7"' in body
    assert desk("connector", "disable", "op").code == 0
    assert "op smpp off" in desk("connector", "list").said
    assert desk("connector", "enable", "op").code == 0
    assert "op smpp - - - -" in desk("connector", "list").said
    assert desk("connector", "remove", "op").out == "connector op removed\n"
    assert desk("connector", "list").out == "connectors: none\n"


@pytest.mark.parametrize("way", ["variable", "piped"])
def test_a_password_need_not_stand_on_the_command_line(
    desk: Desk, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "variable":
        monkeypatch.setenv("CHAPPE_PASSWORD", "s3cret99")
    typed = "s3cret99\n" if way == "piped" else ""
    done = desk("connector", "add", "op", "--ask-password", "settings.host=192.0.2.7", typed=typed)
    assert done.out == "connector op added\n"
    body = settings_of(desk, "op")
    assert "s3cret99" not in body
    sealed = body.partition('"password":"')[2].partition('"')[0]
    assert load_keys(desk.folder / "chappe.key", create=False).unseal(sealed) == "s3cret99"
    assert desk("connector", "set", "op", "--ask-password", typed="0ther\n").code == 0
    assert settings_of(desk, "op") != body


def test_a_password_of_digits_is_a_text_and_is_sealed(desk: Desk) -> None:
    assert desk("connector", "add", "op", "settings.host=192.0.2.7", "settings.password=12345678").code == 0
    assert "12345678" not in settings_of(desk, "op")


def test_no_help_shows_a_password_on_a_command_line(desk: Desk) -> None:
    for words in (("connector", "add"), ("connector", "set"), ("credential", "add"), ("send",), ("apply",)):
        assert "password=" not in desk(*words, "--help").said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "new"), "connector new: Object missing required field `host`"),
        (
            ("add", "new", "--kind", "pigeon"),
            "connector new: there is no kind 'pigeon', only loopback, plugin, smpp",
        ),
        (("add", "new", "settings=5"), "connector new: Expected `object`, got `int` - at `$.settings`"),
        (
            ("add", "new", "settings.host=h", "settings.port=x"),
            "connector new: Expected `int`, got `str` - at `$.port`",
        ),
        (("add", "new", "--ask-password", "settings.host=h"), "no password of connector new was given"),
        (("add", "op", "settings.host=h"), "connector op exists already"),
        (("set", "op", "retry.first=0"), "connector op: a retry plan needs first > 0"),
        (("set", "op", "receipts=sometimes"), "connector op: Invalid enum value 'sometimes'"),
        (("set", "op", "settings.windo=7"), "connector op: Object contains unknown field `windo`"),
        (("set", "op"), "nothing to change: say what of connector op"),
        (("set", "none", "throughput=1"), "there is no connector none"),
        (("enable", "none"), "there is no connector none"),
        (("disable", "none"), "there is no connector none"),
        (("remove", "none"), "there is no connector none"),
        (("remove", "op"), "route all still sends to connector op"),
    ],
)
def test_odd_words_about_connectors(furnished: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    assert furnished.refuses("connector", *arguments).startswith(sentence)
    assert "op smpp - - - -" in furnished("connector", "list").said


@pytest.mark.parametrize("field", ["passwort=hidden-pw", "tls=hidden-pw"])
def test_a_secret_that_does_not_fit_is_not_repeated(desk: Desk, field: str) -> None:
    sentence = desk.refuses("connector", "add", "op", "settings.host=h", f"settings.{field}")
    assert "hidden-pw" not in sentence


def test_a_route_from_beginning_to_end(furnished: Desk) -> None:
    add = ("route", "add", "nl", "--to", "op:1:3", "--order", "9", 'condition.destination_prefixes=["31"]')
    assert furnished(*add).out == "route nl added\n"
    assert "9 nl yes 0.0 destination_prefixes=31 op" in furnished("route", "list").said
    assert furnished("route", "set", "nl", "price=0.07").code == 0
    assert (
        furnished(
            "route", "add", "mo", "deliver.account=acme", "deliver.target=acme", "deliver.way=smpp"
        ).code
        == 0
    )
    listed = furnished("route", "list").said
    assert "9 nl yes 0.07" in listed
    assert "0 all yes 0.05 always op" in listed
    assert "acme by smpp acme" in listed
    assert furnished("route", "remove", "nl").out == "route nl removed\n"
    assert " nl " not in furnished("route", "list").said


def test_a_price_is_money_however_it_is_given(furnished: Desk) -> None:
    assert furnished("route", "add", "dear", "--to", "op", "price=2").code == 0
    assert "0 dear yes 2.0" in furnished("route", "list").said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "new"), "route new: a route has either targets (MT) or a delivery (MO)"),
        (("add", "new", "--to", "none"), "route new: there is no connector none"),
        (("add", "new", "--to", "op:x"), "'op:x' is not connector:priority:weight"),
        (("add", "new", "--to", "op:1:2:3"), "'op:1:2:3' is not connector:priority:weight"),
        (("add", "new", "--to", ""), "'' is not connector:priority:weight"),
        (
            ("add", "new", "--to", "op:1:0"),
            "route new: a price must not be negative and weights are at least 1",
        ),
        (("add", "new", "--to", "op", "--price", "dear"), "not an amount of money: 'dear'"),
        (("add", "new", "--to", "op", "--price", "-1"), "route new: a price must not be negative"),
        (("add", "new", "--to", "op", "--order", "first"), "Invalid value for '--order'"),
        (("add", "new", "--to", "op", "condition.sender=("), "route new: pattern of sender: "),
        (("add", "new", "--to", "op", "condition.days=[8]"), "route new: days are 1 (Monday) to 7 (Sunday)"),
        (("add", "all", "--to", "op"), "route all exists already"),
        (
            ("set", "all", "condition.between=99:00-25:00"),
            "route all: between '99:00-25:00' is not HH:MM-HH:MM",
        ),
        (("set", "all", "price=dear"), "not an amount of money: 'dear'"),
        (("set", "none", "order=1"), "there is no route none"),
        (("remove", "none"), "there is no route none"),
    ],
)
def test_odd_words_about_routes(furnished: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    assert furnished.refuses("route", *arguments).startswith(sentence)
    assert "0 all yes 0.05 always op" in furnished("route", "list").said


# ---------------------------------------------------------------- beside a gateway


def _request(connection: socket.socket) -> bytes:
    """One whole request."""
    with connection.makefile("rb") as lines:
        head, length = b"", 0
        while (line := lines.readline()).strip():
            head += line
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return head + b"\r\n" + lines.read(length)


class Answering(threading.Thread):
    """Answers one request after the other with the same octets, and keeps what was asked."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(daemon=True)
        self._octets = octets
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.asked: list[bytes] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.asked.append(_request(connection))
                connection.sendall(self._octets)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join(10)


def response(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


LIVE = '{"connectors":{"op":{"health":"slowed","binds":3,"window_used":4,"window":9,"detail":"hm"}},"queued":{"op":77}}'


@pytest.fixture
def listener(request: pytest.FixtureRequest) -> Iterator[Answering]:
    thread = Answering(request.param)
    thread.start()
    yield thread
    thread.stop()


def beside(desk: Desk, port: int) -> None:
    desk.config.write_text(CONFIG.replace('[admin]\nlisten = ""', f'[admin]\nlisten = ":{port}"'))


@pytest.mark.parametrize("listener", [response(LIVE)], indirect=True)
def test_a_running_gateway_tells_how_connectors_fare(
    furnished: Desk, listener: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A proxy is for the world outside: our own listener is asked directly.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    beside(furnished, listener.port)
    assert "op smpp slowed 3 4/9 77 hm" in furnished("connector", "list").said
    assert listener.asked[0].startswith(b"GET /status ")


@pytest.mark.parametrize(
    "listener",
    [b"", b"no HTTP\r\n", response("no JSON"), response("[1]"), response("x", "500 Oh")],
    indirect=True,
    ids=["nothing", "no HTTP", "no JSON", "a list", "500"],
)
def test_whatever_else_answers_there_is_not_believed(furnished: Desk, listener: Answering) -> None:
    beside(furnished, listener.port)
    done = furnished("connector", "list")
    assert done.code == 0
    assert "op smpp - - - -" in done.said
    assert listener.asked
