"""The acceptance account: only rows whose every test passed are shown, and unknown rows end the run."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import acceptance

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(acceptance.__file__)

TABLE = """# Table

| source document | rows |
|---|---|
| 000 | 3 |

| # | L | Capability stated | A test shows it by | Mark |
|---|---|---|---|---|
| 000-001 | 1 | Says yes | x | **S** |
| 000-002 | 2-4 | Says no | x | **A** open |
| 000-003 | 5 | Says nothing | x | **S** |

| # | L | Capability stated | A test shows it by | Mark |
|---|---|---|---|---|
| 001-001 | 1 | Counts | x | **S** |
| 001-002 | 1 | {long} | x | **S** |

| # | Point | Documents | Consequence |
|---|---|---|---|
| X1 | A point is no row | all | x |
""".format(long="word " * 40)

SETTINGS = f"""
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = "-q --strict-markers --import-mode=importlib"
pythonpath = ["{TOOL.parent}"]
filterwarnings = ["error"]
markers = ["row(number): as in the project"]
"""


@pytest.fixture
def project(tmp_path):
    """A project with a table of five rows and this project's own conftest."""
    folder = tmp_path / "tests" / "acceptance"
    folder.mkdir(parents=True)
    (folder / "table.md").write_text(TABLE)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests" / "conftest.py")
    return tmp_path


def run(project: Path, tests: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (project / "tests" / "test_rows.py").write_text(f"import pytest\nrow = pytest.mark.row\n{tests}")
    command = [sys.executable, TOOL, *arguments]
    # Plug-ins that no test here asks for only cost time.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def missing(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("missing ")]


GOOD = """
@row("000-001", "000-002")
@row("001-001")
def test_a(): pass

@row("000-001")
class TestB:
    @pytest.mark.parametrize("n", [1, 2])
    def test_b(self, n): pass

def test_without_a_row(): assert 0
"""


def test_rows_of_passing_tests_are_shown_and_the_rest_is_missing(project):
    done = run(project, GOOD)
    assert done.returncode == 0, done.stdout
    assert "3 passed, 1 deselected" in done.stdout
    lines = done.stdout.splitlines()
    assert lines[-6] == "missing 000-003  Says nothing"
    assert lines[-5].startswith("missing 001-002  word word")
    assert lines[-5].endswith("word word ...")
    assert lines[-4:] == ["", "000: 2 of 3", "001: 1 of 2", "3 of 5 rows shown"]


@pytest.mark.parametrize(
    ("spoiler", "code"),
    [
        ('@row("000-001")\ndef test_c(): assert 0', 1),
        ('@row("000-001")\ndef test_c(): pytest.skip("no")', 0),
        ('@row("000-001")\n@pytest.mark.skip\ndef test_c(): pass', 0),
        ('@row("000-001")\n@pytest.mark.xfail\ndef test_c(): assert 0', 0),
        ('@row("000-001")\n@pytest.mark.xfail\ndef test_c(): pass', 0),
        ('@row("000-001")\n@pytest.mark.parametrize("n", [0, 1])\ndef test_c(n): assert n', 1),
        ('@pytest.fixture\ndef up(): raise OSError\n@row("000-001")\ndef test_c(up): pass', 1),
        (
            '@pytest.fixture\ndef down():\n    yield\n    raise OSError\n@row("000-001")\ndef test_c(down): pass',
            1,
        ),
    ],
    ids=[
        "fails",
        "skips",
        "is marked to skip",
        "xfails",
        "xpasses",
        "one case fails",
        "set-up fails",
        "tear-down fails",
    ],
)
def test_a_row_is_not_shown_when_one_test_of_it(project, spoiler, code):
    done = run(project, f"{GOOD}\n{spoiler}\n")
    assert missing(done) == ["000-001", "000-003", "001-002"]
    assert done.stdout.endswith("\n2 of 5 rows shown\n")
    assert done.returncode == code


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ('row("000-001", "009-001")', "test_c: the acceptance table has no row '009-001'"),
        ("row(1)", "test_c: the acceptance table has no row 1"),
        ("row", 'test_c: write @pytest.mark.row("002-064", ...)'),
        ('row(number="000-001")', 'test_c: write @pytest.mark.row("002-064", ...)'),
    ],
)
def test_a_marker_that_names_no_row_of_the_table_ends_the_run(project, marker, sentence):
    done = run(project, f"{GOOD}\n@{marker}\ndef test_c(): pass\n")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert sentence in done.stdout + done.stderr
    assert done.stdout.endswith("\n0 of 5 rows shown\n")


def test_no_row_at_all_is_an_account_too(project):
    done = run(project, "def test_without_a_row(): pass\n")
    assert done.returncode == 0
    assert done.stdout.endswith("\n0 of 5 rows shown\n")


def test_rows_come_back_from_other_processes(project):
    done = run(project, GOOD, "-p", "xdist.plugin", "-n", "2")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("\n3 of 5 rows shown\n")


def test_a_row_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "table.md"
    path.write_text("| 000-001 | 1 | a | b | **S** |\n| 000-001 | 2 | c | d | **S** |\n")
    with pytest.raises(ValueError, match="row 000-001 stands twice"):
        acceptance.read_table(path)


def test_the_projects_table_has_all_its_rows():
    table = acceptance.read_table(ROOT / acceptance.TABLE)
    assert Counter(number[:3] for number in table) == {"000": 49, "001": 254, "002": 79, "003": 39, "004": 69}
    assert table["002-003"] == "Paths under /secure/ need Basic authentication"
    assert all(table.values())
