"""Jasmin's names for our figures: which there are, and what each counts."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chappe.app.jasmin_metrics import jasmin_text
from chappe.app.metrics import Figures, exposition

HTTP = (
    *(
        "request_count",
        "interceptor_count",
        "auth_error_count",
        "route_error_count",
        "interceptor_error_count",
    ),
    *("throughput_error_count", "charging_error_count", "server_error_count", "success_count"),
)
CLIENT = (
    *("connected_count", "disconnected_count", "bound_count", "submit_sm_request_count", "submit_sm_count"),
    *("deliver_sm_count", "data_sm_count", "throttling_error_count", "other_submit_error_count"),
)
SERVER = (
    *("connected_count", "connect_count", "disconnect_count", "bound_trx_count", "bound_rx_count"),
    *("bound_tx_count", "bind_trx_count", "bind_rx_count", "bind_tx_count", "unbind_count"),
    *("submit_sm_request_count", "submit_sm_count", "deliver_sm_count", "data_sm_count"),
    *("throttling_error_count", "interceptor_error_count", "other_submit_error_count"),
)


def values(figures: Figures) -> dict[str, float]:
    found = {}
    for line in jasmin_text(figures).decode().splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def figured(*counts: tuple[str, str, int], levels: Iterable[tuple[str, str, float]] = ()) -> Figures:
    figures = Figures()
    for name, label, by in counts:
        figures.count(name, label, by)
    for name, label, level in levels:
        figures.gauge(name, level, label)
    return figures


def test_all_names_are_there_before_anything_happened() -> None:
    names = {f"httpapi_{name}" for name in HTTP} | {f"smppsapi_{name}" for name in SERVER}
    assert values(Figures()) == dict.fromkeys(names, 0.0)


def test_each_connector_has_its_own_by_its_cid() -> None:
    found = values(figured(levels=[("connector_binds", "a", 2), ("connector_binds", "b", 0)]))
    assert {name for name in found if name.startswith("smppc_")} == {
        f'smppc_{name}{{cid="{cid}"}}' for name in CLIENT for cid in "ab"
    }
    assert found['smppc_bound_count{cid="a"}'] == 2


@pytest.mark.parametrize(
    ("counts", "name", "value"),
    [
        (("accepted", "jasmin", 5), "httpapi_success_count", 5),
        (("accepted", "smpp", 5), "httpapi_success_count", 0),
        (("accepted", "campaign", 5), "httpapi_success_count", 0),
        (("refused", "jasmin:spam", 5), "httpapi_interceptor_error_count", 5),
        (("accepted", "smpp", 5), "smppsapi_submit_sm_count", 5),
        (("accepted", "smpp", 5), "smppsapi_submit_sm_request_count", 5),
        (("refused", "smpp:no_route", 5), "smppsapi_submit_sm_request_count", 5),
        (("refused", "smpp:no_route", 5), "smppsapi_other_submit_error_count", 5),
        (("refused", "smpp:too_fast", 5), "smppsapi_other_submit_error_count", 0),
        (("refused", "smpp:too_fast", 5), "smppsapi_throttling_error_count", 5),
        (("refused", "smpp:intercepted", 5), "smppsapi_interceptor_error_count", 5),
        (("refused", "smpp:too_fast", 5), "httpapi_throughput_error_count", 0),
        (("refused", "jasmin:too_fast", 5), "httpapi_throughput_error_count", 5),
        (("refused", "jasmin:no_balance", 5), "httpapi_charging_error_count", 5),
        (("refused", "jasmin:no_route", 5), "httpapi_route_error_count", 5),
        (("refused", "jasmin:no_connector", 5), "httpapi_route_error_count", 5),
        (("refused", "jasmin:store_busy", 5), "httpapi_server_error_count", 5),
        (("refused", "jasmin:interceptor_failed", 5), "httpapi_interceptor_error_count", 5),
        (("http_faults", "jasmin", 5), "httpapi_server_error_count", 5),
        (("http_refused", "jasmin:bad_credentials", 5), "httpapi_auth_error_count", 5),
        (("http_refused", "jasmin:address_not_allowed", 5), "httpapi_auth_error_count", 5),
        (("http_refused", "jasmin:may_not_ask_rate", 5), "httpapi_auth_error_count", 0),
        (("intercepted", "rule", 5), "httpapi_interceptor_count", 5),
        (("smpp_binds", "trx", 5), "smppsapi_bind_trx_count", 5),
        (("smpp_binds", "tx", 5), "smppsapi_bind_trx_count", 0),
        (("smpp_closed", "unbound", 5), "smppsapi_unbind_count", 5),
        (("smpp_closed", "disconnected", 5), "smppsapi_unbind_count", 0),
        (("smpp_outgoing", "deliver_sm", 5), "smppsapi_deliver_sm_count", 5),
        (("smpp_outgoing", "data_sm", 5), "smppsapi_data_sm_count", 5),
        (("sent", "op", 5), 'smppc_submit_sm_count{cid="op"}', 5),
        (("sent", "op2", 5), 'smppc_submit_sm_count{cid="op"}', 0),
        (("send_failures", "op:throttled", 5), 'smppc_throttling_error_count{cid="op"}', 5),
        (("send_failures", "op:throttled", 5), 'smppc_submit_sm_request_count{cid="op"}', 5),
        (("send_failures", "op:refused", 5), 'smppc_other_submit_error_count{cid="op"}', 5),
        (("send_failures", "op:not_sent", 5), 'smppc_submit_sm_request_count{cid="op"}', 0),
        (("smpp_incoming", "op:deliver_sm", 5), 'smppc_deliver_sm_count{cid="op"}', 5),
        (("smpp_incoming", "op:data_sm", 5), 'smppc_data_sm_count{cid="op"}', 5),
        (("binds_made", "op", 5), 'smppc_connected_count{cid="op"}', 5),
        (("binds_made", "op", 5), 'smppc_disconnected_count{cid="op"}', 4),
    ],
)
def test_what_is_counted_where(counts: tuple[str, str, int], name: str, value: int) -> None:
    assert values(figured(counts, levels=[("connector_binds", "op", 1)]))[name] == value


def test_every_request_is_counted_once() -> None:
    figures = figured(
        ("accepted", "jasmin", 1),
        ("refused", "jasmin:no_route", 10),
        ("http_refused", "jasmin:bad_credentials", 100),
        ("http_bad_requests", "jasmin", 1_000),
        ("http_answered", "jasmin", 10_000),
        ("http_faults", "jasmin", 100_000),
        ("accepted", "smpp", 7),
    )
    assert values(figures)["httpapi_request_count"] == 111_111


def test_levels_of_several_processes_are_added_up() -> None:
    found = values(
        figured(
            ("smpp_connections", "", 9),
            levels=[
                ("smpp_bound", "trx:front 0", 2),
                ("smpp_bound", "trx:front 1", 1),
                ("smpp_bound", "tx:front 1", 1),
                ("smpp_connected", "front 0", 3),
                ("smpp_connected", "front 1", 2),
            ],
        )
    )
    assert (found["smppsapi_bound_trx_count"], found["smppsapi_bound_tx_count"]) == (3, 1)
    assert (found["smppsapi_connected_count"], found["smppsapi_disconnect_count"]) == (5, 4)


def test_it_reads_as_prometheus_text_behind_ours() -> None:
    figures = figured(("accepted", "jasmin", 3), levels=[("connector_binds", "op", 1)])
    text = exposition(figures, lambda: None, jasmin_text)().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["chappe_accepted"].samples[0].value == 3
    assert families["httpapi_success_count"].samples[0].value == 3
    assert families["smppc_bound_count"].type == "gauge"
    assert families["smppc_bound_count"].samples[0].labels == {"cid": "op"}
