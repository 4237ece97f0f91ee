"""``fastcnn summary``: the layers of a model, and the algorithms of its convolutions."""

from fastcnn.cli import options


def add(subcommands):
    """Declare the subcommand."""
    parser = subcommands.add_parser(
        "summary",
        help="list the layers of a model",
        description="List the layers of a model with their output shapes, parameters and what they "
        "see of the input, and the memory of training.",
    )
    options.add_model(parser, "describe")
    parser.add_argument(
        "--algorithms",
        action="store_true",
        help="list also what computes each pass of each convolution, and why",
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
    parser.set_defaults(run=run)


def run(arguments):
    """Print the tables."""
    model = options.open_model(arguments, rng=0)
    print(model.summary(arguments.batch_size, arguments.algorithms, arguments.depth))
