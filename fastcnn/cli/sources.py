"""``--data``: the images that a command works on, and the names of their classes."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fastcnn import data
from fastcnn.cli import options
from fastcnn.data import digits
from fastcnn.kernels import gate

SAMPLE = "sample"
SIZE = 224  # height and width of a folder's images for a new model
SHOWN = 256 << 20
HELD_OUT = 0.2  # of a folder that has no test images of its own
TRAINING, TEST = ("train", "training"), ("test", "val", "validation")


@dataclass
class Images:
    """Images for training and for testing, sources both, and the names of their classes."""

    training: Any
    test: Any
    classes: tuple[str, ...]


def add(parser):
    """Declare ``--data`` and ``--size``."""
    known = ", ".join(f"'{name}'" for name in data.DATASETS)
    parser.add_argument(
        "--data",
        default=SAMPLE,
        metavar="SET",
        help=f"'{SAMPLE}': 6,000 digits of MNIST, which are in this package; {known}: see fastcnn "
        "datasets; or a folder: with a folder of images for each class, or with two such, "
        f"'{TRAINING[0]}' and '{TEST[0]}', or with the four files of MNIST (default: %(default)s)",
    )
    parser.add_argument(
        "--size",
        type=options.integer(1, 4096),
        metavar="N",
        help="height and width in pixels that the images of a folder are stretched to (default: "
        f"what a saved model takes, else {SIZE})",
    )


def load(arguments, shape, rng=None):
    """The images that ``--data`` names.

    Parameters
    ----------
    arguments : Namespace
    shape : tuple of int or None
        What the model takes, if there is one already: images are stretched to it.
    rng : Generator, optional
        Where a folder of images has no test images, so many of each class are held out, at
        random; without it all of them are test images.
    """
    name = arguments.data
    if name == SAMPLE:
        return _arrays(data.load_mnist_sample(), data.DATASETS["mnist"].classes)
    if name in data.DATASETS:
        return _arrays(data.DATASETS[name].load(), data.DATASETS[name].classes)
    if not Path(name).exists():
        known = ", ".join((SAMPLE, *data.DATASETS))
        raise FileNotFoundError(f"{name}: neither a folder nor a data set's name ({known})")
    if len(digits.missing(name)) < len(digits.FILES):
        return _arrays(data.mnist(name), data.DATASETS["mnist"].classes)
    return _folder(Path(name), _size(arguments, shape), rng)


def some(source):
    """The first images, as many as fit into `SHOWN` bytes: float32 in [0, 1], and their labels."""
    count = min(len(source), max(1, SHOWN // (4 * math.prod(source.shape))))
    x, y = source.take(np.arange(count))
    return gate.pixels(x, "x"), y


def _arrays(sets, classes):
    training, test = (data.Arrays(*pair) for pair in sets)
    return Images(training, test, classes)


def _size(arguments, shape):
    """Height, width and channels of a folder's images."""
    if shape is not None and (len(shape) != 3 or shape[2] not in (1, 3)):
        raise ValueError(f"the model must take images: it takes {shape}")
    h, w, channels = (SIZE, SIZE, 3) if shape is None else shape
    if arguments.size is not None:
        if shape is not None and (h, w) != (arguments.size, arguments.size):
            got = f"got {arguments.size} for a model of {h} x {w}"
            raise ValueError(f"--size must be what a saved model takes: {got}")
        h = w = arguments.size
    return h, w, channels


def _folder(folder, shape, rng):
    """A folder with a folder for each class, or two of them."""
    h, w, channels = shape

    def read(path):
        return data.ImageFolder(path, (h, w), channels)

    training, test = (
        [folder / name for name in names if (folder / name).is_dir()] for names in (TRAINING, TEST)
    )
    if training and test:
        first, second = read(training[0]), read(test[0])
        if first.classes != second.classes:
            raise ValueError(
                f"{folder}: {training[0].name} and {test[0].name} must have the same classes: got "
                f"{_differences(first.classes, second.classes)} in one only"
            )
        return Images(first, second, tuple(first.classes))
    source = read(folder)
    if rng is None:
        return Images(None, source, tuple(source.classes))
    kept, held_out = data.split(source, share=HELD_OUT, rng=rng)
    return Images(kept, held_out, tuple(source.classes))


def _differences(first, second):
    return ", ".join(sorted(set(first) ^ set(second))[:5])
