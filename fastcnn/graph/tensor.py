"""Symbolic arrays: what a plan is made of before there is memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from fastcnn.kernels.gate import Shape

Kind = TypeVar("Kind")


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
    """A shape over a buffer, or over some channels of it.

    `ld` are the channels of the buffer's rows, of which the tensor has those from `first` on.
    """

    shape: Shape
    dtype: np.dtype = field(default_factory=lambda: np.dtype(np.float32))
    buffer: Buffer = None  # type: ignore[assignment]  # filled below
    first: int = 0
    ld: int = 0  # filled below

    def __post_init__(self) -> None:
        if self.buffer is None:
            self.buffer = Buffer(math.prod(self.shape) * self.dtype.itemsize)
        self.ld = self.ld or self.shape[-1]

    def reshape(self, shape: Shape) -> Tensor:
        """The same memory under another shape."""
        if shape == self.shape:
            return self
        if math.prod(shape) != math.prod(self.shape):
            raise ValueError(f"shape must have the size of {self.shape}: got {shape}")
        if self.ld == self.shape[-1]:
            return Tensor(shape, self.dtype, self.buffer)
        if shape[-1] != self.shape[-1]:
            raise ValueError(f"shape must keep {self.shape[-1]} channels of {self.ld}: got {shape}")
        return Tensor(shape, self.dtype, self.buffer, self.first, self.ld)

    def channels(self, first: int, count: int) -> Tensor:
        """The channels from `first` on, in the same memory."""
        shape = (*self.shape[:-1], count)
        return Tensor(shape, self.dtype, self.buffer, self.first + first, self.ld)

    def view(self, arena: np.ndarray) -> np.ndarray:
        """The array in the arena (uint8) where the buffer was placed."""
        start = self.buffer.offset
        whole = arena[start : start + self.buffer.nbytes].view(self.dtype)
        rows = whole.reshape(*self.shape[:-1], self.ld)
        return rows[..., self.first : self.first + self.shape[-1]]


def parts(operand: Any, kind: type[Kind]) -> Iterator[Kind]:
    """The tensors, or what else is of this kind, of an operation and of operations inside of it."""
    if isinstance(operand, kind):
        yield operand
    elif isinstance(operand, tuple):
        for each in operand:
            yield from parts(each, kind)
    elif is_dataclass(operand):
        for each in fields(operand):
            yield from parts(getattr(operand, each.name), kind)
