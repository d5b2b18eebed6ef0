"""What `chappe plugin` does, over the connector kind that runs plug-ins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chappe.cli.house import PluginFinding
from chappe.connectors.plugin import program
from chappe.connectors.plugin.settings import decode
from chappe.connectors.plugin.trial import Trial, Verdict

_SKELETONS: Final = Path(program.__file__).with_name("skeletons")


class PluginTools:
    """Answers `cli.house.PluginTools`."""

    def test(self, settings: Mapping[str, Any], *, number: str, many: int) -> Sequence[PluginFinding]:
        """See the protocol."""
        findings = asyncio.run(Trial(decode(settings), number=number, many=many).run())
        return [
            PluginFinding(one.what, one.verdict.value, one.detail, is_wrong=one.verdict is Verdict.WRONG)
            for one in findings
        ]

    def skeleton(self, suffix: str) -> str:
        """See the protocol."""
        found = {file.suffix: file for file in sorted(_SKELETONS.iterdir()) if file.is_file()}
        if suffix not in found:
            raise ValueError(
                f"there are skeletons for {' and '.join(found)}, not for {suffix or 'no ending'!r}"
            )
        return found[suffix].read_text("utf-8")

    def build(self, folder: Path | None) -> Sequence[Path]:
        """See the protocol."""
        try:
            built = asyncio.run(program.build(folder))
        except program.CannotRun as error:
            raise ValueError(str(error)) from error
        return built.host, built.contract
