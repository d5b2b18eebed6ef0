"""Bearer tokens: signed, good for one thing, and for a while."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chappe.dialects.servicestack.tokens import BadToken, Expired, Use, looks_signed, read, sign
from chappe.domain.account import Credential

KEY = b"k" * 32
USER = Credential(username="ann", account="acme", secret_hash="h", roles=("Client", "Admin"))
NOW = 1_790_000_000


def parts(token: str) -> list[dict[str, object]]:
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_it_is_a_jwt_that_clients_can_look_into() -> None:
    header, claims = parts(sign(USER, Use.ACCESS, KEY, NOW))
    assert header == {"typ": "JWT", "alg": "HS256"}
    assert claims.pop("ver")
    assert claims == {
        "sub": "ann",
        "iat": NOW,
        "exp": NOW + 86_400,
        "use": "access",
        "roles": ["Client", "Admin"],
        "preferred_username": "ann",
    }
    assert looks_signed(sign(USER, Use.ACCESS, KEY, NOW))
    assert not looks_signed("ak-1.2")


def test_it_is_good_until_it_is_over() -> None:
    token = sign(USER, Use.ACCESS, KEY, NOW)
    assert read(token, Use.ACCESS, KEY, NOW + 86_399).sub == "ann"
    with pytest.raises(Expired, match="Token has expired"):
        read(token, Use.ACCESS, KEY, NOW + 86_400)


def test_another_secret_makes_another_version() -> None:
    changed = msgspec.structs.replace(USER, version=2)
    anew = msgspec.structs.replace(USER, secret_hash="other")
    versions = {
        read(sign(one, Use.ACCESS, KEY, NOW), Use.ACCESS, KEY, NOW).ver for one in (USER, changed, anew)
    }
    assert len(versions) == 3


ROOT = encoded({"sub": "root", "iat": 1, "exp": 9**12, "use": "access", "ver": ""})


@pytest.mark.parametrize(
    "forged",
    [
        encoded({"typ": "JWT", "alg": "none"}) + ".{body}.",
        encoded({"alg": "HS256", "typ": "JWT"}) + ".{body}.{tail}",
        "{head}." + ROOT + ".{tail}",
        "{head}.{body}.{short}",
        "{head}.{body}.{tail}A",
        "{head}.{body}",
        ".{body}.{tail}",
        "..",
        "",
        "{head}.{body}.é",
        "ey." + "x" * 10_000 + ".y",
    ],
)
def test_forgeries(forged: str) -> None:
    head, body, tail = sign(USER, Use.ACCESS, KEY, NOW).split(".")
    with pytest.raises(BadToken, match="Token is invalid"):
        read(forged.format(head=head, body=body, tail=tail, short=tail[:-2]), Use.ACCESS, KEY, NOW)


def test_another_key_and_another_use() -> None:
    with pytest.raises(BadToken):
        read(sign(USER, Use.ACCESS, b"o" * 32, NOW), Use.ACCESS, KEY, NOW)
    with pytest.raises(BadToken):
        read(sign(USER, Use.REFRESH, KEY, NOW), Use.ACCESS, KEY, NOW)


@given(st.text(max_size=200))
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(BadToken):
        read(text, Use.ACCESS, KEY, NOW)
