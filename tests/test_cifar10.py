"""CIFAR-10 from its binary files, and what is done to photographs in training."""

import numpy as np
import pytest

from fastcnn import data
from fastcnn.data.cifar10 import FOLDER, RECORD, TEST, TRAINING


@pytest.fixture
def folder(tmp_path):
    """Six files of the published form, with 3 records each."""
    rng = np.random.default_rng(0)
    for name in [*TRAINING, *TEST]:
        records = rng.integers(0, 256, (3, RECORD), dtype=np.uint8)
        records[:, 0] %= 10
        (tmp_path / name).write_bytes(records.tobytes())
    return tmp_path


def test_pixels_and_labels(folder):
    (x, y), (xt, yt) = data.load_cifar10(folder)
    assert (x.shape, x.dtype) == ((15, 32, 32, 3), np.float32)
    assert (y.shape, y.dtype) == ((15,), np.int64)
    assert (xt.shape, yt.shape) == ((3, 32, 32, 3), (3,))
    record = (folder / TRAINING[1]).read_bytes()[2 * RECORD :]
    assert y[5] == record[0]
    for row, column, colour in [(0, 0, 0), (0, 5, 0), (7, 3, 1), (31, 31, 2)]:
        byte = record[1 + colour * 1024 + row * 32 + column]
        assert x[5, row, column, colour] == np.float32(byte / 255)


@pytest.mark.parametrize("inner", ["", FOLDER])
def test_places(folder, monkeypatch, tmp_path_factory, inner):
    root = tmp_path_factory.mktemp("data")
    place = root / "cifar10" / inner
    place.parent.mkdir(exist_ok=True)
    folder.rename(place)
    monkeypatch.setenv("FASTCNN_DATA", str(root))
    assert len(data.load_cifar10()[0][0]) == 15


def test_says_where_to_put_the_files(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTCNN_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"data_batch_1\.bin.*FASTCNN_DATA"):
        data.load_cifar10()
    with pytest.raises(FileNotFoundError, match=f"CIFAR-10 is not in {tmp_path}/here"):
        data.load_cifar10(tmp_path / "here")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", r"must hold records of 3073 bytes: got 0 bytes"),
        (bytes(RECORD + 1), r"must hold records of 3073 bytes: got 3074 bytes"),
        (bytes(RECORD) + b"\x0a" + bytes(RECORD - 1), r"labels must be 0 to 9: got 10 at index 1"),
    ],
)
def test_damaged(folder, content, rule):
    (folder / TRAINING[2]).write_bytes(content)
    with pytest.raises(ValueError, match=rf"data_batch_3\.bin: {rule}"):
        data.load_cifar10(folder)


def test_missing_companion(folder):
    (folder / TEST[0]).unlink()
    with pytest.raises(FileNotFoundError, match="test_batch"):
        data.load_cifar10(folder)


# --- flips ---


def test_flip_mirrors_half_of_the_images():
    x = np.arange(1000 * 2 * 3).reshape(1000, 2, 3, 1)
    y = data.Flip()(x, np.random.default_rng(1))
    mirrored = (y == x[:, :, ::-1]).all((1, 2, 3))
    assert ((y == x).all((1, 2, 3)) | mirrored).all()
    assert 400 < mirrored.sum() < 600
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(data.Flip()(x, np.random.default_rng(1)), y)
    with pytest.raises(ValueError, match=r"x must be \(n, h, w, c\): got shape \(2, 3\)"):
        data.Flip()(np.ones((2, 3)), np.random.default_rng(0))


def test_chain_does_one_after_the_other():
    x = np.random.default_rng(0).random((5, 6, 7, 3))
    rng = np.random.default_rng(2)
    expected = data.Flip()(data.Shift(2)(x, rng), rng)
    chain = data.Chain(data.Shift(2), data.Flip())
    np.testing.assert_array_equal(chain(x, np.random.default_rng(2)), expected)
    np.testing.assert_array_equal(data.Chain()(x, rng), x)
