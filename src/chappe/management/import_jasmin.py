"""Reads what Jasmin's console prints, and its jasmin.cfg, into values. What they become here stands beside, in
import_jasmin_records.py. Pure.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from chappe.management.jasmin_terms import FILTERS, ROUTES, JasminFilter

Fields = dict[str, str]

_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PROMPT: Final = re.compile(r"^jcli : *(.*)$")
_COMMAND: Final = re.compile(r"^([a-z]+)\s+(-[a-z]|--[a-z-]+)\s*(.*)$")
_HEADERS: Final = (
    (re.compile(r"^#User id\s"), "users"),
    (re.compile(r"^#Group id"), "groups"),
    (re.compile(r"^#Connector id\s"), "connectors"),
    (re.compile(r"^#Filter id\s"), "filters"),
    (re.compile(r"^#Httpcc id\s"), "httpccs"),
    (re.compile(r"^#Order\s.*\sScript\s"), "interceptors"),
    (re.compile(r"^#Order\s.*\sRate\s"), "mt"),
    (re.compile(r"^#Order\s.*\sConnector ID"), "mo"),
)
_TOTAL: Final = re.compile(r"^Total [A-Za-z ]+(\[[^\]]*\])?: *\d+$")
_ROUTE: Final = re.compile(
    r"^#(\d+)\s+(\w+Route)\s+(?:(0 \(!\)|[0-9.]+(?: \(!\))?)\s+)?((?:\w+\([^)]*\)(?:, *)?)+)\s*(.*)$"
)
_FILTER: Final = re.compile(r"<(\w+)(?: \((.*?)\))?>(?=, *<|\s*$)")
_FILTER_ROW: Final = re.compile(r"^#(\S+)\s+(\w+Filter)\s+(?:MO |MT)+\s*(<.*>)\s*$")
_HTTPCC_ROW: Final = re.compile(r"^#(\S+)\s+HttpConnector\s+(\w+)\s+(\S+)\s*$")
_KEYED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cid": "ConnectorFilter",
        "uid": "UserFilter",
        "gid": "GroupFilter",
        "src_addr": "SourceAddrFilter",
        "source_addr": "SourceAddrFilter",
        "dst_addr": "DestinationAddrFilter",
        "destination_addr": "DestinationAddrFilter",
        "msg": "ShortMessageFilter",
        "short_message": "ShortMessageFilter",
        "tag": "TagFilter",
        "pyCode": "EvalPyFilter",
        "dateInterval": "DateIntervalFilter",
        "timeInterval": "TimeIntervalFilter",
    }
)
_SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {"T": "TransparentFilter", "DI": "DateIntervalFilter", "TI": "TimeIntervalFilter"}
)
_CUT: Final = " .."
"""How a listing ends a script that it does not show whole."""

_OWN_KEYS: Final = frozenset({"mt_messaging_cred", "smpps_cred"})


UNSET: Final = frozenset({"", "ND", "None", "none"})
"""How the console says that there is nothing, or no limit."""


def said(fields: Fields, name: str) -> str | None:
    """The value of a field, None where nothing is said by it."""
    value = fields.get(name)
    return None if value is None or value in UNSET or value.startswith("Unknown (") else value


class RouteLine(msgspec.Struct, frozen=True):
    """A route as Jasmin has it: targets are `smppc(cid)`, `http(cid)` or `smpps(user)`."""

    order: int
    kind: str
    targets: tuple[str, ...]
    rate: str
    filters: tuple[JasminFilter, ...]


@dataclass
class Export:
    """All that was read. Users and connectors are by id, their fields as the console names them."""

    users: dict[str, Fields] = field(default_factory=dict)
    groups: dict[str, bool] = field(default_factory=dict)
    connectors: dict[str, Fields] = field(default_factory=dict)
    httpccs: dict[str, tuple[str, str]] = field(default_factory=dict)
    filters: dict[str, JasminFilter] = field(default_factory=dict)
    mt: dict[int, RouteLine] = field(default_factory=dict)
    mo: dict[int, RouteLine] = field(default_factory=dict)
    interceptors: list[str] = field(default_factory=list)
    config: dict[str, Fields] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    """Lines that look like something and were not understood."""

    def user(self, uid: str) -> Fields:
        """The fields of a user, known so far or not."""
        return self.users.setdefault(uid, {"uid": uid})

    def connector(self, cid: str) -> Fields:
        """The fields of a connector, known so far or not."""
        return self.connectors.setdefault(cid, {"cid": cid})


def read_export(texts: Iterable[tuple[str, str]]) -> Export:
    """All files together: (name, text) each, in any order. A file that begins with a section is jasmin.cfg."""
    export = Export()
    consoles: list[str] = []
    for name, text in texts:
        first = next((line.strip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")), "")
        if first.startswith("[") and first.endswith("]"):
            _read_config(export, name, text)
        else:
            consoles.append(text)
    for text in consoles:
        _Reader(export).read(text)
    return export


def _read_config(export: Export, name: str, text: str) -> None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        export.unread.append(f"{name}: {str(error).splitlines()[0]}")
        return
    for section in parser.sections():
        export.config.setdefault(section, {}).update(parser.items(section))


class _Reader:
    """Goes through what one session of the console printed."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._table = ""
        self._command: tuple[str, str] = ("", "")
        self._about = ""
        self._block: list[tuple[str, str]] = []
        self._script: list[str] | None = None

    def read(self, text: str) -> None:
        """Reads all of it."""
        for raw in text.splitlines():
            line = _ANSI.sub("", raw).rstrip()
            if self._script is not None and not _PROMPT.match(line):
                self._script.append(line)
            else:
                self._line(line)
        self._end()

    def _line(self, line: str) -> None:
        prompt = _PROMPT.match(line)
        if prompt is not None:
            self._end()
            self._begin(prompt[1].strip())
            return
        if line.startswith("> "):
            self._said(line[2:].strip())
            return
        for header, table in _HEADERS:
            if header.match(line):
                self._end()
                self._table = table
                return
        if _TOTAL.match(line):
            self._table = ""
        elif line.startswith("#") and self._table:
            self._row(line)
        elif not line.strip():
            # Listings have empty lines between their rows, blocks end with one.
            if not self._table:
                self._end()
        else:
            self._pair(line.strip())

    def _begin(self, command: str) -> None:
        found = _COMMAND.match(command)
        self._command = (found[1], found[2]) if found is not None else ("", "")
        self._about = found[3].strip() if found is not None else ""

    # ------------------------------------------------------------ blocks

    def _said(self, line: str) -> None:
        """A line that an operator typed into a dialogue."""
        if line == "ok":
            self._end()
        elif line == "ko":
            self._block = []
        elif line:
            key, _, value = line.partition(" ")
            self._block.append((key, value.strip()))

    def _pair(self, line: str) -> None:
        """A line of a block: a key and its value, or the name of a filter or HTTP connector that follows."""
        if self._command[1] == "-a":
            return
        if line == "EvalPyFilter:":
            self._script = []
            return
        if line.endswith(":") and (line[:-1].endswith("Filter") or line[:-1] == "HttpConnector"):
            self._block.append(("type", line[:-1]))
            return
        key, _, value = line.partition(" ")
        if key in ("uid", "cid") and any(known == key for known, _ in self._block):
            self._end()
        self._block.append((key, value.strip()))

    def _end(self) -> None:
        """What was gathered is whole."""
        block, self._block = self._block, []
        script, self._script = self._script, None
        manager, self._table = self._command[0], ""
        if script is not None:
            self._export.filters[self._about] = JasminFilter("EvalPyFilter", "\n".join(script).strip() + "\n")
            return
        if not block:
            return
        keys = {key for key, _ in block}
        fields = _flat(block)
        if manager in ("mtrouter", "morouter"):
            self._route_dialogue(manager, fields)
        elif manager == "filter" or fields.get("type", "").endswith("Filter"):
            self._filter_block(fields)
        elif manager == "httpccm" or fields.get("type") == "HttpConnector":
            cid = fields.get("cid", "").removeprefix("= ")
            url = fields.get("url", fields.get("baseurl", "")).removeprefix("= ")
            self._export.httpccs[cid] = (fields.get("method", "GET").removeprefix("= "), url)
        elif manager == "group" and "gid" in keys:
            self._export.groups.setdefault(fields["gid"], True)
        elif "uid" in keys or (keys & _OWN_KEYS and self._about):
            self._export.user(fields.get("uid", self._about)).update(fields)
        elif "cid" in keys or (manager == "smppccm" and self._about):
            self._export.connector(fields.get("cid", self._about)).update(fields)
        elif manager in ("mtinterceptor", "mointerceptor"):
            self._export.interceptors.append(" ".join(f"{key} {value}" for key, value in block))

    def _filter_block(self, fields: Fields) -> None:
        name = fields.get("fid", self._about)
        kind = _proper(fields.get("type", ""), FILTERS)
        value = ""
        for key, said in fields.items():
            if _KEYED.get(key, "") == kind:
                value = said.removeprefix("= ")
        if "Left" in fields and "Right" in fields:
            left, right = (fields[side].removeprefix("border = ") for side in ("Left", "Right"))
            value = f"{left};{right}"
        # A dialogue names the file of a script, which only Jasmin's machine has.
        if kind == "EvalPyFilter":
            value = _CUT
        if name:
            self._export.filters[name] = JasminFilter(kind, value)

    def _route_dialogue(self, manager: str, fields: Fields) -> None:
        order = fields.get("order", "0")
        if not order.isdigit() or "type" not in fields:
            self._export.unread.append(f"{manager} {fields}")
            return
        targets = fields.get("connectors", fields.get("connector", ""))
        filters = tuple(
            self._export.filters.get(fid, JasminFilter(f"filter {fid}, which was not listed"))
            for fid in fields.get("filters", "").split(";")
            if fid
        )
        kind = _proper(fields["type"], ROUTES)
        line = RouteLine(
            int(order), kind, tuple(filter(None, targets.split(";"))), fields.get("rate", "0"), filters
        )
        (self._export.mt if manager == "mtrouter" else self._export.mo)[line.order] = line

    # ------------------------------------------------------------ rows

    def _row(self, line: str) -> None:
        export = self._export
        cells = line[1:].split()
        match self._table:
            case "users" if len(cells) >= 3:
                uid = cells[0].removeprefix("!")
                fields = export.user(uid)
                fields.setdefault("gid", cells[1].removeprefix("!"))
                fields.setdefault("username", cells[2])
                if cells[0].startswith("!"):
                    fields["disabled"] = "yes"
            case "groups" if cells:
                export.groups[cells[0].removeprefix("!")] = not cells[0].startswith("!")
            case "connectors" if len(cells) >= 2:
                export.connector(cells[0])["service"] = cells[1]
            case "interceptors":
                export.interceptors.append(" ".join(cells))
            case "filters" if (found := _FILTER_ROW.match(line)) is not None:
                known = export.filters.get(found[1])
                if known is None or known.value.endswith(_CUT):
                    export.filters[found[1]] = _filters(found[3])[0]
            case "httpccs" if (found := _HTTPCC_ROW.match(line)) is not None:
                export.httpccs[found[1]] = (found[2], found[3])
            case "mt" | "mo" if (found := _ROUTE.match(line)) is not None:
                targets = tuple(part.strip() for part in found[4].rstrip(", ").split(", "))
                rate = (found[3] or "0").removesuffix(" (!)")
                made = RouteLine(int(found[1]), found[2], targets, rate, _filters(found[5]))
                (export.mt if self._table == "mt" else export.mo)[made.order] = made
            case _:
                export.unread.append(line)


def _proper(kind: str, known: Iterable[str]) -> str:
    """A kind as listings spell it: dialogues take it in any case."""
    return next((one for one in known if one.lower() == kind.lower()), kind)


def _flat(block: Sequence[tuple[str, str]]) -> Fields:
    """A block as fields; those of credentials by all their words: `mt_messaging_cred quota balance`."""
    fields: Fields = {}
    for key, value in block:
        if key in _OWN_KEYS:
            section, _, rest = value.partition(" ")
            name, _, said = rest.strip().partition(" ")
            fields[f"{key} {section.lower()} {name.lower()}"] = said.strip()
        else:
            fields[key] = value
    return fields


def _filters(text: str) -> tuple[JasminFilter, ...]:
    """Filters as listings show them: `<U (uid=foo)>, <DA (dst_addr=^33)>`."""
    return tuple(_shown_filter(found[1], found[2] or "") for found in _FILTER.finditer(text.strip()))


def _shown_filter(short: str, inside: str) -> JasminFilter:
    if short in _SHORT:
        return JasminFilter(_SHORT[short], inside.replace(",", ";"))
    key, _, value = inside.partition("=")
    return JasminFilter(_KEYED.get(key.strip(), f"filter <{short}>"), value)
