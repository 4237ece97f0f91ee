"""Where each buffer lies: buffers that never live at the same time share memory."""

from __future__ import annotations

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
    placed: list[tuple[int, int, Buffer]] = []  # offset, end, buffer
    for buffer in sorted(buffers, key=lambda each: -each.nbytes):
        life = _life(buffer, steps)
        taken = sorted((o, e) for o, e, other in placed if _overlap(life, _life(other, steps)))
        offset, size = 0, aligned(buffer.nbytes)
        for start, end in taken:
            if offset + size <= start:
                break
            offset = max(offset, end)
        buffer.offset = offset
        placed.append((offset, offset + size, buffer))
    return max((end for _, end, _ in placed), default=0)


def _life(buffer: Buffer, steps: int) -> tuple[int, int]:
    if buffer.kept or buffer.first is None:
        return -1, steps
    return buffer.first, buffer.last


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]
