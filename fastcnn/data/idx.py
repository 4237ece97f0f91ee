"""IDX, the file format of MNIST: a typed header, then big-endian numbers; raw or gzip-compressed.

    byte 0, 1   zero
    byte 2      type of the numbers: one of TYPES
    byte 3      number of dimensions, ndim
    4 * ndim    the dimensions, each a big-endian uint32
    the rest    the numbers in C order

Source: http://yann.lecun.com/exdb/mnist, "The IDX file format".
"""

import gzip
import math
import os
import struct
import sys
import zlib

import numpy as np

from fastcnn.formats.atomic import write_atomic
from fastcnn.formats.regular import open_regular

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMENSIONS = 64  # NumPy's own limit
MAX_DEFLATE_RATIO = 1032  # no deflate stream grows more than this; see zlib's technical notes
GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: str | os.PathLike) -> np.ndarray:
    """Read one IDX file into an array of its own shape and type, in native byte order.

    Every field of the header is checked, and the size that it declares is compared with the file,
    before memory of that size is asked for. Compression is recognised by its first two bytes, and
    at most one byte more than declared is decompressed.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        The file is cut short, too long, damaged or no IDX file; naming file, rule and value.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from fastcnn.data.idx import read_idx, write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "labels-idx1-ubyte.gz")
    ...     write_idx(path, np.array([5, 0, 4], dtype=np.uint8))
    ...     read_idx(path)
    array([5, 0, 4], dtype=uint8)
    """
    with open_regular(path) as file:
        limit = os.fstat(file.fileno()).st_size
        magic = file.read(2)
        file.seek(0)
        if magic != GZIP_MAGIC:
            return _parse(path, file, limit)
        stream = _Gzip(file.read())
        try:
            array = _parse(path, stream, limit * MAX_DEFLATE_RATIO)
        except zlib.error as error:
            raise ValueError(f"{path}: must be intact gzip data: got {error}") from None
        if not stream.complete:
            raise ValueError(f"{path}: must end with the end of its one gzip stream: it does not")
        return array


def write_idx(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write ``array`` as one IDX file, gzip-compressed where ``path`` ends in ``.gz``.

    The write is atomic, and the same array gives the same bytes: gzip's time stamp is zero.

    Raises
    ------
    ValueError
        ``array`` has a type or a number of dimensions that IDX cannot hold.
    """
    stored = array.dtype.newbyteorder(">")
    codes = [code for code, name in TYPES.items() if np.dtype(name) == stored]
    if not codes:
        raise ValueError(f"{path}: array must have one of IDX's types: got {array.dtype}")
    if array.ndim == 0:
        raise ValueError(f"{path}: array must have at least one dimension: got shape ()")
    header = struct.pack(f">HBB{array.ndim}I", 0, codes[0], array.ndim, *array.shape)
    data = header + array.astype(stored).tobytes()
    if os.fspath(path).endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    write_atomic(path, data)


class _Gzip:
    """The one member of a gzip stream in memory, decompressed no further than asked."""

    def __init__(self, data):
        self._inflate = zlib.decompressobj(wbits=31)  # 31: a gzip header and its checksum
        self._rest = data

    def read(self, size):
        data = self._inflate.decompress(self._rest, size)
        self._rest = self._inflate.unconsumed_tail
        return data

    @property
    def complete(self):
        """The checksum was seen and is right, and nothing follows it."""
        return self._inflate.eof and not self._inflate.unused_data


def _parse(path, stream, limit):
    """The array in ``stream``, of which no more than ``limit`` bytes can come."""
    magic = stream.read(4)
    if len(magic) < 4:
        raise ValueError(f"{path}: truncated header: IDX begins with 4 bytes: got {len(magic)}")
    if magic[:2] != b"\0\0":
        raise ValueError(f"{path}: IDX must begin with two zero bytes: got {magic.hex(' ')}")
    code, ndim = magic[2:]
    if code not in TYPES:
        known = ", ".join(f"0x{code:02X}" for code in TYPES)
        raise ValueError(f"{path}: IDX type must be one of {known}: got 0x{code:02X}")
    if not 1 <= ndim <= MAX_DIMENSIONS:
        raise ValueError(f"{path}: IDX must have 1 to {MAX_DIMENSIONS} dimensions: got {ndim}")
    dims = stream.read(4 * ndim)
    if len(dims) < 4 * ndim:
        need, got = 4 * ndim, len(dims)
        raise ValueError(f"{path}: truncated header: {ndim} sizes need {need} bytes: got {got}")

    shape = struct.unpack(f">{ndim}I", dims)
    dtype = np.dtype(TYPES[code])
    size = math.prod(shape) * dtype.itemsize  # Python ints: no overflow
    if 4 + 4 * ndim + size > limit:
        raise ValueError(f"{path}: shape {shape} needs {size} bytes: the file is smaller")
    if math.prod(n for n in shape if n) * dtype.itemsize > sys.maxsize:  # NumPy's rule, 0 or not
        raise ValueError(f"{path}: shape must be addressable: got {shape}")
    data = stream.read(size + 1)  # one more: too long must not pass as complete
    if len(data) != size:
        end = f"{len(data)}" if len(data) < size else "more"
        raise ValueError(f"{path}: shape {shape} needs {size} bytes of numbers: got {end}")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))
