"""The service's types as Python dataclasses, over the package `servicestack`. Pure."""

from __future__ import annotations

import re
from typing import Final

from chappe.dialects.servicestack.dtos import TYPES, Dto, Member, Operation, Shape, camel_case

_HEAD: Final = """from dataclasses import dataclass, field
from typing import Dict, List, Optional

from dataclasses_json import LetterCase, Undefined, dataclass_json
from servicestack import IPost, IReturn, ResponseStatus
"""
_DECORATORS: Final = (
    "@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)\n@dataclass\n"
)


def python(operation: Operation, types: tuple[Dto, ...]) -> str:
    """Dataclasses of the service's own types; ServiceStack's are the package's."""
    own = [dto for dto in types if dto.space != TYPES]
    return "\n\n".join([_HEAD, *(_class(dto, operation) for dto in own)])


def _class(dto: Dto, operation: Operation) -> str:
    asked = dto is operation.request
    marks = f"(IReturn[{operation.response.name}], IPost)" if asked else ""
    routes = (
        "".join(f'# @Route("{route}", "{operation.verb}")\n' for route in operation.routes) if asked else ""
    )
    lines = [f"{routes}{_DECORATORS}class {dto.name}{marks}:"]
    if asked:
        lines += ['    """', f"    {operation.note}", '    """', ""]
    for member in dto.members:
        if member.note:
            lines.append(f"    # @description {member.note}")
        lines.append(f"    {_snake(member.name)}: {_hint(member)} = {_default(member)}")
    return "\n".join(lines) + "\n"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", camel_case(name)).lower()


def _default(member: Member) -> str:
    return "field(default_factory=list)" if member.required else "None"


def _hint(member: Member) -> str:
    match member.shape:
        case Shape.FLAG:
            kind = "bool"
        case Shape.LIST:
            assert member.of is not None
            kind = f"List[{member.of.name}]"
        case Shape.OBJECT:
            assert member.of is not None
            kind = member.of.name
        case Shape.TEXTS:
            kind = "List[str]"
        case Shape.MAP:
            kind = "Dict[str, str]"
        case _:
            kind = "str"
    return kind if member.required else f"Optional[{kind}]"
