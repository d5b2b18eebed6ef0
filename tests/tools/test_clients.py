"""What tests of other clients need is installed where it can be; a machine without it is told so, and nothing fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

import clients


def test_what_succeeds_and_what_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert clients.attempt("x", [sys.executable, "-c", ""], tmp_path)
    assert not clients.attempt("x", [sys.executable, "-c", "raise SystemExit('no room')"], tmp_path)
    assert not clients.attempt("x", [str(tmp_path / "absent")], tmp_path)
    said = capsys.readouterr().out
    assert said.count("not installed") == 2
    assert "no room" in said


def test_packages_as_new_as_their_lock_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(clients, "attempt", lambda what, *_: asked.append(what))
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    folder = tmp_path / "tests" / "npm"
    (folder / "node_modules").mkdir(parents=True)
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    lock.touch()
    clients.npm(tmp_path)
    installed.touch()
    os.utime(lock, (1, 1))
    clients.npm(tmp_path)
    assert asked == ["npm packages"]


def test_a_machine_without_them_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    folder = tmp_path / "tests" / "npm"
    folder.mkdir(parents=True)
    (folder / "package-lock.json").touch()
    assert clients.main(tmp_path) == 0
    assert capsys.readouterr().out.count("tests that need it skip") == 2
