"""Command lines, run in this process or in one of their own."""

import json
import subprocess
import sys

from fastcnn.cli import main
from fastcnn.kernels.threads import get_num_threads, use_threads

PROGRAM = [sys.executable, "-m", "fastcnn"]


def run(capsys, *arguments):
    """The exit status, the output and the errors of one command line."""
    with use_threads(get_num_threads()):  # --threads may change it
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as exit:
            status = exit.code
    output = capsys.readouterr()
    return status, output.out, output.err


def facts(capsys, *arguments):
    """What a command prints with ``--json``: one object in one line."""
    status, out, err = run(capsys, *arguments, "--json")
    assert status == 0, err
    assert out.count("\n") == 1
    return json.loads(out)


def fails(capsys, status, *arguments):
    """The command fails with ``status`` and tells why in one line, which is returned."""
    got, out, err = run(capsys, *arguments)
    assert got == status
    assert out == ""
    assert err.startswith("fastcnn")
    assert err.count("\n") == 1
    return err


def program(*arguments, **options):
    """Run a command line in a process of its own."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )
