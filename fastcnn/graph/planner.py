"""Records what is to be computed: operations on symbolic tensors, then their kernel calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastcnn.graph.tensor import Buffer, Tensor
from fastcnn.kernels.gate import Shape


@dataclass(eq=False)
class Step:
    """One kernel call: a class of `fastcnn.kernels` and its arguments, tensors among them."""

    kernel: type
    arguments: dict[str, Any]

    def buffers(self) -> list[Buffer]:
        """Buffers of the tensors that the call reads or writes."""
        return [value.buffer for value in self.arguments.values() if isinstance(value, Tensor)]


class Planner:
    """Layers add operations; operations add steps.

    Parameters
    ----------
    training : bool
        Layers that behave differently in training and prediction look at this.
    input_gradient : bool, default False
        Whether the gradient with respect to the input is wanted.

    Attributes
    ----------
    ops : list
        Operations in the order of the forward pass.
    keys : list of ndarray of uint64, shape (1,)
        Random keys that are drawn anew before each run.
    """

    def __init__(self, training: bool, input_gradient: bool = False) -> None:
        self.training = training
        self.input_gradient = input_gradient
        self.ops: list[Any] = []
        self.steps: list[Step] = []
        self.keys: list[np.ndarray] = []
        self._gradients: dict[Buffer, Tensor] = {}
        self._input: Buffer | None = None

    def input(self, shape: Shape) -> Tensor:
        """The tensor that the caller fills before each run."""
        tensor = self.tensor(shape)
        self._input = tensor.buffer
        return tensor

    def tensor(self, shape: Shape, dtype: type = np.float32) -> Tensor:
        """A new tensor."""
        return Tensor(tuple(shape), np.dtype(dtype))

    def add(self, op: Any) -> None:
        """Append an operation (`fastcnn.graph.ops`)."""
        self.ops.append(op)

    def step(self, kernel: type, **arguments: Any) -> None:
        """Append a kernel call."""
        self.steps.append(Step(kernel, arguments))

    def key(self) -> np.ndarray:
        """A random key, uint64 [1], drawn anew before each run."""
        self.keys.append(np.zeros(1, dtype=np.uint64))
        return self.keys[-1]

    def gradient(self, tensor: Tensor) -> Tensor:
        """The gradient of the loss with respect to `tensor`: same shape, its own buffer."""
        if tensor.buffer not in self._gradients:
            self._gradients[tensor.buffer] = self.tensor(tensor.shape)
        return self._gradients[tensor.buffer].reshape(tensor.shape)

    def needs_gradient(self, tensor: Tensor) -> bool:
        """Whether anyone asks for the gradient of `tensor`."""
        return self.input_gradient or tensor.buffer is not self._input

    def lower_forward(self) -> None:
        """Turn the operations into steps."""
        for op in self.ops:
            op.forward(self)

    def lower_backward(self) -> None:
        """Append the steps of the backward pass: each operation's adjoint, last one first."""
        for op in reversed(self.ops):
            op.backward(self)
