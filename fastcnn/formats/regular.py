"""Opening files that were named from outside: only regular files are read."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def open_regular(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Open ``path`` for reading bytes, for the length of a ``with`` block.

    Readers never map a file into memory: a mapped file that is cut short by someone else kills
    the process. A pipe or a device has no size to check a header against, and could block forever.

    Raises
    ------
    OSError
        The file is missing, a directory, or not readable; naming ``path``.
    ValueError
        ``path`` is a pipe, a socket or a device.
    """
    with errors_name(path):
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise ValueError(f"{path}: must be a regular file: got {stat.filemode(mode)}")
        with Path(path).open("rb") as file:
            yield file


@contextlib.contextmanager
def errors_name(path: str | os.PathLike) -> Iterator[None]:
    """Every OSError of the operating system names ``path``: a failed read or write names none."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
