"""``fastcnn plot``."""

import json
import sys

import pytest
from command_line import facts, fails, run
from PIL import Image

from fastcnn.cli.plot import PICTURES, read_log

CSV = "epoch,loss,accuracy,seconds,val_loss\n1,0.5,0.75,0.1,0.6\n2,0.25,0.875,0.1,0.5\n"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(CSV)
    return path


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures(capsys, tmp_path, saved, digits, log, picture):
    out = tmp_path / "picture.png"
    source = log if picture == "curves" else saved
    status, told, err = run(capsys, "plot", picture, source, "--data", digits, "--out", out)
    assert (status, told, err) == (0, f"{picture} in {out}\n", "")
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert len(image.convert("L").getcolors(1 << 16)) > 8  # not blank
    assert facts(
        capsys, "plot", picture, source, "--data", digits, "--out", out, "--overwrite"
    ) == {"picture": picture, "plot": str(out)}


@pytest.mark.parametrize(
    ("ending", "magic"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89")]
)
def test_formats(capsys, tmp_path, log, ending, magic):
    out = tmp_path / f"curves.{ending}"
    assert run(capsys, "plot", "curves", log, "--out", out)[0] == 0
    assert out.read_bytes().startswith(magic)


def test_a_graph_of_a_name(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "plot", "graph", "lenet5")[1] == "graph in graph.png\n"
    size = (tmp_path / "graph.png").stat().st_size
    assert run(capsys, "plot", "graph", "resnet20", "--depth", 2, "--overwrite")[0] == 0
    assert (tmp_path / "graph.png").stat().st_size > size


@pytest.mark.parametrize("picture", ["responses", "maps", "saliency", "grad-cam"])
def test_pictures_of_an_image(capsys, tmp_path, saved, picture):
    image, out = tmp_path / "image.png", tmp_path / "picture.png"
    Image.new("L", (40, 40), 99).save(image)
    arguments = ["plot", picture, saved, "--image", image, "--out", out]
    assert run(capsys, *arguments, *(["--layer", "0"] if picture == "grad-cam" else []))[0] == 0
    assert out.stat().st_size > 1000
    image.write_text("no image")
    assert "image.png: must be an intact PNG" in fails(capsys, 1, *arguments, "--overwrite")


def test_outputs(capsys, tmp_path, log):
    out = tmp_path / "curves.png"
    out.write_text("precious")
    err = fails(capsys, 1, "plot", "curves", log, "--out", out)
    assert err == f"fastcnn: {out}: exists; --overwrite replaces it\n"
    assert out.read_text() == "precious"
    err = fails(capsys, 1, "plot", "curves", log, "--out", tmp_path / "absent" / "curves.png")
    assert "No such file or directory" in err
    for name in ("curves", "curves.gif"):
        err = fails(capsys, 1, "plot", "curves", log, "--out", tmp_path / name)
        assert "--out must end in one of png, svg, pdf" in err


def test_sources_that_are_none(capsys, tmp_path, log, saved, monkeypatch):
    out = ["--out", tmp_path / "picture.png"]
    assert "absent: No such file" in fails(capsys, 1, "plot", "filters", tmp_path / "absent", *out)
    assert "must be a safetensors file" in fails(capsys, 1, "plot", "filters", log, *out)
    assert "must be a log of a training" in fails(capsys, 1, "plot", "curves", saved, *out)
    assert "neither a file nor a model's name" in fails(capsys, 1, "plot", "graph", "bogus", *out)
    assert "No such file" in fails(capsys, 1, "plot", "filters", "lenet5", *out)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install 'fastcnn[plot]'" in fails(capsys, 1, "plot", "curves", log, *out)


def test_logs(tmp_path, log):
    epochs = [
        {"epoch": 1, "loss": 0.5, "accuracy": 0.75, "seconds": 0.1, "val_loss": 0.6},
        {"epoch": 2, "loss": 0.25, "accuracy": 0.875, "seconds": 0.1, "val_loss": 0.5},
    ]
    assert read_log(log).epochs == epochs
    log.write_text(json.dumps({"epochs": epochs, "test": {}}))
    assert read_log(log).epochs == epochs


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"epoch,loss\n",
        b"epoch,accuracy\n1,0.5\n",
        b"epoch,loss\n1,much\n",
        b"epoch,loss\n1,2,3\n",
        b"\xff\xfe",
        b"{}",
        b'{"epochs": []}',
        b'{"epochs": [1]}',
        b'{"epochs": [{"loss": 1}]}',
        b'{"epochs": ' + b"[" * 100_000,
    ],
)
def test_bad_logs(tmp_path, content):
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path}: must be a log of a training"):
        read_log(path)
