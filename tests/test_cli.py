"""The command line: help, usage, configuration files, errors, JSON."""

import json
import os
import re
import shutil

import numpy as np
import pytest
from command_line import facts, fails, run

import fastcnn
from fastcnn.cli import COMMANDS, output

NAMES = [command.__name__.rpartition(".")[2] for command in COMMANDS]

# Help -----------------------------------------------------------------------------------------


def test_help(capsys):
    status, out, _ = run(capsys, "--help")
    assert status == 0
    assert all(name in out for name in NAMES)
    assert "exit status" in out
    assert run(capsys, "--version")[:2] == (0, f"fastcnn {fastcnn.__version__}\n")


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command(capsys, monkeypatch, name):
    """Each option tells its default; nothing is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", "72")
    status, out, _ = run(capsys, name, "--help")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 72
    assert "None" not in out
    described = re.split(r"^  (?=-)", out, flags=re.M)[1:]
    options = {text.split()[0].rstrip(","): " ".join(text.split()) for text in described}
    assert {"--config", "--json", "--debug"} <= set(options)
    assert [text for text in options.values() if "(default: " not in text][1:] == []  # -h


# Usage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "COMMAND"),  # K01
        (["bogus"], "'bogus'"),
        (["train"], "MODEL"),
        (["predict", "model"], "IMAGE"),
        (["plot", "curves"], "SOURCE"),
        (["plot", "bogus", "model"], "'bogus'"),
        (["info", "more"], "unknown argument more"),
        (["train", "lenet5", "--xyz"], "unknown argument --xyz "),
        (["train", "lenet5", "--epoch", "1"], "--epoch: did you mean --epochs?"),  # no abbreviation
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
        (["predict", "model", "image", "--top", "0"], "--top"),
        (["summary", "lenet5", "--variant", "baroque"], "baroque"),
        (["summary", "lenet5", "--batch-size", "0"], "--batch-size"),
    ],
)
def test_usage_errors(capsys, arguments, reason):
    err = fails(capsys, 2, *arguments)
    assert re.search(reason.replace("?", r"\?"), err)
    assert re.search(r"\(see fastcnn( \w+)? --help\)$", err)


# Configuration files --------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path):
    """Writes a configuration file."""

    def write(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return path

    return write


def test_config(capsys, config):
    path = config('batch-size = 8\nalgorithms = true\ndepth = 1\nvariant = "classic"\n')
    given = ["--batch-size", 8, "--algorithms", "--depth", 1, "--variant", "classic"]
    by_hand = run(capsys, "summary", "lenet5", *given)
    assert by_hand[0] == 0
    assert run(capsys, "summary", "lenet5", "--config", path) == by_hand


def test_the_command_line_wins(capsys, config):
    path = config("batch-size = 8\nalgorithms = true\njson = true\n")
    for arguments in (
        ["summary", "lenet5", "--config", path, "--batch-size", 16, "--no-algorithms", "--no-json"],
        ["summary", "--no-json", "--no-algorithms", "--batch-size", 16, "lenet5", "--config", path],
    ):
        assert run(capsys, *arguments) == run(capsys, "summary", "lenet5", "--batch-size", 16)
    assert json.loads(run(capsys, "summary", "lenet5", "--config", path)[1])["batch_size"] == 8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("colour = 'red'", "unknown argument --colour"),  # K03
        ("batchsize = 1", "unknown argument --batchsize: did you mean --batch-size?"),
        ("batch_size = 1", "--batch_size: did you mean --batch-size?"),
        ("batch-size = 'many'", "--batch-size: must be a whole number, 1 to 1000000: got many"),
        ("batch-size = 1.5", "got 1.5"),
        ("batch-size = true", "batch-size must have a value: got true"),
        ("batch-size = [1, 2]", "got 1,2"),
        ("algorithms = 'yes'", "--algorithms"),
        ("batch-size = 1\nbatch-size = 2", "must be TOML: "),
        ("batch-size", "must be TOML: "),
        ("[summary]\ndepth = 1", "summary must be text, a number, true, false or a list: got {"),
        ("depth = 2026-01-01", "depth must be text"),
        ("depth = [true]", "depth must be text"),
        ("config = 'other.toml'", "config is for the command line"),
        ("help = true", "help is for the command line"),
        ("a = " + "[" * 100_000, "must be TOML"),
        ("#" * 2**20 + "\n", "at most"),
        ("a = '\0'", "must be TOML"),
    ],
)
def test_wrong_configuration(capsys, config, text, reason):
    path = config(text)
    err = fails(capsys, 2, "summary", "lenet5", "--config", path)
    assert err.startswith(f"fastcnn summary: {path}: ")
    assert reason in err


def test_missing_configuration(capsys, tmp_path):
    err = fails(capsys, 2, "info", "--config", tmp_path / "absent.toml")
    assert f"{tmp_path}/absent.toml: No such file" in err
    assert f"{tmp_path}: Is a directory" in fails(capsys, 2, "info", "--config", tmp_path)
    (tmp_path / "latin1.toml").write_bytes(b"data = '\xe4'")
    assert "must be TOML" in fails(capsys, 2, "info", "--config", tmp_path / "latin1.toml")


def test_mistakes_on_the_command_line_are_not_the_files(capsys, config):
    path = config("depth = 'x'")
    err = fails(capsys, 2, "summary", "lenet5", "--batch-size", "y", "--config", path)
    assert str(path) not in err
    assert "got y" in err


# Facts ----------------------------------------------------------------------------------------


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
    found = facts(capsys, "summary", "lenet5", "--algorithms")
    assert found["parameters"] == 61706
    assert [layer["kind"] for layer in found["layers"]].count("Conv2D") == 2
    assert {each["pass"] for each in found["algorithms"]} == {
        "forward",
        "backward_data",
        "backward_weight",
    }
    assert facts(capsys, "summary", "lenet5")["algorithms"] is None


def test_summary_of_nested_layers(capsys):
    whole, top = (run(capsys, "summary", "resnet20", *depth)[1] for depth in ([], ["--depth", 1]))
    assert "272,474 parameters" in whole
    assert "body" in whole
    assert "body" not in top
    err = fails(capsys, 1, "summary", "resnet20", "--variant", "classic")
    assert err == "fastcnn: --variant is for lenet5: got resnet20\n"


def test_info(capsys):
    status, out, _ = run(capsys, "info")
    assert status == 0
    assert len(out.splitlines()) == len(fastcnn.build_info())
    assert fastcnn.__version__ in out
    assert facts(capsys, "info") == fastcnn.build_info()


def test_json_has_no_numbers_that_are_none():
    value = {"a": np.float32("nan"), "b": [np.inf, np.int64(1)], "c": np.arange(2), 3: (None, "x")}
    assert json.loads(output.json(value)) == {
        "a": None,
        "b": [None, 1],
        "c": [0, 1],
        "3": [None, "x"],
    }


# Errors ---------------------------------------------------------------------------------------


def test_errors_name_their_file(capsys, tmp_path, digits, saved):  # K02
    absent = tmp_path / "absent"
    assert f"{absent}: No such file" in fails(capsys, 1, "evaluate", absent)
    assert "absent: neither a file nor a model's name" in fails(capsys, 1, "train", absent)
    err = fails(capsys, 1, "evaluate", saved, "--data", absent)
    assert f"{absent}: neither a folder nor a data set's name (sample, mnist, " in err

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


def test_errors_are_one_line_whatever_they_name(capsys, tmp_path):  # L32
    err = fails(capsys, 1, "evaluate", tmp_path / "a\nb\x1b[31m")
    assert r"a\nb\x1b[31m: No such file" in err
