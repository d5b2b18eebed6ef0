"""One connection to the file: opening, checking, migrating, running named statements. Knows SQLite, not messages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import apsw

from chappe.ports.store import StoreUnusable
from chappe.stores.sqlite.statements import load_migrations, load_statements

APPLICATION_ID: Final = 0x43484150
"""`CHAP` in the file's header, so that nobody mistakes the file."""

SCHEMA_VERSION: Final = len(load_migrations())
_HEADER: Final = b"SQLite format 3\x00"
_FIRST_SAFE: Final = (3, 51, 3)
"""Before it, WAL mode with two connections could corrupt the file (the WAL-reset defect)."""

Row = tuple[Any, ...]


class Database:
    """A connection with the named statements at hand, the counts that are kept, and what a transaction changed.

    `depths` (queued messages by connector) and `owed` (open notices) are as of the last commit. `fed` and `lanes` are
    the queues and lanes to which the present or last transaction added something.
    """

    __slots__ = (
        "connection",
        "depth_changes",
        "depths",
        "fed",
        "lanes",
        "owed",
        "owed_change",
        "statements",
        "turns",
    )

    def __init__(self, connection: apsw.Connection, statements: Mapping[str, str]) -> None:
        self.connection = connection
        self.statements = statements
        self.depths: dict[str, int] = {}
        self.owed = 0
        self.turns: dict[str, str] = {}
        self._begin_counting()

    def _begin_counting(self) -> None:
        self.depth_changes: dict[str, int] = {}
        self.owed_change = 0
        self.fed: set[str] = set()
        self.lanes: set[str] = set()

    def count(self) -> None:
        """Reads the counts; from then on they are kept."""
        self.depths = {row[0]: row[1] for row in self.rows("depths")}
        counted = self.row("count_open")
        self.owed = counted[0] if counted else 0

    def rows(self, name: str, *values: Any) -> list[Row]:
        """Runs a named statement and gives all its rows."""
        return list(self.connection.execute(self.statements[name], values))

    def row(self, name: str, *values: Any) -> Row | None:
        """The first row, None for none."""
        for row in self.connection.execute(self.statements[name], values):
            return tuple(row)
        return None

    def run(self, name: str, *values: Any) -> None:
        """Runs a named statement for its effect."""
        self.connection.execute(self.statements[name], values)

    def queued(self, connector: str, by: int) -> None:
        """Notes that a queue grew or shrank; counted once the transaction is committed."""
        self.depth_changes[connector] = self.depth_changes.get(connector, 0) + by
        if by > 0:
            self.fed.add(connector)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; counts noted in a transaction that fails are forgotten."""
        self._begin_counting()
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            self._begin_counting()
            # A failed COMMIT may have ended the transaction by itself.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        for connector, by in self.depth_changes.items():
            self.depths[connector] = self.depths.get(connector, 0) + by
        self.owed += self.owed_change


def library_problem(version: str) -> str:
    """Why this SQLite library must not be used, empty if it may."""
    numbers = tuple(int(part) for part in version.split("."))
    if numbers < _FIRST_SAFE:
        safe = ".".join(map(str, _FIRST_SAFE))
        return f"SQLite {version} can corrupt a WAL file (fixed in {safe}); install a newer apsw"
    return ""


def open_database(path: Path, *, create: bool = True, vfs: str | None = None, cache_mb: int = 16) -> Database:
    """Opens the store's file, making or migrating it as needed; raises StoreUnusable with the reason."""
    problem = library_problem(apsw.sqlite_lib_version())
    if problem:
        raise StoreUnusable(problem)
    _check_header(path, create=create)
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    try:
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
        connection.set_busy_timeout(10_000)
        try:
            _examine(connection, path)
            _configure(connection, cache_mb)
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise StoreUnusable(f"{path} is damaged or is not a Chappe store: {error}") from error
    except apsw.CantOpenError as error:
        raise StoreUnusable(f"{path} cannot be opened: {error}") from error
    except (apsw.ReadOnlyError, apsw.IOError, apsw.FullError) as error:
        raise StoreUnusable(f"{path} cannot be written: {error}") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise StoreUnusable(f"{path} is held by another process: {error}") from error
    return Database(connection, load_statements())


def _check_header(path: Path, *, create: bool) -> None:
    try:
        _check_file(path, create=create)
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be read: {error.strerror}") from error


def _check_file(path: Path, *, create: bool) -> None:
    if not path.exists():
        if not create:
            raise StoreUnusable(f"{path} does not exist")
        if not path.parent.is_dir():
            raise StoreUnusable(f"the folder {path.parent} does not exist")
        return
    if not path.is_file():
        raise StoreUnusable(f"{path} is not a file")
    with path.open("rb") as file:
        start = file.read(len(_HEADER))
    if start and start != _HEADER:
        raise StoreUnusable(f"{path} is not a Chappe store: it is no SQLite file")


def _configure(connection: apsw.Connection, cache_mb: int) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    # FULL syncs the log at every commit: a yes outlives a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{cache_mb * 1024}")
    connection.execute("PRAGMA wal_autocheckpoint = 4000").fetchall()
    connection.execute("PRAGMA journal_size_limit = 67108864").fetchall()


def _examine(connection: apsw.Connection, path: Path) -> None:
    """Looks whether the file is ours before anything in it is changed."""
    version = connection.pragma("user_version")
    application = connection.pragma("application_id")
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()[0][0] == 0
    if application != APPLICATION_ID and not (empty and version == 0):
        raise StoreUnusable(f"{path} is not a Chappe store: it belongs to another program")
    if version > SCHEMA_VERSION:
        raise StoreUnusable(
            f"{path} was written by a newer version of Chappe (schema {version}, this one knows {SCHEMA_VERSION})"
        )


def _migrate(connection: apsw.Connection) -> None:
    if connection.pragma("user_version") == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated while this one waited for the lock.
        version = connection.pragma("user_version")
        for number, script in enumerate(load_migrations()[version:], version + 1):
            connection.execute(script)
            connection.pragma("user_version", number)
        connection.pragma("application_id", APPLICATION_ID)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def rows_of(db: Database, name: str, *values: Any) -> list[Row]:
    """Work for the writer: one named statement for its rows."""
    return db.rows(name, *values)


def run(db: Database, name: str, *values: Any) -> None:
    """Work for the writer: one named statement for its effect."""
    db.run(name, *values)
