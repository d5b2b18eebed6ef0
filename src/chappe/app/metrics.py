"""The meter behind `/metrics`: plain dictionaries on the hot path, Prometheus text when it is asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from chappe.domain.receipt import NORMALISERS

_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

_TOLD: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "accepted": ("Messages accepted and on disk", ("dialect",)),
        "refused": ("Submissions refused", ("dialect", "reason")),
        "against_advice": ("Messages accepted against what their dialect advises", ("dialect", "what")),
        "http_answered": ("Questions about balances and rates answered", ("dialect",)),
        "http_refused": ("HTTP requests refused before anything was submitted", ("dialect", "reason")),
        "http_bad_requests": ("HTTP requests that their dialect refused", ("dialect",)),
        "http_faults": ("HTTP requests that ended with a fault of ours", ("dialect",)),
        "batches": ("Batches accepted and on disk", ("dialect",)),
        "sent": ("Messages that an SMSC took", ("connector",)),
        "send_failures": ("Attempts that did not end in sent", ("connector", "outcome")),
        "late_answers": ("Answers that came after their attempt was given up", ("connector",)),
        "receipts": ("Receipts matched with their part", ("connector", "normaliser")),
        "receipts_unmatched": ("Receipts that came without a part to match", ("connector",)),
        "receipts_orphaned": ("Receipts that never found their part", ()),
        "contradicting_receipts": ("Receipts after the final state", ()),
        "unreceipted": ("Messages whose receipt never came", ()),
        "expired": ("Messages whose validity ended", ("connector",)),
        "interrupted": ("Attempts whose process ended meanwhile", ()),
        "notices": ("Attempts to hand notices over", ("handover",)),
        "auth_failures": ("Wrong user names or passwords", ()),
        "auth_throttled": ("Logins refused before any hash was computed", ()),
        "mo_accepted": ("MOs accepted and on disk", ("connector",)),
        "mo_refused": ("MOs that an interceptor did not let through", ("connector",)),
        "plugin_sends": ("Calls of Send", ("connector",)),
        "plugin_reports": ("Calls of Report", ("connector",)),
        "plugin_reports_lost": ("Calls of Report that were not answered", ("connector",)),
        "plugin_ends": ("Ends of plug-ins that nobody asked for", ("connector", "how")),
        "plugin_oddities": ("Answers of plug-ins that their contract does not have", ("connector", "what")),
        "plugin_operators": ("Messages by the operator that a plug-in named", ("connector", "operator")),
        "intercepted": ("Messages that an interceptor acted on", ("interceptor",)),
        "interceptor_failures": ("Scripts of interceptors that failed", ("interceptor", "how")),
        "mo_unroutable": ("MOs that no route matched", ("connector",)),
        "barred": ("Messages stopped since their destination came on a list while they waited", ()),
        "campaign_replies": ("MOs that a campaign answered", ("campaign",)),
        "campaign_refusals": ("Replies of campaigns that were not made", ("campaign", "reason")),
        "campaign_opt_outs": ("Subscribers who opted out", ("campaign",)),
        "campaign_opt_ins": ("Subscribers who opted in again", ("campaign",)),
        "smpp_binds": ("Binds accepted by our SMPP server", ("mode",)),
        "smpp_connections": ("Connections to our SMPP server", ()),
        "smpp_outgoing": ("PDUs sent to SMPP clients", ("pdu",)),
        "smpp_incoming": ("PDUs received from SMSCs", ("connector", "pdu")),
        "binds_made": ("Binds that an SMSC accepted", ("connector",)),
        "smpp_refused_binds": ("Binds refused by our SMPP server", ("status",)),
        "smpp_refused_pdus": ("Irregular PDUs that clients sent", ("detail",)),
        "smpp_closed": ("Client sessions that ended", ("reason",)),
        "purged_records": ("Records deleted by retention", ()),
    }
)


class Figures:
    """Answers `ports.meter.Meter`: dictionaries of numbers. A label of several parts is joined by colons."""

    __slots__ = ("counters", "gauges", "histograms")

    def __init__(self) -> None:
        self.counters: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.gauges: dict[tuple[str, str], float] = {}
        self.histograms: dict[tuple[str, str], list[float]] = {}

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        """See the port."""
        self.counters[name, label] += by

    def gauge(self, name: str, value: float, label: str = "") -> None:
        """See the port."""
        self.gauges[name, label] = value

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        """See the port."""
        buckets = self.histograms.get((name, label))
        if buckets is None:
            buckets = self.histograms[name, label] = [0.0] * (len(_BUCKETS) + 2)
        buckets[bisect_left(_BUCKETS, seconds)] += 1
        buckets[-1] += seconds


def spellings(figures: Figures) -> dict[str, dict[str, Any]]:
    """What the receipts of each connector teach of its ids: how many matched by which spelling, and the order to set.

    The proposal for `receipt_ids` has the commonest first, and those that never matched not at all.
    """
    learnt: dict[str, dict[str, int]] = {}
    unmatched: dict[str, int] = {}
    for (name, label), count in figures.counters.items():
        if name == "receipts":
            connector, _, normaliser = label.partition(":")
            learnt.setdefault(connector, {})[normaliser] = count
        elif name == "receipts_unmatched":
            unmatched[label] = count
    return {
        connector: {
            "matched": dict(sorted(found.items())),
            "unmatched": unmatched.get(connector, 0),
            "receipt_ids": sorted(
                found.keys() & NORMALISERS.keys(), key=lambda normaliser: (-found[normaliser], normaliser)
            ),
        }
        for connector, found in sorted(learnt.items())
    }


class _Exposition(Collector):
    def __init__(self, figures: Figures, refresh: Callable[[], None]) -> None:
        self._figures = figures
        self._refresh = refresh

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        """See prometheus-client."""
        self._refresh()
        counters: dict[str, CounterMetricFamily] = {}
        for (name, label), value in sorted(self._figures.counters.items()):
            told, labels = _TOLD.get(name, (name.replace("_", " "), ("label",) if label else ()))
            if name not in counters:
                counters[name] = CounterMetricFamily(f"chappe_{name}", told, labels=labels)
            counters[name].add_metric(_values(label, labels), value)
        yield from counters.values()
        gauges: dict[str, GaugeMetricFamily] = {}
        for (name, label), level in sorted(self._figures.gauges.items()):
            labels = ("name",) if label else ()
            if name not in gauges:
                gauges[name] = GaugeMetricFamily(f"chappe_{name}", name.replace("_", " "), labels=labels)
            gauges[name].add_metric(_values(label, labels), level)
        yield from gauges.values()
        for (name, label), buckets in sorted(self._figures.histograms.items()):
            yield _histogram(name, label, buckets)


def _values(label: str, labels: tuple[str, ...]) -> list[str]:
    parts = label.split(":", len(labels) - 1) if labels else []
    return parts + [""] * (len(labels) - len(parts))


def _histogram(name: str, label: str, buckets: list[float]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        f"chappe_{name}", name.replace("_", " "), labels=("name",) if label else ()
    )
    total = 0.0
    bounds: list[tuple[str, float]] = []
    for bound, count in zip((*map(str, _BUCKETS), "+Inf"), buckets, strict=False):
        total += count
        bounds.append((bound, total))
    family.add_metric([label] if label else [], bounds, buckets[-1])
    return family


def exposition(
    figures: Figures, refresh: Callable[[], None], more: Callable[[Figures], bytes] = lambda _: b""
) -> Callable[[], bytes]:
    """Gives the text of `/metrics`; `refresh` sets the gauges first, `more` gives text in other names."""
    registry = CollectorRegistry()
    registry.register(_Exposition(figures, refresh))
    return lambda: generate_latest(registry) + more(figures)
