"""``fastcnn plot``: pictures of trainings and models."""

import csv
import io
import json
from pathlib import Path

import numpy as np

import fastcnn
from fastcnn import data, metrics, plot
from fastcnn.cli import options, sources
from fastcnn.cli.evaluate import BATCH, check_classes, names
from fastcnn.cli.output import printable
from fastcnn.cli.predict import read_images
from fastcnn.extras import require
from fastcnn.formats.atomic import write_atomic
from fastcnn.formats.regular import open_regular
from fastcnn.training import History

FORMATS = ("png", "svg", "pdf")
DPI = 160


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "plot",
        usage="%(prog)s PICTURE SOURCE [OPTION ...]",
        help="draw a training or a model",
        description="Draw a picture: "
        + "; ".join(f"'{name}', {what}" for name, (_, what) in PICTURES.items())
        + ". SOURCE is the log of a training for curves, and the file of a saved model else; a "
        "graph can be drawn of a model by its name, too.",
    )
    parser.add_argument("picture", choices=PICTURES, metavar="PICTURE", help=", ".join(PICTURES))
    parser.add_argument("source", metavar="SOURCE", help="a log of a training, or a model")
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="where to draw: PNG, SVG or PDF, by the end of its name (default: PICTURE.png)",
    )
    options.add_overwrite(parser)
    sources.add(parser)
    parser.add_argument(
        "--image",
        metavar="FILE",
        help="the image for responses, maps, saliency and grad-cam (default: test images)",
    )
    parser.add_argument(
        "--layer",
        metavar="NAME",
        help="the layer for grad-cam, by its name in a summary (default: the last convolution)",
    )
    parser.add_argument(
        "--depth",
        type=options.integer(1, 1000),
        default=1,
        metavar="N",
        help="how many levels of layers inside of layers a graph shows (default: %(default)s)",
    )
    options.add_threads(parser)
    return parser


def run(arguments):
    """Draw."""
    options.set_threads(arguments)
    out = arguments.out or f"{arguments.picture}.png"
    kind = Path(out).suffix[1:].lower()
    if kind not in FORMATS:
        raise ValueError(f"--out must end in one of {', '.join(FORMATS)}: got {out}")
    options.check_output(out, arguments.overwrite)
    require("matplotlib", extra="plot").use("agg")  # no window
    draw, _ = PICTURES[arguments.picture]
    figure = draw(arguments)
    drawn = io.BytesIO()
    figure.savefig(drawn, format=kind, dpi=DPI)
    require("matplotlib.pyplot", extra="plot").close(figure)
    write_atomic(out, drawn.getvalue())
    return {"picture": arguments.picture, "plot": out}


def text(facts, width):
    """Where it is."""
    return f"{facts['picture']} in {printable(facts['plot'])}"


def _curves(arguments):
    history = read_log(arguments.source)
    pyplot = require("matplotlib.pyplot", extra="plot")
    names = [name for name in ("loss", "accuracy") if name in history.epochs[-1]]
    figure, axes = pyplot.subplots(
        1, len(names), figsize=(5 * len(names), 3), layout="constrained", squeeze=False
    )
    for ax, name in zip(axes[0], names, strict=True):
        plot.training_curves(history, ax, name)
    return figure


def _filters(arguments):
    return plot.filters(_kernels(arguments, _model(arguments))).figure


def _responses(arguments):
    model = _model(arguments)
    return plot.responses(_seen(arguments, model)[0], _kernels(arguments, model)).figure


def _maps(arguments):
    model = _model(arguments)
    return plot.feature_maps(model, _seen(arguments, model)[0]).figure


def _saliency(arguments):
    model = _model(arguments)
    return plot.saliency(model, _seen(arguments, model)).figure


def _grad_cam(arguments):
    model = _model(arguments)
    return plot.grad_cam(model, _seen(arguments, model), layer=arguments.layer).figure


def _graph(arguments):
    arguments.variant, arguments.model = None, arguments.source
    return plot.graph(options.open_model(arguments, rng=0), depth=arguments.depth).figure


def _confusion(arguments):
    model = _model(arguments)
    images = sources.load(arguments, model.input_shape)
    check_classes(model, images)
    loader = data.Loader(images.test, batch_size=BATCH, shuffle=False)
    matrices = [metrics.confusion_matrix(model.predict(x), y) for x, y in loader]
    return plot.confusion_matrix(np.sum(matrices, axis=0), names(model, images)).figure


def _predictions(arguments):
    return plot.predictions(*_tested(arguments)).figure


def _mistakes(arguments):
    return plot.mistakes(*_tested(arguments)).figure


PICTURES = {
    "curves": (_curves, "loss and accuracy of every epoch"),
    "filters": (_filters, "the filters of the first convolution"),
    "responses": (_responses, "what these filters, and designed ones, make of an image"),
    "maps": (_maps, "what each layer makes of an image"),
    "saliency": (_saliency, "the pixels of images that a score depends on"),
    "grad-cam": (_grad_cam, "where a layer sees what speaks for a class"),
    "graph": (_graph, "the layers, and who reads whom"),
    "confusion": (_confusion, "which test images are taken for which class"),
    "predictions": (_predictions, "what a model says of the first test images"),
    "mistakes": (_mistakes, "the test images that it gets most wrong"),
}


def _model(arguments):
    return fastcnn.load(arguments.source)


def _tested(arguments):
    """The model, and the first test images and labels."""
    model = _model(arguments)
    images = sources.load(arguments, model.input_shape)
    check_classes(model, images)
    return model, *sources.some(images.test)


def _kernels(arguments, model):
    """The filters of the first convolution (kh, kw, ic, oc)."""
    kernels = [p.value for p in model.parameters.values() if p.value.ndim == 4]
    if not kernels:
        raise ValueError(f"{arguments.source}: must have a convolution of images: it has none")
    return kernels[0]


def _seen(arguments, model):
    """The images to look at (n, h, w, c): that of ``--image``, else test images."""
    if arguments.image is not None:
        return read_images(arguments.image, model.input_shape)
    return sources.some(sources.load(arguments, model.input_shape).test)[0]


def read_log(path):
    """The training in ``path``: what ``fastcnn train`` printed with ``--json``, or a CSV file.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is neither, or has no epoch.
    """
    with open_regular(path) as file:
        content = file.read()
    try:
        logged = content.decode()
        if logged.lstrip().startswith("{"):
            epochs = [dict(epoch) for epoch in json.loads(logged)["epochs"]]
        else:
            rows = csv.DictReader(io.StringIO(logged), strict=True)
            epochs = [{name: float(cell) for name, cell in row.items() if cell} for row in rows]
        known = all({"epoch", "loss"} <= epoch.keys() for epoch in epochs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error):
        known = False
    if not known or not epochs:
        raise ValueError(
            f"{path}: must be a log of a training, JSON or CSV, with epoch and loss in each row"
        )
    return History(epochs)
