"""How the process of a plug-in is begun: Python by our runner, .NET by Mono and a host program compiled when first needed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from chappe.connectors.plugin.process import Child
from chappe.connectors.plugin.settings import PluginSettings

_RUNNER: Final = Path(__file__).with_name("child.py")
_SOURCES: Final = Path(__file__).with_name("dotnet")
CONTRACT_SOURCE: Final = _SOURCES / "Contract.cs"
HOST_SOURCE: Final = _SOURCES / "Host.cs"
COMPILER: Final = "mcs"
_COMPILE_SECONDS: Final = 60.0
_MEBI: Final = 1 << 20
_LEAST_HEAP: Final = 16


class CannotRun(Exception):
    """What is needed to run the plug-in is not there; the message says what."""


class Built(msgspec.Struct, frozen=True):
    """The host program and our interface assembly, compiled."""

    host: Path
    contract: Path


async def start(settings: PluginSettings) -> Child:
    """A process that is loading its plug-in. Raises CannotRun or OSError."""
    file, kind = settings.file_and_type()
    if settings.is_assembly:
        return await _start_mono(settings, _absolute(file), kind)
    folder, path = "/", list(settings.path)
    if file.endswith(".py"):
        file = str(_absolute(file))
        folder = _folder_of(file)
        path = [folder, *path]
    told = {"plugin": settings.plugin, "file": file, "type": kind, "path": path}
    return await Child.start(
        [settings.interpreter or sys.executable, "-I", str(_RUNNER), msgspec.json.encode(told).decode()],
        folder=folder,
        environment=settings.environment,
        limits={resource.RLIMIT_AS: settings.memory * _MEBI},
        longest=settings.longest_answer * _MEBI,
    )


def _absolute(file: str) -> Path:
    return Path(file).absolute()


def _folder_of(file: str | Path) -> str:
    """Where a plug-in is, which finds what belongs to it beside it. Raises CannotRun where it is not there."""
    if not Path(file).is_file():
        raise CannotRun(f"there is no file {file}")
    return str(Path(file).parent)


async def _start_mono(settings: PluginSettings, file: Path, kind: str) -> Child:
    folder = _folder_of(file)
    mono = shutil.which(settings.mono)
    if mono is None:
        raise CannotRun(
            f"a .NET plug-in needs Mono, and there is no {settings.mono} here (packages mono-runtime, mono-mcs)"
        )
    built = await build(Path(settings.build_folder) if settings.build_folder else None)
    # Mono reserves far more addresses than it uses: its heap is limited, and the whole by what it really writes to.
    heap = max(settings.memory // 2, _LEAST_HEAP)
    return await Child.start(
        [mono, str(built.host), str(file), kind, str(built.contract)],
        folder=folder,
        environment={"MONO_GC_PARAMS": f"max-heap-size={heap}m", **settings.environment},
        limits={resource.RLIMIT_DATA: settings.memory * _MEBI},
        longest=settings.longest_answer * _MEBI,
    )


def build_folder(environment: Mapping[str, str]) -> Path:
    """Where the host program is kept unless a connector says so: in the cache of the user that runs the gateway."""
    kept = environment.get("XDG_CACHE_HOME", "")
    return (Path(kept) if kept else Path.home() / ".cache") / "chappe"


async def build(folder: Path | None = None) -> Built:
    """The host program, compiled if it is not there yet from just these sources. Raises CannotRun."""
    sources = HOST_SOURCE.read_bytes() + CONTRACT_SOURCE.read_bytes()
    name = f"plugin-host-{hashlib.blake2b(sources, digest_size=8).hexdigest()}"
    home = (folder or build_folder(os.environ)) / name
    built = Built(home / "Host.exe", home / "Contract.dll")
    if built.host.is_file() and built.contract.is_file():
        return built
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise CannotRun(
            f"the host of .NET plug-ins is not compiled yet, and there is no {COMPILER} here (package mono-mcs)"
        )
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as work:
            fresh = Path(work) / name
            fresh.mkdir(mode=0o755)
            await compile_source(CONTRACT_SOURCE, fresh / "Contract.dll", library=True)
            await compile_source(HOST_SOURCE, fresh / "Host.exe")
            # Another process may have been as quick: then its result is as good as ours.
            if not home.is_dir():
                fresh.rename(home)
    except OSError as error:
        raise CannotRun(
            f"the host of .NET plug-ins cannot be kept in {home.parent}: {error.strerror}"
        ) from error
    return built


async def compile_source(
    source: Path, target: Path, *, library: bool = False, contract: Path | None = None
) -> None:
    """Compiles one C# file, against an interface assembly if one is given. Raises CannotRun."""
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise CannotRun(f"there is no {COMPILER} here (package mono-mcs)")
    options = ["-nologo", f"-target:{'library' if library else 'exe'}", f"-out:{target}"]
    if contract is not None:
        options.append(f"-reference:{contract}")
    process = await asyncio.create_subprocess_exec(
        compiler, *options, str(source), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(_COMPILE_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise CannotRun(f"{COMPILER} did not end within {_COMPILE_SECONDS:g} s") from None
    if process.returncode:
        raise CannotRun(f"{source.name} does not compile: {said.decode('utf-8', 'replace').strip()}")
