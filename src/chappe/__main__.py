"""The `chappe` command."""

from __future__ import annotations

import sys

from chappe.app.house import ConfiguredHouse
from chappe.cli.main import main_arguments, run


def main() -> None:
    """Runs the command line and ends with its exit code."""
    sys.exit(run(ConfiguredHouse, main_arguments()))


if __name__ == "__main__":
    main()
