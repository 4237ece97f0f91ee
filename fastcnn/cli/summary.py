"""``fastcnn summary``: the layers of a model, and the algorithms of its convolutions."""

from fastcnn import summary
from fastcnn.cli import options


def add(subcommands):
    """Declare the command."""
    parser = subcommands.add_parser(
        "summary",
        usage="%(prog)s MODEL [OPTION ...]",
        help="list the layers of a model",
        description="List the layers of a model with their output shapes, parameters and what they "
        "see of the input, and the memory of training.",
    )
    options.add_model(parser, "describe")
    options.add_flag(
        parser, "--algorithms", "list also what computes each pass of each convolution, and why"
    )
    parser.add_argument(
        "--batch-size",
        type=options.integer(1, 1_000_000),
        default=64,
        metavar="N",
        help="images in a step of training (default: %(default)s)",
    )
    parser.add_argument(
        "--depth",
        type=options.integer(1, 1000),
        metavar="N",
        help="how many levels of layers inside of layers to show (default: all)",
    )
    return parser


def run(arguments):
    """Gather what there is to know."""
    model = options.open_model(arguments, rng=0)
    return summary.summary(model, arguments.batch_size, arguments.algorithms, arguments.depth)


text = summary.text
