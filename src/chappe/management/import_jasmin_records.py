"""What an export of Jasmin becomes here: records, deposits, and the list of what could not be carried over. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from chappe.domain.account import Account, Credential, Group
from chappe.domain.conditions import compile_pattern
from chappe.domain.link import ConnectorRecord
from chappe.domain.money import parse_amount
from chappe.domain.refusal import Right
from chappe.domain.report import Way
from chappe.domain.routing import MoTarget, Route
from chappe.management.import_jasmin import Export, Fields, RouteLine, said
from chappe.management.import_jasmin_connectors import connector_of
from chappe.management.jasmin_terms import FILTERS, JasminFilter, make_route, prefix_of, without_plus
from chappe.management.records import BadRecord, Record, make
from chappe.pipeline.directory import Directory
from chappe.ports.directory import Kind

MO_ACCOUNT: Final = "jasmin-mo"
"""Whose the HTTP connectors of MO routes are: in Jasmin they are nobody's."""

_CRED: Final = "mt_messaging_cred"
_RIGHTS: Final[Mapping[str, Right]] = MappingProxyType(
    {
        "http_long_content": Right.LONG_CONTENT,
        "dlr_level": Right.RECEIPT_LEVEL,
        "http_dlr_method": Right.RECEIPT_METHOD,
        "src_addr": Right.SOURCE_ADDRESS,
        "priority": Right.PRIORITY,
        "validity_period": Right.VALIDITY,
        "hex_content": Right.BINARY,
        "schedule_delivery_time": Right.SCHEDULE,
    }
)
_FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        f"{_CRED} authorization http_send": "may_send_http",
        f"{_CRED} authorization smpps_send": "may_send_smpp",
        f"{_CRED} authorization http_balance": "may_ask_balance",
        f"{_CRED} authorization http_rate": "may_ask_rate",
        "smpps_cred authorization bind": "may_bind",
    }
)
_VALUE_FILTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "dst_addr": ("destination", (".*",)),
        "src_addr": ("source", (".*",)),
        "priority": ("priority", ("^[0-3]$",)),
        "validity_period": ("validity", (r"^\d+$",)),
        "content": ("content", (".*",)),
    }
)
"""Each value filter: its name here, and the patterns that let everything pass."""

_NO: Final = frozenset({"false", "no", "0", "n", "f"})

HashPassword = Callable[[str | None], str]
"""The hash of a password; of None that of one that nobody knows."""


