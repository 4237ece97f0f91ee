"""The command line: ``fastcnn COMMAND``; the commands are in `COMMANDS`.

One file per command, each with ``add(subcommands)``, which declares its arguments, ``run(arguments)
-> facts``, which does the work and tells on standard error how it goes, and ``text(facts, width)
-> str``, which puts the facts into words. With ``--json`` the facts themselves are printed. What
the commands share is in `options`, ``--config`` in `settings`, standard output in `output`.

Exit status: 0; 1 where the work failed, which is told in one line; 2 for wrong usage; 130 after
Ctrl-C, 143 and 129 where SIGTERM and SIGHUP end a training likewise; 141 where the reader of the
output went away.
"""

import argparse
import signal
import sys
import traceback
from collections.abc import Sequence

from fastcnn import __version__
from fastcnn.cli import (
    bench,
    datasets,
    evaluate,
    info,
    options,
    output,
    plot,
    predict,
    settings,
    summary,
    train,
)
from fastcnn.cli.signals import Ended

COMMANDS = (train, evaluate, predict, summary, plot, datasets, bench, info)

OK, FAILED, WRONG_USAGE = 0, 1, 2
INTERRUPTED, NO_READER = 128 + signal.SIGINT, 128 + signal.SIGPIPE

EPILOG = f"""\
exit status:
  {OK}    the work is done
  {FAILED}    it failed; one line on standard error tells why
  {WRONG_USAGE}    wrong usage: an unknown command or option, or a value that breaks a rule
  {INTERRUPTED}  interrupted by Ctrl-C (143, 129: a training by SIGTERM, SIGHUP)
  {NO_READER}  the reader of the output went away
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments``, by default the program's own, and return its status."""
    try:
        try:
            return _run(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            output.flush()
    except BrokenPipeError:
        output.abandon()
        return NO_READER
    except OSError as error:  # the output is on a full disk
        output.complain(f"fastcnn: standard output: {error.strerror}")
        output.abandon()
        return FAILED


def _run(arguments):
    try:
        given = _parse(arguments)
    except options.UsageError as error:
        output.complain(str(error))
        return WRONG_USAGE
    try:
        facts = given.run(given)
        told = output.json(facts) if given.json else given.text(facts, output.width())
    except BrokenPipeError:
        raise
    except KeyboardInterrupt as error:
        output.complain("fastcnn: interrupted")
        return 128 + error.number if isinstance(error, Ended) else INTERRUPTED
    except Exception as error:
        if given.debug:
            traceback.print_exc()
        else:
            output.complain(f"fastcnn: {_one_line(error)}")
        return FAILED
    output.show(told)
    return OK


def _parse(arguments):
    """What the command line says, and where it does not, the file of ``--config``."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.config is None:
        return given
    try:  # the command line is right: what is wrong now is wrong in the file
        before = settings.arguments(given.config, given.parser)
        return parser.parse_args([arguments[0], *before, *arguments[1:]])
    except options.UsageError as error:
        raise options.UsageError(given.parser.prog, f"{given.config}: {error.reason}") from None
    except ValueError as error:
        raise options.UsageError(given.parser.prog, f"{given.config}: {error}") from None
    except OSError as error:
        raise options.UsageError(given.parser.prog, _one_line(error)) from None


def _parser():
    parser = options.Parser(
        prog="fastcnn",
        description="Train and run convolutional neural networks on the CPU.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"fastcnn {__version__}")
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = command.add(subcommands)
        options.add_common(subparser)
        subparser.set_defaults(run=command.run, text=command.text, parser=subparser)
    return parser


def _one_line(error):
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
