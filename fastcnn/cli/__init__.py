"""The command line: ``fastcnn train | evaluate | predict | summary | info``.

One file per subcommand, each with ``add(subcommands)``, which declares its arguments, and
``run(arguments)``. What they share is in ``options``. Exit status: 0; 1 for an error, told in one
line; 2 for wrong usage; 130 after Ctrl-C; 141 when the reader of the output went away.
"""

import os
import signal
import sys
import traceback
from collections.abc import Sequence

from fastcnn import __version__
from fastcnn.cli import evaluate, info, predict, summary, train
from fastcnn.cli.options import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments``, by default the program's own, and return its status."""
    try:
        try:
            return _run(_parser().parse_args(arguments))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # quiet at exit, too
        return 128 + signal.SIGPIPE


def _run(arguments):
    try:
        arguments.run(arguments)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        print("fastcnn: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except Exception as error:
        if arguments.debug:
            traceback.print_exc()
        else:
            print(f"fastcnn: {_one_line(error)}", file=sys.stderr)
        return 1
    return 0


def _parser():
    parser = Parser(
        prog="fastcnn", description="Train and run convolutional neural networks on the CPU."
    )
    parser.add_argument("--version", action="version", version=f"fastcnn {__version__}")
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (train, evaluate, predict, summary, info):
        command.add(subcommands)
    for subparser in subcommands.choices.values():
        subparser.add_argument(
            "--debug", action="store_true", help="show the traceback of an error"
        )
    return parser


def _one_line(error):
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