@dataclass
class Moved:
    """What there is to write, and to tell. Deposits are (account, micro-units, parts)."""

    records: list[Record] = field(default_factory=list)
    deposits: list[tuple[str, int, int]] = field(default_factory=list)
    unknown_passwords: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What could not be carried over, and what to do about it."""
    notes: list[str] = field(default_factory=list)


def move(export: Export, now: Directory, hash_password: HashPassword, zone: str = "") -> Moved:
    """What an export becomes beside what is here already. Nothing here is removed, and no password changed."""
    moved = Moved()
    for gid, enabled in sorted(export.groups.items()):
        # One that is here already, and may be switched off here, is switched off by an export but not on.
        if not enabled or gid not in now.groups:
            moved.records.append(Group(name=gid, enabled=enabled))
    for uid, fields in sorted(export.users.items()):
        _attempt(moved, f"user {uid}", partial(_user, moved, fields, now, hash_password))
    for cid, fields in sorted(export.connectors.items()):
        _attempt(moved, f"connector {cid}", partial(_connector, moved, fields))
    for direction, lines in (("mt", export.mt), ("mo", export.mo)):
        for line in lines.values():
            name = f"{direction}-{line.order}"
            _attempt(moved, f"route {name}", partial(_route, moved, export, line, name, zone))
    _mo_account(moved)
    for told in export.interceptors:
        moved.left_out.append(
            f"interceptor {told}: its script is on Jasmin's machine; chappe interceptor add NAME --script FILE"
        )
    moved.left_out += [f"not understood: {line}" for line in export.unread]
    return moved


def _attempt(moved: Moved, what: str, work: Callable[[], None]) -> None:
    """Does one thing; what cannot stand is listed and the rest goes on."""
    try:
        work()
    except (BadRecord, ValueError, KeyError) as error:
        moved.left_out.append(f"{what}: {error}")


# ---------------------------------------------------------------- users


def _user(moved: Moved, fields: Fields, now: Directory, hash_password: HashPassword) -> None:
    uid = fields["uid"]
    account: dict[str, Any] = {"name": uid, "group": fields.get("gid", "")}
    account.update({ours: False for theirs, ours in _FLAGS.items() if fields.get(theirs, "").lower() in _NO})
    account["denied"] = [
        right
        for name, right in _RIGHTS.items()
        if fields.get(f"{_CRED} authorization {name}", "").lower() in _NO
    ]
    account["enabled"] = "disabled" not in fields
    if (sender := said(fields, f"{_CRED} defaultvalue src_addr")) is not None:
        account["default_sender"] = sender
    for theirs, ours in (("http_throughput", "http_throughput"), ("smpps_throughput", "smpp_throughput")):
        if (limit := said(fields, f"{_CRED} quota {theirs}")) is not None:
            account[ours] = float(limit)
    if (binds := said(fields, "smpps_cred quota max_bindings")) is not None:
        account["max_binds"] = int(binds)
        # No limit is 0 here; a limit of 0 is no right to bind.
        if int(binds) == 0:
            account["may_bind"] = False
    if (networks := said(fields, "smpps_cred authorization ip")) not in (None, "0.0.0.0/0"):
        moved.left_out.append(
            f"user {uid}: the list of addresses for SMPP ({networks}) would hold for HTTP too; set allow yourself"
        )
    _value_filters(moved, fields, account)
    amount, parts = _quota(fields, account)
    record = make(Kind.ACCOUNT, msgspec.to_builtins(account))
    if wrong := record.problem():
        raise BadRecord(wrong)
    moved.records.append(record)
    if uid not in now.accounts and (amount or parts):
        moved.deposits.append((uid, amount, parts))
    _credential(moved, fields, now, hash_password)


def _quota(fields: Fields, account: dict[str, Any]) -> tuple[int, int]:
    """What the user has left, in micro-units and parts; Jasmin's ND is no limit, as it is here."""
    amount, parts = 0, 0
    if (balance := said(fields, f"{_CRED} quota balance")) is not None:
        account["charged"] = True
        amount = round(float(balance) * 1_000_000)
    if (percent := said(fields, f"{_CRED} quota early_percent")) is not None:
        account["early_percent"] = int(float(percent))
    if (count := said(fields, f"{_CRED} quota sms_count")) is not None:
        account["counted"] = True
        parts = int(count)
    return amount, parts


def _value_filters(moved: Moved, fields: Fields, account: dict[str, Any]) -> None:
    uid = account["name"]
    filters: dict[str, str] = {}
    for theirs, (ours, open_) in _VALUE_FILTERS.items():
        pattern = said(fields, f"{_CRED} valuefilter {theirs}")
        if pattern is None or pattern in open_:
            continue
        if ours in ("destination", "source"):
            pattern = without_plus(pattern)
        try:
            compile_pattern(pattern)
        except ValueError as error:
            # An account without its filter could do more than before.
            account["enabled"] = False
            moved.left_out.append(
                f"user {uid}: filter {theirs} {pattern} is none of RE2's ({error}): switched off until you set it"
            )
            continue
        filters[ours] = pattern
    if filters:
        account["filters"] = filters


def _credential(moved: Moved, fields: Fields, now: Directory, hash_password: HashPassword) -> None:
    username = fields.get("username", fields["uid"])
    known = now.credentials.get(username)
    if known is not None:
        moved.records.append(msgspec.structs.replace(known, account=fields["uid"]))
        return
    password = fields.get("password")
    if password is None:
        moved.unknown_passwords.append(username)
    moved.records.append(
        Credential(username=username, account=fields["uid"], secret_hash=hash_password(password))
    )


