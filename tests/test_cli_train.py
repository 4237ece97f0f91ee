"""``fastcnn train`` and ``fastcnn evaluate``."""

import errno
import math
import os
import re
import sys

import pytest
from command_line import facts, fails, run
from PIL import Image

import fastcnn
from fastcnn import data
from fastcnn.cli import augmentation, options
from fastcnn.cli.plot import read_log


def test_learns_to_read_digits(capsys, tmp_path):
    model, plot = tmp_path / "lenet5.safetensors", tmp_path / "lenet5.png"
    arguments = ["train", "lenet5", "--epochs", 3, "--out", model, "--plot", plot]
    status, out, err = run(capsys, *arguments)
    assert status == 0
    assert "61,706" in err
    assert "5,000 training images, 1,000 test images" in err
    assert out.splitlines()[1:] == [f"model in {model}", f"plot in {plot}"]
    assert fastcnn.load(model).class_names == tuple("0123456789")
    assert sorted(tmp_path.iterdir()) == [plot, model]
    with Image.open(plot) as image:
        assert image.format == "PNG"

    status, measured, err = run(capsys, "evaluate", model)
    assert (status, err) == (0, "")
    assert measured.splitlines()[-1] == out.splitlines()[0]
    assert float(out.split()[2].rstrip("%,")) > 93


def test_facts(capsys, tmp_path, digits):
    out = tmp_path / "model"
    trained = facts(capsys, "train", "lenet5", "--data", digits, "--epochs", 2, "--out", out)
    assert [epoch["epoch"] for epoch in trained["epochs"]] == [1, 2]
    assert trained["files"] == {"model": str(out)}
    measured = facts(capsys, "evaluate", out, "--data", digits)
    assert measured == trained["test"]
    assert measured["images"] == 32 == sum(each["images"] for each in measured["classes"])
    right = sum((each["recall"] or 0) * each["images"] for each in measured["classes"])
    assert right == pytest.approx(32 * measured["accuracy"])
    assert math.isfinite(measured["loss"])


def test_classes_of_evaluate(capsys, saved, digits):
    status, out, _ = run(capsys, "evaluate", saved, "--data", digits)
    assert status == 0
    head, _, *rows, _, last = out.splitlines()
    assert head.split() == ["class", "images", "recall", "precision", "F1"]
    assert [row.split()[0] for row in rows] == [*"0123456789"]
    measured = facts(capsys, "evaluate", saved, "--data", digits)
    for row, each in zip(rows, measured["classes"], strict=True):
        shares = [each[name] for name in ("recall", "precision", "f1")]
        shown = ["-" if share is None else f"{share:.2%}" for share in shares]
        assert row.split() == [str(each["class"]), str(each["images"]), *shown]
    assert "-" in out  # an untrained model takes nothing for most classes
    model = fastcnn.load(saved)
    (_, _), (xt, yt) = fastcnn.data.mnist(digits)
    plain = model.evaluate(xt, yt)
    assert measured["loss"] == pytest.approx(plain["loss"], rel=1e-6)
    assert measured["accuracy"] == plain["accuracy"]
    assert last.startswith(f"test accuracy {plain['accuracy']:.2%}, loss {plain['loss']:.4f}")


@pytest.mark.parametrize("n", [1, 3])
def test_threads(capsys, saved, digits, monkeypatch, n):
    asked = []
    monkeypatch.setattr(fastcnn, "set_num_threads", asked.append)
    assert run(capsys, "evaluate", saved, "--data", digits, "--threads", n)[0] == 0
    assert asked == [n]


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
        ["--optimizer", "adamw", "--weight-decay", "0.1"],
        ["--optimizer", "rmsprop", "--momentum", "0.5"],
        ["--nesterov"],
        ["--warm-up", "0.5"],
        ["--validation", "0.25"],
        ["--augment"],
        ["--shift", "1"],
        ["--flip"],
        ["--rotate", "10"],
        ["--cut"],
        ["--colors", "0.5"],
        ["--cutout", "8"],
        ["--mixup", "0.2"],
        ["--label-smoothing", "0.1"],
        ["--clip-norm", "0.1"],
        ["--accumulate", "2"],
        ["--average", "0.5"],
        ["--decay", "all", "--weight-decay", "0.1"],
        ["--balance"],
        ["--lr", "0.01", "--momentum", "0", "--weight-decay", "0", "--schedule", "constant"],
        ["--schedule", "step"],
        ["--schedule", "one-cycle"],
        ["--variant", "classic", "--batch-size", "100"],
    ],
    ids=" ".join,
)
def test_training_options_take_effect(capsys, tmp_path, digits, more):
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 1, "--out"]
    assert run(capsys, *arguments, tmp_path / "plain")[0] == 0
    assert run(capsys, *arguments, tmp_path / "other", *more)[0] == 0
    assert (tmp_path / "plain").read_bytes() != (tmp_path / "other").read_bytes()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            ["--optimizer", "adam", "--momentum", "0.5"],
            "--momentum is for sgd and rmsprop: got adam",
        ),
        (["--optimizer", "rmsprop", "--nesterov"], "--nesterov is for sgd: got rmsprop"),
        (["--balance", "--mixup", "1"], "--balance is not for --mixup"),
        (["--resume"], "--resume needs --checkpoint"),
        (["--validation", "0.001"], "share must hold out 1 to 127 of 128 samples"),
    ],
)
def test_options_that_do_not_fit(capsys, digits, more, reason):
    assert reason in fails_at_last(capsys, "train", "lenet5", "--data", digits, *more)


