"""Atomic, durable writes: after a crash at any moment the old file is there, or the new one."""

import errno
import os
import secrets
import stat
from pathlib import Path

from fastcnn.formats.regular import errors_name


def write_atomic(path: str | os.PathLike, data: bytes) -> None:
    """Replace the contents of ``path`` by ``data``, completely or not at all.

    The bytes go to a temporary file in the same folder, reach the disk, and take the place of
    ``path`` in one rename; then the folder reaches the disk too. A new file gets the mode that
    ``open`` would give it, an existing one keeps its mode, and behind a symbolic link the file
    that it names is replaced. A process killed in between leaves at most a file
    ``.fastcnn-*.tmp``, which no later write reads or minds.

    Raises
    ------
    OSError
        Naming ``path``. The temporary file is gone and the old contents are untouched; only when
        syncing the folder failed, the last step of all, the new ones are there, and complete.
    """
    with errors_name(path):
        target = Path(os.path.realpath(path))
        mode = _mode(target)
        temporary, file = _create_beside(target)
        try:
            try:
                _write(file, data)
                if mode is not None:
                    os.fchmod(file, mode)
                os.fsync(file)
            finally:
                os.close(file)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def check_writable(path: str | os.PathLike) -> None:
    """Raise now the OSError that ``write_atomic(path, ...)`` would raise after hours of work."""
    with errors_name(path):
        target = Path(os.path.realpath(path))
        _mode(target)
        temporary, file = _create_beside(target)
        os.close(file)
        temporary.unlink()


def _mode(target):
    """Permission bits of the file to be replaced, None where there is none yet."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):  # a rename would put a plain file in the place of /dev/full
        raise OSError(errno.EINVAL, "not a regular file")
    return stat.S_IMODE(mode)


def _create_beside(target):
    """A new file in the folder of ``target``; its short name fits wherever the target's does."""
    temporary = target.parent / f".fastcnn-{secrets.token_hex(8)}.tmp"
    return temporary, os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)


def _write(file, data):
    """Write all of ``data``: a write may be short, and may claim more than reached the file."""
    rest = memoryview(data)
    while rest:
        written = os.write(file, rest)
        if written == 0:
            raise OSError(errno.EIO, "a write wrote nothing")
        rest = rest[written:]
    size = os.fstat(file).st_size
    if size != len(data):
        raise OSError(errno.EIO, f"wrote {size} of {len(data)} bytes")


def _sync_folder(folder):
    """The rename itself must reach the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise
    finally:
        os.close(file)
