"""A part of a gateway of several: its command line carries its whole role, and what keeps it from starting is one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chappe.app import part
from chappe.app.roles import Part, Role
from unit.cli.desk import CONFIG


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("config", [None, Path("a b.toml")])
@pytest.mark.parametrize(
    "role", [Role(Part.FRONT, 2, 3, 1, Path("/m")), Role(Part.WRITER, 0, 1, 4, Path("/m"))]
)
def test_a_role_goes_through_the_command_line(
    role: Role, config: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(sys, "argv", part.words_of(role, config)[2:])
    monkeypatch.setattr(part, "load_config", lambda file, _: seen.append(file) or sys.exit(9))
    monkeypatch.setattr(part, "Role", lambda *given: seen.append(Role(*given)))
    with pytest.raises(SystemExit, match="9"):
        part.main()
    assert seen == [role, config]


def test_what_keeps_a_part_from_starting_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "chappe.toml").write_text("[http]\nlisen = []\n")
    done = run(tmp_path, *part.words_of(Role(Part.WRITER, 0, 1, 1, tmp_path), None))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "chappe.toml line 2: http.lisen is no setting of ours\n"


def test_a_writer_needs_none_of_what_clients_and_networks_need(tmp_path: Path) -> None:
    (tmp_path / "chappe.toml").write_text(CONFIG)
    code = "import sys, chappe.app.part, chappe.app.writer_process; print(*sys.modules)"
    loaded = run(tmp_path, sys.executable, "-c", code).stdout.split()
    assert "chappe.stores.sqlite.shared_writer" in loaded
    for name in (
        "chappe.dialects",
        "chappe.connectors",
        "chappe.cli",
        "typer",
        "cryptography",
    ):
        assert name not in loaded, name
