"""Defaults, files, the environment, and the lines that sentences point at."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.app.config import (
    BadConfig,
    Config,
    is_address,
    line_of,
    load_config,
    reachable,
    split_address,
)


def written(folder: Path, text: str) -> Path:
    path = folder / "chappe.toml"
    path.write_text(text)
    return path


def test_nothing_at_all_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {}) == Config()


def test_defaults_listen_on_loopback_only() -> None:
    config = Config()
    addresses = [*config.http.listen, *config.smpp.listen, config.admin.listen]
    assert {split_address(address)[0] for address in addresses} == {"127.0.0.1"}


def test_paths_of_a_file_are_relative_to_it(tmp_path: Path) -> None:
    config = load_config(
        written(tmp_path, '[store]\npath = "s.db"\n[http.tls]\ncertificate = "c.pem"\nkey = "/etc/k.pem"\n'),
        {},
    )
    assert config.store.path == tmp_path / "s.db"
    assert config.http.tls is not None
    assert config.http.tls.certificate == tmp_path / "c.pem"
    assert config.http.tls.key == Path("/etc/k.pem")


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[node]\nid = 1\n[store]\nreserve_mb = 7\n")
    environment = {
        "CHAPPE_NODE_ID": "9",
        "CHAPPE_HTTP_LISTEN": "127.0.0.1:1,[::1]:2",
        "CHAPPE_ADMIN_LISTEN": "127.0.0.1:3",
        "CHAPPE_PASSWORD": "of no section",
        "HOME": "/root",
    }
    config = load_config(path, environment)
    assert (config.node.id, config.store.reserve_mb, config.admin.listen) == (9, 7, "127.0.0.1:3")
    assert config.http.listen == ("127.0.0.1:1", "[::1]:2")


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(BadConfig, match=r"the environment: node\.id = 'x'"):
        load_config(None, {"CHAPPE_NODE_ID": "x"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("[::1]:0", ("::1", 0)),
        (":80", ("0.0.0.0", 80)),
        ("localhost:80", None),
        ("127.0.0.1", None),
        ("127.0.0.1:x", None),
        ("127.0.0.1:65536", None),
        ("127.0.0.1:٣", None),
        ("", None),
    ],
)
def test_addresses(text: str, parts: tuple[str, int] | None) -> None:
    assert is_address(text) is (parts is not None)
    if parts is not None:
        assert split_address(text) == parts


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("a",), 1),
        (("b", "c"), 5),
        (("b",), 3),
        (("b", "d", "e"), 8),
        (("b", "missing"), 3),
        (("nothing",), 0),
    ],
)
def test_lines(key: tuple[str, ...], line: int) -> None:
    text = 'a = 1\n\n[b] # table\n# c = 0\nc = 2\n\n[b.d]\n"e" = 3\n'
    assert line_of(text, key) == line


def test_a_table_in_one_line_is_pointed_at_too() -> None:
    assert line_of("\nnode = {id = 1}\n", ("node", "id")) == 2
    assert line_of("\nnode.key_file = 'k'\n", ("node", "id")) == 0


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "chappe.toml"
    path.write_text("[node]\nid = 7\n", "utf-8-sig")
    assert load_config(path, {}).node.id == 7


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "key",
    [
        "store.commit_interval_ms",
        "webhooks.connect_seconds",
        "webhooks.total_seconds",
        "smpp.bind_seconds",
        "smpp.enquire_link_seconds",
        "smpp.response_seconds",
        "retention.text_days",
        "retention.record_days",
    ],
)
def test_a_number_that_is_none(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(BadConfig, match=f"line 1: {key} = {value}: is no finite number"):
        load_config(written(tmp_path, f"{key} = {value}\n"), {})


def test_what_a_variable_spoils_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[node]\nid = 1\n[store]\nreserve_mb = -1\n")
    with pytest.raises(BadConfig, match=r"^the environment: node\.id = '5000': is not 0 to 1023"):
        load_config(path, {"CHAPPE_NODE_ID": "5000"})
    with pytest.raises(BadConfig, match=r"chappe\.toml line 4: store\.reserve_mb = -1"):
        load_config(path, {"CHAPPE_NODE_ID": "9"})
    with pytest.raises(BadConfig, match=r"^the environment: node\.colour is no setting of ours"):
        load_config(path, {"CHAPPE_NODE_COLOUR": "red"})


def test_an_empty_variable_switches_listeners_off() -> None:
    config = load_config(None, {"CHAPPE_HTTP_LISTEN": "", "CHAPPE_ADMIN_LISTEN": ""})
    assert (config.http.listen, config.admin.listen) == ((), "")


@pytest.mark.parametrize(
    ("listens", "reached"),
    [
        ("192.0.2.1:80", "192.0.2.1:80"),
        (":80", "127.0.0.1:80"),
        ("0.0.0.0:80", "127.0.0.1:80"),
        ("[::]:80", "[::1]:80"),
        ("[2001:db8::1]:80", "[2001:db8::1]:80"),
    ],
)
def test_a_listener_is_reached_from_its_own_machine(listens: str, reached: str) -> None:
    assert reachable(listens) == reached
