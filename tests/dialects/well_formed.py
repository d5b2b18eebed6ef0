"""For each HTTP dialect a request that it takes from `acme` of the rig: what the contract suite breaks things under."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from dialects.http_rig import SIGNING_SECRET, SIGNING_TOKEN

_MT: Final = "43/2020/null/31612345678/eA"
_BASIC: Final = "Basic " + base64.b64encode(b"acme:acme-pass").decode()


@dataclass(frozen=True, slots=True)
class WellFormed:
    """One message for 31612345678."""

    target: str
    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    told_at: str = "http://client.example/dlr"
    """Where its client wants to be told, with a placeholder for the id where the client says where that goes."""


WELL_FORMED: Final[Mapping[str, WellFormed]] = MappingProxyType(
    {
        "cm": WellFormed(
            "/v1.0/message",
            "POST",
            b'{"messages":{"msg":[{"from":"x","to":[{"number":"31612345678"}],"body":{"content":"x"}}]}}',
            {"X-CM-PRODUCTTOKEN": "11111111-2222-3333-4444-555555555555"},
            "http://client.example/dlr?id=[ID]",
        ),
        "jasmin": WellFormed("/send?username=acme&password=acme-pass&to=31612345678&content=x"),
        "mmp": WellFormed(
            "/mmp/send",
            "POST",
            b'{"messages":[{"mobileNumber":"31612345678","text":"x"}]}',
            {"Content-Type": "application/json", "Authorization": "Bearer acme:acme-pass"},
        ),
        # sendMT of instance 43, signed with `signing-secret`.
        "messangi": WellFormed(
            f"/mmc/rest/api/sendMT/{_MT}/{SIGNING_TOKEN}/"
            + hmac.new(SIGNING_SECRET.encode(), _MT.encode(), hashlib.sha256).hexdigest()
        ),
        "servicestack": WellFormed(
            "/communication/message/smpp/sms",
            "POST",
            b'{"Messages":[{"to":"31612345678","content":"x"}]}',
            {"Content-Type": "application/json", "Authorization": _BASIC},
        ),
    }
)
