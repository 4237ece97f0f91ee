"""The files of CIFAR-10 and CIFAR-100, binary version: photographs of 32x32 pixels.

    a record    one byte for each label, then the red, the green and the blue pixels, row by row

Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
University of Toronto, 2009; https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from fastcnn.formats.regular import open_regular

SIZE = 32  # height and width of a photograph
PIXELS = 3 * SIZE * SIZE
LARGEST_FILE = 1 << 28  # bytes; the largest that was published has 153,700,000

Labelled = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Form:
    """How a set is laid out: its archive, the folder and the files in it, and its labels."""

    archive: str
    folder: str
    training: tuple[str, ...]
    test: tuple[str, ...]
    classes: tuple[int, ...]  # of each label byte of a record

    @property
    def record(self) -> int:
        """Bytes of a record."""
        return len(self.classes) + PIXELS


CIFAR10 = Form(
    archive="cifar-10-binary.tar.gz",
    folder="cifar-10-batches-bin",
    training=tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    test=("test_batch.bin",),
    classes=(10,),
)
CIFAR100 = Form(
    archive="cifar-100-binary.tar.gz",
    folder="cifar-100-binary",
    training=("train.bin",),
    test=("test.bin",),
    classes=(20, 100),  # coarse, fine
)


def read(folder: str | os.PathLike, form: Form, label: int = -1) -> tuple[Labelled, Labelled]:
    """Training and test set, from the unpacked files or out of their archive.

    Bytes (n, 32, 32, 3) and labels int64 (n,): the label byte number `label` of each record.
    """
    place = Path(folder)
    for inner in (place, place / form.folder):
        if (inner / form.training[0]).exists():
            return _sets(form, label, partial(_file, inner))
    if missing(place, form):
        raise FileNotFoundError(
            f"{place}: must hold {form.archive} or what is in it, the binary version: pickles, of "
            "the version for Python, are not read"
        )
    contents = _unpack(place / form.archive, form)
    return _sets(form, label, lambda name: (f"{place / form.archive}: {name}", contents[name]))


def missing(folder: str | os.PathLike, form: Form) -> list[str]:
    """The archive, unless it or all that is in it is there."""
    place = Path(folder)
    for inner in (place, place / form.folder):
        if all((inner / name).exists() for name in (*form.training, *form.test)):
            return []
    return [] if (place / form.archive).exists() else [form.archive]


Content = tuple[str, bytes]  # a name for errors, and all bytes of a file


def _file(folder: Path, name: str) -> Content:
    with open_regular(folder / name) as file:
        return str(folder / name), file.read(LARGEST_FILE)


def _unpack(path: Path, form: Form) -> dict[str, bytes]:
    """The files in an archive, read to its end, where its checksum stands."""
    import gzip  # noqa: PLC0415  # slow imports
    import tarfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    wanted = {f"{form.folder}/{name}": name for name in (*form.training, *form.test)}
    contents = {}
    with open_regular(path) as packed:
        try:
            with (
                gzip.open(packed) as stream,
                tarfile.open(fileobj=stream, mode="r|") as archive,  # type: ignore[call-overload]
            ):
                for member in archive:
                    file = archive.extractfile(member) if member.name in wanted else None
                    if file is not None:
                        contents[wanted[member.name]] = file.read(LARGEST_FILE)
                while stream.read(1 << 20):
                    pass
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path}: must be an intact archive: {error}") from error
    for name in wanted.values():
        if name not in contents:
            raise ValueError(f"{path}: must hold {form.folder}/{name}: it does not")
    return contents


def _sets(form: Form, label: int, content: Callable[[str], Content]) -> tuple[Labelled, Labelled]:
    training, test = (_part(form, names, label, content) for names in (form.training, form.test))
    return training, test


def _part(
    form: Form, names: tuple[str, ...], label: int, content: Callable[[str], Content]
) -> Labelled:
    parts = [_records(form, *content(name)) for name in names]
    n, labels = sum(map(len, parts)), len(form.classes)
    x = np.empty((n, SIZE, SIZE, 3), np.uint8)
    first = 0
    for part in parts:
        planes = part[:, labels:].reshape(-1, 3, SIZE, SIZE)
        x[first : first + len(part)] = planes.transpose(0, 2, 3, 1)
        first += len(part)
    y = [part[:, :labels][:, label] for part in parts]
    return x, np.concatenate(y).astype(np.int64)


def _records(form: Form, name: str, content: bytes) -> np.ndarray:
    """The bytes of a file (n, record), checked."""
    if len(content) % form.record or not content:
        got = f"{len(content)} bytes"
        raise ValueError(f"{name}: must hold records of {form.record} bytes: got {got}")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, form.record)
    for column, classes in enumerate(form.classes):
        labels = records[:, column]
        if labels.max() >= classes:
            row = int(np.argmax(labels >= classes))
            got = f"{labels[row]} at index {row}"
            raise ValueError(f"{name}: labels must be 0 to {classes - 1}: got {got}")
    return records
