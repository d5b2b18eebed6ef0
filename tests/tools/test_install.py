"""The installer: .venv is refilled when a lock or the project's metadata changed, and only then."""

import subprocess
import sys

import pytest

import install

LOCK = "# made by make lock\nalpha==1.0 \\\n    --hash=sha256:aa\n    # via chappe\nbeta-two==2.0 \\\n    --hash=sha256:bb\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / install.RUNTIME).write_text(LOCK)
    (tmp_path / install.DEV).write_text(LOCK + "gamma==3\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


@pytest.fixture
def steps(monkeypatch):
    """Steps of the installation as (name, arguments after the interpreter, packages counted)."""
    taken = []

    def note(name, what, command, packages=0):
        assert what
        taken.append((name, [str(word) for word in command[1:]], packages))

    monkeypatch.setattr(install, "step", note)
    return taken


def names(steps) -> list[str]:
    return [name for name, _, _ in steps]


def test_a_first_installation_takes_hashes_and_wheels_only_and_then_the_project(root, steps):
    assert install.main([install.RUNTIME], root) == 0
    (_, dependencies, packages), (_, project, _), (_, check, _) = steps
    assert packages == 2
    assert dependencies[-5:] == [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        str(root / install.RUNTIME),
    ]
    assert project[-4:] == ["--no-deps", "--no-build-isolation", "-e", str(root)]
    assert check == ["-m", "pip", "check"]


def test_a_second_installation_does_nothing(root, steps):
    install.main([install.RUNTIME], root)
    steps.clear()
    assert install.main([install.RUNTIME], root) == 0
    assert steps == []


def test_the_development_lock_serves_the_runtime_too_but_not_the_reverse(root, steps):
    install.main([install.DEV], root)
    assert install.is_current(root, install.RUNTIME)
    install.install(root, install.RUNTIME)
    assert install.is_current(root, install.RUNTIME)
    assert not install.is_current(root, install.DEV)
    assert names(steps) == ["dependencies", "chappe", "consistency"] * 2


@pytest.mark.parametrize("changed", [install.RUNTIME, "pyproject.toml"])
def test_a_changed_file_is_installed_again(root, steps, changed):
    install.main([install.RUNTIME], root)
    (root / changed).write_text((root / changed).read_text() + "\n# new\n")
    steps.clear()
    assert install.main([install.RUNTIME], root) == 0
    assert names(steps) == ["dependencies", "chappe", "consistency"]


@pytest.mark.parametrize("broken", ["missing", "dangling", "failing"])
def test_an_environment_that_does_not_run_is_made_anew(root, steps, broken):
    install.main([install.RUNTIME], root)
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    if broken == "dangling":
        python.symlink_to(root / "gone")
    elif broken == "failing":
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
    steps.clear()
    assert install.main([install.RUNTIME], root) == 0
    assert names(steps) == ["environment", "dependencies", "chappe", "consistency"]
    assert steps[0][1] == ["-m", "venv", "--clear", str(root / ".venv")]


def test_a_failed_step_leaves_no_stamp_and_tells_the_reason(root, monkeypatch, capsys):
    install.stamp(root, install.RUNTIME).write_text("old")

    def fail(name, what, command, packages=0):
        raise install.Failed(f"{name} {what} {command[0]} {packages}: hash mismatch")

    monkeypatch.setattr(install, "step", fail)
    assert install.main([install.RUNTIME], root) == 1
    assert "hash mismatch" in capsys.readouterr().err
    assert not install.stamp(root, install.RUNTIME).exists()


def test_an_interrupt_ends_it_without_a_trace_and_without_a_stamp(root, monkeypatch, capsys):
    def interrupt(name, what, command, packages=0):
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "step", interrupt)
    assert install.main([install.RUNTIME], root) == 130
    assert capsys.readouterr().err == "\nstopped; the next call begins again\n"
    assert not install.stamp(root, install.RUNTIME).exists()


def test_a_lock_that_lacks_what_the_project_asks_for_is_told_and_not_stamped(root, monkeypatch, capsys):
    def fail_check(name, what, command, packages=0):
        if command[-1] == "check":
            raise install.Failed("chappe 0.1.0 requires delta, which is not installed.")

    monkeypatch.setattr(install, "step", fail_check)
    assert install.main([install.DEV], root) == 1
    assert capsys.readouterr().err == (
        "chappe 0.1.0 requires delta, which is not installed.\n"
        "requirements-dev.lock does not serve pyproject.toml: run `make lock`.\n"
    )
    assert not install.stamp(root, install.DEV).exists()


@pytest.mark.parametrize("arguments", [[], ["other.lock"], [install.DEV, install.RUNTIME]])
def test_wrong_use(root, arguments, capsys):
    assert install.main(arguments, root) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_an_old_python_is_refused_with_what_to_do(root, steps, monkeypatch, capsys):
    monkeypatch.setattr(install, "OLDEST_PYTHON", (99, 0))
    assert install.main([install.RUNTIME], root) == 1
    assert "make PYTHON=" in capsys.readouterr().err
    assert steps == []


def test_progress_counts_the_packages_that_pip_names():
    output = []
    pip = [
        "Looking in indexes: x\n",
        "Collecting aiohttp==3.14.5\n",
        "  Downloading aiohttp-3.14.5.whl (1.8 MB)\n",
        "Requirement already satisfied: idna==3.20 in ./lib\n",
        "Processing /some/where/argon2_cffi-25.1.0-py3-none-any.whl\n",
        "Collecting ruff (from -r requirements-dev.lock (line 3))\n",
        "Installing collected packages: aiohttp, ruff\n",
    ]
    told = list(install.progress(output, pip, 4))
    assert told == [
        "1 of 4 aiohttp",
        "2 of 4 idna",
        "3 of 4 argon2_cffi",
        "4 of 4 ruff",
        "unpacking 4 packages",
    ]
    assert output == pip


def test_a_step_is_one_line_with_its_seconds(capsys):
    install.step("chappe", "this checkout", [sys.executable, "-c", "print('Collecting x')"])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("chappe        ok ")
    assert line.endswith(" s   this checkout")


def test_a_failing_step_raises_with_the_end_of_its_output(capsys):
    code = "import sys; print('\\n'.join(map(str, range(100)))); sys.exit('no such wheel')"
    with pytest.raises(install.Failed) as failed:
        install.step("dependencies", "2 packages", [sys.executable, "-c", code])
    shown = str(failed.value).splitlines()
    assert len(shown) == install.TAIL_LINES
    assert "no such wheel" in shown
    assert "FAILED" in capsys.readouterr().out


def test_a_slow_step_tells_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr(install, "QUIET_SECONDS", 0.0)
    install.step("dependencies", "1 package", [sys.executable, "-c", "print('Collecting x')"], packages=1)
    assert capsys.readouterr().out.startswith("dependencies  1 package: 1 of 1 x\n")


def test_as_a_script():
    command = [sys.executable, install.__file__, "other.lock"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
