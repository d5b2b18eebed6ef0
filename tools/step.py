"""Runs one gate and tells in one line what ran, how it ended and how long it took; keeps no list of gates (Makefile)."""

from __future__ import annotations

import subprocess
import sys
import time


def run(name: str, command: list[str]) -> int:
    """Run `command` and return its exit code; its output is shown only when it fails. Time in seconds."""
    print(f"{name:<14}", end="", flush=True)
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except OSError as error:
        print(f"FAILED  cannot start {command[0]}: {error.strerror}")
        return 127
    seconds = time.perf_counter() - began
    if done.returncode == 0:
        print(f"ok     {seconds:6.1f} s")
        return 0
    print(f"FAILED {seconds:6.1f} s   {' '.join(command)}")
    print(done.stdout.rstrip(), flush=True)
    return done.returncode


def main(arguments: list[str]) -> int:
    """`step.py NAME COMMAND...`: exit code of the command, 2 when there is none."""
    if len(arguments) < 2:
        print("usage: step.py NAME COMMAND...", file=sys.stderr)
        return 2
    return run(arguments[0], arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
