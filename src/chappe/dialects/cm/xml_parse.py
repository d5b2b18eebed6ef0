"""`POST /gateway.ashx`: XML to a call, read once as it stands. No DTD, no entity, no depth, in UTF-8 only. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.parsers import expat

from chappe.dialect_kit.contract import BadRequest, Credentials, TokenShown
from chappe.dialects.cm.calls import USUAL, Call, token_in
from chappe.dialects.cm.statuses import BAD_XML_TEXT, INVALID_TOKEN
from chappe.dialects.cm.xml_render import said
from chappe.protocols.http.messages import HttpRequest

_DEEPEST: Final = 8
"""Elements within elements; the documents need four."""
_MOST_ELEMENTS: Final = 60_000
"""A thousand MSG of everything that they may hold, or ten thousand TO, come to less."""
_MOST_DIGITS: Final = 9

_CHANNELS: Final = "ALLOWEDCHANNELS"
_RICH: Final = "RICHCONTENT"
"""The JSON gateway's: it is no text."""


class _Refused(Exception):
    """The document holds what is not read here."""


class _Reader:
    """Handlers of expat: the text of the elements that are known, by their path from the root."""

    def __init__(self) -> None:
        self.msgs: list[dict[str, Any]] = []
        self.token: str | None = None
        self.user: tuple[str, str] | None = None
        self.tariff = ""
        self._depth = 0
        self._elements = 0
        self._msg: dict[str, Any] | None = None
        self._in_login = False
        self._in_channels = False
        self._text: list[str] | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        self._elements += 1
        depth, name = self._depth, name.upper()
        if depth > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise _Refused
        # Elements within a value are no part of it.
        self._text = None
        if depth == 1:
            if name != "MESSAGES":
                raise _Refused
        elif depth == 2:
            self._begin(name, attributes)
        elif depth == 3:
            self._text = []
            if self._msg is not None:
                self._in_channels = name == _CHANNELS
                if name == "BODY":
                    kinds = [value for key, value in attributes.items() if key.upper() == "TYPE"]
                    self._msg["body"] = {"content": "", "type": kinds[0] if kinds else None}
        elif depth == 4 and self._in_channels and name == "CHANNEL":
            self._text = []

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self._in_login = name == "AUTHENTICATION"
        if name == "MSG":
            self._msg = {"to": []}
            self.msgs.append(self._msg)
        elif name == "TARIFF":
            self._text = []
        elif name == "USER":
            given = {key.upper(): value for key, value in attributes.items()}
            self.user = (given.get("LOGIN", ""), given.get("PASSWORD", ""))

    def data(self, text: str) -> None:
        """Character data, CDATA included."""
        if self._text is not None:
            self._text.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        depth, self._depth = self._depth, self._depth - 1
        pieces, self._text = self._text, None
        if depth == 2:
            self._msg = None
            if name.upper() == "TARIFF" and pieces is not None:
                self.tariff = _digits("".join(pieces))
        elif pieces is None:
            if depth == 3:
                self._in_channels = False
        elif self._msg is not None:
            self._value(self._msg, name.upper(), "".join(pieces), depth)
        elif self._in_login and name.upper() == "PRODUCTTOKEN":
            self.token = "".join(pieces)

    def _value(self, msg: dict[str, Any], name: str, text: str, depth: int) -> None:
        if name == "CHANNEL":
            msg.setdefault("allowedChannels", []).append(text)
        elif depth != 3:
            return
        elif name == "TO":
            msg["to"].append({"number": text.strip()})
        elif name == "BODY":
            msg["body"]["content"] = text
        elif name == _CHANNELS:
            if text.strip():
                msg.setdefault("allowedChannels", []).extend(text.split(","))
        elif name != _RICH:
            usual = USUAL.get(name.lower())
            if usual is not None:
                # An element without a text is one that a client left out; the sender's has a sentence of its own.
                msg[usual] = text.strip() or None


def _digits(text: str) -> str:
    text = text.strip()
    usable = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return text.lstrip("0") if usable else ""


def _forbidden(*_: object) -> None:
    raise _Refused


def read_xml(request: HttpRequest) -> Call:
    """The call; raises BadRequest for what is no XML in UTF-8, has a DTD, or shows no token."""
    reader = _Reader()
    # The name given here wins over the one that a declaration gives: nothing is ever read as anything else.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _forbidden
    parser.EntityDeclHandler = _forbidden
    try:
        # A byte order mark of UTF-16 would win over the name: it is no UTF-8.
        request.body.decode()
        parser.Parse(request.body, True)
    except (expat.ExpatError, _Refused, UnicodeDecodeError) as error:
        raise BadRequest(said(BAD_XML_TEXT)) from error
    return Call(_shown(reader), reader.msgs, reader.tariff)


def _shown(reader: _Reader) -> TokenShown | Credentials:
    if reader.token is None and reader.user is not None:
        # The older form: a customer's number, and a user with a password.
        return Credentials(*reader.user)
    shown = token_in(reader.token)
    if shown is None:
        raise BadRequest(said(INVALID_TOKEN.in_xml))
    return shown
