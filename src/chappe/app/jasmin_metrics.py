"""Our figures once more under the names that Jasmin's `/metrics` has, so that dashboards made for it go on working."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from chappe.app.metrics import Figures
from chappe.pipeline.throughput import CAMPAIGN, SMPP

Matches = Callable[[str], bool]
"""Whether a figure's label is one that a sum is about."""


class Term(NamedTuple):
    """What is added to a sum (or, with `sign` -1, taken off it): a figure's labels that match; its levels with `level`."""

    name: str
    matches: Matches
    sign: int = 1
    level: bool = False


class Family(NamedTuple):
    """One of Jasmin's: its name, its help, its terms; Jasmin calls levels counters too, we do not."""

    name: str
    told: str
    terms: tuple[Term, ...]
    kind: str = "counter"


_WRONG_LOGIN: Final = frozenset({"bad_credentials", "too_many_failures", "address_not_allowed"})
_NO_WAY: Final = frozenset({"no_route", "no_connector"})
_INTERCEPTED: Final = frozenset(
    {"intercepted", "spam", "rejected_by_rule", "interceptor_failed", "interceptor_down"}
)
_NO_HTTP: Final = frozenset({SMPP, CAMPAIGN})
_OURS: Final = frozenset({"store_busy", "internal"})
_NOT_AN_ERROR: Final = frozenset({"too_fast"}) | _INTERCEPTED


def _any(_label: str) -> bool:
    return True


def _by_http(label: str) -> bool:
    return label.partition(":")[0] not in _NO_HTTP


def _by_smpp(label: str) -> bool:
    return label.partition(":")[0] == SMPP


def _for(reasons: Iterable[str], way: Matches = _by_http) -> Matches:
    wanted = frozenset(reasons)
    return lambda label: way(label) and label.partition(":")[2] in wanted


def _but(reasons: Iterable[str], way: Matches) -> Matches:
    unwanted = frozenset(reasons)
    return lambda label: way(label) and label.partition(":")[2] not in unwanted


def _first(word: str) -> Matches:
    return lambda label: label.partition(":")[0] == word


def _refused(*reasons: str) -> tuple[Term, ...]:
    """Submissions refused, and requests that were refused before anything was submitted."""
    return Term("refused", _for(reasons)), Term("http_refused", _for(reasons))


_HTTP: Final = (
    Family(
        "request_count",
        "Requests of the HTTP API; each message of a batch is one",
        (
            Term("accepted", _by_http),
            Term("refused", _by_http),
            Term("http_answered", _any),
            Term("http_refused", _any),
            Term("http_bad_requests", _any),
            Term("http_faults", _any),
        ),
    ),
    Family(
        "interceptor_count",
        "Messages that an interception rule changed or refused",
        (Term("intercepted", _any),),
    ),
    Family("auth_error_count", "Wrong logins", _refused(*_WRONG_LOGIN)),
    Family("route_error_count", "Messages without a route or connector", _refused(*_NO_WAY)),
    Family("interceptor_error_count", "Messages that interception refused", _refused(*_INTERCEPTED)),
    Family("throughput_error_count", "Messages above a throughput", _refused("too_fast")),
    Family("charging_error_count", "Messages that could not be paid", _refused("no_balance")),
    Family("server_error_count", "Faults of ours", (*_refused(*_OURS), Term("http_faults", _any))),
    Family("success_count", "Messages accepted", (Term("accepted", _by_http),)),
)

