"""MNIST: 70,000 handwritten digits of 28x28 pixels, and the sample of it in this package.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998; the set by Y. LeCun, C. Cortes, C. Burges.
"""

import os
from pathlib import Path

import numpy as np

from fastcnn.data.folders import data_folders
from fastcnn.data.idx import read_idx

CLASSES = 10
SIZE = 28  # height and width of a digit
SAMPLE_FOLDER = Path(__file__).parent / "mnist_sample"

Labelled = tuple[np.ndarray, np.ndarray]


def load_mnist(folder: str | os.PathLike | None = None) -> tuple[Labelled, Labelled]:
    """Read MNIST, or a set in the same files such as Fashion-MNIST, from this machine.

    The files are ``{train,t10k}-images-idx3-ubyte`` and ``{train,t10k}-labels-idx1-ubyte``, as
    published: with or without ``.gz``, and with a dot or a dash before ``idx``.

    Parameters
    ----------
    folder : path, optional
        Where the four files lie; default: the first of ``$FASTCNN_DATA/mnist``, ``$FASTCNN_DATA``
        and ``~/.cache/fastcnn/mnist`` that holds the training images.

    Returns
    -------
    (x, y), (xt, yt) : pairs of ndarray
        Training and test set: images float32 (n, 28, 28, 1) in [0, 1], white on black, and labels
        int64 (n,).

    Raises
    ------
    FileNotFoundError
        A file is missing; the message says where to put it.
    ValueError
        A file is damaged, or images and labels do not belong together.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.load_mnist()  # doctest: +SKIP
    >>> x.shape, xt.shape  # doctest: +SKIP
    ((60000, 28, 28, 1), (10000, 28, 28, 1))
    """
    folders = data_folders("mnist") if folder is None else [Path(folder)]
    for place in folders:
        if _find(place, "train-images-idx3-ubyte"):
            return _load(place, "train"), _load(place, "t10k")
    looked = ", ".join(map(str, folders))
    raise FileNotFoundError(
        f"MNIST is not in {looked}: put train-images-idx3-ubyte.gz and its three companions "
        f"into {folders[-1]}, or name their folder in FASTCNN_DATA"
    )


def load_mnist_sample() -> tuple[Labelled, Labelled]:
    """Read the sample that comes with the package: 5,000 training and 1,000 test digits.

    The first 500, and 100, of each class in the order of the full set; see
    ``data/mnist_sample/README.md``.

    Returns
    -------
    (x, y), (xt, yt) : pairs of ndarray
        As `load_mnist` gives them.

    Examples
    --------
    >>> from fastcnn import data
    >>> (x, y), (xt, yt) = data.load_mnist_sample()
    >>> x.shape, x.dtype, xt.shape
    ((5000, 28, 28, 1), dtype('float32'), (1000, 28, 28, 1))
    >>> y[:5]
    array([5, 0, 4, 1, 9])
    """
    return load_mnist(SAMPLE_FOLDER)


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


def _load(folder, part):
    images, labels = read_digits(folder, part)
    x = np.divide(images[..., None], 255, dtype=np.float32)  # (n, 28, 28, 1)
    return x, labels.astype(np.int64)


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
