"""`chappe network`, and routes that name one."""

from unit.cli.desk import Desk


def test_networks_are_kept_and_routed_by(desk: Desk) -> None:
    desk("account", "add", "acme")
    for name in ("op", "dutch"):
        desk("connector", "add", name, "settings.host=192.0.2.7")
    desk("route", "add", "all", "--to", "op")
    desk("route", "add", "nl", "--order", "5", "--to", "dutch", 'condition.networks=["20404"]')
    assert (
        "network 20404 added"
        in desk("network", "add", "20404", "operator=Vodafone", 'prefixes=["31654"]').said
    )
    assert "20404 - Vodafone 31654" in desk("network", "list").said
    assert "connector dutch" in desk("explain", "acme", "--to", "31654123456").said
    assert "connector op" in desk("explain", "acme", "--to", "31612345678").said
    desk("network", "set", "20404", 'prefixes=["31612"]')
    assert "connector dutch" in desk("explain", "acme", "--to", "31612345678").said
    desk("network", "remove", "20404")
    assert "networks: none" in desk("network", "list").said


def test_what_is_no_network_is_refused(desk: Desk) -> None:
    assert "MCC and MNC" in desk.refuses("network", "add", "204")
