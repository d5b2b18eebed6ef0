"""Plugs are found by their folders, under their own names."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import chappe.connectors
import chappe.dialects
from chappe.app import registry
from chappe.app.registry import connector_kinds, http_dialects


def folders(package: ModuleType) -> set[str]:
    return {path.parent.name for path in Path(str(package.__file__)).parent.glob("*/__init__.py")}


def test_every_folder_of_connectors_is_a_kind() -> None:
    found = connector_kinds()
    assert set(found) == folders(chappe.connectors) >= {"smpp", "loopback"}
    assert all(kind.name == name for name, kind in found.items())
    assert list(found) == sorted(found)


def test_http_dialects_are_found_and_the_smpp_server_is_none_of_them() -> None:
    found = http_dialects()
    assert "jasmin" in found
    assert "smpp" not in found
    assert set(found) <= folders(chappe.dialects)
    assert all(dialect.name == name for name, dialect in found.items())


@pytest.mark.parametrize("find", [connector_kinds, http_dialects])
def test_a_name_taken_twice_is_refused(find: object, monkeypatch: pytest.MonkeyPatch) -> None:
    plugs = registry._plugs
    monkeypatch.setattr(registry, "_plugs", lambda package: plugs(package) * 2)
    with pytest.raises(ValueError, match=r"two (dialects|connector kinds) are called"):
        connector_kinds() if find is connector_kinds else http_dialects()
