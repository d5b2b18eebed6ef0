"""Local sockets: for their own user only, and an old one does not stand in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from chappe.net.unix_socket import bound


def test_only_its_user_may_open_it(tmp_path: Path) -> None:
    with bound(tmp_path / "s"):
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


def test_one_that_an_earlier_process_left_is_replaced(tmp_path: Path) -> None:
    with bound(tmp_path / "s"):
        pass
    with bound(tmp_path / "s") as again:
        assert again.getsockname() == str(tmp_path / "s")


def test_a_path_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        bound(tmp_path / "none" / "s")
