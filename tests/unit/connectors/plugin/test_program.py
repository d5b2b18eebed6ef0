"""How a plug-in's process is begun, and the host of .NET ones compiled: what is missing is said."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chappe.connectors.plugin import program
from chappe.connectors.plugin.calls import Method
from chappe.connectors.plugin.program import (
    CONTRACT_SOURCE,
    CannotRun,
    build,
    build_folder,
    compile_source,
    start,
)
from unit.connectors.plugin.rig import proc, settings

needs_mono = pytest.mark.skipif(
    shutil.which("mono") is None or shutil.which("mcs") is None,
    reason="needs Mono: packages mono-runtime, mono-mcs",
)

EXPLICIT = """
using System;
using MMP.MTA.SmsInterface;
namespace Some {
    public class One : ISmsMessage {
        string ISmsMessage.Login(string key) { Console.WriteLine("noise on standard output"); return key == "" ? "OK" : "NOK"; }
        string ISmsMessage.Send(string request) { if (request == "null") return null; throw new InvalidOperationException("not ş now"); }
        string ISmsMessage.Report(string request) { return new string('x', 3000000) + request; }
        void ISmsMessage.Destroy() { }
    }
    public class Two : One { }
    public abstract class Three : ISmsMessage {
        public abstract string Login(string a); public abstract string Send(string a); public abstract string Report(string a); public abstract void Destroy();
    }
}
"""


def test_the_build_is_kept_in_the_users_cache() -> None:
    assert build_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/chappe")
    assert build_folder({}) == Path.home() / ".cache" / "chappe"


async def test_the_plugins_environment_has_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_SECRET", "x")
    child = await start(settings(tmp_path))
    try:
        assert (await child.begun(10)).text.startswith("Python 3.")
        environment = proc(child.pid, "environ").split("\0")
        assert f"RECORD={tmp_path}" in environment
        assert not any("SECRET" in one for one in environment)
        assert os.getsid(child.pid) != os.getsid(0)
    finally:
        await child.end()


async def test_without_mono_it_is_said_what_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "P.dll"
    file.touch()
    with pytest.raises(CannotRun, match="needs Mono, and there is no nowhere-mono here"):
        await start(settings(tmp_path, plugin=str(file), mono="nowhere-mono"))


async def test_without_a_compiler_it_is_said_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "COMPILER", "nowhere-mcs")
    with pytest.raises(CannotRun, match="package mono-mcs"):
        await build(tmp_path)
    with pytest.raises(CannotRun, match="package mono-mcs"):
        await compile_source(CONTRACT_SOURCE, tmp_path / "x.dll", library=True)


@needs_mono
async def test_the_host_is_compiled_once_also_by_two_at_a_time(tmp_path: Path) -> None:
    one, two = await asyncio.gather(build(tmp_path), build(tmp_path))
    assert one == two
    made = one.host.stat().st_mtime_ns
    assert await build(tmp_path) == one
    assert one.host.stat().st_mtime_ns == made
    assert os.listdir(tmp_path) == [one.host.parent.name]  # noqa: PTH208 - of a test


@needs_mono
async def test_what_does_not_compile_is_said(tmp_path: Path) -> None:
    source = tmp_path / "Wrong.cs"
    source.write_text("class {")
    with pytest.raises(CannotRun, match=r"Wrong\.cs does not compile: .*CS\d+"):
        await compile_source(source, tmp_path / "x.dll", library=True)


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRun, match=r"cannot be kept in|package mono-mcs"):
        await build(tmp_path / "file" / "below")


@needs_mono
async def test_an_assembly_with_explicit_methods_noise_exceptions_and_long_answers(tmp_path: Path) -> None:
    built = await build(tmp_path / "built")
    (tmp_path / "P.cs").write_text(EXPLICIT)
    command = [
        "mcs",
        "-nologo",
        "-target:library",
        f"-r:{built.contract}",
        f"-out:{tmp_path / 'P.dll'}",
        str(tmp_path / "P.cs"),
    ]
    await asyncio.to_thread(subprocess.run, command, check=True)
    given = settings(tmp_path, plugin=f"{tmp_path / 'P.dll'}:Some.One", build_folder=str(tmp_path / "built"))
    child = await start(given)
    try:
        assert (await child.begun(10)).text.startswith(".NET 4.")
        assert (await child.call(Method.LOGIN, b"", 10)).text == "OK"
        assert (await child.call(Method.LOGIN, b"no", 10)).text == "NOK"
        raised = await child.call(Method.SEND, b"{}", 10)
        assert (raised.failed, raised.text) == (True, "InvalidOperationException: not ş now")
        assert (await child.call(Method.SEND, b"null", 10)).text == ""
        long = await child.call(Method.REPORT, ("ü" * 2_000_000).encode(), 30)
        assert long.text == "x" * 3_000_000 + "ü" * 2_000_000
        assert (await child.call(Method.DESTROY, b"", 10)).text == ""
    finally:
        await child.end()
    for plugin, detail in (
        ("P.dll", "several classes in it implement MMP.MTA.SmsInterface.ISmsMessage"),
        ("P.dll:Four", "no class Four in it implements MMP.MTA.SmsInterface.ISmsMessage"),
    ):
        child = await start(
            settings(tmp_path, plugin=f"{tmp_path}/{plugin}", build_folder=str(tmp_path / "built"))
        )
        loaded = await child.begun(10)
        await child.end()
        assert loaded.failed
        assert detail in loaded.text
