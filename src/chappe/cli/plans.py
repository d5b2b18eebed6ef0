"""How a plan is shown before it is carried out: what is added, removed, changed."""

from __future__ import annotations

from chappe.cli.screen import note, out, safe
from chappe.management.apply import Plan


def show_plan(plan: Plan) -> None:
    """Prints the differences, without secrets."""
    if not plan.differences:
        note("nothing differs")
    for difference in plan.differences:
        title = f"{difference.kind.value} {difference.key}"
        if difference.before is None:
            out.print(f"[green]+ {safe(title)}[/green]  {safe(difference.after or '')}", soft_wrap=True)
        elif difference.after is None:
            out.print(f"[red]- {safe(title)}[/red]", soft_wrap=True)
        else:
            out.print(f"[yellow]~ {safe(title)}[/yellow]", soft_wrap=True)
            out.print(f"    was {safe(difference.before)}", soft_wrap=True)
            out.print(f"    is  {safe(difference.after)}", soft_wrap=True)
