"""The service's types as TypeScript and as a JavaScript module, for the clients that fetch `/types/...`. Pure."""

from __future__ import annotations

from typing import Final

from chappe.dialects.servicestack.dtos import Dto, Member, Operation, Shape

_MARKERS: Final = """export interface IReturn<T>
{
    createResponse(): T;
}

export interface IPost
{
}
"""


def typescript(operation: Operation, types: tuple[Dto, ...]) -> str:
    """Classes with types; all members may be left out."""
    return "\n".join([_MARKERS, *(_typed(dto, operation) for dto in types)])


def _typed(dto: Dto, operation: Operation) -> str:
    asked = dto is operation.request
    marks = f" implements IReturn<{operation.response.name}>, IPost" if asked else ""
    lines = [f"/** {operation.note} */"] if asked else []
    if asked:
        lines += [f'// @Route("{route}", "{operation.verb}")' for route in operation.routes]
    lines += [f"export class {dto.name}{marks}", "{"]
    for member in dto.members:
        if member.note:
            lines.append(f"    /** @description {member.note} */")
        kind = _script_type(member)
        lines.append(
            f"    public {member.name}: {kind} = [];"
            if member.required
            else f"    public {member.name}?: {kind};"
        )
    lines += [
        "",
        f"    public constructor(init?: Partial<{dto.name}>) {{ (Object as any).assign(this, init); }}",
    ]
    if asked:
        lines += [
            f"    public getTypeName() {{ return '{dto.name}'; }}",
            f"    public getMethod() {{ return '{operation.verb}'; }}",
            f"    public createResponse() {{ return new {operation.response.name}(); }}",
        ]
    return "\n".join([*lines, "}", ""])


def module(operation: Operation, types: tuple[Dto, ...]) -> str:
    """Classes of a JavaScript module, their types in comments."""
    return "\n".join(['"use strict";', *(_commented(dto, operation) for dto in types)])


def _commented(dto: Dto, operation: Operation) -> str:
    asked = dto is operation.request
    members = ",".join(f"{member.name}?:{_script_type(member)}" for member in dto.members)
    lines = [
        f"export class {dto.name} {{",
        f"    /** @param {{{{{members}}}}} [init] */",
        "    constructor(init) { Object.assign(this, init) }",
    ]
    for member in dto.members:
        lines.append(f"    /** @type {{{_script_type(member)}}} */")
        lines.append(f"    {member.name}{' = []' if member.required else ''};")
    if asked:
        lines += [
            f"    getTypeName() {{ return '{dto.name}' }}",
            f"    getMethod() {{ return '{operation.verb}' }}",
            f"    createResponse() {{ return new {operation.response.name}() }}",
        ]
    return "\n".join([*lines, "}"])


def _script_type(member: Member) -> str:
    match member.shape:
        case Shape.FLAG:
            return "boolean"
        case Shape.LIST:
            assert member.of is not None
            return f"{member.of.name}[]"
        case Shape.OBJECT:
            assert member.of is not None
            return member.of.name
        case Shape.TEXTS:
            return "string[]"
        case Shape.MAP:
            return "{ [index:string]: string; }"
        case _:
            return "string"
