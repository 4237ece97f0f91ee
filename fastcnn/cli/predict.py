"""``fastcnn predict``: the classes of images in files."""

from pathlib import Path

import numpy as np

import fastcnn
from fastcnn import data
from fastcnn import functional as F
from fastcnn.cli import options
from fastcnn.cli.output import percent, printable
from fastcnn.data.images import FORMATS
from fastcnn.formats.regular import open_regular
from fastcnn.tables import table


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "predict",
        usage="%(prog)s FILE IMAGE ... [OPTION ...]",
        help="recognise images in files",
        description="Print the most probable classes of each image. An image is stretched to the "
        "size that the model takes, and made grey where it takes grey ones. The digits of MNIST "
        "are white on black: a grey image whose border is bright is inverted first. Arrays are "
        "taken as they are: (h, w, c), or (n, h, w, c) for several; uint8 is divided by 255.",
    )
    parser.add_argument("model", metavar="FILE", help="the file of a saved model")
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help=f"files: {', '.join(FORMATS)}, or .npy with an array",
    )
    parser.add_argument(
        "--top",
        type=options.integer(1, 1_000_000),
        default=3,
        metavar="K",
        help="how many classes of each image, most probable first (default: %(default)s)",
    )
    options.add_threads(parser)
    return parser


def run(arguments):
    """Read all images, then ask the model."""
    options.set_threads(arguments)
    model = fastcnn.load(arguments.model)
    if len(model.output_shape) != 1:
        raise ValueError(f"{arguments.model}: must be a classifier: got {model.output_shape}")
    names, images = [], []
    for path in arguments.images:
        read = read_arrays if Path(path).suffix == ".npy" else read_images
        found = read(path, model.input_shape)
        names += [path] if len(found) == 1 else [f"{path}[{i}]" for i in range(len(found))]
        images.append(found)
    probabilities = F.softmax(model.predict(np.concatenate(images)))  # (n, classes)
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, : arguments.top]
    return {
        "images": [
            {"image": name, "classes": [_chosen(model, j, row[j]) for j in chosen]}
            for name, row, chosen in zip(names, probabilities, best, strict=True)
        ]
    }


def _chosen(model, label, probability):
    name = str(label) if model.class_names is None else model.class_names[label]
    return {"label": label, "class": name, "probability": probability}


def text(facts, width):
    """A row per image."""
    several = any(len(each["classes"]) > 1 for each in facts["images"])
    rows = [("image", "class", "probability", "then" if several else "")]
    for each in facts["images"]:
        words = [(printable(c["class"]), percent(c["probability"])) for c in each["classes"]]
        then = ", ".join(" ".join(pair) for pair in words[1:])
        rows.append((printable(each["image"]), *words[0], then))
    return "\n".join(table(rows, "<<><", width))


def read_arrays(path, input_shape):
    """The images in a ``.npy`` file, float32 ``(n, *input_shape)``.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        The file is no array of numbers of that shape, or is damaged.
    """
    with open_regular(path) as file:
        try:
            x = np.load(file)
        except (EOFError, ValueError, MemoryError) as error:
            raise ValueError(f"{path}: must be an intact .npy file: {error}") from None
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiub":
        raise ValueError(f"{path}: must hold an array of real numbers: got {_kind(x)}")
    if x.shape == input_shape:
        x = x[None]
    if x.shape[1:] != input_shape or len(x) == 0:
        sizes = ", ".join(map(str, input_shape))
        raise ValueError(f"{path}: must have shape (n, {sizes}) or ({sizes}): got {x.shape}")
    return np.float32(x) / 255 if x.dtype == np.uint8 else np.float32(x)


def _kind(x):
    return x.dtype if isinstance(x, np.ndarray) else "an archive"


def read_images(path, input_shape):
    """The image in ``path`` as a model sees it: float32 ``(1, h, w, c)`` in [0, 1].

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        The file is no image that `fastcnn.data.read_image` reads, or the model does not take
        images.
    """
    if len(input_shape) != 3 or input_shape[2] not in (1, 3):
        raise ValueError(f"{path}: the model must take images: it takes {input_shape}")
    h, w, c = input_shape
    x = np.divide(data.read_image(path, (h, w), c), 255, dtype=np.float32)
    border = np.concatenate([x[0], x[-1], x[1:-1, 0], x[1:-1, -1]])
    return (1 - x if c == 1 and border.mean() > 0.5 else x)[None]
