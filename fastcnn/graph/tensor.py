"""Symbolic arrays: what a plan is made of before there is memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from fastcnn.kernels.gate import Shape


@dataclass(eq=False)
class Buffer:
    """A piece of memory that one tensor, or several of equal size, look at.

    `first` and `last` are the steps of the plan that first and last touch it; a buffer `kept` lives
    from before the first step until the next run of the plan, because a caller reads or fills it.
    """

    nbytes: int
    kept: bool = False
    first: int | None = None
    last: int = -1
    offset: int = 0

    def touch(self, step: int) -> None:
        """Note that `step` uses this buffer."""
        self.first = step if self.first is None else self.first
        self.last = step


@dataclass(eq=False)
class Tensor:
    """A shape over a buffer."""

    shape: Shape
    dtype: np.dtype = field(default_factory=lambda: np.dtype(np.float32))
    buffer: Buffer = None  # type: ignore[assignment]  # filled below

    def __post_init__(self) -> None:
        if self.buffer is None:
            self.buffer = Buffer(math.prod(self.shape) * self.dtype.itemsize)

    def reshape(self, shape: Shape) -> Tensor:
        """The same memory under another shape."""
        if math.prod(shape) != math.prod(self.shape):
            raise ValueError(f"shape must have the size of {self.shape}: got {shape}")
        return Tensor(shape, self.dtype, self.buffer)

    def view(self, arena: np.ndarray) -> np.ndarray:
        """The array in the arena (uint8) where the buffer was placed."""
        first = self.buffer.offset
        return arena[first : first + self.buffer.nbytes].view(self.dtype).reshape(self.shape)
