"""A caller of the Messangi dialect: signs as a caller does, by its own arithmetic, and reads the XML that comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.parse
import xml.etree.ElementTree as ET
from typing import Any

import msgspec

from chappe.dialects.messangi import DIALECT
from chappe.domain.account import Token, token_digest
from chappe.domain.instance import Instance
from chappe.domain.network import Network
from chappe.domain.report import Way
from chappe.domain.routing import Condition, MoTarget, Route
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Entry, Kind
from chappe.protocols.http.messages import HttpRequest, HttpResponse
from dialects.http_rig import Rig

KEY = "25f3ae8f-8d8b-4b5a-9a6b-3f1b0a4f9c11"
SECRET = "my-private-key"
OTHER_KEY = "11111111-2222-4333-8444-555555555555"
OTHER_SECRET = "other-private-key"
BASE = "/messangi_mmc/rest/api"
NUMBER = "31612345678"
CODE = "2020"


def b64(text: str | bytes, *, standard: bool = False) -> str:
    octets = text.encode() if isinstance(text, str) else text
    if standard:
        return base64.b64encode(octets).decode()
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def signed(parameters: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), parameters.encode(), hashlib.sha256).hexdigest()


def url(method: str, *parameters: str, base: str = BASE, key: str = KEY, secret: str = SECRET) -> str:
    """The target of a call, as a caller that encodes nothing writes it."""
    joined = "/".join(parameters)
    return f"{base}/{method}/{joined}/{key}/{signed(joined, secret)}"


def entries() -> list[Entry]:
    def token(name: str, account: str, key: str, secret: str) -> Entry:
        record = Token(name=name, account=account, digest=token_digest(key), secret=secret)
        return write_entry(Kind.TOKEN, name, record)

    def instance(number: str, account: str, **given: Any) -> Entry:
        return write_entry(Kind.INSTANCE, number, Instance(number=number, account=account, **given))

    to_acme = MoTarget(account="acme", way=Way.WEBHOOK, target="http://client.example/mo", dialect="messangi")
    return [
        token("acme", "acme", KEY, SECRET),
        token("rich", "rich", OTHER_KEY, OTHER_SECRET),
        token("plain", "acme", "no-secret", ""),
        instance("43", "acme", codes=(CODE, "19893653744"), zone="America/Caracas", carriers={"7": "20404"}),
        instance("44", "acme", replay_seconds=0),
        instance("50", "rich", codes=("7777",)),
        instance("51", "acme", enabled=False),
        write_entry(
            Kind.NETWORK, "20404", Network(code="20404", operator="Vodafone NL", prefixes=("31612",))
        ),
        write_entry(Kind.NETWORK, "20408", Network(code="20408", operator="KPN", prefixes=("31613",))),
        write_entry(Kind.NETWORK, "73404", Network(code="73404", operator="Movistar", prefixes=("58424",))),
        write_entry(
            Kind.ROUTE, "mo", Route(name="mo", condition=Condition(destination=CODE), deliver=to_acme)
        ),
    ]


class Caller:
    """Calls the dialect over the real middle."""

    def __init__(self) -> None:
        self.rig = Rig(DIALECT)
        self.rig.directory.apply(entries())

    def change(self, number: str, **fields: Any) -> None:
        known = self.rig.directory.instances[number]
        record = msgspec.structs.replace(known, **fields)
        self.rig.directory.apply([write_entry(Kind.INSTANCE, number, record)])

    async def get(self, target: str, **given: Any) -> HttpResponse:
        return await self.ask("GET", target, **given)

    async def ask(
        self,
        method: str,
        target: str | bytes,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        address: str = "198.51.100.7",
    ) -> HttpResponse:
        """One request whose target goes as it stands."""
        raw = target if isinstance(target, bytes) else target.encode()
        rest = b"/" + raw.split(b"://", 1)[1].partition(b"/")[2] if b"://" in raw else raw
        path, _, query = rest.partition(b"?")
        request = HttpRequest(
            method,
            urllib.parse.unquote(path.decode("latin-1"), errors="replace"),
            query,
            [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            body,
            address,
            self.rig.clock.ms,
            raw_target=raw,
        )
        return await self.rig.serve.answer(request)


def read(response: HttpResponse) -> dict[str, Any]:
    """An answer as nested dictionaries; equal names become lists."""
    assert response.content_type == "application/xml;charset=UTF-8"
    root = ET.fromstring(response.body)
    assert root.tag == "response"
    assert root.attrib == {}
    assert [child.tag for child in root][:3] == ["input", "status", "description"]
    found = _read(root)
    assert isinstance(found, dict)
    return found


def _read(element: ET.Element) -> Any:
    if len(element) == 0:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _read(child)
        if child.tag in found:
            known = found[child.tag]
            found[child.tag] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            found[child.tag] = value
    return found


def static(response: HttpResponse) -> tuple[int, str, str, str]:
    told = read(response)
    return response.status, told["input"], told["status"], told["description"]
