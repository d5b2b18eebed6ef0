"""XML as .NET's DataContractSerializer writes it, octet for octet; and a reader that bears with more. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from xml.parsers import expat

from chappe.dialects.servicestack.dtos import ARRAYS, MODEL, Dto, Member, Shape, Values

MAX_DEPTH: Final = 32
MOST_ELEMENTS: Final = 20_000
"""More than the largest call that is taken has; what has more is read no further."""

_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_NIL: Final = f"{_INSTANCE} nil"
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>'
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0", ""})


class BadXml(ValueError):
    """The octets are no XML that may be read; the message says why."""


# ---------------------------------------------------------------- writing


def write_xml(dto: Dto, values: Values) -> bytes:
    """A document of one value: null members are written, and say that they are."""
    inner = "".join(_members(dto, values, dto.space, "", 2))
    return _document(dto.name, dto.space, inner)


def write_xml_list(dto: Dto, items: Sequence[Values]) -> bytes:
    """A document of several values of one type."""
    inner = "".join(
        _element("", dto.name, "".join(_members(dto, each, dto.space, "", 3)), "") for each in items
    )
    return _document(f"ArrayOf{dto.name}", dto.space, inner)


def _document(name: str, space: str, inner: str) -> bytes:
    attributes = f' xmlns:i="{_INSTANCE}" xmlns="{space}"'
    return (_DECLARATION + _element("", name, inner, attributes)).encode("utf-8", "replace")


def _element(prefix: str, name: str, inner: str, attributes: str) -> str:
    if not inner:
        return f"<{prefix}{name}{attributes} />"
    return f"<{prefix}{name}{attributes}>{inner}</{prefix}{name}>"


def _members(dto: Dto, values: Values, default: str, prefix: str, depth: int) -> list[str]:
    """The members of a value; `default` is the namespace without a prefix, `prefix` that of these elements."""
    written = []
    for member in dto.in_xml:
        value = values.get(member.name)
        if member.shape in (Shape.TEXT, Shape.FLAG):
            written.append(_leaf(prefix, member, value))
        else:
            written.append(_nested(prefix, member, value, (dto.space, default), depth))
    return written


def _leaf(prefix: str, member: Member, value: Any) -> str:
    name = f"{prefix}{member.name}"
    if member.shape is Shape.FLAG:
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    if value is None:
        return f'<{name} i:nil="true" />'
    return f"<{name}>{escaped(value)}</{name}>"


def _nested(prefix: str, member: Member, value: Any, spaces: tuple[str, str], depth: int) -> str:
    own, default = spaces
    space = member.of.space if member.of is not None else ARRAYS
    attributes, inside = "", prefix
    if space not in (own, default):
        # The serialiser calls a namespace that begins here by the depth of the element.
        attributes, inside = f' xmlns:d{depth}p1="{space}"', f"d{depth}p1:"
    if value is None:
        return _element(prefix, member.name, "", f'{attributes} i:nil="true"')
    deeper = depth + 1
    match member.shape:
        case Shape.OBJECT:
            assert member.of is not None
            inner = "".join(_members(member.of, value, default, inside, deeper))
        case Shape.LIST:
            assert member.of is not None
            item = member.of
            inner = "".join(
                _element(inside, item.name, "".join(_members(item, each, default, inside, deeper + 1)), "")
                for each in value
            )
        case Shape.TEXTS:
            inner = "".join(f"<{inside}string>{escaped(each)}</{inside}string>" for each in value)
        case _:
            pair = f"{inside}KeyValueOfstringstring"
            inner = "".join(
                f"<{pair}><{inside}Key>{escaped(name)}</{inside}Key>"
                f"<{inside}Value>{escaped(each)}</{inside}Value></{pair}>"
                for name, each in value.items()
            )
    return _element(prefix, member.name, inner, attributes)


def escaped(text: str) -> str:
    """A text inside an element. What XML 1.0 cannot say becomes U+FFFD."""
    text = _ILLEGAL.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


# ---------------------------------------------------------------- reading


class _Node:
    __slots__ = ("children", "name", "nil", "text")

    def __init__(self, name: str, *, nil: bool) -> None:
        self.name = name
        self.nil = nil
        self.text: list[str] = []
        self.children: list[_Node] = []


class _Reader:
    """Gathers elements by their local names; namespaces and prefixes are not looked at."""

    def __init__(self, charset: str | None) -> None:
        self._parser = expat.ParserCreate(charset, namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._open: list[_Node] = []
        self._left = MOST_ELEMENTS
        self._root: _Node | None = None

    def read(self, octets: bytes) -> _Node:
        try:
            self._parser.Parse(octets, True)
        except expat.ExpatError as error:
            raise BadXml(str(error)) from error
        except BadXml:
            raise
        except (LookupError, ValueError) as error:
            # An encoding that nobody knows, or one of several octets, which expat does not do (ValueError).
            raise BadXml("its encoding is not known") from error
        assert self._root is not None
        return self._root

    def _doctype(self, *_: object) -> None:
        raise BadXml("For security reasons DTD is prohibited in this XML document.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if len(self._open) >= MAX_DEPTH or not self._left:
            raise BadXml(f"more than {MAX_DEPTH} levels or {MOST_ELEMENTS} elements")
        nil = attributes.get(_NIL, "").strip() in _TRUE
        node = _Node(name.rpartition(" ")[2], nil=nil)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, name: str) -> None:
        del name
        self._open.pop()

    def _data(self, data: str) -> None:
        if self._open:
            self._open[-1].text.append(data)


def read_xml(dto: Dto, octets: bytes, charset: str | None = None) -> dict[str, Any]:
    """The value in a document whose root is called as the type is. Raises BadXml.

    Members may stand in any order and any namespace; unknown ones are passed over, of one that comes twice the last
    counts. `charset` is the encoding that the transport named, None where it named none.
    """
    root = _Reader(charset).read(octets)
    _must_be(root, dto.name, dto)
    return _object(dto, root)


def read_xml_list(dto: Dto, octets: bytes, charset: str | None = None) -> list[dict[str, Any]]:
    """The values in a document that is a list of the type. Raises BadXml."""
    root = _Reader(charset).read(octets)
    _must_be(root, f"ArrayOf{dto.name}", dto)
    return [_object(dto, child) for child in root.children]


def _must_be(root: _Node, name: str, dto: Dto) -> None:
    if root.name.lower() != name.lower():
        space = dto.space or MODEL
        raise BadXml(f"Expecting element '{name}' from namespace '{space}'. Encountered '{root.name[:100]}'.")


def _object(dto: Dto, node: _Node) -> dict[str, Any]:
    known = {member.name.lower(): member for member in dto.members}
    found: dict[str, Any] = {}
    for child in node.children:
        member = known.get(child.name.lower())
        if member is not None:
            found[member.name] = None if child.nil else _read(member, child)
    return found


def _read(member: Member, node: _Node) -> Any:
    match member.shape:
        case Shape.LIST:
            assert member.of is not None
            return [None if each.nil else _object(member.of, each) for each in node.children]
        case Shape.FLAG:
            word = "".join(node.text).strip()
            if word not in _TRUE | _FALSE:
                raise BadXml(f"'{member.name}' is no boolean")
            return word in _TRUE
        case Shape.TEXT:
            if node.children:
                raise BadXml(f"'{member.name}' is no text")
            return "".join(node.text)
        case _:
            # Nothing that clients send has objects or dictionaries of its own.
            return None