def test_resumed_training_is_that_without_a_pause(capsys, tmp_path, digits):
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 3, "--augment"]
    arguments += ["--optimizer", "adam", "--schedule", "constant", "--out"]
    whole, parts = tmp_path / "whole", ["--checkpoint", tmp_path / "checkpoint"]
    assert run(capsys, *arguments, whole)[0] == 0
    assert run(capsys, *arguments, tmp_path / "first", *parts, "--epochs", 1)[0] == 0
    err = fails(capsys, 1, *arguments, tmp_path / "rest", *parts)
    assert f"{tmp_path}/checkpoint: exists; --overwrite replaces it" in err
    log = tmp_path / "log.csv"
    log.write_text("")
    status, _, err = run(
        capsys,
        *arguments,
        tmp_path / "rest",
        *parts,
        "--resume",
        "--log",
        log,
        "--plot",
        tmp_path / "plot.png",
    )
    assert status == 0, err
    assert f"{tmp_path}/checkpoint: going on at epoch 2/" in err
    assert (tmp_path / "rest").read_bytes() == whole.read_bytes()
    assert len(log.read_text().splitlines()) == 4
    assert (tmp_path / "plot.png").stat().st_size > 10_000


def test_early_stopping(capsys, digits):
    """At a learning rate of nearly zero nothing gets better."""
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 50, "--lr", "1e-30"]
    assert len(facts(capsys, *arguments, "--patience", 2)["epochs"]) == 3


def test_log(capsys, tmp_path, digits):
    log = tmp_path / "log.csv"
    assert run(capsys, "train", "lenet5", "--data", digits, "--epochs", 2, "--log", log)[0] == 0
    assert [epoch["epoch"] for epoch in read_log(log).epochs] == [1, 2]


def usual(shape, *more):
    """What ``--augment`` and other options change in images of this shape."""
    parser = options.Parser()
    augmentation.add(parser)
    return repr(augmentation.augmentation(parser.parse_args(more), shape))


def test_usual_augmentation():
    assert usual((28, 28, 1)) == "None"
    assert usual((28, 28, 1), "--augment") == repr(data.Chain(data.Shift(2)))
    assert usual((32, 32, 3), "--augment") == repr(data.Chain(data.Shift(4), data.Flip()))
    assert usual((32, 32, 3), "--augment", "--no-flip") == repr(data.Chain(data.Shift(4)))
    large = data.Chain(data.ResizedCrop((224, 224)), data.Flip(), data.Cutout(50))
    assert usual((224, 224, 3), "--augment", "--cutout", "50") == repr(large)


def test_trains_a_saved_model_further(capsys, tmp_path, digits, saved):
    further = tmp_path / "further"
    assert run(capsys, "train", saved, "--data", digits, "--epochs", 1, "--out", further)[0] == 0
    assert run(capsys, "evaluate", further, "--data", digits)[0] == 0


def test_other_models(capsys, tmp_path, digits):
    """They take the size of their images and the number of classes from the data."""
    out = tmp_path / "model"
    arguments = ["--data", digits, "--epochs", 1, "--out", out]
    assert run(capsys, "train", "all_convolutional", *arguments)[0] == 0
    assert fastcnn.load(out).input_shape == (28, 28, 1)
    assert fastcnn.load(out).output_shape == (10,)


def test_models_that_do_not_fit(capsys, tmp_path, digits):
    path = tmp_path / "model"
    fastcnn.models.resnet20(classes=10, rng=0).save(path)
    for command in ("train", "evaluate"):
        err = fails_at_last(capsys, command, path, "--data", digits)
        assert re.search(r"x must .*\b32, 32, 3\).*: got .*28, 28, 1\)", err)
    fastcnn.models.lenet5(classes=3, rng=0).save(path)
    err = fails_at_last(capsys, "evaluate", path, "--data", digits)
    assert "labels must be from 0 to 2: got" in err


def fails_at_last(capsys, *arguments):
    """The last line that a command tells, which fails after others."""
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (1, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("fastcnn: ")
    return err.splitlines()[-1]


@pytest.mark.parametrize("option", ["--out", "--plot", "--log", "--checkpoint"])
def test_files_are_not_replaced_unasked(capsys, tmp_path, digits, option):  # K07
    path = tmp_path / "precious"
    path.write_bytes(b"precious")
    arguments = ["train", "lenet5", "--data", digits, "--epochs", 1, option, path]
    assert f"{path}: exists; --overwrite replaces it" in fails(capsys, 1, *arguments)
    assert path.read_bytes() == b"precious"
    assert run(capsys, *arguments, "--overwrite")[0] == 0
    assert path.read_bytes() != b"precious"


@pytest.mark.parametrize("option", ["--out", "--plot", "--log", "--checkpoint"])
def test_outputs_are_checked_before_the_training(capsys, tmp_path, monkeypatch, option):
    """F07: an output that cannot be written costs no training time."""
    monkeypatch.setattr(fastcnn.Sequential, "fit", None)
    bad = {"": errno.EISDIR, "absent/file": errno.ENOENT, "x" * 256: errno.ENAMETOOLONG}
    for name, code in bad.items():
        path = tmp_path / name
        err = fails(capsys, 1, "train", "lenet5", option, path, "--overwrite")
        assert err == f"fastcnn: {path}: {os.strerror(code)}\n"


def test_missing_matplotlib(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(fastcnn.Sequential, "fit", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    err = fails(capsys, 1, "train", "lenet5", "--plot", tmp_path / "plot.png")
    assert "pip install 'fastcnn[plot]'" in err


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
