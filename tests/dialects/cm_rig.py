"""A gateway as clients of document 001 see it: accounts with product tokens, and the three ways in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from chappe.dialects.cm import DIALECT
from chappe.domain.account import Account, TextPolicy, Token, Unpaid, token_digest
from chappe.domain.link import ConnectorRecord
from chappe.domain.message import Message
from chappe.domain.routing import Condition, Route, Target
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpResponse
from dialects.http_rig import Rig

JSON, XML = "/v1.0/message", "/gateway.ashx"
NUMBER = "0033612345678"

ACCOUNTS = (
    Account(name="shop"),
    Account(name="trial", trial=True, charged=True),
    Account(name="prepaid", charged=True, unpaid=Unpaid.REPORT),
    Account(name="strict-shop", text_policy=TextPolicy.REFUSE),
    Account(name="mute-shop", may_send=False),
    Account(name="quick-shop", throughput=2.0, burst=2),
    Account(name="brief", max_parts=3, default_validity=3_600),
    Account(name="parisian", timezone="Europe/Paris"),
    Account(name="gone", enabled=False),
)


def token_of(account: str) -> str:
    """The product token of an account of this rig."""
    number = [each.name for each in ACCOUNTS].index(account)
    return f"0000000{number}-0000-4000-8000-00000000000a"


TOKEN = token_of("shop")
UNKNOWN = "99999999-9999-4999-8999-999999999999"


def records() -> list[Any]:
    """What an operator would have set up."""
    return [
        *(write_entry(Kind.ACCOUNT, each.name, each) for each in ACCOUNTS),
        *(
            write_entry(
                Kind.TOKEN,
                each.name,
                Token(name=each.name, account=each.name, digest=token_digest(token_of(each.name))),
            )
            for each in ACCOUNTS
        ),
        write_entry(Kind.CONNECTOR, "rcs", ConnectorRecord(name="rcs", channel="rcs")),
        write_entry(
            Kind.ROUTE,
            "everywhere",
            Route(
                name="everywhere",
                order=0,
                condition=Condition(destination_prefixes=("3", "44")),
                targets=(Target(connector="op"),),
                price=50_000,
            ),
        ),
        write_entry(
            Kind.ROUTE,
            "german-rcs",
            Route(
                name="german-rcs",
                order=1,
                condition=Condition(destination_prefixes=("49",)),
                targets=(Target(connector="rcs"),),
            ),
        ),
    ]


def msg(**given: Any) -> dict[str, Any]:
    """A MSG of the JSON gateway; None takes a key away."""
    usual = {"from": "Chappe", "to": [{"number": NUMBER}], "body": {"content": "Bonjour"}}
    return {name: value for name, value in {**usual, **given}.items() if value is not None}


def auto(text: str, **given: Any) -> dict[str, Any]:
    """A MSG whose coding is found automatically."""
    return msg(body={"type": "AUTO", "content": text}, **given)


def document(*msgs: str, token: str = TOKEN, login: str | None = None) -> bytes:
    """A document of the XML gateway."""
    if login is None:
        login = f"<AUTHENTICATION><PRODUCTTOKEN>{token}</PRODUCTTOKEN></AUTHENTICATION>"
    return f'<?xml version="1.0" encoding="utf-8"?><MESSAGES>{login}{"".join(msgs)}</MESSAGES>'.encode()


def node(*more: str, to: str = NUMBER, body: str = "Bonjour", sender: str = "Chappe") -> str:
    """A MSG of the XML gateway."""
    return f"<MSG><FROM>{sender}</FROM><TO>{to}</TO><BODY>{escape(body)}</BODY>{''.join(more)}</MSG>"


class Cm(Rig):
    """The rig with this dialect and its accounts."""

    def __init__(self) -> None:
        super().__init__(DIALECT)
        self.directory.apply(records())

    async def post(self, body: bytes, path: str = JSON, **headers: str) -> HttpResponse:
        """A body as it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask(path, method="POST", body=body, headers=named)

    async def call(self, *msgs: Any, token: str = TOKEN) -> HttpResponse:
        """A call of the JSON gateway."""
        body = {"messages": {"authentication": {"productToken": token}, "msg": list(msgs)}}
        return await self.post(json.dumps(body).encode())

    async def answered(self, *msgs: Any, token: str = TOKEN) -> dict[str, Any]:
        """What a call of the JSON gateway is answered with, its status among it."""
        response = await self.call(*msgs, token=token)
        assert response.content_type == "application/json; charset=utf-8"
        found: dict[str, Any] = json.loads(response.body)
        assert list(found) == ["details", "errorCode", "messages"]
        for one in found["messages"]:
            assert list(one) == [
                "to", "status", "reference", "parts", "messageDetails", "messageErrorCode",
            ]  # fmt: skip
        return {"status": response.status, **found}

    async def entry(self, one: Any, token: str = TOKEN) -> dict[str, Any]:
        """What became of one MSG with one number."""
        (found,) = (await self.answered(one, token=token))["messages"]
        assert isinstance(found, dict)
        return found

    async def refused(self, one: Any, token: str = TOKEN) -> tuple[int, str]:
        """The code and the text with which one MSG is refused; nothing may be stored."""
        found = await self.entry(one, token)
        assert (found["status"], found["parts"]) == ("Rejected", 0)
        assert await self.stored() == []
        return found["messageErrorCode"], found["messageDetails"]

    async def taken(self, one: Any, token: str = TOKEN) -> Message:
        """The message that one MSG becomes."""
        before = {each.message.id for each in await self.stored()}
        found = await self.entry(one, token)
        assert found["status"] == "Accepted", found
        assert (found["messageDetails"], found["messageErrorCode"]) == (None, 0)
        (message,) = [each.message for each in await self.stored() if each.message.id not in before]
        assert found["parts"] == message.parts
        return message

    async def said(self, body: bytes) -> str:
        """What the XML gateway says, always with 200."""
        response = await self.post(body, XML)
        assert (response.status, response.content_type) == (200, "text/plain; charset=utf-8")
        return response.body.decode()

    async def told(self, **parameters: str) -> str:
        """What GET says, always with 200."""
        query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
        response = await self.ask(f"{XML}?{query}")
        assert (response.status, response.content_type) == (200, "text/plain; charset=utf-8")
        return response.body.decode()
