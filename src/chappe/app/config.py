"""What a process needs to start: one typed tree, from a file and the environment. Every error names its key and line."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from chappe.domain.ids import MAX_NODE

DEFAULT_FILE: Final = Path("chappe.toml")
_VARIABLE: Final = "CHAPPE_"


class BadConfig(ValueError):
    """The configuration cannot serve; the message is one sentence with file, line, key and value."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Tls(_Section, frozen=True):
    """Files in PEM form; `client_authority` makes clients show a certificate signed by it."""

    certificate: Path
    key: Path
    client_authority: Path | None = None


class NodeSection(_Section, frozen=True):
    """`id` is this process's number, different for each process of one store; `key_file` seals and tags."""

    id: int = 0
    key_file: Path = Path("data/chappe.key")


class StoreSection(_Section, frozen=True):
    """The embedded store's file; milliseconds between commits under load; MiB of disk kept for what is held."""

    path: Path = Path("data/chappe.db")
    commit_interval_ms: float = 2.0
    reserve_mb: int = 32
    cache_mb: int = 16


class FaceSection(_Section, frozen=True):
    """A listener that shows one face of a dialect only, such as Jasmin's `rest` or `url`; with `tls` by [http.tls]."""

    listen: str
    face: str
    tls: bool = False


class HttpSection(_Section, frozen=True):
    """HTTP listeners, `address:port` each; dialects that answer on them, all if none is named; networks of trusted
    reverse proxies.

    Each `listener` serves only a part of what the others do.
    """

    listen: tuple[str, ...] = ("127.0.0.1:1401",)
    tls_listen: tuple[str, ...] = ()
    tls: Tls | None = None
    listener: tuple[FaceSection, ...] = ()
    dialects: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    body_limit_kb: int = 5_120
    connections: int = 10_000
    connections_per_address: int = 2_000


class SmppSection(_Section, frozen=True):
    """SMPP listeners; `system_id` is what we call ourselves in bind answers; how many connections, and of one address."""

    listen: tuple[str, ...] = ("127.0.0.1:2775",)
    tls_listen: tuple[str, ...] = ()
    tls: Tls | None = None
    system_id: str = "chappe"
    bind_seconds: float = 10.0
    enquire_link_seconds: float = 30.0
    response_seconds: float = 60.0
    connections: int = 5_000
    connections_per_address: int = 500


class AdminSection(_Section, frozen=True):
    """Health, readiness, metrics and status: loopback unless said otherwise; empty for no listener."""

    listen: str = "127.0.0.1:8404"


class WebhookSection(_Section, frozen=True):
    """Calls to clients' servers: seconds to connect and in all, calls at once to one host."""

    connect_seconds: float = 3.0
    total_seconds: float = 15.0
    per_host: int = 16


class RetentionSection(_Section, frozen=True):
    """Days that texts and whole records are kept; 0 keeps them for ever."""

    text_days: float = 30.0
    record_days: float = 180.0


class LogSection(_Section, frozen=True):
    """`level` is debug, info, warning or error; `form` is json or console."""

    level: str = "info"
    form: str = "json"


class Config(_Section, frozen=True):
    """The whole; every part has defaults, so that an empty file serves."""

    node: NodeSection = NodeSection()
    store: StoreSection = StoreSection()
    http: HttpSection = HttpSection()
    smpp: SmppSection = SmppSection()
    admin: AdminSection = AdminSection()
    webhooks: WebhookSection = WebhookSection()
    retention: RetentionSection = RetentionSection()
    log: LogSection = LogSection()


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """The configuration: defaults, over them the file, over it variables like CHAPPE_STORE_PATH.

    Without a path `chappe.toml` here is read if there is one. Relative paths in a file are relative to it.
    Raises BadConfig.
    """
    chosen = path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    text = ""
    if chosen is not None:
        try:
            text = chosen.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig(f"{chosen} cannot be read: {error}") from error
    source = str(chosen) if chosen else "the environment"
    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{source} is no TOML: {error}") from error
    where = _Where(source, text, _overlay(tree, environment))
    try:
        config = msgspec.convert(tree, type=Config, strict=False, dec_hook=_read_path)
    except msgspec.ValidationError as error:
        raise BadConfig(_sentence(where, tree, str(error))) from error
    problem = _problem(config)
    if problem is not None:
        key, sentence = problem
        raise BadConfig(f"{where.place(key)}: {'.'.join(key)} = {_value(tree, key)}: {sentence}")
    return _rooted(config, chosen.parent if chosen else Path())


