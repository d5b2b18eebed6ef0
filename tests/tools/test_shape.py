"""Each rule of the shape gate catches a bad sample and lets its good twin pass."""

import subprocess
import sys
from pathlib import Path

import pytest

import shape

TOOL = Path(shape.__file__)
HEAD = '"""What lives here."""\n'


def rules(text: str, path: str = "src/chappe/domain/ids.py") -> list[str]:
    return [offence.rule for offence in shape.offences(path, text)]


def lines(count: int) -> str:
    return HEAD + "\n".join(f"x{number} = {number}" for number in range(count - 1)) + "\n"


def function(length: int) -> str:
    return HEAD + "def f():\n" + "    pass\n" * (length - 1)


def nested(*headers: str) -> str:
    text = HEAD + "def f(x):\n"
    for level, header in enumerate(headers, 1):
        text += "    " * level + header + "\n"
    return text + "    " * (len(headers) + 1) + "pass\n"


DEEP = ("for a in x:", "while a:", "with a:", "if a:")
ELIFS = "def f(x):\n    if x == 1:\n        pass\n" + "".join(
    f"    elif x == {number}:\n        pass\n" for number in range(2, 9)
)
ELSE_IF = """def f(x):
    if x == 1:
        pass
    else:
        if x == 2:
            pass
        else:
            if x == 3:
                pass
            else:
                if x == 4:
                    pass
                else:
                    if x == 5:
                        pass
"""
IN_ELIF = """def f(x):
    for a in x:
        if a:
            pass
        elif x:
            for b in a:
                with b:
                    if b:
                        pass
"""

