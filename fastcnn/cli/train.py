"""``fastcnn train``: train a model on a data set, save it and draw what it learned."""

import errno
import sys
from pathlib import Path

import numpy as np

from fastcnn import data, optim, plot, schedules
from fastcnn.cli import options
from fastcnn.cli.evaluate import result
from fastcnn.extras import require
from fastcnn.formats.atomic import check_writable

RATES = {"sgd": 0.05, "adam": 0.003}

SCHEDULES = {
    "cosine": schedules.cosine,
    "constant": schedules.constant,
    "step": schedules.step,
    "one-cycle": schedules.one_cycle,
}


def add(subcommands):
    """Declare the subcommand."""
    parser = subcommands.add_parser(
        "train",
        help="train a model on a data set",
        description="Train a new model, or a saved one further, and print loss and accuracy of "
        "every epoch. The same seed gives the same model, for any number of threads.",
    )
    add_option = parser.add_argument
    options.add_model(parser, "train")
    options.add_data(parser)
    add_option(
        "--epochs",
        type=options.integer(1, 100_000),
        default=5,
        metavar="N",
        help="how often every training image is seen (default: %(default)s)",
    )
    add_option(
        "--batch-size",
        type=options.integer(1, 1_000_000),
        default=64,
        metavar="N",
        help="images per step (default: %(default)s)",
    )
    add_option(
        "--optimizer",
        choices=RATES,
        default="sgd",
        help="how the weights are updated (default: %(default)s)",
    )
    add_option(
        "--lr",
        type=options.number(0, low_included=False),
        metavar="RATE",
        help="learning rate at the start (default: 0.05 with sgd, 0.003 with adam)",
    )
    add_option(
        "--momentum",
        type=options.number(0, 1),
        default=0.9,
        metavar="M",
        help="share of the last update that is kept, 0 to less than 1, with sgd "
        "(default: %(default)s)",
    )
    add_option(
        "--weight-decay",
        type=options.number(0),
        default=1e-4,
        metavar="D",
        help="pull of every weight towards zero, as a factor of it (default: %(default)s)",
    )
    add_option(
        "--schedule",
        choices=SCHEDULES,
        default="cosine",
        help="the learning rate over time: falling to zero along half a cosine, constant, a tenth "
        "after half and three quarters, or up and down again (default: %(default)s)",
    )
    add_option(
        "--augment",
        action="store_true",
        help="change every image, anew in every epoch: digits are moved by up to 2 pixels, colour "
        "images by up to 4 and half of them mirrored (default: leave them)",
    )
    add_option(
        "--seed",
        type=options.integer(0, 2**63 - 1),
        default=0,
        metavar="N",
        help="of first weights, shuffling and augmentation (default: %(default)s)",
    )
    options.add_threads(parser)
    add_option(
        "--out", metavar="FILE", help="save the model there, as safetensors (default: do not)"
    )
    add_option(
        "--plot",
        metavar="FILE",
        help="draw curves, filters and predictions there, as PNG (default: do not)",
    )
    add_option(
        "--overwrite", action="store_true", help="replace files that exist (default: refuse to)"
    )
    parser.set_defaults(run=run)


def run(arguments):
    """Train, print, save and draw."""
    _check_outputs(arguments)
    options.set_threads(arguments)
    rng = np.random.default_rng(arguments.seed)
    (x, y), (xt, yt) = options.load_data(arguments.data)
    classes = max(y.max(), yt.max()) + 1
    model = options.open_model(arguments, rng, input_shape=x.shape[1:], classes=classes)
    print(model.summary())
    print(f"\n{len(x):,} training images, {len(xt):,} test images\n", flush=True)
    try:
        history = model.fit(
            x,
            y,
            epochs=arguments.epochs,
            batch_size=arguments.batch_size,
            optimizer=_optimizer(arguments),
            validation_data=(xt, yt),
            rng=rng,
            augment=_augment(x) if arguments.augment else None,
        )
    except KeyboardInterrupt:
        if arguments.out is not None:
            model.save(arguments.out)
            again = f"fastcnn train {arguments.out}"
            print(f"\nfastcnn: saved as it is; to go on: {again}", file=sys.stderr)
        raise
    print(f"\n{result(model, xt, yt)}")
    if arguments.out is not None:
        model.save(arguments.out)
        print(f"model in {arguments.out}")
    if arguments.plot is not None:
        plot.report(model, history, xt, yt, arguments.plot)
        print(f"plot in {arguments.plot}")


def _check_outputs(arguments):
    """Find out now, and not after the training, what would keep its results from being kept."""
    for path in (arguments.out, arguments.plot):
        if path is not None:
            if Path(path).is_file() and not arguments.overwrite:
                raise FileExistsError(errno.EEXIST, "exists; --overwrite replaces it", path)
            check_writable(path)
    if arguments.plot is not None:
        require("matplotlib", extra="plot")


def _augment(x):
    """What leaves the labels of these images true: a mirrored digit is no digit."""
    return data.Shift(2) if x.shape[-1] == 1 else data.Chain(data.Shift(4), data.Flip())


def _optimizer(arguments):
    lr = RATES[arguments.optimizer] if arguments.lr is None else arguments.lr
    lr = SCHEDULES[arguments.schedule](lr)
    if arguments.optimizer == "adam":
        return optim.Adam(lr, weight_decay=arguments.weight_decay)
    return optim.SGD(lr, momentum=arguments.momentum, weight_decay=arguments.weight_decay)
