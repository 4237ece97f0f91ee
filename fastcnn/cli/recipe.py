"""How ``fastcnn train`` trains: the options of optimizer, learning rate and augmentation."""

from fastcnn import losses, optim, schedules
from fastcnn.cli import options

#: Learning rate and weight decay of each optimizer, where nobody asks for others.
OPTIMIZERS = {
    "sgd": (optim.SGD, 0.05, 1e-4),
    "adam": (optim.Adam, 0.003, 1e-4),
    "adamw": (optim.AdamW, 0.003, 0.01),
    "rmsprop": (optim.RMSprop, 0.001, 1e-4),
}
MOMENTUM = ("sgd", "rmsprop")

SCHEDULES = {
    "cosine": schedules.cosine,
    "constant": schedules.constant,
    "step": schedules.step,
    "one-cycle": schedules.one_cycle,
}


def add(parser):
    """Declare the options."""
    group = parser.add_argument_group("optimization")
    add_option = group.add_argument
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
        choices=OPTIMIZERS,
        default="sgd",
        help="how the weights are updated (default: %(default)s)",
    )
    add_option(
        "--lr",
        type=options.number(0, low_included=False),
        metavar="RATE",
        help=f"learning rate, the highest of the schedule (default: {_defaults(1)})",
    )
    add_option(
        "--momentum",
        type=options.number(0, 1),
        metavar="M",
        help="share of the last update that is kept, 0 to less than 1, with sgd or rmsprop "
        "(default: 0.9 with sgd, 0 with rmsprop)",
    )
    options.add_flag(group, "--nesterov", "look ahead along the momentum, with sgd")
    add_option(
        "--weight-decay",
        type=options.number(0),
        metavar="D",
        help=f"pull of every weight towards zero, as a factor of it (default: {_defaults(2)})",
    )
    add_option(
        "--decay",
        choices=("weights", "all"),
        default="weights",
        help="what the weight decay pulls at: weights alone, or biases and the parameters of "
        "normalizations too (default: %(default)s)",
    )
    add_option(
        "--clip-norm",
        type=options.number(0, low_included=False),
        metavar="NORM",
        help="shorten a gradient, that of all weights together, which is longer (default: do not)",
    )
    add_option(
        "--accumulate",
        type=options.integer(1, 1_000_000),
        default=1,
        metavar="N",
        help="update the weights after every N batches, along the mean of their gradients "
        "(default: %(default)s)",
    )
    add_option(
        "--average",
        type=options.number(0, 1),
        metavar="DECAY",
        help="keep a moving average of the weights, 0 to less than 1 of which stays in every "
        "update, and end with it (default: do not)",
    )
    add_option(
        "--label-smoothing",
        type=options.number(0, 1),
        default=0.0,
        metavar="SHARE",
        help="share of each label that is spread over all classes, 0 to less than 1 (default: 0)",
    )
    add_option(
        "--schedule",
        choices=SCHEDULES,
        default="cosine",
        help="the learning rate over time: falling to zero along half a cosine, constant, a tenth "
        "after half and three quarters, or up and down again (default: %(default)s)",
    )
    add_option(
        "--warm-up",
        type=options.number(0, 1),
        default=0.0,
        metavar="SHARE",
        help="share of the training in which the learning rate rises from zero first (default: 0)",
    )


def optimizer(arguments):
    """The optimizer that the options describe."""
    name = arguments.optimizer
    make, rate, decay = OPTIMIZERS[name]
    lr = SCHEDULES[arguments.schedule](rate if arguments.lr is None else arguments.lr)
    if arguments.warm_up:
        lr = schedules.warm_up(lr, arguments.warm_up)
    settings = {"weight_decay": decay if arguments.weight_decay is None else arguments.weight_decay}
    for shared in ("decay", "clip_norm", "accumulate", "average"):
        settings[shared] = getattr(arguments, shared)
    if arguments.momentum is not None and name not in MOMENTUM:
        raise ValueError(f"--momentum is for {' and '.join(MOMENTUM)}: got {name}")
    if arguments.nesterov and name != "sgd":
        raise ValueError(f"--nesterov is for sgd: got {name}")
    if name == "sgd":
        settings["nesterov"] = bool(arguments.nesterov)
    if name in MOMENTUM:
        usual = 0.9 if name == "sgd" else 0.0
        settings["momentum"] = usual if arguments.momentum is None else arguments.momentum
    return make(lr, **settings)


def loss(arguments):
    """The loss that the options describe."""
    return losses.SoftmaxCrossEntropy(arguments.label_smoothing)


def _defaults(place):
    """A number of each optimizer, those first that most have."""
    values = {name: each[place] for name, each in OPTIMIZERS.items()}
    names = {value: [n for n in values if values[n] == value] for value in values.values()}
    return ", ".join(f"{value:g} with {' and '.join(who)}" for value, who in names.items())
