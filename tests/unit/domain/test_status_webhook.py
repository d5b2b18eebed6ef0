"""A status webhook's setting: what may stand in it."""

from __future__ import annotations

import pytest

from chappe.domain.account import Account
from chappe.domain.status_webhook import PLACEHOLDERS, StatusForm, StatusWebhook

URL = "https://client.example/status?s=[STATUS]&to=[+GSM]"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "ftp://client.example/"}, "not http"),
        ({"url": "https://10.0.0.1/"}, "not public"),
        ({"url": "https://client.example:25/"}, "port 25"),
        ({"url": "https://[STATUS].example/"}, "the URL"),
        ({"url": "https://a[STATUS].example/"}, "the URL"),
        ({"url": "https://client.example/?[STATE]"}, "[STATE] is no placeholder"),
        ({"url": URL, "form": StatusForm.JSON, "body": "[FOO]"}, "[FOO] is no placeholder"),
        ({"url": URL, "body": "[STATUS]"}, "a body needs the form"),
        ({"url": URL, "form": StatusForm.XML, "body": "x" * 8_193}, "at most 8192"),
        ({"url": "https://client.example/" + "x" * 3_000}, "longer than"),
    ],
)
def test_what_none_may_be(given: dict[str, object], told: str) -> None:
    hook = StatusWebhook(**given)  # type: ignore[arg-type]
    assert told in hook.problem((), ("443",))
    assert told in Account(name="acme", status_webhook=hook, webhook_ports=("443",)).problem()


@pytest.mark.parametrize("form", StatusForm)
def test_every_placeholder_may_stand_in_the_url_and_in_the_body(form: StatusForm) -> None:
    every = "".join(f"[{name}]" for name in PLACEHOLDERS)
    body = "" if form is StatusForm.QUERY else every
    hook = StatusWebhook(url=f"https://client.example/{every}?q={every}", form=form, body=body)
    assert hook.problem() == ""
    assert Account(name="acme", status_webhook=hook).problem() == ""


def test_a_private_address_needs_the_operators_leave() -> None:
    hook = StatusWebhook(url="http://127.0.0.1:8000/[STATUS]")
    assert "not public" in Account(name="acme", status_webhook=hook).problem()
    allowed = Account(name="acme", status_webhook=hook, private_webhooks=("127.0.0.0/8",))
    assert allowed.problem() == ""
