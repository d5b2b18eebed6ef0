"""The document gate: links lead somewhere, code blocks parse, and every `make X` and `chappe X` that is written exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHAPPE = Path(".venv/bin/chappe")
PLACES = ("*.md", "docs/**/*.md", "src/**/*.md")

_FENCE = re.compile(
    r"^(?P<mark>```+|~~~+)[ ]*(?P<language>\w*).*?\n(?P<code>.*?)^(?P=mark)[ ]*$", re.DOTALL | re.MULTILINE
)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_COMMAND = re.compile(
    r"(?:^|[;&|] *|\$ +)(?:[A-Z_]+=\S+ +)*(?:\S*/)?(make|chappe)((?: +[a-z][a-z-]*(?![\w./=:]))+)",
    re.MULTILINE,
)
_SHELLS = frozenset({"sh", "bash", "console", "shell", ""})

Runner = Callable[[tuple[str, ...]], bool]
"""Whether `chappe` knows these words as a command."""


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file: its prose without the code blocks, and the blocks as (line, language, code)."""

    path: Path
    prose: str
    blocks: tuple[tuple[int, str, str], ...]


def read(path: Path) -> Document:
    """Split a file into prose and code blocks; the prose keeps its line numbers."""
    text = path.read_text(encoding="utf-8")
    blocks = tuple(
        (text.count("\n", 0, found.start("code")) + 1, found["language"], found["code"])
        for found in _FENCE.finditer(text)
    )
    return Document(path, _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text), blocks)


def line_of(text: str, offset: int) -> int:
    """The line, from 1, of an offset."""
    return text.count("\n", 0, offset) + 1


# ---------------------------------------------------------------- links


def anchors(document: Document) -> frozenset[str]:
    """The fragments that the headings of a document answer to."""
    titles = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", found[1]) for found in _HEADING.finditer(document.prose))
    return frozenset(re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles)


def check_links(document: Document) -> Iterator[str]:
    """Every relative link names a file that is there, and a heading of it where it has a fragment."""
    text = _SPAN.sub(lambda found: " " * len(found[0]), document.prose)
    for found in _LINK.finditer(text):
        if _ELSEWHERE.match(found[1]):
            continue
        name, _, fragment = found[1].partition("#")
        target = document.path.parent / name if name else document.path
        place = f"{document.path}:{line_of(text, found.start())}"
        if not target.exists():
            yield f"{place}: link: `{found[1]}` leads nowhere."
        elif fragment and target.suffix == ".md" and fragment not in anchors(read(target)):
            yield f"{place}: link: `{target}` has no heading `#{fragment}`."


# ---------------------------------------------------------------- code blocks


def check_blocks(document: Document) -> Iterator[str]:
    """Every block of a language that we can parse does parse."""
    for line, language, code in document.blocks:
        try:
            parse(language, code)
        except (SyntaxError, ValueError) as error:
            yield f"{document.path}:{line}: {language} block: {error}."


def parse(language: str, code: str) -> None:
    """Parse `code`; raises ValueError or SyntaxError where it is wrong, and passes what it cannot judge."""
    match language:
        case "python":
            compile(code, "block", "exec")
        case "toml":
            tomllib.loads(code)
        case "json":
            json.loads(code)
        case "sh" | "bash":
            done = subprocess.run([language, "-n"], input=code, capture_output=True, text=True, check=False)
            if done.returncode:
                raise ValueError(done.stderr.strip().replace("\n", " "))
        case _:
            return


# ---------------------------------------------------------------- commands


def commands(document: Document) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, program and leading words of every `make ...` and `chappe ...` in code."""
    for found in _SPAN.finditer(document.prose):
        for command in _COMMAND.finditer(found[1]):
            yield line_of(document.prose, found.start()), command[1], tuple(command[2].split())
    for line, language, code in document.blocks:
        if language not in _SHELLS:
            continue
        for command in _COMMAND.finditer(code):
            yield line + code.count("\n", 0, command.start()), command[1], tuple(command[2].split())


def check_commands(document: Document, targets: frozenset[str], known: Runner) -> Iterator[str]:
    """Every make target and every chappe command that the document writes exists."""
    for line, program, words in commands(document):
        place = f"{document.path}:{line}"
        if program == "make":
            yield from (
                f"{place}: command: there is no `make {word}`." for word in words if word not in targets
            )
        elif not known(words):
            yield f"{place}: command: there is no `chappe {' '.join(words)}`."


def targets_of(makefile: str) -> frozenset[str]:
    """The targets of a makefile."""
    return frozenset(_TARGET.findall(makefile))


class Chappe:
    """Asks the installed `chappe` for the help of a command, once for each; help runs nothing."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._answers: dict[tuple[str, ...], bool] = {}

    def __call__(self, words: tuple[str, ...]) -> bool:
        """Whether `chappe WORDS --help` succeeds."""
        if words not in self._answers:
            done = subprocess.run([self._program, *words, "--help"], capture_output=True, check=False)
            self._answers[words] = done.returncode == 0
        return self._answers[words]


def offences(root: Path, known: Runner) -> list[str]:
    """Every fault of every document under `root`."""
    targets = targets_of((root / "Makefile").read_text(encoding="utf-8"))
    paths = sorted({path for pattern in PLACES for path in root.glob(pattern)})
    return [
        sentence
        for document in map(read, paths)
        for found in (check_links(document), check_blocks(document), check_commands(document, targets, known))
        for sentence in found
    ]


def main(root: Path) -> int:
    """Print every fault; exit 1 if there is one."""
    found = offences(root, Chappe(root / CHAPPE))
    for sentence in found:
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path()))