_SERVER: Final = (
    Family("connected_count", "Connected sessions", (Term("smpp_connected", _any, level=True),), "gauge"),
    Family("connect_count", "Connections made", (Term("smpp_connections", _any),)),
    Family(
        "disconnect_count",
        "Connections that ended",
        (Term("smpp_connections", _any), Term("smpp_connected", _any, -1, level=True)),
    ),
    *(
        Family(
            f"bound_{mode}_count",
            f"Sessions bound as {mode}",
            (Term("smpp_bound", _first(mode), level=True),),
            "gauge",
        )
        for mode in ("trx", "rx", "tx")
    ),
    *(
        Family(f"bind_{mode}_count", f"Binds as {mode}", (Term("smpp_binds", _first(mode)),))
        for mode in ("trx", "rx", "tx")
    ),
    Family("unbind_count", "Sessions that ended in order", (Term("smpp_closed", _first("unbound")),)),
    Family(
        "submit_sm_request_count",
        "Messages submitted",
        (Term("accepted", _by_smpp), Term("refused", _by_smpp)),
    ),
    Family("submit_sm_count", "Messages accepted", (Term("accepted", _by_smpp),)),
    Family("deliver_sm_count", "deliver_sm sent", (Term("smpp_outgoing", _first("deliver_sm")),)),
    Family("data_sm_count", "data_sm sent", (Term("smpp_outgoing", _first("data_sm")),)),
    Family(
        "throttling_error_count",
        "Messages above a throughput",
        (Term("refused", _for(["too_fast"], _by_smpp)),),
    ),
    Family(
        "interceptor_error_count",
        "Messages that interception refused",
        (Term("refused", _for(_INTERCEPTED, _by_smpp)),),
    ),
    Family(
        "other_submit_error_count",
        "Messages refused otherwise",
        (Term("refused", _but(_NOT_AN_ERROR, _by_smpp)),),
    ),
)


def _clients(connector: str) -> tuple[Family, ...]:
    own = _first(connector)

    def ended(*outcomes: str) -> Matches:
        return _for(outcomes, own)

    return (
        Family("connected_count", "Binds made", (Term("binds_made", own),)),
        Family(
            "disconnected_count",
            "Binds that ended",
            (Term("binds_made", own), Term("connector_binds", own, -1, level=True)),
        ),
        Family("bound_count", "Bound sessions", (Term("connector_binds", own, level=True),), "gauge"),
        Family(
            "submit_sm_request_count",
            "Messages handed to the SMSC",
            (Term("sent", own), Term("send_failures", _but(["not_sent", "unfit"], own))),
        ),
        Family("submit_sm_count", "Messages that the SMSC took", (Term("sent", own),)),
        Family(
            "deliver_sm_count", "deliver_sm received", (Term("smpp_incoming", _for(["deliver_sm"], own)),)
        ),
        Family("data_sm_count", "data_sm received", (Term("smpp_incoming", _for(["data_sm"], own)),)),
        Family("throttling_error_count", "Throttling answers", (Term("send_failures", ended("throttled")),)),
        Family(
            "other_submit_error_count",
            "Messages that the SMSC refused or did not answer",
            (Term("send_failures", ended("deferred", "refused", "unknown")),),
        ),
    )


def jasmin_text(figures: Figures) -> bytes:
    """The families as Prometheus text; connectors are those that tell how they fare."""
    connectors = sorted(label for name, label in figures.gauges if name == "connector_binds")
    grouped = _grouped(figures)
    lines: list[str] = []
    for prefix, families in (("httpapi", _HTTP), ("smppsapi", _SERVER)):
        for family in families:
            lines += _head(prefix, family)
            lines.append(f"{prefix}_{family.name} {_value(family, grouped)}")
    by_connector = [(connector, _clients(connector)) for connector in connectors]
    for place, family in enumerate(by_connector[0][1] if by_connector else ()):
        lines += _head("smppc", family)
        lines += [
            f'smppc_{family.name}{{cid="{connector}"}} {_value(families[place], grouped)}'
            for connector, families in by_connector
        ]
    return "".join(f"{line}\n" for line in lines).encode()


Grouped = Mapping[tuple[str, bool], Mapping[str, float]]
_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})


def _grouped(figures: Figures) -> Grouped:
    found: dict[tuple[str, bool], dict[str, float]] = {}
    for (name, label), count in figures.counters.items():
        found.setdefault((name, False), {})[label] = count
    for (name, label), level in figures.gauges.items():
        found.setdefault((name, True), {})[label] = level
    return found


def _head(prefix: str, family: Family) -> Iterator[str]:
    yield f"# HELP {prefix}_{family.name} {family.told}"
    yield f"# TYPE {prefix}_{family.name} {family.kind}"


def _value(family: Family, grouped: Grouped) -> int:
    total = sum(
        term.sign * value
        for term in family.terms
        for label, value in grouped.get((term.name, term.level), _NOTHING).items()
        if term.matches(label)
    )
    return max(int(total), 0)
