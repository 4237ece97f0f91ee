"""CIFAR-10 and CIFAR-100 from their binary files, in folders and in archives."""

import io
import tarfile

import numpy as np
import pytest

from fastcnn import data
from fastcnn.data import cifar
from fastcnn.data.cifar import CIFAR10, CIFAR100

FORMS = {"cifar10": (CIFAR10, data.cifar10), "cifar100": (CIFAR100, data.cifar100)}


@pytest.fixture(params=FORMS)
def laid_out(request, tmp_path):
    """Files of the published form with 3 records each: (form, how it is loaded, folder)."""
    form, load = FORMS[request.param]
    rng = np.random.default_rng(0)
    for name in [*form.training, *form.test]:
        records = rng.integers(0, 256, (3, form.record), dtype=np.uint8)
        records[:, : len(form.classes)] %= np.array(form.classes, np.uint8)
        (tmp_path / name).write_bytes(records.tobytes())
    return form, load, tmp_path


def pack(form, folder):
    """Put the files into their archive, and away."""
    with tarfile.open(folder / form.archive, "w:gz") as archive:
        for name in [*form.training, *form.test]:
            archive.add(folder / name, f"{form.folder}/{name}")
            (folder / name).unlink()


def test_pixels_and_labels(laid_out):
    form, load, folder = laid_out
    (x, y), (xt, yt) = load(folder)
    n, labels = 3 * len(form.training), len(form.classes)
    assert (x.shape, x.dtype) == ((n, 32, 32, 3), np.uint8)
    assert (y.shape, y.dtype) == ((n,), np.int64)
    assert (xt.shape, yt.shape) == ((3, 32, 32, 3), (3,))
    record = (folder / form.training[-1]).read_bytes()[2 * form.record :]
    assert y[-1] == record[labels - 1]
    for row, column, colour in [(0, 0, 0), (0, 5, 0), (7, 3, 1), (31, 31, 2)]:
        assert x[-1, row, column, colour] == record[labels + colour * 1024 + row * 32 + column]


def test_groups_of_classes(laid_out):
    form, load, folder = laid_out
    if form is CIFAR100:
        (_, y), _ = load(folder, coarse=True)
        assert y[2] == (folder / form.training[0]).read_bytes()[2 * form.record]


@pytest.mark.parametrize("kind", ["inner folder", "archive"])
def test_places(laid_out, kind):
    form, load, folder = laid_out
    expected = load(folder)
    assert cifar.missing(folder, form) == []
    if kind == "archive":
        pack(form, folder)
    else:
        (folder / form.folder).mkdir()
        for name in [*form.training, *form.test]:
            (folder / name).rename(folder / form.folder / name)
    assert cifar.missing(folder, form) == []
    for one, other in zip(load(folder), expected, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_missing(laid_out, tmp_path_factory):
    form, load, folder = laid_out
    empty = tmp_path_factory.mktemp("empty")
    assert cifar.missing(empty, form) == [form.archive]
    with pytest.raises(FileNotFoundError, match=form.archive):
        load(empty)
    (folder / form.test[0]).unlink()
    assert cifar.missing(folder, form) == [form.archive]
    with pytest.raises(FileNotFoundError, match=form.test[0]):
        load(folder)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (lambda form: b"", "must hold records of {record} bytes: got 0 bytes"),
        (lambda form: bytes(form.record + 1), "must hold records of .* bytes: got {more} bytes"),
        (
            lambda form: bytes(form.record) + b"\xc8" + bytes(form.record - 1),
            "labels must be 0 to {last}: got 200 at index 1",
        ),
    ],
)
def test_damaged(laid_out, content, rule, packed):
    form, load, folder = laid_out
    (folder / form.training[-1]).write_bytes(content(form))
    if packed:
        pack(form, folder)
    rule = rule.format(record=form.record, more=form.record + 1, last=form.classes[0] - 1)
    with pytest.raises(ValueError, match=rf"{form.training[-1]}: {rule}"):
        load(folder)


def test_fine_label_too_large(laid_out):
    form, load, folder = laid_out
    record = [1] * (len(form.classes) - 1) + [100] + [0] * 3072
    (folder / form.training[0]).write_bytes(bytes(record))
    with pytest.raises(ValueError, match=r"labels must be 0 to .*: got 100 at index 0"):
        load(folder)


def test_damaged_archives(laid_out):
    form, load, folder = laid_out
    pack(form, folder)
    path = folder / form.archive
    whole = path.read_bytes()
    for content in (b"", b"nothing", whole[: len(whole) // 2], whole[:-9] + bytes(9), whole[100:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"{form.archive}: must be an intact archive"):
            load(folder)
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("other"), io.BytesIO())
    with pytest.raises(
        ValueError, match=rf"must hold {form.folder}/{form.training[0]}: it does not"
    ):
        load(folder)


def test_flipped_bits_of_an_archive(laid_out):
    """The checksum of gzip sees each of them, or they are where nobody looks."""
    form, load, folder = laid_out
    pack(form, folder)
    path = folder / form.archive
    (x, _), _ = load(folder)
    whole, rng = path.read_bytes(), np.random.default_rng(1)
    for place in rng.integers(0, 8 * len(whole), 30):
        broken = bytearray(whole)
        broken[place // 8] ^= 1 << (place % 8)
        path.write_bytes(broken)
        try:
            (again, _), _ = load(folder)
        except ValueError as error:
            assert form.archive in str(error)
        else:
            assert again.shape == x.shape
