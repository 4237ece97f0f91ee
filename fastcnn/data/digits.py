"""The files of MNIST, and of sets in the same form such as Fashion-MNIST.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998; the set by Y. LeCun, C. Cortes, C. Burges.
"""

import os
from pathlib import Path

import numpy as np

from fastcnn.data.idx import read_idx
from fastcnn.kernels import gate

CLASSES = 10
SIZE = 28  # height and width of a digit
SAMPLE_FOLDER = Path(__file__).parent / "mnist_sample"
FILES = [
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
]

Labelled = tuple[np.ndarray, np.ndarray]


def load_mnist_sample() -> tuple[Labelled, Labelled]:
    """Read the sample that comes with the package: 5,000 training and 1,000 test digits.

    The first 500, and 100, of each class in the order of the full set; see
    ``data/mnist_sample/README.md``.

    Returns
    -------
    (x, y), (xt, yt) : pairs of ndarray
        Training and test set: images float32 (n, 28, 28, 1) in [0, 1], white on black, and labels
        int64 (n,).

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.load_mnist_sample()
    >>> x.shape, x.dtype, xt.shape
    ((5000, 28, 28, 1), dtype('float32'), (1000, 28, 28, 1))
    >>> y[:5]
    array([5, 0, 4, 1, 9])
    """
    (x, y), (xt, yt) = read(SAMPLE_FOLDER)
    return (gate.pixels(x, "x"), y), (gate.pixels(xt, "xt"), yt)


def read(folder: str | os.PathLike) -> tuple[Labelled, Labelled]:
    """Training and test set: bytes (n, 28, 28, 1) and labels int64 (n,)."""
    pairs = [read_digits(folder, part) for part in ("train", "t10k")]
    (x, y), (xt, yt) = [(x[..., None], y.astype(np.int64)) for x, y in pairs]
    return (x, y), (xt, yt)


def missing(folder: str | os.PathLike) -> list[str]:
    """Which of the four files are there in no spelling; as they are published, with ``.gz``."""
    return [f"{name}.gz" for name in FILES if _find(folder, name) is None]


def read_digits(folder: str | os.PathLike, part: str) -> Labelled:
    """The bytes of one part, "train" or "t10k", checked: images (n, 28, 28) and labels (n,)."""
    images_path = _required(folder, f"{part}-images-idx3-ubyte")
    labels_path = _required(folder, f"{part}-labels-idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.dtype != np.uint8 or images.shape[1:] != (SIZE, SIZE):
        got = f"{images.dtype} {images.shape}"
        raise ValueError(f"{images_path}: images must be uint8 (n, {SIZE}, {SIZE}): got {got}")
    if labels.dtype != np.uint8 or labels.ndim != 1:
        got = f"{labels.dtype} {labels.shape}"
        raise ValueError(f"{labels_path}: labels must be uint8 (n,): got {got}")
    if len(images) != len(labels):
        got = f"{len(labels)} labels for {len(images)} images"
        raise ValueError(f"{labels_path}: there must be one label per image: got {got}")
    if len(labels) and labels.max() >= CLASSES:
        first = int(np.argmax(labels >= CLASSES))
        got = f"{labels[first]} at index {first}"
        raise ValueError(f"{labels_path}: labels must be 0 to {CLASSES - 1}: got {got}")
    return images, labels


def _find(folder, name):
    """The first spelling of ``name`` that exists in ``folder``, or None."""
    for spelling in (name, name.replace("-idx", ".idx")):
        for ending in ("", ".gz"):
            path = Path(folder, spelling + ending)
            if path.exists():
                return path
    return None


def _required(folder, name):
    path = _find(folder, name)
    if path is None:
        raise FileNotFoundError(f"{Path(folder, name)}: missing, and there is no {name}.gz either")
    return path
