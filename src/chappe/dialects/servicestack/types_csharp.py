"""The service's types as C# classes, over the package ServiceStack.Client. Pure."""

from __future__ import annotations

from typing import Final

from chappe.dialects.servicestack.dtos import MODEL, TYPES, Dto, Member, Operation, Shape

_NAMESPACE: Final = MODEL.rpartition("/")[2]
_HEAD: Final = f"""using System;
using System.Collections.Generic;
using ServiceStack;

namespace {_NAMESPACE}
{{
"""


def csharp(operation: Operation, types: tuple[Dto, ...]) -> str:
    """Classes of the service's own types, in the CLR namespace that their XML namespace is made of."""
    own = [dto for dto in types if dto.space != TYPES]
    return _HEAD + "\n".join(_class(dto, operation) for dto in own) + "}\n"


def _class(dto: Dto, operation: Operation) -> str:
    asked = dto is operation.request
    lines: list[str] = []
    if asked:
        lines += ["    /// <summary>", f"    /// {operation.note}", "    /// </summary>"]
        lines += [f'    [Route("{route}", "{operation.verb}")]' for route in operation.routes]
    marks = f"\n        : IReturn<{operation.response.name}>, IPost" if asked else ""
    lines += [f"    public partial class {dto.name}{marks}", "    {"]
    required = [member for member in dto.members if member.required]
    if required:
        lines += [f"        public {dto.name}()", "        {"]
        lines += [f"            {member.name} = new {_type(member)}();" for member in required]
        lines += ["        }", ""]
    for member in dto.members:
        if member.note:
            lines += ["        ///<summary>", f"        ///{member.note}", "        ///</summary>"]
            lines.append(
                f'        [ApiMember(Description="{member.note}", IsRequired={_word(member.required)})]'
            )
        lines.append(f"        public virtual {_type(member)} {member.name} {{ get; set; }}")
    return "\n".join([*lines, "    }", ""])


def _word(flag: bool) -> str:  # noqa: FBT001 - a literal's value
    return "true" if flag else "false"


def _type(member: Member) -> str:
    match member.shape:
        case Shape.FLAG:
            return "bool"
        case Shape.LIST:
            assert member.of is not None
            return f"List<{member.of.name}>"
        case Shape.OBJECT:
            assert member.of is not None
            return member.of.name
        case Shape.TEXTS:
            return "List<string>"
        case Shape.MAP:
            return "Dictionary<string, string>"
        case _:
            return "string"
