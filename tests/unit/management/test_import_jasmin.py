"""What Jasmin's console prints, read: whole sessions, single listings, dialogues, and nothing that is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.management.import_jasmin import Export, RouteLine, read_export, said
from chappe.management.jasmin_terms import JasminFilter

FOLDER = Path(__file__).parent / "jasmin_console"


def console(*names: str) -> Export:
    return read_export([(name, (FOLDER / name).read_text("utf-8")) for name in names])


def text(content: str) -> Export:
    return read_export([("x.txt", content)])


def test_users_and_groups() -> None:
    export = console("users.txt")
    assert export.groups == {"traders": True, "resting": False}
    assert sorted(export.users) == ["acme", "bank", "idle"]
    acme = export.users["acme"]
    assert (acme["username"], acme["gid"], "disabled" in acme) == ("acme", "traders", False)
    assert said(acme, "mt_messaging_cred quota balance") == "44.25"
    assert said(acme, "mt_messaging_cred quota smpps_throughput") is None
    assert acme["mt_messaging_cred valuefilter dst_addr"] == r"^\+?33"
    assert export.users["idle"]["disabled"] == "yes"
    assert export.users["idle"]["username"] == "idle_login"
    assert export.users["bank"]["mt_messaging_cred valuefilter content"] == "^(?!win).*$"
    assert export.unread == []


def test_connectors() -> None:
    export = console("connectors.txt")
    assert sorted(export.connectors) == ["ghost", "operator", "spare"]
    operator = export.connectors["operator"]
    assert (operator["host"], operator["port"], operator["password"], operator["service"]) == (
        "192.0.2.10",
        "2776",
        "hushhush",
        "started",
    )
    assert export.connectors["spare"]["service"] == "stopped"
    assert export.httpccs == {
        "inbox": ("GET", "http://10.0.0.7:9000/mo"),
        "web": ("POST", "https://client.example/mo"),
    }


def test_filters_and_routes() -> None:
    export = console("routes.txt")
    assert export.filters["france"] == JasminFilter("DestinationAddrFilter", r"^\+33\d+")
    assert export.filters["vip"] == JasminFilter("TagFilter", "vip")
    assert export.filters["odd"].kind == "EvalPyFilter"
    assert export.filters["odd"].value.startswith("if routable.pdu.params")
    assert export.filters["odd"].value.endswith("    result = False\n")
    assert sorted(export.mt) == [0, 10, 15, 20, 25, 30, 40]
    assert export.mt[40] == RouteLine(
        40,
        "FailoverMTRoute",
        ("smppc(operator)", "smppc(spare)"),
        "0.05000",
        (JasminFilter("UserFilter", "acme"), JasminFilter("DestinationAddrFilter", r"^\+33\d+")),
    )
    assert (export.mt[30].rate, export.mt[0].filters) == ("0", ())
    assert export.mt[30].filters[1] == JasminFilter("TimeIntervalFilter", "08:00:00;18:00:00")
    assert export.mt[10].filters == (JasminFilter("ShortMessageFilter", "hello, <world>"),)
    assert export.mo[20].targets == ("http(inbox)", "http(web)")
    assert export.mo[10].targets == ("smpps(acme)",)
    assert len(export.interceptors) == 1
    assert export.unread == []


def test_dialogues_tell_more_than_listings() -> None:
    export = console("dialogues.txt")
    assert export.groups == {"shops": True}
    assert export.users["corner"]["password"] == "s3cretword"
    assert export.users["corner"]["mt_messaging_cred quota balance"] == "10"
    assert export.connectors["north"]["host"] == "192.0.2.20"
    assert export.filters["belgium"].value == r"^32\d+"
    assert export.httpccs == {"back": ("GET", "http://192.0.2.77/mo")}
    (route,) = export.mt.values()
    assert (route.kind, route.targets, route.rate) == ("StaticMTRoute", ("smppc(north)",), "0.02")
    assert route.filters[0].value == r"^32\d+"
    (mo,) = export.mo.values()
    assert (mo.kind, mo.order, mo.targets) == ("DefaultRoute", 0, ("http(back)",))


def test_the_configuration_is_told_from_a_console() -> None:
    export = console("jasmin.cfg")
    assert export.config["http-api"]["port"] == "1401"
    assert (export.users, export.unread) == ({}, [])
    assert len(text("[http-api]\nport = 1\n  = \n[[[").unread) == 1


def test_carriage_returns_and_colours_of_a_terminal_are_nothing() -> None:
    raw = (FOLDER / "users.txt").read_text("utf-8")
    coloured = "\r\n".join(f"\x1b[1m{line}\x1b[0m" for line in raw.splitlines())
    assert text(coloured).users == text(raw).users


def test_a_block_without_its_prompt_is_read_by_its_keys() -> None:
    export = text("uid one\nusername one\ngid g\n\nuid two\nusername zwei\ngid g\n\ncid op\nhost h\n")
    assert [fields["username"] for fields in export.users.values()] == ["one", "zwei"]
    assert export.connectors["op"]["host"] == "h"


def test_two_blocks_without_anything_between_are_two() -> None:
    export = text("cid one\nhost a\ncid two\nhost b\n")
    assert {cid: fields["host"] for cid, fields in export.connectors.items()} == {"one": "a", "two": "b"}


def test_a_row_that_is_none_is_told() -> None:
    export = text(
        "#Order Type                    Rate       Connector ID(s)   Filter(s)\n#x StaticMTRoute\nTotal MT Routes: 1\n"
    )
    assert export.unread == ["#x StaticMTRoute"]


@pytest.mark.parametrize("shown", ["<T>", "<T>, <TG (tag=a,b)>, <DI (2026-01-01,2026-01-02)>", ""])
def test_filters_of_a_row(shown: str) -> None:
    row = f"#5     StaticMTRoute           1.00000 (!)    smppc(op)      {shown}   "
    export = text(f"#Order Type  Rate  Connector ID(s)  Filter(s)\n{row}\n")
    assert (len(export.mt[5].filters), export.mt[5].rate) == (shown.count("<"), "1.00000")


@given(st.text(max_size=300))
def test_no_text_is_too_strange(content: str) -> None:
    text(content)


@given(st.lists(st.sampled_from((FOLDER / "routes.txt").read_text("utf-8").splitlines()), max_size=30))
def test_lines_in_any_order_are_read_or_told(lines: list[str]) -> None:
    text("\n".join(lines))
