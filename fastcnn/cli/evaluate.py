"""``fastcnn evaluate``: loss and accuracy of a saved model on the test images of a data set."""

import fastcnn
from fastcnn.cli import options


def add(subcommands):
    """Declare the subcommand."""
    parser = subcommands.add_parser(
        "evaluate",
        help="measure a saved model on test images",
        description="Print loss and accuracy of a saved model on the test images of a data set.",
    )
    parser.add_argument("model", metavar="FILE", help="the file of a saved model")
    options.add_data(parser)
    options.add_threads(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Print loss and accuracy."""
    options.set_threads(arguments)
    model = fastcnn.load(arguments.model)
    _, (xt, yt) = options.load_data(arguments.data)
    print(result(model, xt, yt))


def result(model, x, y):
    """Loss and accuracy of ``model`` on ``x``, in words."""
    measured = model.evaluate(x, y)
    return (
        f"test accuracy {measured['accuracy']:.2%}, loss {measured['loss']:.4f} ({len(x):,} images)"
    )
