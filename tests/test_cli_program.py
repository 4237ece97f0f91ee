"""The command line as a program: pipes, terminals, signals, odd environments."""

import functools
import os
import pty
import signal
import subprocess
import sys
import termios

import pytest
from command_line import PROGRAM, program

import fastcnn


def test_as_a_program():
    result = program("--version")
    assert (result.returncode, result.stdout) == (0, f"fastcnn {fastcnn.__version__}\n")
    assert program().returncode == 2


@pytest.mark.parametrize("arguments", ["--help", "train --help", "summary lenet5", "info --json"])
def test_closed_output(arguments):  # K06
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        command = [*PROGRAM, *arguments.split()]
        result = subprocess.run(
            command, stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode in (0, 141)
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("redirection", "status", "error"),
    [
        (">/dev/full", 1, "fastcnn: standard output: No space left on device\n"),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
    ],
)
def test_outputs_that_take_nothing(redirection, status, error):
    command = f"{sys.executable} -m fastcnn info {redirection}"
    result = subprocess.run(
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (status, error)


def test_nobody_reads_the_progress(digits):
    """Standard error is closed at its other end before the training begins."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        result = subprocess.run(
            [*PROGRAM, "train", "lenet5", "--data", digits, "--epochs", "1"],
            stdout=subprocess.PIPE,
            stderr=closed,
            check=False,
        )
    assert result.returncode in (0, 141)


def test_bare_environment(tmp_path):  # K06
    environment = {k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "PATH", "LD_"))}
    environment |= {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    environment |= {"OMP_NUM_THREADS": "abc"}  # K05; libgomp itself warns of it
    (tmp_path / "gone").mkdir()
    leave = f"cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec "
    command = leave + " ".join([sys.executable, "-m", "fastcnn", "summary", "lenet5"])
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    result = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0
    assert "Traceback" not in result.stderr
    assert "61,706" in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("option", ["--out", "--checkpoint"])
def test_interrupt(tmp_path, digits, number, option):  # K08, F09
    path = tmp_path / "model"
    command = [*PROGRAM, "train", "lenet5", "--data", digits, "--epochs", "100000", option, path]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # What a shell starts in the background ignores Ctrl-C, and so would its children.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, preexec_fn=heard, **pipes) as process:  # noqa: PLW1509
        assert any("epoch 1/" in line for line in process.stderr)  # which waits for it
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert out == ""
    again = f"fastcnn train {path}" if option == "--out" else "the same command with --resume"
    assert f"saved as it is; to go on: {again}\n" in err
    assert err.endswith("fastcnn: interrupted\n")
    assert "Traceback" not in err
    fastcnn.load(path)


def on_a_terminal(columns, *arguments):
    """What a program writes on a terminal of this many columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    command = [*PROGRAM, *map(str, arguments)]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # Linux says so at the end
                break
            if not part:
                break
            written += part
        assert process.wait() == 0
    os.close(ours)
    return written.decode()


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_are_as_wide_as_the_terminal(columns):
    lines = on_a_terminal(columns, "summary", "lenet5", "--algorithms").splitlines()
    assert any("61,706" in line for line in lines)
    if columns >= 80:
        assert max(map(len, lines)) <= columns
    assert max(map(len, on_a_terminal(columns, "info").splitlines())) <= columns


def test_a_bar_on_a_terminal_and_lines_in_a_pipe(digits):
    arguments = ["train", "lenet5", "--data", digits, "--epochs", "2"]
    shown = on_a_terminal(80, *arguments)
    assert "batch" in shown
    assert "\r" in shown.replace("\r\n", "\n")
    piped = program(*arguments)
    assert "\r" not in piped.stderr
    assert "\x1b" not in piped.stderr + piped.stdout
    assert [line[:9] for line in piped.stderr.splitlines()][-2:] == ["epoch 1/2", "epoch 2/2"]
    assert piped.stdout.startswith("test accuracy")
