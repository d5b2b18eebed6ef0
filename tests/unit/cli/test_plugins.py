"""`chappe plugin`: a skeleton is written, tried and built; what is wrong ends as a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from unit.cli.desk import Desk

needs_mono = pytest.mark.skipif(shutil.which("mcs") is None, reason="needs Mono's compiler: package mono-mcs")


def does(desk: Desk, *words: str) -> str:
    done = desk.process(*words)
    assert done.code == 0, done
    return done.out


def test_a_skeleton_is_written_and_passes(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    assert "mine.py written" in does(desk, "plugin", "new", str(file))
    shown = does(desk, "plugin", "test", f"{file}:Plugin", "--many", "10")
    assert "21 tried, nothing against the contract" in shown
    assert "Destroy, and the process goes" in shown


def test_what_is_against_the_contract_is_an_exit_code(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    does(desk, "plugin", "new", str(file))
    done = desk.process("plugin", "test", f"{file}:Plugin", "--secret", "another")
    assert done.code == 1
    assert "WRONG" in done.out
    assert "1 of 2 against the contract" in done.err
    done = desk.process(
        "plugin",
        "test",
        f"{file}:Plugin",
        "--set",
        'environment={PLUGIN_SECRET="another"}',
        "--secret",
        "another",
    )
    assert done.code == 0, done


def test_odd_words(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mine.cs"
    does(desk, "plugin", "new", str(file))
    assert "is there already" in desk.refuses("plugin", "new", str(file))
    assert desk.refuses("plugin", "new", "mine.rb") == "there are skeletons for .cs and .py, not for '.rb'"
    assert "no such file" in desk.refuses("plugin", "new", str(tmp_path / "none" / "mine.py")).lower()
    assert desk.refuses("plugin", "test", "mine.py").startswith("plugin: a file needs the class behind it")
    assert "objects is 1 to 64" in desk.refuses("plugin", "test", "mine", "--set", "objects=0")


@needs_mono
def test_the_host_of_net_plugins_is_built(desk: Desk, tmp_path: Path) -> None:
    shown = does(desk, "plugin", "build", "--folder", str(tmp_path))
    files = [Path(line) for line in shown.split()]
    assert [file.name for file in files] == ["Host.exe", "Contract.dll"]
    assert all(file.is_file() for file in files)
