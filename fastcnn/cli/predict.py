"""``fastcnn predict``: the class of images in files."""

import warnings

import numpy as np

import fastcnn
from fastcnn import functional as F
from fastcnn.cli import options
from fastcnn.extras import require
from fastcnn.formats.regular import open_regular

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM")
MAX_PIXELS = 50_000_000


def add(subcommands):
    """Declare the subcommand."""
    parser = subcommands.add_parser(
        "predict",
        help="recognise the digits in image files",
        description="Print the digit in each image and the probabilities of all classes. An image "
        "is made grey and resized to the model's input. The digits of MNIST are white on black: "
        "an image whose border is bright is inverted first.",
    )
    parser.add_argument("model", metavar="FILE", help="the file of a saved model")
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="image files: PNG, JPEG, BMP, GIF or PPM"
    )
    options.add_threads(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Print a table with one row per image."""
    options.set_threads(arguments)
    model = fastcnn.load(arguments.model)
    x = np.stack([read_image(path, model.input_shape) for path in arguments.images])
    probabilities = F.softmax(model.predict(x))  # (n, classes)
    names = [ascii(path)[1:-1] for path in arguments.images]  # no control characters
    width = max(len("image"), *map(len, names))
    classes = "".join(f"{i:>7}" for i in range(probabilities.shape[1]))
    print(f"{'image':{width}}  digit{classes}")
    for name, row in zip(names, probabilities, strict=True):
        print(f"{name:{width}}  {row.argmax():5}" + "".join(f"{p:7.3f}" for p in row))


def read_image(path, input_shape):
    """The image in ``path`` as a model sees it: float32 ``(h, w, 1)``, bright on dark, in [0, 1].

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        The file is no image of FORMATS, is damaged or has more than MAX_PIXELS, or the model does
        not take grey images.
    """
    h, w, c = input_shape
    if c != 1:
        raise ValueError(f"predict needs a model for grey images: got one for {c} channels")
    grey = np.asarray(_grey(path).resize((w, h)), np.float32)[..., None] / 255  # (h, w, 1)
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    return 1 - grey if border.mean() > 0.5 else grey


def _grey(path):
    """The image in ``path`` as a Pillow image in shades of grey, on white where transparent."""
    pillow = require("PIL.Image", extra="cli")
    with open_regular(path) as file:
        try:
            with warnings.catch_warnings():  # Pillow warns of large images; our limit is lower
                warnings.simplefilter("ignore", pillow.DecompressionBombWarning)
                image = pillow.open(file, formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                got = f"{image.width} x {image.height}"
                raise ValueError(f"must have at most {MAX_PIXELS:,} pixels: got {got}")
            if image.mode.startswith(("I", "F")):  # Pillow would cut these off at 255
                raise ValueError(f"must have 8 bits per channel: got mode {image.mode}")
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image)
            return image.convert("L")
        except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
            reason = "unknown format" if isinstance(error, pillow.UnidentifiedImageError) else error
            raise ValueError(
                f"{path}: must be an intact {', '.join(FORMATS)} image: {reason}"
            ) from error
