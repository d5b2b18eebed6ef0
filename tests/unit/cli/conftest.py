"""The command line on a folder of its own: in this process, and as a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chappe.app.house import ConfiguredHouse
from chappe.cli.main import run
from unit.cli.desk import CONFIG, Desk

FURNITURE = (
    ("account", "add", "acme", "charged=true"),
    ("credential", "add", "acme", "acme"),
    ("connector", "add", "op", "settings.host=192.0.2.7", "settings.system_id=me"),
    ("route", "add", "all", "--to", "op", "--price", "0.05"),
)


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("CHAPPE_PASSWORD", raising=False)
    return Desk(tmp_path, capfd, monkeypatch)


@pytest.fixture(scope="session")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an account, a login, a connector and a route: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("furniture")
    config = folder / "chappe.toml"
    config.write_text(CONFIG)
    for command in FURNITURE:
        assert run(ConfiguredHouse, ["--config", str(config), *command]) == 0, command
    return folder


@pytest.fixture
def furnished(desk: Desk, furniture: Path) -> Desk:
    shutil.copytree(furniture, desk.folder, dirs_exist_ok=True)
    return desk
