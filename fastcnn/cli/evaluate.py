"""``fastcnn evaluate``: how well a saved model does on the test images of a data set."""

import fastcnn
from fastcnn import functional as F
from fastcnn import metrics
from fastcnn.cli import options
from fastcnn.cli.output import percent, printable
from fastcnn.tables import table


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
    options.add_data(parser)
    options.add_threads(parser)
    return parser


def run(arguments):
    """Measure."""
    options.set_threads(arguments)
    model = fastcnn.load(arguments.model)
    _, (xt, yt) = options.load_data(arguments.data)
    return measure(model, xt, yt)


def measure(model, x, y):
    """Loss, accuracy and the figures of each class of ``model`` on images and labels."""
    scores = model.predict(x)
    classes = scores.shape[1]
    found = metrics.per_class(metrics.confusion_matrix(scores, y))
    columns = (range(classes), found.support, found.recall, found.precision, found.f1)
    names = ("class", "images", "recall", "precision", "f1")
    return {
        "images": len(x),
        "loss": F.softmax_cross_entropy(scores, y)[0],
        "accuracy": metrics.accuracy(scores, y),
        "classes": [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)],
    }


def text(facts, width):
    """A table of the classes, and a line on all of them."""
    rows = [("class", "images", "recall", "precision", "F1")]
    for each in facts["classes"]:
        shares = (percent(each[name]) for name in ("recall", "precision", "f1"))
        rows.append((printable(str(each["class"])), f"{each['images']:,}", *shares))
    return "\n".join([*table(rows, "<>>>>", width), line(facts)])


def line(facts):
    """Loss and accuracy in words."""
    return (
        f"test accuracy {facts['accuracy']:.2%}, loss {facts['loss']:.4f} "
        f"({facts['images']:,} images)"
    )