def _connector(moved: Moved, fields: Fields) -> None:
    made, left_out, notes = connector_of(fields)
    moved.records.append(made)
    moved.left_out += left_out
    moved.notes += notes


# ---------------------------------------------------------------- routes


def _route(moved: Moved, export: Export, line: RouteLine, name: str, zone: str) -> None:
    targets = [_target(moved, export, text) for text in line.targets]
    for one in line.filters:
        if one.kind not in FILTERS:
            raise BadRecord(f"{one.kind} is not known; print it with filter -s")
    filters = [_whole(export, one) for one in line.filters]
    route, scripts, notes = make_route(
        name, line.kind, targets, filters, order=line.order, price=parse_amount(line.rate), zone=zone
    )
    prefix = prefix_of(route.condition.destination)
    if prefix:
        # The pattern still decides; the prefix only finds it sooner.
        condition = msgspec.structs.replace(route.condition, destination_prefixes=(prefix,))
        route = msgspec.structs.replace(route, condition=condition)
    if wrong := route.problem():
        raise BadRecord(wrong)
    if not zone and (route.condition.between or route.condition.dates):
        moved.notes.append(f"route {name}: its times are UTC here; --zone says the zone of Jasmin's server")
    moved.records += [*scripts, route]
    moved.notes += [f"route {name}: {sentence}" for sentence in notes]


def _whole(export: Export, one: JasminFilter) -> JasminFilter:
    """A script whole where the listing cut it: one of the filters that were printed whole begins so."""
    if one.kind != "EvalPyFilter":
        return one
    beginning = one.value.removesuffix(" ..")
    known = [
        each
        for each in export.filters.values()
        if each.kind == one.kind
        and not each.value.endswith(" ..")
        and each.value.replace("\n", "").startswith(beginning)
    ]
    if len(known) != 1:
        raise BadRecord(
            "the script of an EvalPyFilter is not there; print it with filter -s and import again"
        )
    return known[0]


def _target(moved: Moved, export: Export, text: str) -> str | MoTarget:
    kind, _, inside = text.rstrip(")").partition("(")
    if kind == "smppc":
        if not any(isinstance(one, ConnectorRecord) and one.name == inside for one in moved.records):
            raise BadRecord(f"there is no connector {inside} among what was read")
        return inside
    if kind == "smpps":
        for fields in export.users.values():
            if fields.get("username", fields["uid"]) == inside:
                return MoTarget(account=fields["uid"], target=inside)
        raise BadRecord(f"there is no user {inside} among what was read")
    if inside not in export.httpccs:
        raise BadRecord(f"HTTP connector {inside} was not printed; httpccm -l does")
    method, url = export.httpccs[inside]
    return MoTarget(account=MO_ACCOUNT, way=Way.WEBHOOK, target=url, dialect="jasmin", method=method.upper())


def _mo_account(moved: Moved) -> None:
    """The account of HTTP connectors, with the private addresses and ports that they need."""
    routes = [record for record in moved.records if isinstance(record, Route)]
    urls = [target.target for route in routes for target in route.deliveries if target.account == MO_ACCOUNT]
    if not urls:
        return
    private: set[str] = set()
    ports = set(Account(name=MO_ACCOUNT).webhook_ports)
    for url in dict.fromkeys(urls):
        parts = urlsplit(url)
        try:
            address = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            moved.notes.append(
                f"{url}: should its name lead to a private address, say so in private_webhooks of {MO_ACCOUNT}"
            )
        else:
            if not address.is_global:
                private.add(str(address))
        if parts.port is not None:
            ports.add(str(parts.port))
    account = Account(
        name=MO_ACCOUNT,
        may_send=False,
        may_bind=False,
        private_webhooks=tuple(sorted(private)),
        webhook_ports=tuple(sorted(ports)),
    )
    moved.records.insert(0, account)
