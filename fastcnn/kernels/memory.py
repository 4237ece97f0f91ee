"""Large aligned memory: the arena of a graph and the scratch of a program."""

import mmap

import numpy as np

#: Bytes of a cache line: every buffer starts on one.
LINE = 64
#: Bytes of a page.
PAGE = 4 << 10
#: Bytes of a huge page.
HUGE_PAGE = 2 << 20


def aligned(size: int) -> int:
    """`size` rounded up to whole cache lines."""
    return -(-size // LINE) * LINE


def apart(size: int) -> int:
    """`size` rounded up to whole pages: what one thread writes again and again ends in another page
    than what its neighbour writes, since the processor fetches lines ahead up to the end of a page.
    """
    return -(-size // PAGE) * PAGE


def empty(size: int) -> np.ndarray:
    """As `zeros`, for what is written before it is read: tests fill it with NaN."""
    return zeros(size)


def zeros(size: int) -> np.ndarray:
    """A uint8 array of at least one and otherwise `size` bytes, zeroed, cache-line aligned.

    Large ones take memory where they are touched, from then on.

    From half a huge page on it lies on a huge page boundary and huge pages are asked for: fewer
    page faults at the first touch, fewer misses of the address cache after.
    """
    size = max(1, size)
    if size < HUGE_PAGE // 2:
        raw = np.zeros(size + PAGE, dtype=np.uint8)
        start = -raw.ctypes.data % PAGE
        return raw[start : start + size]
    try:
        # Private: a forked child gets a copy, and shared pages would not be huge.
        block = mmap.mmap(-1, size + HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, OverflowError):
        raise MemoryError(f"no memory for {size:,} bytes") from None
    raw = np.frombuffer(block, dtype=np.uint8)
    start = -raw.ctypes.data % HUGE_PAGE
    if hasattr(mmap, "MADV_HUGEPAGE"):
        block.madvise(mmap.MADV_HUGEPAGE)
    return raw[start : start + size]
