"""MNIST and its sample: shapes, ranges, where the files are found, and what is refused."""

import hashlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from fastcnn import data
from fastcnn.data.digits import SAMPLE_FOLDER
from fastcnn.data.idx import read_idx, write_idx
from fastcnn.data.make_sample import first_of_each, make_sample

NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


@pytest.fixture
def folder(tmp_path):
    """A copy of the sample."""
    return shutil.copytree(SAMPLE_FOLDER, tmp_path / "digits")


def test_sample():
    (x, y), (xt, yt) = data.load_mnist_sample()
    for images, labels, count in ((x, y, 500), (xt, yt, 100)):
        assert images.shape == (10 * count, 28, 28, 1)
        assert images.dtype == np.float32
        assert labels.dtype == np.int64
        assert (images.min(), images.max()) == (0, 1)
        assert np.bincount(labels).tolist() == [count] * 10
    assert y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]  # as the full set begins
    assert yt[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_sample_is_the_published_one():
    digest = hashlib.sha256()
    for name in NAMES:
        digest.update(read_idx(SAMPLE_FOLDER / f"{name}.gz"))
    assert digest.hexdigest() == "8865d071f11867360dcf309c0990fb02d19efc2f4b0942603f1b6864fe06bbfe"


def test_bytes_stay_bytes(folder):
    (x, y), _ = data.mnist(folder)
    assert (x.dtype, y.dtype) == (np.uint8, np.int64)
    np.testing.assert_array_equal(x[..., 0], read_idx(folder / "train-images-idx3-ubyte.gz"))
    np.testing.assert_array_equal(y, read_idx(folder / "train-labels-idx1-ubyte.gz"))


def test_sample_is_in_0_to_1(folder):
    for own, (x, y) in zip(data.load_mnist_sample(), data.mnist(folder), strict=True):
        np.testing.assert_array_equal(own[0], x.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(own[1], y)


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("raw", [False, True])
def test_spellings(folder, dotted, raw):
    expected = data.mnist(folder)[1][1]
    for name in NAMES:
        array = read_idx(folder / f"{name}.gz")
        (folder / f"{name}.gz").unlink()
        spelling = name.replace("-idx", ".idx") if dotted else name
        write_idx(folder / (spelling if raw else f"{spelling}.gz"), array)
    np.testing.assert_array_equal(data.mnist(folder)[1][1], expected)


@pytest.mark.parametrize("name", NAMES[1:])
def test_missing_companion(folder, name):
    (folder / f"{name}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=f"{folder}/{name}: missing"):
        data.mnist(folder)


@pytest.mark.parametrize(
    ("name", "array", "rule"),
    [
        ("images-idx3", np.zeros((4999, 28, 28), "u1"), "got 5000 labels for 4999 images"),  # L10
        ("labels-idx1", np.zeros(4999, "u1"), "got 4999 labels for 5000 images"),
        ("labels-idx1", np.full(5000, [10], "u1"), "0 to 9: got 10 at index 0"),  # L11
        ("labels-idx1", np.zeros((5000, 1), "u1"), r"must be uint8 \(n,\): got uint8 \(5000, 1\)"),
        ("labels-idx1", np.zeros(5000, "i4"), "got int32"),
        ("images-idx3", np.zeros((5000, 28, 29), "u1"), r"got uint8 \(5000, 28, 29\)"),
        ("images-idx3", np.zeros((5000, 28, 28), "f4"), "got float32"),
        ("images-idx3", np.zeros(5000, "u1"), r"got uint8 \(5000,\)"),
    ],
)
def test_parts_that_do_not_belong_together(folder, name, array, rule):
    write_idx(folder / f"train-{name}-ubyte.gz", array)
    with pytest.raises(ValueError, match=rule) as error:
        data.mnist(folder)
    assert str(error.value).startswith(str(folder / "train-"))


def test_make_sample(folder, tmp_path):
    """The sample of the sample is the sample, whoever asks for it."""
    (tmp_path / "again").mkdir()
    make_sample(folder, tmp_path / "again")
    for name in NAMES:
        again = read_idx(tmp_path / "again" / f"{name}.gz")
        np.testing.assert_array_equal(again, read_idx(folder / f"{name}.gz"))


def test_make_sample_is_a_program(folder, tmp_path):
    command = [sys.executable, "-m", "fastcnn.data.make_sample", folder, tmp_path]
    subprocess.run(command, check=True)
    assert (tmp_path / "t10k-labels-idx1-ubyte.gz").exists()
    usage = subprocess.run(command[:3], stderr=subprocess.PIPE, text=True, check=False)
    assert usage.returncode == 1
    assert "make_sample FOLDER" in usage.stderr


def test_first_of_each():
    labels = np.array([3, 3, *range(10), *range(10)])
    assert first_of_each(labels, 2).tolist() == [0, 1, 2, 3, 4, *range(6, 15), *range(16, 22)]
    with pytest.raises(ValueError, match="class 0 must have at least 3: got 2"):
        first_of_each(labels, 3)
