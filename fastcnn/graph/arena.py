"""Where each buffer lies: buffers that never live at the same time share memory."""

from __future__ import annotations

import numpy as np

from fastcnn.graph.tensor import Buffer
from fastcnn.kernels.memory import aligned


def place(buffers: list[Buffer], steps: int) -> int:
    """Give every buffer its offset; return the bytes of the arena.

    Greedy by size: the largest first, each at the lowest offset that is free for its whole life
    (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section
    5.2).

    Parameters
    ----------
    buffers : list of Buffer
        Distinct buffers with their lives noted.
    steps : int
        Number of steps of the plan.
    """
    order = sorted(buffers, key=lambda each: -each.nbytes)
    lives = np.array([_life(buffer, steps) for buffer in order]).reshape(-1, 2)
    first, last = lives[:, 0], lives[:, 1]
    starts, ends = np.zeros((2, len(order)), dtype=np.int64)  # of those that have their place
    for k, buffer in enumerate(order):
        size = aligned(buffer.nbytes)
        alive = np.flatnonzero((first[:k] <= last[k]) & (first[k] <= last[:k]))
        taken = alive[np.argsort(starts[alive], kind="stable")]
        free = np.maximum.accumulate(np.append(0, ends[taken]))  # the last up to no end
        fits = np.append(free[:-1] + size <= starts[taken], True)
        buffer.offset = int(free[fits.argmax()])
        starts[k], ends[k] = buffer.offset, buffer.offset + size
    return int(ends.max(initial=0))


def _life(buffer: Buffer, steps: int) -> tuple[int, int]:
    if buffer.kept or buffer.first is None:
        return -1, steps
    return buffer.first, buffer.last
