"""The contract asked of plug-ins: the skeletons pass, and each mistake is found by its name."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from chappe.connectors.plugin.program import CONTRACT_SOURCE, build
from chappe.connectors.plugin.settings import decode
from chappe.connectors.plugin.trial import Finding, Trial, Verdict

SKELETONS = CONTRACT_SOURCE.parents[1] / "skeletons"
SKELETON = (SKELETONS / "plugin.py").read_text("utf-8")

needs_mono = pytest.mark.skipif(
    shutil.which("mono") is None or shutil.which("mcs") is None,
    reason="needs Mono: packages mono-runtime, mono-mcs, libmono-system-runtime-serialization4.0-cil",
)


async def tried(plugin: str, **settings: object) -> list[Finding]:
    made = decode({"plugin": plugin, "secret": "secret", **settings})
    return list(await Trial(made, number="905332141354").run())


async def changed(folder: Path, before: str, after: str) -> dict[str, str]:
    """What is found wrong with, or noted of, the skeleton with this change."""
    assert SKELETON.count(before) >= 1
    file = folder / "changed.py"
    file.write_text(SKELETON.replace(before, after))
    found = await tried(f"{file}:Plugin", response_timer=1.0)
    return {one.what: one.detail for one in found if one.verdict is not Verdict.RIGHT}


@pytest.mark.row("000-001", "000-002", "000-007", "000-008")
async def test_the_python_skeleton_passes() -> None:
    found = await tried(f"{SKELETONS / 'plugin.py'}:Plugin")
    assert {one.verdict for one in found} == {Verdict.RIGHT}, found
    assert len(found) == 21


@needs_mono
async def test_the_csharp_skeleton_passes(tmp_path: Path) -> None:
    built = await build(tmp_path / "built")
    made = tmp_path / "Plugin.dll"
    command = ["mcs", "-nologo", "-target:library", f"-out:{made}", f"-r:{built.contract}"]
    command += ["-r:System.Runtime.Serialization", str(SKELETONS / "Plugin.cs")]
    await asyncio.to_thread(subprocess.run, command, check=True)
    found = await tried(str(made), build_folder=str(tmp_path / "built"))
    assert {one.verdict for one in found} == {Verdict.RIGHT}, found


@pytest.mark.parametrize(
    ("before", "after", "what", "detail"),
    [
        (
            "    def report(",
            "    def reports(",
            "it loads, and has the four methods",
            "Plugin has no method report",
        ),
        (
            '"OK" if self._logged_in else "NOK"',
            '"YES"',
            "Login takes the right secret",
            "it answered 'YES' and not OK",
        ),
        (
            '_result("OK", ',
            '_result("SENT", ',
            "Send of one message",
            "apiStatus 'SENT': Send has OK and FAIL",
        ),
        (
            "for message in messages]",
            "for message in messages[:1]]",
            "Send of several, one result each",
            "1 results for 4",
        ),
        (
            'partnerMessageId=made, partnerStatus="ACCEPTED"',
            'partnerStatus="ACCEPTED"',
            "Send of one message",
            "OK without a partnerMessageId",
        ),
        (
            "uuid.uuid4().hex",
            '"always"',
            "Send of several, one result each",
            "one partnerMessageId for two messages",
        ),
        ('"%Y%m%d%H%M"', '"%Y-%m-%d"', "Report of what was sent", "is not yyyyMMddHHmm"),
        (
            'message.get("mobileNumber") or not ',
            'message.get("text") or not ',
            "a message without mobileNumber is FAIL",
            "it answered OK",
        ),
        (
            '("DELIVERED", found[0])',
            '("ARRIVED", found[0])',
            "Report of what was sent",
            "apiStatus 'ARRIVED'",
        ),
        (
            '("DELIVERED", found[0])',
            '(__import__("random").choice(["DELIVERED", "FAIL"]), found[0])',
            "Report again: a final state stays",
            "when asked again",
        ),
        (
            '_result("FAIL", partnerMessageId=made, partnerStatus="UNKNOWN_ID")',
            '_result("DELIVERED", partnerMessageId=made)',
            "Report of an id that nobody gave",
            "it answered DELIVERED",
        ),
        (
            '_result("FAIL", partnerStatus="NOT_LOGGED_IN")',
            '_result("OK", partnerMessageId=uuid.uuid4().hex)',
            "Send and Report after NOK",
            "Send works after NOK",
        ),
        (
            "        messages = json",
            "        os._exit(7)\n        messages = json",
            "Send of one message",
            "its process ended: exit code 7",
        ),
        (
            "        messages = json",
            '        __import__("time").sleep(60)\n        messages = json',
            "Send of one message",
            "no answer in 1 s",
        ),
        (
            "        self._logged_in = False\n\n\ndef",
            '        raise ValueError("no")\n\n\ndef',
            "Destroy, and the process goes",
            "it raised ValueError: no",
        ),
    ],
)
async def test_each_mistake_is_found(tmp_path: Path, before: str, after: str, what: str, detail: str) -> None:
    found = await changed(tmp_path, before, after)
    assert detail in found[what]


@pytest.mark.row("000-005")
async def test_what_may_be_so_is_noted(tmp_path: Path) -> None:
    found = await changed(tmp_path, 'secret == os.environ.get("PLUGIN_SECRET", "secret")', "True")
    assert found == {
        "Login takes no wrong secret": "it takes any secret, as plug-ins on the customer's premises may",
        "Send and Report after NOK": "not tried: it takes any secret",
    }
