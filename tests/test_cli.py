"""The command line, from its arguments to its exit status."""

import errno
import functools
import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import fastcnn
from fastcnn import data, models
from fastcnn.cli import main
from fastcnn.data.idx import write_idx
from fastcnn.data.mnist import SAMPLE_FOLDER, read_digits

COMMANDS = ("train", "evaluate", "predict", "summary", "info")
PROGRAM = [sys.executable, "-m", "fastcnn"]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A folder like MNIST's, with 128 training and 32 test digits."""
    folder = tmp_path_factory.mktemp("digits")
    for part, count in (("train", 128), ("t10k", 32)):
        images, labels = read_digits(SAMPLE_FOLDER, part)
        write_idx(folder / f"{part}-images-idx3-ubyte", images[:count])
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels[:count])
    return str(folder)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """An untrained model in a file."""
    path = tmp_path_factory.mktemp("models") / "lenet5.safetensors"
    models.lenet5(rng=0).save(path)
    return str(path)


@pytest.fixture(autouse=True)
def same_threads():
    """Leave the number of threads as it was."""
    before = fastcnn.get_num_threads()
    yield
    fastcnn.set_num_threads(before)


def run(capsys, *arguments):
    """The exit status, the output and the errors of one command line."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as exit:
        status = exit.code
    output = capsys.readouterr()
    return status, output.out, output.err


def fails(capsys, status, *arguments):
    """The command fails with ``status`` and tells why in one line, which is returned."""
    got, _, err = run(capsys, *arguments)
    assert got == status
    assert err.startswith("fastcnn")
    assert err.count("\n") == 1
    return err


# The way of the data --------------------------------------------------------------------------


def test_learns_to_read_digits(capsys, tmp_path):
    model, plot = tmp_path / "lenet5.safetensors", tmp_path / "lenet5.png"
    status, out, _ = run(capsys, "train", "lenet5", "--epochs", 3, "--out", model, "--plot", plot)
    assert status == 0
    assert "61,706" in out
    assert "5,000 training images, 1,000 test images" in out
    assert sorted(tmp_path.iterdir()) == [plot, model]
    with Image.open(plot) as image:
        assert image.format == "PNG"

    status, measured, _ = run(capsys, "evaluate", model)
    assert status == 0
    assert measured in out  # the training ends with the same line
    assert float(measured.split()[2].rstrip("%,")) > 93

    _, (xt, yt) = data.load_mnist_sample()
    paths = [tmp_path / f"{i}.png" for i in range(20)]
    for path, x in zip(paths, xt, strict=False):
        Image.fromarray(np.uint8(x[..., 0] * 255)).save(path)
    status, out, _ = run(capsys, "predict", model, *paths)
    assert status == 0
    header, *rows = out.splitlines()
    assert header.split() == ["image", "digit", *"0123456789"]
    right = 0
    for row, path, label in zip(rows, paths, yt, strict=False):
        name, digit, *probabilities = row.split()
        assert name == str(path)
        assert np.argmax(np.float64(probabilities)) == int(digit)
        assert np.float64(probabilities).sum() == pytest.approx(1, abs=0.006)
        right += int(digit) == label
    assert right >= 18


@pytest.mark.parametrize("n", [1, 3])
def test_threads(capsys, saved, digits, n):
    assert run(capsys, "evaluate", saved, "--data", digits, "--threads", n)[0] == 0
    assert fastcnn.get_num_threads() == n


def test_same_seed_same_model(capsys, tmp_path, digits):
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 2, "--augment", "--out"]
    for name, more in (("a", []), ("b", ["--threads", 1]), ("c", ["--seed", 1])):
        assert run(capsys, *arguments, tmp_path / name, *more)[0] == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


@pytest.mark.parametrize(
    "more",
    [
        ["--optimizer", "adam"],
        ["--lr", "0.01", "--momentum", "0", "--weight-decay", "0", "--schedule", "constant"],
        ["--schedule", "step"],
        ["--schedule", "one-cycle"],
        ["--variant", "classic", "--batch-size", "100"],
    ],
    ids=["adam", "constant", "step", "one-cycle", "classic"],
)
def test_training_options_take_effect(capsys, tmp_path, digits, more):
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 1, "--out"]
    assert run(capsys, *arguments, tmp_path / "plain")[0] == 0
    assert run(capsys, *arguments, tmp_path / "other", *more)[0] == 0
    assert (tmp_path / "plain").read_bytes() != (tmp_path / "other").read_bytes()


def test_trains_a_saved_model_further(capsys, tmp_path, digits, saved):
    further = tmp_path / "further"
    assert run(capsys, "train", saved, "--data", digits, "--epochs", 1, "--out", further)[0] == 0
    assert run(capsys, "evaluate", further, "--data", digits)[0] == 0


def test_summary(capsys, saved):
    status, by_name, _ = run(capsys, "summary", "lenet5")
    assert status == 0
    assert "61,706" in by_name
    assert run(capsys, "summary", saved)[1] == by_name
    assert run(capsys, "summary", "lenet5", "--variant", "classic")[1] != by_name
    status, more, _ = run(capsys, "summary", saved, "--algorithms", "--batch-size", 8)
    assert status == 0
    model = fastcnn.load(saved)
    assert more == model.summary(batch_size=8, algorithms=True) + "\n"


def test_other_models(capsys, tmp_path, digits):
    """They take the size of their images and the number of classes from the data."""
    whole, top = (run(capsys, "summary", "resnet20", *depth)[1] for depth in ([], ["--depth", 1]))
    assert "272,474 parameters" in whole
    assert "body" in whole
    assert "body" not in top
    out = tmp_path / "model"
    arguments = ["--data", digits, "--epochs", 1, "--out", out]
    assert run(capsys, "train", "all_convolutional", *arguments)[0] == 0
    assert fastcnn.load(out).input_shape == (28, 28, 1)
    assert fastcnn.load(out).output_shape == (10,)
    err = fails(capsys, 1, "summary", "resnet20", "--variant", "classic")
    assert err == "fastcnn: --variant is for lenet5: got resnet20\n"


def test_info(capsys):
    status, out, _ = run(capsys, "info")
    assert status == 0
    assert len(out.splitlines()) == len(fastcnn.build_info())
    assert fastcnn.__version__ in out


# Help and usage -------------------------------------------------------------------------------


def test_help(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert all(command in out for command in COMMANDS)
    for command in COMMANDS:
        status, out, _ = run(capsys, command, "--help")
        assert status == 0
        assert "--debug" in out
        assert "None" not in out
    assert run(capsys, "--version")[:2] == (0, f"fastcnn {fastcnn.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "COMMAND"),  # K01
        (["bogus"], "'bogus'"),
        (["train"], "MODEL"),
        (["predict", "model"], "IMAGE"),
        (["train", "lenet5", "--colour"], "--colour"),
        (["train", "lenet5", "--epoch", "1"], "--epoch"),  # no abbreviations
        (["train", "lenet5", "--epochs", "0"], "--epochs: must be a whole number, 1 to .*: got 0"),
        (["train", "lenet5", "--epochs", "1000000000000"], "--epochs"),  # K04
        (["train", "lenet5", "--epochs", "two"], "got two"),
        (["train", "lenet5", "--batch-size", "-1"], "--batch-size"),
        (["train", "lenet5", "--batch-size", "1000000000000"], "--batch-size"),
        (["train", "lenet5", "--threads", "0"], "--threads"),  # K05
        (["train", "lenet5", "--threads", "-1"], "--threads"),
        (["evaluate", "model", "--threads", "10000"], "--threads"),
        (["train", "lenet5", "--lr", "0"], "--lr: must be a number > 0"),
        (["train", "lenet5", "--lr", "nan"], "--lr"),
        (["train", "lenet5", "--lr", "inf"], "--lr"),
        (["train", "lenet5", "--momentum", "1"], "--momentum: must be a number >= 0 and < 1"),
        (["train", "lenet5", "--weight-decay", "-1e-9"], "--weight-decay"),
        (["train", "lenet5", "--seed", "-1"], "--seed"),
        (["train", "lenet5", "--optimizer", "adagrad"], "adagrad"),
        (["train", "lenet5", "--schedule", "linear"], "linear"),
        (["summary", "lenet5", "--variant", "baroque"], "baroque"),
        (["summary", "lenet5", "--batch-size", "0"], "--batch-size"),
    ],
)
def test_usage_errors(capsys, arguments, reason):
    assert re.search(reason, fails(capsys, 2, *arguments))


# Errors ---------------------------------------------------------------------------------------


def test_errors_name_their_file(capsys, tmp_path, digits, saved):  # K02
    absent = tmp_path / "absent"
    assert f"{absent}: No such file" in fails(capsys, 1, "evaluate", absent)
    assert "absent: neither a file nor a model's name" in fails(capsys, 1, "train", absent)
    assert "FASTCNN_DATA" in fails(capsys, 1, "evaluate", saved, "--data", absent)

    damaged = tmp_path / "damaged"
    shutil.copy(saved, damaged)
    with damaged.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    assert f"{damaged}: must match its checksum" in fails(capsys, 1, "evaluate", damaged)

    shutil.copytree(digits, tmp_path / "cut")
    images = tmp_path / "cut" / "train-images-idx3-ubyte"
    os.truncate(images, 1000)
    assert f"{images}: " in fails(capsys, 1, "train", "lenet5", "--data", tmp_path / "cut")


def test_debug_shows_the_traceback(capsys, tmp_path):
    status, _, err = run(capsys, "evaluate", tmp_path / "absent", "--debug")
    assert status == 1
    assert "Traceback" in err


@pytest.mark.parametrize("option", ["--out", "--plot"])
def test_files_are_not_replaced_unasked(capsys, tmp_path, digits, option):  # K07
    path = tmp_path / "precious"
    path.write_bytes(b"precious")
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 1, option, path]
    assert f"{path}: exists; --overwrite replaces it" in fails(capsys, 1, *arguments)
    assert path.read_bytes() == b"precious"
    assert run(capsys, *arguments, "--overwrite")[0] == 0
    assert path.read_bytes() != b"precious"


@pytest.mark.parametrize("option", ["--out", "--plot"])
def test_outputs_are_checked_before_the_training(capsys, tmp_path, monkeypatch, option):
    """F07: an output that cannot be written costs no training time."""
    monkeypatch.setattr(fastcnn.Sequential, "fit", None)
    bad = {"": errno.EISDIR, "absent/file": errno.ENOENT, "x" * 256: errno.ENAMETOOLONG}
    for name, code in bad.items():
        path = tmp_path / name
        err = fails(capsys, 1, "train", "lenet5", option, path, "--overwrite")
        assert err == f"fastcnn: {path}: {os.strerror(code)}\n"


def test_missing_extras(capsys, tmp_path, monkeypatch, saved):
    monkeypatch.setattr(fastcnn.Sequential, "fit", None)
    for module, extra, arguments in (
        ("matplotlib", "plot", ["train", "lenet5", "--plot", tmp_path / "plot.png"]),
        ("PIL.Image", "cli", ["predict", saved, tmp_path / "digit.png"]),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        assert f"pip install 'fastcnn[{extra}]'" in fails(capsys, 1, *arguments)


def test_interrupted_training_is_saved(capsys, tmp_path, digits, monkeypatch):  # K08
    def interrupted(model, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(fastcnn.Sequential, "fit", interrupted)
    path = tmp_path / "model"
    status, _, err = run(capsys, "train", "lenet5", "--data", digits, "--out", path)
    assert status == 130
    assert f"to go on: fastcnn train {path}" in err
    assert "Traceback" not in err
    fastcnn.load(path)
    assert run(capsys, "train", "lenet5", "--data", digits)[0] == 130


def test_odd_names(capsys, tmp_path, saved):  # L32
    path = tmp_path / "a\nb\x1b[31m.png"
    Image.new("L", (28, 28)).save(path)
    status, out, _ = run(capsys, "predict", saved, path)
    assert status == 0
    assert len(out.splitlines()) == 2
    assert "\x1b" not in out


# As a program ---------------------------------------------------------------------------------


def program(*arguments, **options):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, **options
    )


def test_as_a_program():
    result = program("--version")
    assert (result.returncode, result.stdout) == (0, f"fastcnn {fastcnn.__version__}\n")
    assert program().returncode == 2


@pytest.mark.parametrize("arguments", ["--help", "train --help", "summary lenet5"])
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


def test_interrupt(tmp_path):  # K08
    path = tmp_path / "model"
    command = [*PROGRAM, "train", "lenet5", "--epochs", "100000", "--out", path]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # What a shell starts in the background ignores Ctrl-C, and so would its children.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, preexec_fn=heard, **pipes) as process:  # noqa: PLW1509
        assert any("epoch 1/" in line for line in process.stderr)  # which waits for it
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    fastcnn.load(path)
