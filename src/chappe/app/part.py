"""`python -m chappe.app.part`: one process of a gateway of several, as its supervisor starts it. No command of users."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chappe.app.config import current_environment, load_config
from chappe.app.logs import configure_logs
from chappe.app.roles import Part, Role
from chappe.app.running import run_loop, serve
from chappe.ports.store import StoreError


def words_of(role: Role, config_file: Path | None) -> list[str]:
    """The command line of a part."""
    assert role.meeting is not None
    return [
        sys.executable,
        "-m",
        "chappe.app.part",
        *(["--config", str(config_file)] if config_file is not None else []),
        *("--part", role.part.value, "--number", str(role.number)),
        *("--fronts", str(role.fronts), "--relays", str(role.relays)),
        *("--meeting", str(role.meeting)),
    ]


def main() -> int:
    """Runs the part; the exit code."""
    parser = argparse.ArgumentParser(prog="chappe.app.part")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--part", type=Part, required=True)
    for name in ("--number", "--fronts", "--relays"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--meeting", type=Path, required=True)
    given = parser.parse_args()
    role = Role(given.part, given.number, given.fronts, given.relays, given.meeting)
    config = load_config(given.config, current_environment())
    configure_logs(config.log.level, config.log.form)
    if role.part is Part.WRITER:
        from chappe.app.writer_process import serve_writer  # noqa: PLC0415 - no other part needs it

        return run_loop(serve_writer(config, role))
    return run_loop(serve(config, role))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (StoreError, ValueError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the supervisor's own standard error, for the operator
        sys.exit(2)
