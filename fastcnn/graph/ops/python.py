"""A layer written in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.python import PythonOp


@dataclass(eq=False)
class Python:
    """A user's own layer: y = layer.forward(x, training), dx = layer.backward(dy)."""

    layer: Any
    x: Tensor
    y: Tensor

    @property
    def learns(self) -> bool:
        """Whether it has a backward pass in any case: one without parameters may count on that."""
        parameters = self.layer.parameters.values()
        return not parameters or any(each.trainable for each in parameters)

    def forward(self, planner: Planner) -> None:
        planner.step(PythonForward, layer=self.layer, training=planner.training, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        dy, dx = planner.gradient(self.y), planner.contribution(self.x)
        planner.step(PythonBackward, layer=self.layer, dy=dy, dx=dx)


class PythonForward(PythonOp):
    """Calls a layer's `forward` on views of the arena."""

    def __init__(self, layer: Any, training: bool, x: np.ndarray, y: np.ndarray) -> None:
        x = _read_only(x)
        super().__init__(lambda: _put(layer, "forward", layer.forward(x, training), y))


class PythonBackward(PythonOp):
    """Calls a layer's `backward` on views of the arena."""

    def __init__(self, layer: Any, dy: np.ndarray, dx: np.ndarray) -> None:
        dy = _read_only(dy)
        super().__init__(lambda: _put(layer, "backward", layer.backward(dy), dx))


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _put(layer: Any, method: str, result: Any, to: np.ndarray) -> None:
    if np.shape(result) != to.shape:
        name = type(layer).__name__
        raise ValueError(f"{name}.{method} must give shape {to.shape}: got {np.shape(result)}")
    to[...] = result
