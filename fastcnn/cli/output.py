"""Standard output and standard error: words and JSON, terminals and pipes."""

import dataclasses
import json as standard
import math
import os
import shutil
import sys
from contextlib import suppress

import numpy as np


def show(text):
    """Print ``text`` on standard output; characters that it does not know become escapes."""
    if sys.stdout is not None:
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding))


def tell(text):
    """Print on standard error how the work goes."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def complain(line):
    """Print one line on standard error, if that can be."""
    with suppress(OSError):
        tell(printable(line))


def width(stream=None):
    """Columns of the terminal on a stream, by default standard output; None where it is none."""
    stream = stream or sys.stdout
    if stream is None or not stream.isatty():
        return None
    return shutil.get_terminal_size().columns


def flush():
    """Write what is kept back."""
    if sys.stdout is not None:
        sys.stdout.flush()


def abandon():
    """Nobody reads any more what is kept back: let nothing be told of that at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())


def json(facts):
    """One JSON object in one line; what is no number becomes null."""
    return standard.dumps(_plain(facts), allow_nan=False)


def _plain(value):
    if dataclasses.is_dataclass(value):  # a name that Python keeps for itself ends in _
        value = {name.rstrip("_"): each for name, each in vars(value).items()}
    match value:
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple() | np.ndarray():
            return [_plain(each) for each in value]
        case np.generic():
            return _plain(value.item())
        case float() if not math.isfinite(value):
            return None
    return value


def printable(text):
    """``text`` in one line, without what would control a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def percent(share):
    """A share in words; "-" where there is none."""
    return "-" if math.isnan(share) else f"{share:.2%}"
