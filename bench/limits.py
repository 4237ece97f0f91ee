"""The limits of this machine, measured: how fast it multiplies and adds, how fast it copies.

Every figure of a benchmark is put beside the limit of the same run, with the same number of threads
and the same instruction set: a share of a limit can be compared between machines, a time cannot.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fastcnn.kernels import isa as kernels_isa

SOURCE = Path(__file__).with_name("limits.c")
HEADERS = SOURCE.parent.parent / "src"
FLAGS = ["-O2", "-fopenmp", "-ffp-contract=fast", "-fPIC", "-shared", f"-I{HEADERS}"]
ISA_FLAGS = {"avx512": ["-mavx512f", "-mfma"], "avx2": ["-mavx2", "-mfma"], "baseline": []}

# A few milliseconds: longer than it takes to wake the threads, short enough to slip between
# disturbances.
ROUNDS = 1_000_000
TILE_ROUNDS = 10_000
TRIPS = 2_000
REPEATS = 40
COPIES = 10


@dataclass(frozen=True)
class Limits:
    """Peak of multiply-adds in GFLOP/s, bandwidth of a copy (read and written) in GB/s.

    And what the micro-kernel reaches of the peak in the L1 cache, in GFLOP/s.
    """

    isa: str
    threads: int
    gflops: float
    gbytes: float
    tile: float = 0.0

    def of(self, unit: str) -> float:
        """The limit for rates in this unit."""
        return {"GFLOP/s": self.gflops, "GB/s": self.gbytes}[unit]


@functools.cache
def library(isa: str) -> ctypes.CDLL:
    """limits.c, compiled for one instruction set; the file is gone once it is loaded."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, f"limits_{isa}.so")
        command = [*compiler, *FLAGS, *ISA_FLAGS[isa], str(SOURCE), "-o", str(target)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise RuntimeError(
                f"the limits of the machine are measured in C, with the compiler {compiler[0]!r} "
                "(environment variable CC): not found"
            ) from None
        except subprocess.CalledProcessError as error:
            message = f"cannot compile {SOURCE.name}: {shlex.join(command)}\n{error.stderr}"
            raise RuntimeError(message) from None
        loaded = ctypes.CDLL(str(target))
    count, long, pointer = ctypes.c_int, ctypes.c_long, ctypes.c_void_p
    loaded.limits_flops.restype = loaded.limits_copy.restype = ctypes.c_double
    loaded.limits_flops.argtypes = [count, long, pointer]
    loaded.limits_copy.argtypes = [count, long, long, pointer, pointer]
    loaded.limits_round_trip.restype = ctypes.c_double
    loaded.limits_round_trip.argtypes = [long]
    loaded.limits_tile.restype = ctypes.c_double
    loaded.limits_tile.argtypes = [count, long, pointer]
    return loaded


def gflops(isa: str, threads: int) -> float:
    """Most multiply-adds in a second, counted as two operations each, in GFLOP/s."""
    run, table = library(isa).limits_flops, kernels(isa)
    return max(run(threads, ROUNDS, table) for _ in range(REPEATS)) / 1e9


def rate(unit: str, isa: str, threads: int) -> float:
    """The limit of rates in this unit, now."""
    return {"GFLOP/s": gflops, "GB/s": gbytes}[unit](isa, threads)


def kernels(isa: str) -> int:
    """Address of the table of micro-kernels, which Cython modules import from `kernels.isa`."""
    before = kernels_isa.current()
    kernels_isa.select(isa)
    try:
        capsule = kernels_isa.__pyx_capi__["K"]
        name, value = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
        name.restype, value.restype = ctypes.c_char_p, ctypes.c_void_p
        name.argtypes, value.argtypes = [ctypes.py_object], [ctypes.py_object, ctypes.c_char_p]
        return ctypes.c_void_p.from_address(value(capsule, name(capsule))).value
    finally:
        kernels_isa.select(before)


def tile(isa: str, threads: int) -> float:
    """Rate of the micro-kernel alone, all its operands in the L1 cache, in GFLOP/s."""
    run, table = library(isa).limits_tile, kernels(isa)
    return max(run(threads, TILE_ROUNDS, table) for _ in range(REPEATS)) / 1e9


def cache_bytes() -> int:
    """Size of all last-level caches together; 64 MiB where the system does not say."""
    caches = {}  # (level, CPUs that share it) -> bytes
    for cache in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cache/index*"):
        level, cpus, size = (
            cache.joinpath(name).read_text().strip()
            for name in ("level", "shared_cpu_list", "size")
        )
        caches[level, cpus] = int(size.removesuffix("K")) << 10
    last = max((level for level, _ in caches), default=None)
    return sum(size for (level, _), size in caches.items() if level == last) or 64 << 20


def gbytes(isa: str, threads: int) -> float:
    """Bandwidth of a copy between arrays that no cache holds, in GB/s, read and written."""
    size = max(4 * cache_bytes(), 64 << 20)
    source, target = np.empty(size, np.uint8), np.empty(size, np.uint8)
    run, a, b = library(isa).limits_copy, source.ctypes.data, target.ctypes.data
    run(threads, size, size, b, a)  # each thread touches its part first: it lies in near memory
    pieces = (size, 64 << 10) * COPIES
    return max(run(threads, size, piece, a, b) for piece in pieces) / 1e9


def round_trip(isa: str) -> float:
    """Nanoseconds in which a word goes from one core to another and back, now.

    On a virtual machine this changes from one second to the next, from a tenth of a microsecond
    to a whole one, with the cores that it is given; small operations on several threads, which
    wait for each other many times, are slower then.
    """
    return library(isa).limits_round_trip(TRIPS) * 1e9


def measure(isa: str, threads: int) -> Limits:
    """Measure the limits; about half a second."""
    return Limits(isa, threads, gflops(isa, threads), gbytes(isa, threads), tile(isa, threads))
