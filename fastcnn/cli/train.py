"""``fastcnn train``: train a model on a data set, save it and draw what it learned."""

import numpy as np

from fastcnn import data, optim, plot, schedules
from fastcnn.cli import options
from fastcnn.cli.evaluate import line, measure
from fastcnn.cli.output import printable, tell
from fastcnn.extras import require

RATES = {"sgd": 0.05, "adam": 0.003}

SCHEDULES = {
    "cosine": schedules.cosine,
    "constant": schedules.constant,
    "step": schedules.step,
    "one-cycle": schedules.one_cycle,
}


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "train",
        usage="%(prog)s MODEL [OPTION ...]",
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
    options.add_flag(
        parser,
        "--augment",
        "change every image, anew in every epoch: digits are moved by up to 2 pixels, colour "
        "images by up to 4 and half of them mirrored",
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
    options.add_overwrite(parser)
    return parser


def run(arguments):
    """Train, save and draw; tell on standard error how it goes."""
    _check_outputs(arguments)
    options.set_threads(arguments)
    rng = np.random.default_rng(arguments.seed)
    (x, y), (xt, yt) = options.load_data(arguments.data)
    classes = max(y.max(), yt.max()) + 1
    model = options.open_model(arguments, rng, input_shape=x.shape[1:], classes=classes)
    tell(model.summary(arguments.batch_size))
    tell(f"\n{len(x):,} training images, {len(xt):,} test images\n")
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
            tell(f"\nsaved as it is; to go on: fastcnn train {arguments.out}")
        raise
    facts = {"epochs": history.epochs, "test": measure(model, xt, yt)}
    if arguments.out is not None:
        model.save(arguments.out)
        facts["model"] = arguments.out
    if arguments.plot is not None:
        plot.report(model, history, xt, yt, arguments.plot)
        facts["plot"] = arguments.plot
    return facts


def text(facts, width):
    """How well the model does, and where it is."""
    files = [f"{name} in {printable(facts[name])}" for name in ("model", "plot") if name in facts]
    return "\n".join([line(facts["test"]), *files])


def _check_outputs(arguments):
    """Nothing is trained that could not be kept."""
    for path in (arguments.out, arguments.plot):
        if path is not None:
            options.check_output(path, arguments.overwrite)
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
