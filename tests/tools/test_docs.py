"""The document gate finds dead links, blocks that do not parse and commands that do not exist."""

import subprocess
import sys
from pathlib import Path

import pytest

import docs

MAKEFILE = "help: ## List\n\t@echo\nrun: runtime ## Run\n\truntime:\nCOUNT ?= 1\n"


def known(words: tuple[str, ...]) -> bool:
    return words[:1] in {("serve",), ("demo",)}


def faults(root: Path, text: str, name: str = "README.md") -> list[str]:
    (root / "Makefile").write_text(MAKEFILE)
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return [fault.removeprefix(f"{root}/") for fault in docs.offences(root, known)]


@pytest.mark.parametrize(
    "text",
    [
        "[here](README.md), [a folder](.), [top](#the-top), [out](https://example.org/x)\n\n# The top\n",
        "# What `make` does: all!\n\n[there](README.md#what-make-does-all)\n",
        "A `[code](span.md)` is no link.\n\n```text\n[nor](this.md)\n```\n",
        "```python\nx = 1\n```\n\n```toml\na = 1\n```\n\n```json\n{}\n```\n\n```sh\necho 'a'\n```\n",
        "```http\nGET / HTTP/1.1\n```\n\n```\nfree ( text\n```\n",
        "Say `make run ONCE=1` or `chappe serve --port 1`; `make` alone helps, `chappe` too.\n",
        "```sh\n$ make run\nA=1 .venv/bin/chappe demo && make help\n```\n",
        "One may make mistakes; chappe is a name.\n\n```text\nmake believe\n```\n",
    ],
)
def test_sound_documents_pass(tmp_path, text):
    assert faults(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("\nSee [it](docs/flow.md).\n", "README.md:2: link: `docs/flow.md` leads nowhere."),
        ("[it](#nowhere)\n", "README.md:1: link: "),
        ("```python\nx = (\n```\n", "README.md:2: python block: "),
        ("\n```toml\na =\n```\n", "README.md:3: toml block: "),
        ("```json\n{,}\n```\n", "README.md:2: json block: "),
        ("```sh\nif true; then\n```\n", "README.md:2: sh block: "),
        ("Call\n`make nothing`.\n", "README.md:2: command: there is no `make nothing`."),
        ("Call `chappe fly away`.\n", "README.md:1: command: there is no `chappe fly away`."),
        ("```sh\nmake help\nmake help; make tea\n```\n", "README.md:3: command: there is no `make tea`."),
        ("```console\n$ chappe fly --high\n```\n", "README.md:2: command: there is no `chappe fly`."),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, text, fault):
    (found,) = faults(tmp_path, text)
    assert found.startswith(fault)


def test_links_are_read_from_the_document_that_holds_them(tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    assert faults(tmp_path, "# Flow\n\n[up](../README.md)\n", "docs/flow.md") == [
        "docs/flow.md:3: link: `../README.md` leads nowhere."
    ]
    assert faults(tmp_path, "[down](docs/flow.md#flow)\n") == []


def test_chappe_is_asked_for_help_once_for_each_command(tmp_path):
    program = tmp_path / "chappe"
    program.write_text('#!/bin/sh\necho "$*" >> "$0.log"\ntest "$1" = serve\n')
    program.chmod(0o755)
    chappe = docs.Chappe(program)
    assert [chappe(("serve",)), chappe(("fly", "away")), chappe(("serve",))] == [True, False, True]
    assert (tmp_path / "chappe.log").read_text() == "serve --help\nfly away --help\n"


def test_the_exit_code_tells(tmp_path):
    def code(text: str) -> int:
        faults(tmp_path, text)
        return subprocess.run(
            [sys.executable, docs.__file__], cwd=tmp_path, capture_output=True, check=False
        ).returncode

    assert code("# Sound\n") == 0
    assert code("[dead](link.md)\n") == 1
