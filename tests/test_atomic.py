"""Atomic writes: after any failure at any step the file is old or new, and whole."""

import errno
import os
import resource
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fastcnn.formats import atomic
from fastcnn.formats.atomic import check_writable, write_atomic

OLD, NEW = b"old contents", b"new contents, which are longer"


@pytest.fixture
def old(tmp_path):
    """A file with the old contents, alone in its folder."""
    path = tmp_path / "model"
    path.write_bytes(OLD)
    return path


def lone(path, contents):
    """``path`` holds ``contents`` and nothing lies beside it."""
    assert path.read_bytes() == contents
    assert list(path.parent.iterdir()) == [path]


def test_write_replaces(old):
    write_atomic(old, NEW)
    lone(old, NEW)
    write_atomic(str(old), b"")
    lone(old, b"")


def test_write_is_relative_to_the_current_folder(old, monkeypatch):
    monkeypatch.chdir(old.parent)
    write_atomic("model", NEW)
    lone(old, NEW)


def test_mode(old):  # S26
    before = os.umask(0o027)
    try:
        write_atomic(old.parent / "fresh", NEW)
        old.chmod(0o604)
        write_atomic(old, NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((old.parent / "fresh").stat().st_mode) == 0o640
    assert stat.S_IMODE(old.stat().st_mode) == 0o604


def test_symbolic_link_stays(old):  # S26
    link = old.parent / "link"
    link.symlink_to("model")
    write_atomic(link, NEW)
    assert link.is_symlink()
    link.unlink()
    lone(old, NEW)


def test_order_of_durable_steps(old, monkeypatch):
    """The bytes reach the disk before the rename, and the folder after it."""
    steps = []

    def record(name, owner):
        real = getattr(owner, name)

        def call(*args):
            is_folder = name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)
            steps.append("fsync folder" if is_folder else name)
            return real(*args)

        monkeypatch.setattr(owner, name, call)

    for name in ("write", "fsync", "close"):
        record(name, atomic.os)
    record("replace", Path)
    write_atomic(old, NEW)
    assert steps == ["write", "fsync", "close", "replace", "fsync folder", "close"]


STEPS = [(os, name) for name in ("open", "write", "fstat", "fchmod", "fsync")] + [(Path, "replace")]


@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_failing_step(old, monkeypatch, owner, name, code):  # F03, F04
    def fail(*args):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fail)
        with pytest.raises(OSError, match=os.strerror(code)) as error:
            write_atomic(old, NEW)
    assert (error.value.errno, error.value.filename) == (code, str(old))
    lone(old, OLD)
    write_atomic(old, NEW)
    lone(old, NEW)


class Killed(BaseException):
    """Nothing that runs after a kill may be needed, so no handler may catch this."""


@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("done", [False, True])
def test_killed_at_every_step(old, monkeypatch, owner, name, done):  # F01, F34
    """Killed before or after a step: the file is old or new, and the next write succeeds."""
    real = getattr(owner, name)

    def die(*args):
        if done:
            real(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        patch.setattr(Path, "unlink", lambda *args, **kwargs: None)  # the dead clean nothing up
        with pytest.raises(Killed):
            write_atomic(old, NEW)
    assert old.read_bytes() == (NEW if (name, done) == ("replace", True) else OLD)
    write_atomic(old, NEW)
    assert old.read_bytes() == NEW


def test_short_writes_are_continued(old, monkeypatch):  # F05
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:3]))
    write_atomic(old, NEW)
    lone(old, NEW)


@pytest.mark.parametrize("claimed", [0, 1])
def test_writes_that_lie_are_found(old, monkeypatch, claimed):  # F05
    monkeypatch.setattr(os, "write", lambda file, data: claimed)
    with pytest.raises(OSError, match="wrote") as error:
        write_atomic(old, NEW)
    assert error.value.errno == errno.EIO
    lone(old, OLD)


def test_file_size_limit(old):  # F06
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(OLD), limits[1]))
    try:
        with pytest.raises(OSError, match=str(old)) as error:
            write_atomic(old, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.value.errno == errno.EFBIG
    lone(old, OLD)


@pytest.mark.parametrize("act", [check_writable, lambda path: write_atomic(path, NEW)])
def test_impossible_targets(old, act):  # S23, F07
    for target, code in [
        (old.parent, errno.EISDIR),
        (old / "below a file", errno.ENOTDIR),
        (old.parent / "absent" / "model", errno.ENOENT),
        (old.parent / ("n" * 256), errno.ENAMETOOLONG),
        (Path("/dev/full"), errno.EINVAL),
    ]:
        with pytest.raises(OSError, match=target.name) as error:
            act(target)
        assert (error.value.errno, error.value.filename) == (code, str(target))
    lone(old, OLD)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_folder_that_cannot_be_synced(old, monkeypatch):
    """By then the file is new, and complete; only what cannot be helped is passed over."""
    real = os.fsync

    def fail_for_folders(file):
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(code, os.strerror(code))
        real(file)

    monkeypatch.setattr(os, "fsync", fail_for_folders)
    code = errno.EINVAL
    write_atomic(old, NEW)
    lone(old, NEW)
    code = errno.EIO
    with pytest.raises(OSError, match=str(old)):
        write_atomic(old, OLD)
    lone(old, OLD)


def test_writers_and_readers_at_once(old):  # S25
    """Whoever reads while others write finds one of the files, whole."""
    contents = {bytes([i]) * 1_000_000 for i in range(3)}
    write_atomic(old, bytes(1_000_000))

    def write(data):
        for _ in range(10):
            write_atomic(old, data)

    with ThreadPoolExecutor() as pool:
        writers = [pool.submit(write, data) for data in contents]
        while not all(writer.done() for writer in writers):
            assert old.read_bytes() in contents
        for writer in writers:
            writer.result()
    assert list(old.parent.iterdir()) == [old]


def test_check_writable_changes_nothing(old):
    check_writable(old)
    lone(old, OLD)
    check_writable(old.parent / "fresh")
    lone(old, OLD)
