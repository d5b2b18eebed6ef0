"""`chappe interceptor`: rules that change or refuse messages before they are routed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chappe.cli import editing
from chappe.cli.accounts import Fields
from chappe.cli.conditions import condition_told
from chappe.cli.house import House
from chappe.cli.screen import table
from chappe.domain.interception import Interceptor
from chappe.management.records import BadRecord
from chappe.ports.directory import Kind

ScriptFile = Annotated[
    Path | None, typer.Option("--script", help="a file of Python; see docs/interceptors.md")
]


def interceptor_commands(house: House) -> typer.Typer:
    """`chappe interceptor ...`"""
    app = typer.Typer(
        no_args_is_help=True, help="Interceptors: rules that change or refuse messages before routing."
    )

    @app.command("list")
    def list_interceptors() -> None:
        """List interceptors, first asked first."""
        rules = sorted(
            editing.read(house).interceptors.values(),
            key=lambda rule: (rule.direction.value, -rule.order, rule.name),
        )
        table(
            "interceptors",
            ("for", "order", "name", "enabled", "when", "does"),
            (
                (
                    rule.direction.value.upper(),
                    rule.order,
                    rule.name,
                    "yes" if rule.enabled else "no",
                    condition_told(rule.condition),
                    _does(rule),
                )
                for rule in rules
            ),
        )

    @app.command()
    def add(name: str, order: int = 0, script: ScriptFile = None, fields: Fields = None) -> None:
        r"""Add an interceptor, e.g. `chappe interceptor add sender sender=Acme 'condition.accounts=["acme"]'`."""
        given = {"name": name, "order": order, **editing.fields_of(fields or ())}
        editing.add(house, Kind.INTERCEPTOR, _with_script(given, script))

    @app.command("set")
    def set_fields(name: str, script: ScriptFile = None, fields: Fields = None) -> None:
        """Change an interceptor; takes effect at once."""
        editing.change(house, Kind.INTERCEPTOR, name, _with_script(editing.fields_of(fields or ()), script))

    @app.command()
    def show(name: str) -> None:
        """Print an interceptor's script."""
        rule = editing.read(house).interceptors.get(name)
        if rule is None:
            raise BadRecord(f"there is no interceptor {name}")
        typer.echo(rule.script.code if rule.script is not None else f"{name} has no script")

    @app.command()
    def remove(name: str) -> None:
        """Remove an interceptor."""
        editing.remove(house, [(Kind.INTERCEPTOR, name)])

    return app


def read_script(file: Path) -> str:
    """The text of a script; raises BadRecord."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{file} cannot be read: {error}") from error


def _with_script(fields: dict[str, Any], file: Path | None) -> dict[str, Any]:
    if file is None:
        return fields
    before = fields.get("script", {})
    return {**fields, "script": {**(before if isinstance(before, dict) else {}), "code": read_script(file)}}


def _does(rule: Interceptor) -> str:
    told = [f"sender={rule.sender}"] if rule.sender else []
    told += [f"{each.part.value} /{each.pattern}/ -> {each.by!r}" for each in rule.replace]
    told += [f"-tag {tag}" for tag in rule.remove_tags] + [f"+tag {tag}" for tag in rule.add_tags]
    told += [f"-TLV {tag:#06x}" for tag in rule.remove_tlvs]
    told += [f"+TLV {each.tag:#06x}" for each in rule.set_tlvs]
    if rule.script is not None:
        told.append(f"script ({rule.script.seconds:g} s, on failure {rule.script.on_failure.value})")
    if rule.reject is not None:
        told.append(f"reject {rule.reject.reason}".rstrip())
    return "; ".join(told + ["last"] * rule.last)
