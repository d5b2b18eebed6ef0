"""A gate's one line: name, result, seconds; its output only when it fails."""

import subprocess
import sys

import pytest

import step


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_passing_gate_is_one_line(capfd):
    assert step.run("lint", python("print('All checks passed!')")) == 0
    out = capfd.readouterr().out
    assert out.startswith("lint          ok ")
    assert out.endswith(" s\n")
    assert out.count("\n") == 1


def test_a_failing_gate_shows_both_its_streams_and_keeps_its_exit_code(capfd):
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(3)"
    assert step.run("types", python(code)) == 3
    first, *rest = capfd.readouterr().out.splitlines()
    assert first.startswith("types         FAILED ")
    assert rest == ["one", "two"]


def test_a_program_that_is_not_there_is_told(capfd):
    assert step.run("lint", ["/nowhere/ruff"]) == 127
    assert "cannot start /nowhere/ruff: No such file or directory" in capfd.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["lint"]])
def test_wrong_use(arguments, capfd):
    assert step.main(arguments) == 2
    assert capfd.readouterr().err == "usage: step.py NAME COMMAND...\n"


def test_as_a_script():
    command = [sys.executable, step.__file__, "lint", *python("raise SystemExit(5)")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 5
