"""What the subcommands share: kinds of arguments, and where models and data come from."""

import argparse
import difflib
import errno
import math
import re
from pathlib import Path

import fastcnn
from fastcnn import models
from fastcnn.formats.atomic import check_writable


class UsageError(Exception):
    """A command line that breaks a rule."""

    def __init__(self, prog, reason):
        super().__init__(f"{prog}: {reason} (see {prog} --help)")
        self.reason = reason


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError`, and guesses what an unknown option should have been."""

    def __init__(self, **options):
        super().__init__(allow_abbrev=False, **options)

    def parse_args(self, args=None, namespace=None):
        """Parse all of a command line."""
        given, rest = self.parse_known_args(args, namespace)
        if rest:
            given.parser.refuse(rest)
        return given

    def options(self):
        """The long names of all options."""
        return re.findall(r"--[\w-]+", self.format_help())

    def refuse(self, unknown):
        """Raise for arguments that nobody knows."""
        first = next((each for each in unknown if each.startswith("-")), unknown[0])
        name = first.partition("=")[0]
        near = difflib.get_close_matches(name, self.options(), 1, cutoff=0.75)
        self.error(f"unknown argument {name}" + (f": did you mean {near[0]}?" if near else ""))

    def error(self, message):
        """Raise `UsageError`."""
        raise UsageError(self.prog, message)


def add_flag(parser, name, text):
    """Declare an option that is on or off, by default off: ``--name`` and ``--no-name``."""
    parser.add_argument(name, action=argparse.BooleanOptionalAction, help=f"{text} (default: no)")


def add_common(parser):
    """Declare what all commands understand."""
    common = parser.add_argument_group("options of all commands")
    common.add_argument(
        "--config",
        metavar="FILE",
        help="read options from a TOML file, by their long names; those on the command line win "
        "(default: none)",
    )
    add_flag(common, "--json", "print one JSON object, and nothing else, on standard output")
    add_flag(common, "--debug", "show the traceback of an error")


def integer(low, high):
    """An argparse type: whole numbers from ``low`` to ``high``."""

    def parse(text):
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number, {low} to {high}: got {text}")
        return value

    return parse


def number(low, below=math.inf, low_included=True):
    """An argparse type: numbers from ``low`` to less than ``below``."""

    def parse(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (low < value < below or (low_included and value == low)):
            rule = f"{'>=' if low_included else '>'} {low:g} and < {below:g}"
            raise argparse.ArgumentTypeError(f"must be a number {rule}: got {text}")
        return value

    return parse


def add_threads(parser):
    """Declare ``--threads``."""
    parser.add_argument(
        "--threads",
        type=integer(1, 1024),
        metavar="N",
        help="how many threads compute; the results do not depend on it (default: one per CPU "
        "that this process may use)",
    )


def set_threads(arguments):
    """Do what ``--threads`` asks for."""
    if arguments.threads is not None:
        fastcnn.set_num_threads(arguments.threads)


def add_overwrite(parser):
    """Declare ``--overwrite``."""
    add_flag(parser, "--overwrite", "replace files that exist, rather than refuse to")


def check_output(path, overwrite):
    """Find out now, and not after the work, what would keep its results from being written."""
    if Path(path).is_file() and not overwrite:
        raise FileExistsError(errno.EEXIST, "exists; --overwrite replaces it", path)
    check_writable(path)


def add_model(parser, verb):
    """Declare the model to ``verb``, by name or file."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help=f"the model to {verb}: {', '.join(models.__all__)}, or the file of a saved one",
    )
    parser.add_argument(
        "--variant",
        choices=("modern", "classic"),
        help="of a new lenet5: ReLU and max-pooling, or a sigmoid and average pooling "
        "(default: modern)",
    )


def open_model(arguments, rng, **sizes):
    """The model that the arguments name: a new one, of these sizes, or a saved one."""
    name = arguments.model
    if name in models.__all__:
        variant = {} if arguments.variant is None else {"variant": arguments.variant}
        if variant and name != "lenet5":
            raise ValueError(f"--variant is for lenet5: got {name}")
        return getattr(models, name)(rng=rng, **sizes, **variant)
    if not Path(name).exists():
        known = ", ".join(models.__all__)
        raise FileNotFoundError(f"{name}: neither a file nor a model's name ({known})")
    return fastcnn.load(name)
