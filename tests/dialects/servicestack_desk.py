"""The ServiceStack dialect over the real middle, with a user for each role and one without."""

from __future__ import annotations

import base64
import json
from typing import Any

from chappe.dialects.servicestack import DIALECT
from chappe.domain.account import Credential, Token, token_digest
from chappe.pipeline.directory import write_entry
from chappe.ports.directory import Kind
from chappe.protocols.http.messages import HttpResponse
from dialects.http_rig import Rig

ROUTE = "/communication/message/smpp/sms"
API = "/api/SendSMPPSmsRequest"
PASSWORD = "s3cret"
KEY = "ak-partner"
USERS = {
    "client": "Client",
    "admin": "Admin",
    "partner": "Partner",
    "lower": "client",
    "guest": "",
    "odd": "Visitor",
}


def basic(username: str, password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


CLIENT = basic("client")


class Desk(Rig):
    """What clients of this dialect meet."""

    def __init__(self) -> None:
        super().__init__(DIALECT)
        users = [
            Credential(username=name, account="acme", secret_hash=PASSWORD, roles=(role,) if role else ())
            for name, role in USERS.items()
        ]
        self.know(*users)
        self.know(
            Token(name="key", account="acme", digest=token_digest(KEY), roles=("Partner",)),
            Token(name="dull", account="acme", digest=token_digest("dull")),
            Token(name="away", account="far", digest=token_digest("away"), roles=("Client",)),
            Token(name="off", account="acme", digest=token_digest("off"), roles=("Client",), enabled=False),
        )

    def know(self, *records: Credential | Token) -> None:
        """Writes users and tokens into the directory."""
        self.directory.apply(
            [
                write_entry(Kind.CREDENTIAL, one.username, one)
                if isinstance(one, Credential)
                else write_entry(Kind.TOKEN, one.name, one)
                for one in records
            ]
        )

    async def post(
        self, target: str = ROUTE, body: Any = None, headers: dict[str, str] | None = None, **given: Any
    ) -> HttpResponse:
        """JSON by POST, from a client unless other headers are given."""
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(CLIENT if headers is None else headers)}
        return await self.ask(target, **{"method": "POST", "body": body, "headers": sent, **given})

    async def sent(self, *messages: Any, target: str = ROUTE, **given: Any) -> dict[str, Any]:
        """The answer to messages, which must be 200."""
        response = await self.post(target, {"Messages": list(messages)}, **given)
        assert response.status == 200, response
        found: dict[str, Any] = json.loads(response.body)
        return found


def message(content: str = "x", to: str = "31612345678", **more: Any) -> dict[str, Any]:
    """A message of this wire."""
    return {"to": to, "content": content, **more}


def status_of(response: HttpResponse) -> dict[str, Any]:
    """The ResponseStatus of an error, as clients that look for small letters see it."""
    found: dict[str, Any] = json.loads(response.body)["responseStatus"]
    return found
