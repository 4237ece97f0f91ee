"""What the subcommands share: kinds of arguments, and where models and data come from."""

import argparse
import math
from pathlib import Path

import fastcnn
from fastcnn import data, models


class Parser(argparse.ArgumentParser):
    """A parser that tells a usage error in one line."""

    def __init__(self, **options):
        super().__init__(allow_abbrev=False, **options)

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


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


def add_data(parser):
    """Declare ``--data``."""
    parser.add_argument(
        "--data",
        default="sample",
        metavar="SET",
        help="'sample': the 6,000 digits of MNIST in this package; 'mnist': all 70,000, from "
        "$FASTCNN_DATA or ~/.cache/fastcnn/mnist; 'cifar10': the 60,000 photographs of CIFAR-10, "
        "binary version, likewise; or a folder with the four files of MNIST (default: %(default)s)",
    )


def load_data(name):
    """``(x, y), (xt, yt)`` of what ``--data`` names."""
    if name == "sample":
        return data.load_mnist_sample()
    if name == "cifar10":
        return data.load_cifar10()
    return data.load_mnist(None if name == "mnist" else name)


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
