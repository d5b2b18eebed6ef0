"""The glossary gate finds the public classes that no table row explains."""

import subprocess
import sys
from pathlib import Path

import pytest

import words

GLOSSARY = """# Glossary

Orphan is only in prose.

| word | meaning | lives in |
| --- | --- | --- |
| message, `MO` | a thing; Orphan is in the second column only | `domain/orphan.py` |
| error code | why | x |
| SmsRoute | where | x |
| message-state | hyphened | x |
"""


@pytest.mark.parametrize(
    ("name", "explained"),
    [
        ("Message", True),
        ("MO", True),
        ("ErrorCode", True),
        ("SMSRoute", True),
        ("Orphan", False),
        ("Error", True),
        ("Mess", False),
        ("State", False),
        ("Word", True),
        ("CodeError", False),
    ],
)
def test_only_the_first_column_explains(name, explained):
    assert words.is_explained(name, words.terms(GLOSSARY)) is explained


def test_rules_between_header_and_rows_are_no_terms():
    assert words.terms("| --- | --- |\n| :---: | x |\n| a | b |") == "a"


def test_private_and_inner_classes_and_functions_need_no_word():
    text = "class A:\n    class B: ...\nclass _C: ...\ndef d(): ...\nX = 1\nclass E: ...\n"
    assert list(words.public_classes(text)) == [(1, "A"), (6, "E")]


def project(root: Path, code: str, glossary: str | None) -> Path:
    domain = root / words.DOMAIN
    domain.mkdir(parents=True)
    (domain / "message.py").write_text(code)
    if glossary is not None:
        (root / words.GLOSSARY).parent.mkdir()
        (root / words.GLOSSARY).write_text(glossary)
    return root


def run(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, words.__file__], cwd=root, capture_output=True, text=True, check=False
    )


def test_a_class_without_a_word_fails_the_gate(tmp_path):
    done = run(project(tmp_path, "class Message: ...\n\nclass Orphan: ...\n", GLOSSARY))
    assert done.returncode == 1
    assert done.stdout == (
        "src/chappe/domain/message.py:3: words: "
        "`Orphan` is in the first column of no table row of docs/glossary.md.\n"
    )


def test_explained_classes_pass(tmp_path):
    done = run(project(tmp_path, "class Message: ...\nclass ErrorCode: ...\n", GLOSSARY))
    assert (done.returncode, done.stdout) == (0, "")


def test_no_glossary_fails_with_a_sentence(tmp_path):
    done = run(project(tmp_path, "class Message: ...\n", None))
    assert done.returncode == 1
    assert "there is no glossary" in done.stdout