CASES = (
    ("file-length", lines(401), lines(400)),
    ("function-length", function(61), function(60)),
    ("nesting", nested(*DEEP, "if x:"), nested(*DEEP)),
    ("nesting", nested(*DEEP, "match x:", "case 1:"), nested(*DEEP[:3], "match x:", "case 1:")),
    ("nesting", HEAD + ELSE_IF, HEAD + ELIFS),
    ("nesting", HEAD + IN_ELIF, HEAD + IN_ELIF.replace("if b:", "pass").replace(" " * 24 + "pass\n", "")),
    (
        "nesting",
        nested(*DEEP, "try:") + "    " * 5 + "except ValueError:\n" + "    " * 6 + "pass\n",
        nested(*DEEP[:3], "try:") + "    " * 4 + "except ValueError:\n" + "    " * 5 + "pass\n",
    ),
    ("docstring", "X = 1\n", HEAD + "X = 1\n"),
    ("docstring", "# only a comment\n", ""),
    ("mutable-state", HEAD + "X = []\n", HEAD + "X = ()\n"),
    ("mutable-state", HEAD + "X = {'a': 1}\n", HEAD + "X = MappingProxyType({'a': 1})\n"),
    ("mutable-state", HEAD + "X: Final = {'a': 1}\n", HEAD + "X: Final[Mapping[str, int]] = {'a': 1}\n"),
    ("mutable-state", HEAD + "X: Final[dict[str, int]] = {'a': 1}\n", HEAD + "X: Final = 1\n"),
    ("mutable-state", HEAD + "X: Final[Mapping[str, list]] = {'a': []}\n", HEAD + "X: list[int]\n"),
    ("mutable-state", HEAD + "X = {1, 2}\n", HEAD + "X = frozenset({1, 2})\n"),
    ("mutable-state", HEAD + "X = [n for n in Y]\n", HEAD + "X = tuple([n for n in Y])\n"),
    (
        "mutable-state",
        HEAD + "X = {n: n for n in Y}\n",
        HEAD + "X = types.MappingProxyType({n: n for n in Y})\n",
    ),
    (
        "mutable-state",
        HEAD + "X = MappingProxyType({'a': []})\n",
        HEAD + "X = MappingProxyType({'a': (1,)})\n",
    ),
    (
        "mutable-state",
        HEAD + "X = MappingProxyType({**{'a': []}})\n",
        HEAD + "X = MappingProxyType({**{'a': 1}})\n",
    ),
    ("mutable-state", HEAD + "X = tuple([] for _ in Y)\n", HEAD + "X = tuple([*[1, 2], 3])\n"),
    ("mutable-state", HEAD + "X = ([], 1)\n", HEAD + "X = ((), 1)\n"),
    ("mutable-state", HEAD + "X = 3 * [0]\n", HEAD + "X = 3 * (0,)\n"),
    ("mutable-state", HEAD + "X = {1} | Y\n", HEAD + "X = Y | {1}\n"),
    ("mutable-state", HEAD + "X = () if Y else []\n", HEAD + "X = () if [Y] else (1,)\n"),
    ("mutable-state", HEAD + "X = Y or {}\n", HEAD + "X = Y or ()\n"),
    ("mutable-state", HEAD + "X = dict(a=1)\n", HEAD + "X = len([1])\n"),
    ("mutable-state", HEAD + "X = collections.defaultdict(list)\n", HEAD + "X = struct.Struct('>I')\n"),
    ("mutable-state", HEAD + "X = deque[int]()\n", HEAD + "X = dict[str, int]\n"),
    ("mutable-state", HEAD + "X = itertools.count(1)\n", HEAD + "def f():\n    X = []\n    return X\n"),
    ("mutable-state", HEAD + "if Y:\n    X = []\n", HEAD + "if Y:\n    X = ()\n"),
    ("mutable-state", HEAD + "X = (Y := [])\n", HEAD + "__all__ = ['x']\n"),
    ("global", HEAD + "def f():\n    global x\n    x = 1\n", HEAD + "def f():\n    x = 1\n    return x\n"),
    ("hasattr", HEAD + "def f(x):\n    return hasattr(x, 'y')\n", HEAD + "def f(x):\n    return x.hasattr\n"),
    ("hasattr", HEAD + "test = hasattr\n", HEAD + "test = isinstance\n"),
    (
        "type-by-text",
        HEAD + "def f(x):\n    return repr(x) == 'a'\n",
        HEAD + "def f(x):\n    return repr(x)\n",
    ),
    (
        "type-by-text",
        HEAD + "def f(x):\n    return 'a' in repr(x)\n",
        HEAD + "def f(x):\n    return 'a' in x\n",
    ),
    (
        "type-by-text",
        HEAD + "def f(x):\n    return repr(x).startswith('<')\n",
        HEAD + "A = B.startswith('<')\n",
    ),
    (
        "type-by-text",
        HEAD + "def f(x):\n    return type(x).__name__ == 'A'\n",
        HEAD + "A = type(B).__name__\n",
    ),
    ("type-by-text", HEAD + "def f(x):\n    return x.__class__.__name__ != 'A'\n", HEAD + "A = B is C\n"),
    ("type-by-text", HEAD + "def f(x):\n    return str(type(x)) == 'A'\n", HEAD + "A = str(B) == C\n"),
    ("pickle", HEAD + "import pickle\n", HEAD + "import json\n"),
    ("pickle", HEAD + "import json, marshal\n", HEAD + "from . import pickle\n"),
    ("pickle", HEAD + "from shelve import open\n", HEAD + "from os import open\n"),
    ("pickle", HEAD + "X = yaml.load(Y)\n", HEAD + "X = yaml.safe_load(Y)\n"),
    ("eval", HEAD + "X = eval('1')\n", HEAD + "X = literal_eval('1')\n"),
    ("eval", HEAD + "exec('1')\n", HEAD + "store.exec('1')\n"),
    ("unfinished", HEAD + "# TODO: finish\n", HEAD + "# The TODOS of others.\n"),
    ("unfinished", HEAD + "X = 1  # FIXME\n", HEAD + "X = 'FIXME'\n"),
    ("unfinished", '"""XXX is to come."""\n', HEAD + "X = 'XXX'\n"),
    (
        "unfinished",
        HEAD + "def f():\n    raise NotImplementedError\n",
        HEAD + "def f():\n    return NotImplemented\n",
    ),
    (
        "broad-except",
        HEAD + "try:\n    f()\nexcept Exception:\n    g()\n",
        HEAD + "try:\n    f()\nexcept Exception:  # noqa: BLE001 - a plug may raise anything\n    g()\n",
    ),
    (
        "broad-except",
        HEAD + "try:\n    f()\nexcept (OSError, BaseException):\n    g()\n",
        HEAD + "try:\n    f()\nexcept BaseException:\n    g()\n    raise\n",
    ),
    (
        "broad-except",
        HEAD + "try:\n    f()\nexcept:\n    g()\n",
        HEAD + "try:\n    f()\nexcept Exception:  # broad - the log tells\n    log.exception('f')\n",
    ),
    (
        "broad-except",
        HEAD + "try:\n    f()\nexcept Exception:  # broad\n    g()\n",
        HEAD + "try:\n    f()\nexcept (OSError, ValueError):\n    g()\n",
    ),
    ("noqa-reason", HEAD + "X = 1  # noqa\n", HEAD + "X = 1  # noqa: S105 - a header's name\n"),
    ("noqa-reason", HEAD + "X = 1  # noqa: S105\n", HEAD + "X = 1  # noqa: S105,S106  no secret\n"),
    ("clause", HEAD + "# SMPP 3.4 section 5.2.19\n", HEAD + "# SMPP 3.4 §5.2.19 and §5.2.12\n"),
    ("clause", HEAD + "# SMPP v3.4 §5.2.19\n", HEAD + "# SMPP 3.4 and 5.0 differ.\n"),
    ("clause", HEAD + "# SMPP 3.4 5.2.19\n", HEAD + "# An SMPP 3.4 session.\n"),
    ("clause", HEAD + "# SMPP 3.4 § 5.1\n", HEAD + "# (SMPP 3.4 §5.1), all of SMPP 3.4 §4\n"),
    ("clause", HEAD + "# SMPP 3.4, §5.2.19\n", HEAD + "# SMPP 3.4 Appendix B\n"),
    ("clause", HEAD + "# smpp 3.4 §5.2.19\n", HEAD + "# SMPP 3.4 §2.3 table 2-1\n"),
    ("clause", HEAD + "# GSM 03.38 clause 6.2.1\n", HEAD + "# GSM 03.38 §6.2.1\n"),
    ("clause", HEAD + "# 3GPP TS 23.038 sec. 4\n", HEAD + "# 3GPP TS 23.038 §A.2.1\n"),
    (
        "clause",
        HEAD + 'def f():\n    """As SMPP 3.4 (section 4.4.1) says."""\n',
        HEAD + 'def f():\n    """As SMPP 3.4 §4.4.1 says."""\n',
    ),
    ("syntax", HEAD + "def f(:\n", HEAD + "def f(): ...\n"),
)


