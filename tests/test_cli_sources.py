"""``--data``: sets by name, folders of pictures, folders of digits; ``fastcnn datasets``."""

import shutil

import numpy as np
import pytest
from command_line import facts, fails, run
from PIL import Image

import fastcnn
from fastcnn import data
from fastcnn.data import datasets, folders
from fastcnn.data.digits import SAMPLE_FOLDER

COLOURS = {"blue": (0, 0, 255), "green": (0, 200, 0), "red": (255, 0, 0)}


def paint(folder, count, colours=COLOURS):
    """A folder with a folder of pictures for each colour."""
    rng = np.random.default_rng(0)
    for name, colour in colours.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            noise = rng.integers(0, 60, (20, 24, 3))
            pixels = np.clip(np.array(colour) + noise - 30, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """A machine without data and without a network; the folder where data would lie."""
    monkeypatch.delenv("FASTCNN_DATA", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(folders.sys, "platform", "linux")

    def offline(file, addresses, folder):
        raise OSError("no network")

    monkeypatch.setattr(datasets, "fetch", offline)
    return tmp_path / "home" / ".cache" / "fastcnn"


def test_datasets(capsys, at_home):
    found = facts(capsys, "datasets")["datasets"]
    assert [each["name"] for each in found] == list(data.DATASETS)
    assert {each["folder"] for each in found} == {None}
    status, out, _ = run(capsys, "datasets")
    assert status == 0
    for each in data.DATASETS.values():
        (row,) = (line for line in out.splitlines() if line.startswith(each.name + " "))
        assert row.endswith("not here")
        assert f"{each.counts[0]:,}" in row
    shutil.copytree(SAMPLE_FOLDER, at_home / "mnist")
    assert facts(capsys, "datasets")["datasets"][0]["folder"] == str(at_home / "mnist")


def test_fetching(capsys, at_home):
    err = fails(capsys, 1, "datasets", "--fetch", "cifar10")
    assert "no network" in err
    assert str(at_home / "cifar10") in err
    shutil.copytree(SAMPLE_FOLDER, at_home / "mnist")
    assert run(capsys, "datasets", "--fetch", "mnist")[0] == 0
    assert "bogus" in fails(capsys, 2, "datasets", "--fetch", "bogus")


def test_a_set_by_its_name(capsys, at_home, saved):
    err = fails(capsys, 1, "evaluate", saved, "--data", "fashion_mnist")
    assert "Fashion-MNIST is not in" in err
    shutil.copytree(SAMPLE_FOLDER, at_home / "fashion_mnist")
    found = facts(capsys, "evaluate", saved, "--data", "fashion_mnist")
    assert found["images"] == 1000
    assert found["classes"][9]["class"] == "ankle boot"


def test_a_folder_of_pictures(capsys, tmp_path):
    """Trained, measured and predicted by the names of its classes."""
    folder, model = paint(tmp_path / "pictures", 10), tmp_path / "model"
    arguments = ["--data", folder, "--size", 28, "--epochs", 20, "--batch-size", 8]
    arguments += ["--lr", 0.02, "--out", model]
    status, out, err = run(capsys, "train", "lenet5", *arguments)
    assert status == 0, err
    assert "24 training images, 6 test images" in err
    assert "(6 images)" in out
    assert fastcnn.load(model).input_shape == (28, 28, 3)
    assert fastcnn.load(model).class_names == tuple(COLOURS)
    measured = facts(capsys, "evaluate", model, "--data", folder)
    assert measured["images"] == 30
    assert [each["class"] for each in measured["classes"]] == list(COLOURS)
    assert measured["accuracy"] > 0.9
    pictures = [folder / name / "3.png" for name in COLOURS]
    found = facts(capsys, "predict", model, *pictures)["images"]
    assert [each["classes"][0]["class"] for each in found] == list(COLOURS)
    for picture in ("confusion", "predictions"):
        out = tmp_path / f"{picture}.png"
        assert run(capsys, "plot", picture, model, "--data", folder, "--out", out)[0] == 0


def test_fine_tuning(capsys, tmp_path, saved):
    """A model of ten digits learns three colours, with the convolutions that it has."""
    folder, out = paint(tmp_path / "images", 5), tmp_path / "model"
    arguments = ["--data", folder, "--epochs", 1, "--freeze", "0.*,3.*", "--out", out]
    assert run(capsys, "train", saved, *arguments, "--new-head")[0] == 0
    before, after = fastcnn.load(saved), fastcnn.load(out)
    assert after.class_names == tuple(COLOURS)
    for name, parameter in after.parameters.items():
        kept = name.startswith(("0.", "3."))
        if not name.startswith("11."):
            same = np.array_equal(parameter.value, before.parameters[name].value)
            assert same == kept, name
    arguments += ["--overwrite"]
    assert "--new-head is for a saved" in fails(
        capsys, 1, "train", "lenet5", *arguments, "--new-head"
    )
    arguments[5] = "head.*"
    assert "head.*" in fails(capsys, 1, "train", saved, *arguments, "--new-head")


def test_test_images_of_their_own(capsys, tmp_path, saved):
    paint(tmp_path / "train", 4)
    paint(tmp_path / "val", 2)
    arguments = ["--data", tmp_path, "--size", 16, "--epochs", 1]
    status, _, err = run(capsys, "train", "all_convolutional", *arguments)
    assert status == 0, err
    assert "12 training images, 6 test images" in err
    shutil.rmtree(tmp_path / "val" / "red")
    err = fails(capsys, 1, "train", "all_convolutional", *arguments)
    assert "train and val must have the same classes: got red in one only" in err


def test_folders_that_hold_nothing(capsys, tmp_path):
    arguments = ["train", "resnet20", "--data", tmp_path]
    assert "must have a folder for each class" in fails(capsys, 1, *arguments)
    (tmp_path / "cats").mkdir()
    assert f"{tmp_path}/cats: must hold images" in fails(capsys, 1, *arguments)
    for number in range(5):
        (tmp_path / "cats" / f"{number}.png").write_text("no picture")
    status, _, err = run(capsys, *arguments, "--size", 32)
    assert status == 1
    assert "must be an intact PNG" in err.splitlines()[-1]
    assert "Traceback" not in err
    err = fails(capsys, 1, "train", "resnet20", "--data", tmp_path / "cats" / "0.png")
    assert "0.png: Not a directory" in err


def test_classes_and_sizes_that_do_not_fit(capsys, tmp_path, saved):
    folder = paint(tmp_path / "pictures", 2)
    model = fastcnn.models.lenet5(classes=3, rng=0)
    model.class_names = ["blue", "green", "violet"]
    model.save(tmp_path / "model")
    err = fails(capsys, 1, "evaluate", tmp_path / "model", "--data", folder)
    assert err.endswith("the model must know the classes of the images: got red for violet\n")
    err = fails(capsys, 1, "evaluate", saved, "--data", folder, "--size", 32)
    assert "--size must be what a saved model takes: got 32 for a model of 28 x 28" in err


# --- the names of a model's classes ---


def test_class_names_are_saved(tmp_path):
    model = fastcnn.models.lenet5(classes=3, rng=0)
    assert model.class_names is None
    assert "classes" not in model.config()
    model.class_names = ["a", "b", "ç"]
    model.save(tmp_path / "model")
    assert fastcnn.load(tmp_path / "model").class_names == ("a", "b", "ç")
    model.class_names = None
    model.save(tmp_path / "model")
    assert fastcnn.load(tmp_path / "model").class_names is None


@pytest.mark.parametrize(
    ("names", "error", "reason"),
    [
        ("abc", TypeError, "class_names must be a list of names: got 'abc'"),
        (3, TypeError, "class_names must be a list of names: got 3"),
        ([1, 2, 3], TypeError, r"class_names must be a list of names: got \(1, 2, 3\)"),
        (["a", "b"], ValueError, r"must have a name for each score: got 2 for .* \(3,\)"),
    ],
)
def test_class_names_that_are_none(names, error, reason):
    model = fastcnn.models.lenet5(classes=3, rng=0)
    with pytest.raises(error, match=reason):
        model.class_names = names
    with pytest.raises(error, match=reason):
        fastcnn.from_config(model.config() | {"classes": names})
    assert model.class_names is None
