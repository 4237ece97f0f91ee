"""CIFAR-10: 60,000 colour photographs of 32x32 pixels in ten classes.

Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
University of Toronto, 2009; the binary version of the set.
"""

import os
from pathlib import Path

import numpy as np

from fastcnn.data.folders import data_folders
from fastcnn.formats.regular import open_regular

CLASSES = 10
SIZE = 32  # height and width of a photograph
RECORD = 1 + 3 * SIZE * SIZE  # bytes: the label, then the red, green and blue pixels
FOLDER = "cifar-10-batches-bin"
TRAINING = [f"data_batch_{number}.bin" for number in range(1, 6)]
TEST = ["test_batch.bin"]

Labelled = tuple[np.ndarray, np.ndarray]


def load_cifar10(folder: str | os.PathLike | None = None) -> tuple[Labelled, Labelled]:
    """Read CIFAR-10, the binary version, from this machine.

    Parameters
    ----------
    folder : path, optional
        Where ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin`` lie, or the folder
        ``cifar-10-batches-bin`` around them; default: the first of ``$FASTCNN_DATA/cifar10``,
        ``$FASTCNN_DATA`` and ``~/.cache/fastcnn/cifar10`` that holds them.

    Returns
    -------
    (x, y), (xt, yt) : pairs of ndarray
        Training and test set: images float32 (n, 32, 32, 3) in [0, 1], red, green, blue, and labels
        int64 (n,): 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship,
        9 truck.

    Raises
    ------
    FileNotFoundError
        A file is missing; the message says where to put it.
    ValueError
        A file is damaged.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.load_cifar10()  # doctest: +SKIP
    >>> x.shape, xt.shape  # doctest: +SKIP
    ((50000, 32, 32, 3), (10000, 32, 32, 3))
    """
    folders = data_folders("cifar10") if folder is None else [Path(folder)]
    for place in folders:
        for inner in (place, place / FOLDER):
            if (inner / TRAINING[0]).exists():
                return _load(inner, TRAINING), _load(inner, TEST)
    looked = ", ".join(map(str, folders))
    raise FileNotFoundError(
        f"CIFAR-10 is not in {looked}: put {TRAINING[0]} and its five companions (the binary "
        f"version) into {folders[-1]}, or name their folder in FASTCNN_DATA"
    )


def _load(folder: Path, names: list[str]) -> Labelled:
    parts = [_records(folder / name) for name in names]
    records = np.concatenate(parts)
    x = np.empty((len(records), SIZE, SIZE, 3), np.float32)
    np.divide(records[:, 1:].reshape(-1, 3, SIZE, SIZE).transpose(0, 2, 3, 1), 255, out=x)
    return x, records[:, 0].astype(np.int64)


def _records(path: Path) -> np.ndarray:
    """The bytes of a file (n, 3073), checked."""
    with open_regular(path) as file:
        content = file.read()
    if len(content) % RECORD or not content:
        raise ValueError(f"{path}: must hold records of {RECORD} bytes: got {len(content)} bytes")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD)
    labels = records[:, 0]
    if labels.max() >= CLASSES:
        first = int(np.argmax(labels >= CLASSES))
        got = f"{labels[first]} at index {first}"
        raise ValueError(f"{path}: labels must be 0 to {CLASSES - 1}: got {got}")
    return records
