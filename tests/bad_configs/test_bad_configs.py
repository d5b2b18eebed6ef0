"""Each folder holds a configuration with one mistake and the sentence that it must die with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chappe.app.config import BadConfig, load_config

HERE = Path(__file__).parent
FOLDERS = sorted(folder for folder in HERE.iterdir() if (folder / "chappe.toml").exists())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(BadConfig) as died:
        load_config(None, {})
    expected = (folder / "expected-error").read_text("utf-8").rstrip("\n")
    # A sentence of the TOML library's own differs between its versions: then only its beginning is ours.
    said = str(died.value)
    assert said == expected or (expected.endswith("...") and said.startswith(expected.removesuffix("...")))


def test_the_command_dies_with_the_sentence_alone(tmp_path: Path) -> None:
    (tmp_path / "chappe.toml").write_text("[http]\nlisen = []\n")
    done = subprocess.run(
        [sys.executable, "-m", "chappe", "serve"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip() == "chappe.toml line 2: http.lisen is no setting of ours"
    assert list(tmp_path.iterdir()) == [tmp_path / "chappe.toml"]


def test_a_named_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        load_config(tmp_path / "none.toml", {})
