"""An MMP Core as this dialect sees it, over the rig: logs in, sends and asks for reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chappe.dialects.mmp import DIALECT
from chappe.domain.account import Account, Credential, Token, token_digest
from chappe.domain.extras import Extras, PluginFields
from chappe.domain.link import ConnectorRecord
from chappe.domain.message import Message, PartSent, StoredMessage, Transition
from chappe.domain.refusal import Right
from chappe.domain.routing import Condition, Route, Target
from chappe.domain.state import OPEN, State, bits
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpResponse
from dialects.http_rig import NOW, Rig

SECRET = "3f0c61bb-d9ab-4b71-9f9e-6a0d6a2c2f11"
LEAST = {"mobileNumber": "31612345678", "text": "message to send"}
FIELDS = [
    "partnerMessageId",
    "partnerStatus",
    "partnerDetail",
    "apiStatus",
    "sendAt",
    "smsOperator",
    "smsMessageCount",
]


def furnish(rig: Rig) -> None:
    """A token for acme, an account in Paris, one without rights, and a route for identity numbers."""
    records: list[tuple[Kind, str, Any]] = [
        (Kind.TOKEN, "core", Token(name="core", account="acme", digest=token_digest(SECRET))),
        (Kind.ACCOUNT, "paris", Account(name="paris", timezone="Europe/Paris")),
        (Kind.CREDENTIAL, "paris", Credential(username="paris", account="paris", secret_hash="paris-pass")),
        (Kind.ACCOUNT, "hasty", Account(name="hasty", denied=(Right.PRIORITY,))),
        (Kind.CREDENTIAL, "hasty", Credential(username="hasty", account="hasty", secret_hash="hasty-pass")),
        (Kind.CONNECTOR, "plug", ConnectorRecord(name="plug", kind="plugin")),
        (
            Kind.ROUTE,
            "identities",
            Route(
                name="identities",
                order=20,
                condition=Condition(tags=("mmp-tckn",)),
                targets=(Target(connector="plug"),),
            ),
        ),
        (
            Kind.ROUTE,
            "taxes",
            Route(
                name="taxes",
                order=21,
                condition=Condition(tags=("mmp-taxno",)),
                targets=(Target(connector="plug"), Target(connector="op", priority=1)),
            ),
        ),
    ]
    rig.directory.apply([write_entry(kind, key, record) for kind, key, record in records])


class MmpCore:
    """A caller with one secret; `answer` is the last response."""

    def __init__(self, secret: str = SECRET, *, rig: Rig | None = None) -> None:
        self.rig = rig or Rig(DIALECT)
        furnish(self.rig)
        self.authorization = f"Bearer {secret}"
        self.answer = HttpResponse(0)

    async def call(self, name: str, body: Any = None, **headers: str) -> Any:
        """The JSON of an answer, or its text where it is none; a body that is no octets is written as JSON."""
        octets = body if isinstance(body, bytes) else msgspec.json.encode(body) if body is not None else b""
        given = {
            "Authorization": self.authorization,
            "Content-Type": "application/json; charset=utf-8",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        self.answer = await self.rig.ask(f"/mmp/{name}", method="POST", body=octets, headers=given)
        assert self.rig.faults == []
        if self.answer.content_type.startswith("application/json"):
            return msgspec.json.decode(self.answer.body)
        return self.answer.body.decode()

    async def login(self) -> str:
        """`OK` or `NOK`; from then on the session is shown."""
        told: str = await self.call("login")
        for name, value in self.answer.headers:
            if name == "MMP-Session":
                self.authorization = f"Session {value}"
        return told

    async def send(self, *messages: Any, **headers: str) -> list[dict[str, Any]]:
        """The results of Send."""
        return self.results(await self.call("send", {"messages": list(messages)}, **headers))

    async def one(self, **fields: Any) -> dict[str, Any]:
        """The result for the least message with these fields."""
        (result,) = await self.send({**LEAST, **fields})
        return result

    async def message(self, **fields: Any) -> Message:
        """What is stored of the least message with these fields."""
        result = await self.one(**fields)
        assert result["apiStatus"] == "OK", result
        return (await self.stored(result["partnerMessageId"])).message

    async def report(self, *ids: Any, packet: Any = None) -> list[dict[str, Any]]:
        """The results of Report."""
        asked: dict[str, Any] = {"messages": list(ids)} if ids else {}
        if packet is not None:
            asked["partnerPacketId"] = packet
        return self.results(await self.call("report", asked))

    @staticmethod
    def results(answer: Any) -> list[dict[str, Any]]:
        assert list(answer) == ["partnerPacketId", "results"]
        for result in answer["results"]:
            assert list(result) == FIELDS
        found: list[dict[str, Any]] = answer["results"]
        return found

    async def stored(self, text: str) -> StoredMessage:
        message_id = self.rig.renderer.parse(text)
        assert message_id is not None
        (found,) = await self.rig.store.messages([message_id])
        assert found is not None
        return found

    async def becomes(self, text: str, state: State, *, sent_ms: int = 0, **given: Any) -> None:
        """Moves a message, by its way through the network where `sent_ms` is given."""
        message_id = self.rig.renderer.parse(text)
        assert message_id is not None
        if sent_ms:
            sent = Transition(
                message_id, bits(OPEN), State.SENT, sent_ms, sent=(PartSent(1, "x"),), group="op"
            )
            assert await self.rig.store.move([sent]) == [True]
        if state is not State.SENT or not sent_ms:
            change = Transition(message_id, bits(OPEN), state, sent_ms or NOW, **given)
            assert await self.rig.store.move([change]) == [True]


def words(results: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """partnerStatus and apiStatus of each result."""
    return [(each["partnerStatus"], each["apiStatus"]) for each in results]


def plugin_of(message: Message) -> PluginFields:
    assert isinstance(message.extras, Extras)
    assert message.extras.plugin is not None
    return message.extras.plugin
