"""``fastcnn evaluate``: how well a saved model does on the test images of a data set."""

import numpy as np

import fastcnn
from fastcnn import data, metrics
from fastcnn import functional as F
from fastcnn.cli import options, sources
from fastcnn.cli.output import percent, printable
from fastcnn.tables import table

BATCH = 256  # images that run together


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "evaluate",
        usage="%(prog)s FILE [OPTION ...]",
        help="measure a saved model on test images",
        description="Print loss and accuracy of a saved model on the test images of a data set; of "
        "each class how many images it has, how many of them the model finds (recall), how many of "
        "those that it takes for the class are of it (precision), and F1, their harmonic mean.",
    )
    parser.add_argument("model", metavar="FILE", help="the file of a saved model")
    sources.add(parser)
    options.add_threads(parser)
    return parser


def run(arguments):
    """Measure."""
    options.set_threads(arguments)
    model = fastcnn.load(arguments.model)
    images = sources.load(arguments, model.input_shape)
    check_classes(model, images)
    return measure(model, images.test, names(model, images))


def check_classes(model, images):
    """A label means the same to the model and to the images."""
    known = model.class_names
    if known is not None and len(known) == len(images.classes) and known != images.classes:
        pairs = zip(known, images.classes, strict=True)
        ours, theirs = next(pair for pair in pairs if pair[0] != pair[1])
        raise ValueError(f"the model must know the classes of the images: got {theirs} for {ours}")


def names(model, images):
    """What the model's classes are called: as it says, as the images do, or by their numbers."""
    count = model.output_shape[-1]
    if model.class_names is not None:
        return model.class_names
    return images.classes if len(images.classes) == count else tuple(map(str, range(count)))


def measure(model, source, names):
    """Loss, accuracy and the figures of each class of a model on images with labels."""
    loss, matrix = 0.0, np.zeros((len(names), len(names)), np.int64)
    for x, y in data.Loader(source, batch_size=BATCH, shuffle=False):
        scores = model.predict(x)
        loss += F.softmax_cross_entropy(scores, y)[0] * len(x)
        matrix += metrics.confusion_matrix(scores, y)
    found = metrics.per_class(matrix)
    columns = (names, found.support, found.recall, found.precision, found.f1)
    keys = ("class", "images", "recall", "precision", "f1")
    return {
        "images": len(source),
        "loss": loss / len(source),
        "accuracy": matrix.trace() / len(source),
        "classes": [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)],
    }


def text(facts, width):
    """A table of the classes, and a line on all of them."""
    rows = [("class", "images", "recall", "precision", "F1")]
    for each in facts["classes"]:
        shares = (percent(each[name]) for name in ("recall", "precision", "f1"))
        rows.append((printable(each["class"]), f"{each['images']:,}", *shares))
    return "\n".join([*table(rows, "<>>>>", width), line(facts)])


def line(facts):
    """Loss and accuracy in words."""
    return (
        f"test accuracy {facts['accuracy']:.2%}, loss {facts['loss']:.4f} "
        f"({facts['images']:,} images)"
    )