def _read_path(wanted: type, value: object) -> Path:
    if wanted is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError("a path is a text that is not empty")


def _overlay(tree: dict[str, Any], environment: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Puts variables over the file; the keys that they gave."""
    given: set[tuple[str, str]] = set()
    for name, value in environment.items():
        if not name.startswith(_VARIABLE):
            continue
        section, _, key = name.removeprefix(_VARIABLE).lower().partition("_")
        if section not in Config.__struct_fields__ or not key:
            continue
        part = tree.setdefault(section, {})
        if isinstance(part, dict):
            given.add((section, key))
            part[key] = (
                [item for item in value.split(",") if item]
                if key.endswith(("listen", "dialects", "proxies")) and section != "admin"
                else value
            )
    return frozenset(given)


# ---------------------------------------------------------------- what types do not say


def _problem(config: Config) -> tuple[tuple[str, ...], str] | None:
    """The first thing wrong that types do not say: (key, sentence)."""
    if not 0 <= config.node.id <= MAX_NODE:
        return ("node", "id"), f"is not 0 to {MAX_NODE}"
    for section, part in (("http", config.http), ("smpp", config.smpp)):
        for name, addresses in (("listen", part.listen), ("tls_listen", part.tls_listen)):
            for address in addresses:
                if not is_address(address):
                    return (
                        section,
                        name,
                    ), f"{address!r} is not address:port such as 127.0.0.1:1401 or [::1]:1401"
        if part.tls_listen and part.tls is None:
            return (section, "tls_listen"), f"needs [{section}.tls] with certificate and key"
    for one in config.http.listener:
        if not is_address(one.listen):
            return ("http", "listener"), f"{one.listen!r} is not address:port such as 0.0.0.0:8081"
        if one.tls and config.http.tls is None:
            return ("http", "listener"), f"{one.listen} needs [http.tls] with certificate and key"
    if config.admin.listen and not is_address(config.admin.listen):
        return ("admin", "listen"), "is not address:port such as 127.0.0.1:8404"
    return _numbers(config)


def _numbers(config: Config) -> tuple[tuple[str, ...], str] | None:
    for network in config.http.trusted_proxies:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            return ("http", "trusted_proxies"), f"{network!r} is not a network such as 192.0.2.0/24"
    for key, value, least in (
        (("store", "commit_interval_ms"), config.store.commit_interval_ms, 0),
        (("store", "reserve_mb"), config.store.reserve_mb, 0),
        (("store", "cache_mb"), config.store.cache_mb, 1),
        (("http", "body_limit_kb"), config.http.body_limit_kb, 1),
        (("http", "connections"), config.http.connections, 1),
        (("http", "connections_per_address"), config.http.connections_per_address, 1),
        (("smpp", "connections"), config.smpp.connections, 1),
        (("smpp", "connections_per_address"), config.smpp.connections_per_address, 1),
        (("webhooks", "per_host"), config.webhooks.per_host, 1),
        (("webhooks", "connect_seconds"), config.webhooks.connect_seconds, 0.01),
        (("webhooks", "total_seconds"), config.webhooks.total_seconds, 0.01),
        (("smpp", "bind_seconds"), config.smpp.bind_seconds, 0.01),
        (("smpp", "enquire_link_seconds"), config.smpp.enquire_link_seconds, 0.01),
        (("smpp", "response_seconds"), config.smpp.response_seconds, 0.01),
        (("retention", "text_days"), config.retention.text_days, 0),
        (("retention", "record_days"), config.retention.record_days, 0),
    ):
        if not math.isfinite(value):
            return key, "is no finite number"
        if value < least:
            return key, f"is less than {least}"
    if config.log.level not in ("debug", "info", "warning", "error"):
        return ("log", "level"), "is not debug, info, warning or error"
    if config.log.form not in ("json", "console"):
        return ("log", "form"), "is not json or console"
    system_id = config.smpp.system_id
    if not 1 <= len(system_id) <= 15 or not system_id.isascii() or not system_id.isprintable():
        return ("smpp", "system_id"), "is not 1 to 15 characters of ASCII (SMPP 3.4 §4.1.2)"
    return None


def is_address(text: str) -> bool:
    """Whether a text is `address:port`."""
    try:
        split_address(text)
    except ValueError:
        return False
    return True


def split_address(text: str) -> tuple[str, int]:
    """Address and port of `127.0.0.1:80` or `[::1]:80`; port 0 means any. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(text)
    host = host.removeprefix("[").removesuffix("]") or "0.0.0.0"  # noqa: S104 - an operator who writes `:80` asks for all
    ipaddress.ip_address(host)
    return host, int(port)


def reachable(address: str) -> str:
    """The `address:port` by which this machine reaches its own listener: one on all addresses is on loopback too."""
    host, port = split_address(address)
    ip = ipaddress.ip_address(host)
    if ip.is_unspecified:
        ip = ipaddress.ip_address("127.0.0.1" if ip.version == 4 else "::1")
    return f"[{ip}]:{port}" if ip.version == 6 else f"{ip}:{port}"


def _rooted(config: Config, root: Path) -> Config:
    def tls(section: Tls | None) -> Tls | None:
        if section is None:
            return None
        authority = section.client_authority
        return Tls(
            certificate=root / section.certificate,
            key=root / section.key,
            client_authority=root / authority if authority else None,
        )

    replace = msgspec.structs.replace
    return replace(
        config,
        node=replace(config.node, key_file=root / config.node.key_file),
        store=replace(config.store, path=root / config.store.path),
        http=replace(config.http, tls=tls(config.http.tls)),
        smpp=replace(config.smpp, tls=tls(config.smpp.tls)),
    )


# ---------------------------------------------------------------- sentences


@dataclass(frozen=True, slots=True)
class _Where:
    """What can be pointed at: the file's name and text, and the keys that variables gave."""

    source: str
    text: str
    variables: frozenset[tuple[str, str]]

    def place(self, key: tuple[str, ...]) -> str:
        """The file and line, or the variable, that a key stands in."""
        if key[:2] in self.variables:
            return "the environment"
        line = line_of(self.text, key)
        return f"{self.source} line {line}" if line else self.source


_PATH: Final = re.compile(r" - at `\$\.?(.*)`$")
_UNKNOWN: Final = re.compile(r"unknown field `(.+?)`")


def _sentence(where: _Where, tree: Mapping[str, Any], error: str) -> str:
    """Msgspec's message turned into ours: place, key, value, what is wrong."""
    found = _PATH.search(error)
    key = tuple(part for part in re.split(r"\.|\[.*?\]", found.group(1)) if part) if found else ()
    what = _PATH.sub("", error)
    unknown = _UNKNOWN.search(what)
    if unknown:
        key = (*key, unknown.group(1))
        return f"{where.place(key)}: {'.'.join(key)} is no setting of ours"
    return f"{where.place(key)}: {'.'.join(key)} = {_value(tree, key)}: {what[:1].lower()}{what[1:]}"


def _value(tree: Mapping[str, Any], key: tuple[str, ...]) -> str:
    value: Any = tree
    for part in key:
        if not isinstance(value, Mapping) or part not in value:
            return "(default)"
        value = value[part]
    return repr(value)[:100]


def line_of(text: str, key: tuple[str, ...]) -> int:
    """The line, from 1, on which a key of a TOML text stands; its table's line if it is not written; 0 for none.

    A table may be written in one line, `node = {id = 1}`: that line it is, then.
    """
    table: tuple[str, ...] = ()
    table_line = 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = tuple(
                part.strip().strip("\"'")
                for part in stripped.strip("[] ").split("#")[0].strip("[] ").split(".")
            )
            if table == key:
                return number
            if table == key[: len(table)]:
                table_line = number
            continue
        name = stripped.partition("=")[0].strip()
        if not name or name.startswith("#"):
            continue
        written = (*table, *(part.strip().strip("\"'") for part in name.split(".")))
        if written == key:
            return number
        if "=" in stripped and written == key[: len(written)]:
            table_line = number
    return table_line


def current_environment() -> Mapping[str, str]:
    """The process's environment, for `load_config`."""
    return os.environ