@pytest.mark.parametrize(
    ("rule", "bad", "good"), CASES, ids=[f"{rule}-{number}" for number, (rule, _, _) in enumerate(CASES)]
)
def test_rule(rule, bad, good):
    assert set(rules(bad)) == {rule}
    path = "src/chappe/domain/__init__.py" if not good else "src/chappe/domain/ids.py"
    assert rules(good, path) == []


@pytest.mark.parametrize(
    "path",
    [
        "src/chappe/utils.py",
        "src/chappe/_helpers.py",
        "src/chappe/common/ids.py",
        "tools/base.py",
        "src/manager.py",
    ],
)
def test_file_name(path):
    assert rules(HEAD, path) == ["file-name"]


def test_a_name_that_only_begins_like_a_forbidden_one_passes():
    assert rules(HEAD, "src/chappe/basement.py") == []


def test_only_a_listed_pure_table_may_be_long_and_it_holds_no_function():
    table = next(iter(shape.PURE_TABLES))
    assert rules(lines(900), table) == []
    assert rules(lines(900) + "def f():\n    pass\n", table) == ["pure-table"]


def test_an_inner_function_is_measured_by_itself():
    inner = "def g(x):\n" + "".join("    " * level + header + "\n" for level, header in enumerate(DEEP, 1))
    inner += "    " * 5 + "pass\n"
    outer = HEAD + "def f(x):\n    if x:\n" + "".join(f"        {line}\n" for line in inner.splitlines())
    assert rules(outer) == []


def test_an_offence_names_place_rule_and_what_to_do():
    (offence,) = shape.offences("src/chappe/domain/ids.py", HEAD + "\nX = []\n")
    assert str(offence) == (
        "src/chappe/domain/ids.py:3: mutable-state: "
        "`X` can change: use a tuple, frozenset or MappingProxyType."
    )


def run(root: Path, *folders: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, *folders], cwd=root, capture_output=True, text=True, check=False
    )


def test_the_command_reads_folders_and_tells_by_its_exit_code(tmp_path):
    good, bad = tmp_path / "src" / "ids.py", tmp_path / "tools" / "old.py"
    for path in (good, bad):
        path.parent.mkdir()
    good.write_text(HEAD)
    bad.write_text(HEAD + "X = []\nimport pickle\n")
    passed, failed, empty = run(tmp_path, "src"), run(tmp_path, "src", "tools"), run(tmp_path, "docs")
    assert (passed.returncode, passed.stdout) == (0, "")
    assert failed.returncode == 1
    assert [line.split(": ")[:2] for line in failed.stdout.splitlines()] == [
        ["tools/old.py:2", "mutable-state"],
        ["tools/old.py:3", "pickle"],
    ]
    assert (empty.returncode, empty.stderr) == (2, "no Python file under docs\n")
