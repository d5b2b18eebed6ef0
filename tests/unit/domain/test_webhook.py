"""Where a webhook may go: every family of private address in every spelling is refused, unless the operator allows it."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.domain.webhook import embedded, in_ports, may_call, url_problem

PORTS = ("80", "443", "8000-8999")

PRIVATE = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.2.3",
    "240.0.0.1",
    "255.255.255.255",
)
PRIVATE6 = (
    "::",
    "::1",
    "::127.0.0.1",
    "100::1",
    "2001:db8::1",
    "2001::7f00:1",
    "3fff::1",
    "64:ff9b:1::7f00:1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
    "64:ff9b::808:808",
)


def wrappings(ipv4: str) -> list[str]:
    number = int(ipaddress.IPv4Address(ipv4))
    return [
        f"::ffff:{ipv4}",
        f"64:ff9b::{ipv4}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
    ]


@pytest.mark.parametrize("address", PRIVATE + PRIVATE6)
def test_a_private_address_may_not_be_called(address: str) -> None:
    assert not may_call(address, ())


@pytest.mark.parametrize("address", [wrapped for ipv4 in PRIVATE for wrapped in wrappings(ipv4)])
def test_nor_one_wrapped_in_ipv6(address: str) -> None:
    assert not may_call(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert may_call(address, ())


@pytest.mark.parametrize(
    "address", ["", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.0.0.1", "017700000001", "::ffff:1.2.3.4.5"]
)
def test_what_is_no_address_may_not_be_called(address: str) -> None:
    assert not may_call(address, ("0.0.0.0/0", "::/0"))


def test_the_operator_may_allow_private_networks() -> None:
    assert may_call("10.1.2.3", ("10.1.0.0/16",))
    assert may_call("::ffff:10.1.2.3", ("10.1.0.0/16",))
    assert may_call("fe80::1%eth0", ("fe80::/10",))
    assert not may_call("10.2.0.1", ("10.1.0.0/16",))


@given(st.ip_addresses(v=4))
def test_wrapping_never_changes_the_answer(ip: ipaddress.IPv4Address) -> None:
    answers = {may_call(text, ()) for text in (str(ip), *wrappings(str(ip)))}
    assert len(answers) == 1


@given(st.ip_addresses(v=6))
def test_an_address_that_wraps_nothing_stands_for_itself(ip: ipaddress.IPv6Address) -> None:
    found = embedded(ip)
    assert found == ip or isinstance(found, ipaddress.IPv4Address)


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/dlr?a=b",
        "https://client.example:8443/",
        "HTTP://Client.Example",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]:8080/x",
        "http://a_b.example/",
        "http://client.example./",
        "http://client.example/x#@127.0.0.1/",
    ],
)
def test_a_url_that_will_do(url: str) -> None:
    assert url_problem(url, (), PORTS) == ""


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "http://"),
        ("ftp://client.example/", "http://"),
        ("file:///etc/passwd", "http://"),
        ("client.example/dlr", "http://"),
        ("http://", "http://"),
        ("http:///x", "http://"),
        ("http://user@client.example/", "user name"),
        ("http://user:word@client.example/", "user name"),
        ("http://:word@client.example/", "user name"),
        ("http://client.example:99999/", "does not parse"),
        ("http://client.example:x/", "does not parse"),
        ("http://[::1/", "does not parse"),
        ("http://client.example/ x", "a blank"),
        ("http://client.example/\r\nX: y", "a blank"),
        ("http://client.example\\@127.0.0.1/", "a blank"),
        ("http://cli\u00e9nt.example/", "ASCII"),
        ("http://\u2460\u2461\u2466.0.0.1/", "ASCII"),
        ("http://client.example/" + "x" * 2048, "longer"),
        ("http://127.0.0.1/", "not public"),
        ("http://[::1]/", "not public"),
        ("http://[::ffff:10.0.0.1]/", "not public"),
        ("http://169.254.169.254/latest/meta-data", "not public"),
        ("http://127.1/", "neither"),
        ("http://2130706433/", "neither"),
        ("http://0x7f000001/", "neither"),
        ("http://0x7f.0.0.1/", "neither"),
        ("http://0177.0.0.1/", "neither"),
        ("http://127.0.0.1./", "neither"),
        ("http://-client.example/", "neither"),
        ("http://client..example/", "neither"),
        ("http://client.example:22/", "port 22"),
        ("http://client.example:0/", "port 0"),
        ("http://8.8.8.8:25/", "port 25"),
    ],
)
def test_a_url_that_will_not(url: str, reason: str) -> None:
    assert reason in url_problem(url, (), PORTS)


def test_an_allowed_network_may_be_reached_on_any_port() -> None:
    assert url_problem("http://127.0.0.1:1234/", ("127.0.0.0/8",), PORTS) == ""
    assert "port" in url_problem("http://8.8.8.8:1234/", ("127.0.0.0/8",), PORTS)


def test_without_a_list_of_ports_any_will_do() -> None:
    assert url_problem("http://client.example:22/") == ""


@pytest.mark.parametrize(
    ("port", "inside"), [(80, True), (443, True), (8000, True), (8999, True), (81, False), (9000, False)]
)
def test_ports(port: int, inside: bool) -> None:
    assert in_ports(port, PORTS) is inside


@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(url_problem(text, (), PORTS), str)
    assert isinstance(url_problem(f"http://{text}/", (), PORTS), str)
