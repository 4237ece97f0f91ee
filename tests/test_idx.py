"""The IDX reader: what it reads, and that it refuses everything else before it costs anything."""

import gzip
import os
import socket
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from fastcnn.data import idx
from fastcnn.data.idx import read_idx, write_idx

LABELS = struct.pack(">HBBI", 0, 0x08, 1, 4) + bytes([5, 0, 4, 1])


@pytest.fixture
def stored(tmp_path):
    """Write bytes to a file, raw or compressed, and return its path."""

    def store(data, compress=False):
        path = tmp_path / "digits-idx1-ubyte"
        path.write_bytes(gzip.compress(data, mtime=0) if compress else data)
        return path

    return store


def open_files():
    return len(list(Path("/dev/fd").iterdir()))


def refused(path, rule):
    """Reading ``path`` raises a ValueError that names file and rule, and leaves no file open."""
    before = open_files()
    with pytest.raises(ValueError, match=rule) as error:
        read_idx(path)
    assert str(error.value).startswith(f"{path}: ")
    assert open_files() == before


@pytest.mark.parametrize("compress", [False, True])
def test_reads_published_layout(stored, compress):
    labels = read_idx(stored(LABELS, compress))
    assert labels.dtype == np.uint8
    assert labels.tolist() == [5, 0, 4, 1]
    labels[0] = 9  # an array of one's own


@pytest.mark.parametrize("name", ["a", "a.gz"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_round_trip(tmp_path, name, dtype):
    array = np.random.default_rng(0).integers(0, 100, (2, 3, 4)).astype(dtype)
    for given in (array, array.astype(array.dtype.newbyteorder(">")), np.asfortranarray(array)):
        write_idx(tmp_path / name, given)
        read = read_idx(tmp_path / name)
        assert read.dtype == array.dtype
        assert read.dtype.isnative
        np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize(
    ("code", "fmt", "value"),
    [(0x0B, ">h", -2), (0x0C, ">i", -70_000), (0x0D, ">f", 0.15625), (0x0E, ">d", -1e300)],
)
def test_big_endian_numbers(stored, code, fmt, value):  # L09
    data = struct.pack(">HBBI", 0, code, 1, 1) + struct.pack(fmt, value)
    assert read_idx(stored(data)).tolist() == [value]


@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (3, 0)])
def test_zero_sized(tmp_path, shape):  # L08
    write_idx(tmp_path / "a", np.zeros(shape, np.uint8))
    assert read_idx(tmp_path / "a").shape == shape


def test_write_is_reproducible_and_checked(tmp_path):
    array = np.arange(1000, dtype=np.int32)
    write_idx(tmp_path / "a.gz", array)
    first = (tmp_path / "a.gz").read_bytes()
    write_idx(tmp_path / "a.gz", array)
    assert (tmp_path / "a.gz").read_bytes() == first
    assert first[4:8] == bytes(4)  # no time stamp
    for bad, rule in ((np.zeros(2, np.int64), "int64"), (np.float32(1).reshape(()), r"shape \(\)")):
        with pytest.raises(ValueError, match=rule):
            write_idx(tmp_path / "b", bad)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.gz"]


@pytest.mark.parametrize("compress", [False, True])
def test_every_truncation(stored, compress):  # L01, L05, L06
    for length in range(len(LABELS)):
        refused(stored(LABELS[:length], compress), "truncated|needs 4 bytes|two zero bytes")


def test_every_truncation_of_gzip(stored):  # L12
    data = gzip.compress(LABELS, mtime=0)
    for length in range(len(data)):
        refused(stored(data[:length]), "truncated|gzip|needs 4 bytes|two zero bytes")


@pytest.mark.parametrize("compress", [False, True])
def test_too_long(stored, compress):  # L06
    refused(stored(LABELS + b"\1", compress), "needs 4 bytes of numbers: got more")


def test_every_bit_flip(stored):
    """Without a checksum a flip may change a number, but the shape always fits the file."""
    for bit in range(8 * len(LABELS)):
        data = bytearray(LABELS)
        data[bit // 8] ^= 1 << bit % 8
        try:
            array = read_idx(stored(data))
        except ValueError:
            continue
        assert array.nbytes == 4


def test_every_bit_flip_of_gzip(stored):
    """The checksum finds every flip that reaches the numbers."""
    original = gzip.compress(LABELS, mtime=0)
    for bit in range(8 * len(original)):
        data = bytearray(original)
        data[bit // 8] ^= 1 << bit % 8
        try:
            array = read_idx(stored(data))
        except ValueError:
            continue
        assert array.tolist() == [5, 0, 4, 1]


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (b"\x01\x00\x08\x01", "two zero bytes: got 01 00 08 01"),  # L02
        (b"\x00\x00\x07\x01", "type must be one of 0x08, .*: got 0x07"),  # L03
        (b"\x00\x00\x0a\x01", "got 0x0A"),
        (b"\x00\x00\x0f\x01", "got 0x0F"),
        (b"\x00\x00\x08\x00", "1 to 64 dimensions: got 0"),  # L04
        (b"\x00\x00\x08\xff", "1 to 64 dimensions: got 255"),
        (b"\x00\x00\x08\x03" + b"\xff" * 8 + struct.pack(">I", 28), "the file is smaller"),  # L07
        (b"\x00\x00\x08\x04" + bytes(4) + b"\xff" * 12, "must be addressable"),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_bad_header(stored, header, rule, compress):
    refused(stored(header, compress), rule)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(LABELS) + gzip.compress(b""),
        gzip.compress(LABELS) + b"junk",
        gzip.compress(LABELS)[:-8] + bytes(8),
        b"\x1f\x8b" + LABELS,
    ],
    ids=["two members", "trailing junk", "wrong checksum", "no gzip"],
)
def test_bad_gzip(stored, data):  # L12
    refused(stored(data), "gzip")


def test_gzip_bomb(stored):  # L13
    path = stored(LABELS[:8] + bytes(1 << 28), compress=True)  # 256 MiB in 256 KiB
    tracemalloc.start()
    try:
        refused(path, "needs 4 bytes of numbers: got more")
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_only_regular_files(tmp_path):  # L14
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "fifo", tmp_path / "socket", "/dev/zero"):
            refused(path, "must be a regular file")
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        read_idx(tmp_path)
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")


def test_file_cut_short_while_it_is_read(stored, monkeypatch):  # L33
    path = stored(LABELS[:-1])
    real = os.fstat

    def before_it_was_cut(file):
        return os.stat_result([*real(file)[:6], len(LABELS), *real(file)[7:]])

    monkeypatch.setattr(idx.os, "fstat", before_it_was_cut)
    refused(path, "needs 4 bytes of numbers: got 3")
