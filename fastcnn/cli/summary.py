"""``fastcnn summary``: the layers of a model, their output shapes, parameters and memory."""

from fastcnn.cli import options


def add(subcommands):
    """Declare the subcommand."""
    parser = subcommands.add_parser(
        "summary",
        help="list the layers of a model",
        description="List the layers of a model with their output shapes, parameters and memory.",
    )
    options.add_model(parser, "describe")
    parser.set_defaults(run=run)


def run(arguments):
    """Print the table."""
    print(options.open_model(arguments, rng=0).summary())
