"""Where a webhook leads: never into a private network, however the address is spelt, named or changed on the way."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.ports.carrier import Handover
from unit.callbacks.hooks import ACK, desk, owed
from unit.net.servers import saying, serving
from unit.net.test_http_client import Names, with_names


def only(network: str) -> Account:
    return Account(name="only", private_webhooks=(network,), webhook_ports=())


# Each leads to a receiver on this machine's loopback, if anything calls it at all.
SPELT = (
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1%2f",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::1]",
    "[::1%25lo]",
    "user@127.0.0.1",
    "client.example@127.0.0.1",
    "127.0.0.1\\@client.example",
    "\u2460\u2461\u2466.0.0.1",
)


@pytest.mark.parametrize("account", ["strict", "ports", "nobody"])
@pytest.mark.parametrize("host", SPELT)
async def test_an_address_that_is_private_is_not_called_and_not_tried_again(host: str, account: str) -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        found = await at.carried(owed(server.url(host=host), account=account))
        assert found.handover is Handover.GONE
        assert found.answer
        assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "192.0.2.1", "[fe80::1]", "[fc00::1]"],
)  # fmt: skip
async def test_nor_is_any_other_that_is_not_public(host: str) -> None:
    async with desk() as at:
        found = await at.carried(owed(f"http://{host}/", account="strict"))
        assert (found.handover, found.answer) == (Handover.GONE, "the URL's address is not public")


@with_names
@pytest.mark.parametrize(
    "addresses",
    [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "fe80::1%lo",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1 192.168.0.1 127.0.0.1",
        "",
    ],
)
async def test_a_name_for_a_private_address_is_not_called(addresses: str) -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        Names(**{"innocent.example": addresses})
        found = await at.carried(owed(server.url(host="innocent.example"), account="strict"))
        assert found.handover is Handover.FAILED  # a name may lead elsewhere tomorrow
        assert found.answer.startswith("innocent.example ")
        assert server.connections == 0


async def test_a_real_name_for_this_machine_is_not_called_either() -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        found = await at.carried(owed(server.url(host="localhost"), account="strict"))
        assert found.answer == "localhost has no address that may be called"
        assert server.connections == 0


@with_names
async def test_of_a_name_for_both_only_what_is_allowed_is_called() -> None:
    async with (
        serving(saying(ACK), host="127.0.0.2") as meant,
        serving(saying(ACK), host="127.0.0.1", port=meant.port) as other,
        desk(account=lambda _: only("127.0.0.2/32")) as at,
    ):
        names = Names(**{"both.example": "127.0.0.1 127.0.0.2"})
        url = meant.url(host="both.example")
        assert (await at.carried(owed(url))).handover is Handover.TAKEN
        names.names["both.example"] = "127.0.0.1"
        at.webhook._client._looked_up.clear()
        for connection in tuple(at.webhook._client._all):
            connection.cut(None)
        assert (await at.carried(owed(url))).answer == "both.example has no address that may be called"
        assert (meant.connections, other.connections) == (1, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_what_the_operator_allows_is_called_on_any_port(host: str) -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        assert (await at.carried(owed(server.url(host=host)))).handover is Handover.TAKEN
        assert server.connections == 1


async def test_a_permission_taken_back_holds_for_connections_that_stand() -> None:
    allowed = ["127.0.0.0/8"]
    async with serving(saying(ACK)) as server, desk(account=lambda _: only(allowed[0])) as at:
        assert (await at.carried(owed(server.url(host="localhost")))).handover is Handover.TAKEN
        allowed[0] = "10.0.0.0/8"
        found = await at.carried(owed(server.url(host="localhost")))
        assert found.answer == "localhost has no address that may be called"
        assert server.connections == 1


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 7999, 9000])
async def test_ports_that_webhooks_may_not_use(port: int) -> None:
    async with desk() as at:
        found = await at.carried(owed(f"http://client.example:{port}/", account="ports"))
        assert found.handover is Handover.GONE
        assert f"port {port}" in found.answer


async def test_a_permission_that_is_no_network_costs_no_notice_and_opens_nothing() -> None:
    async with serving(saying(ACK)) as server, desk() as at:
        found = await at.carried(owed(server.url(), account="wrong"))
        assert found.handover is Handover.FAILED
        assert server.connections == 0


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(saying(ACK)) as proxy, serving(saying(ACK)) as server, desk() as at:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert (await at.carried(owed(server.url()))).handover is Handover.TAKEN
        found = await at.carried(owed("http://client.invalid/", account="strict"))
        assert found.handover is Handover.FAILED
        assert (proxy.connections, server.connections) == (0, 1)
