"""Tensors side by side on the channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import copy


@dataclass(eq=False)
class Concatenate:
    """y = the channels of all xs, one after the other; those that lie there already stay."""

    xs: tuple[Tensor, ...]
    y: Tensor

    def forward(self, planner: Planner) -> None:
        for x, part in self._parts(self.y):
            if x.buffer is not part.buffer:
                planner.step(copy.Copy, x=x, y=part)

    def backward(self, planner: Planner) -> None:
        for x, part in self._parts(planner.gradient(self.y)):
            if x.buffer is not self.y.buffer and planner.needs_gradient(x):
                planner.step(copy.Copy, x=part, y=planner.contribution(x))

    def _parts(self, whole: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Each x with its channels of `whole`."""
        first = 0
        for x in self.xs:
            yield x, whole.channels(first, x.shape[-1])
            first += x.shape[-1]
