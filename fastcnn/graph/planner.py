"""Records what is to be computed: operations on symbolic tensors, then their kernel calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.tensor import Buffer, Tensor, parts
from fastcnn.kernels.add import Add
from fastcnn.kernels.copy import Copy
from fastcnn.kernels.gate import Shape


@dataclass(eq=False)
class Step:
    """One kernel call: a class of `fastcnn.kernels` and its arguments, tensors among them."""

    kernel: type
    arguments: dict[str, Any]

    def buffers(self) -> list[Buffer]:
        """Buffers of the tensors that the call reads or writes."""
        return [value.buffer for value in self.arguments.values() if isinstance(value, Tensor)]


@dataclass(eq=False)
class Gradient:
    """The sum of some contributions to the gradient of a buffer; `own` if nobody else reads it."""

    tensor: Tensor
    own: bool


class Planner:
    """Layers add operations; operations add steps.

    Parameters
    ----------
    training : bool
        Layers that behave differently in training and prediction look at this.
    input_gradient : bool, default False
        Whether the gradient with respect to the input is wanted.
    backward : bool, optional
        Whether a backward pass follows, for which something is kept; default: in training.
    loss : bool, default False
        Whether a loss will be planned, to be trained for.

    Attributes
    ----------
    ops : list
        Operations in the order of the forward pass.
    sides : list of (Tensor, float)
        More scores whose loss, times a factor, is trained for (`fastcnn.layers.SideLoss`).
    keys : list of ndarray of uint64, shape (1,)
        Random keys that are drawn anew before each run.
    outputs : dict of int -> Tensor
        What each layer of a graph gives, by its id.
    """

    def __init__(
        self,
        training: bool,
        input_gradient: bool = False,
        backward: bool | None = None,
        loss: bool = False,
    ) -> None:
        self.training = training
        self.input_gradient = input_gradient
        self.backward = training if backward is None else backward
        self.loss = loss
        self.sides: list[tuple[Tensor, float]] = []
        self.ops: list[Any] = []
        self.steps: list[Step] = []
        self.keys: list[np.ndarray] = []
        self.outputs: dict[int, Tensor] = {}
        self._gradients: dict[Buffer, Gradient] = {}
        self._contributions: list[tuple[Buffer, Gradient]] = []
        self._live: set[Buffer] = set()  # whose gradients are wanted

    def input(self, shape: Shape) -> Tensor:
        """The tensor that the caller fills before each run."""
        tensor = self.tensor(shape)
        if self.input_gradient:
            self._live.add(tensor.buffer)
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
        """The gradient of the loss with respect to `tensor`, to be read: all readers of `tensor`
        have contributed."""
        self._add_up()
        return _part(self._gradients[tensor.buffer].tensor, tensor)

    def contribution(self, tensor: Tensor) -> Tensor:
        """Memory, of the shape of `tensor`, for what an operation adds to its gradient."""
        part = self.tensor(tensor.shape)
        self._contributions.append((tensor.buffer, Gradient(part, own=True)))
        return part

    def accumulation(self, tensor: Tensor) -> tuple[Tensor, bool]:
        """Like `contribution`, for an operation that can add to what is there: whether it must."""
        self._add_up()
        gradient = self._gradients.get(tensor.buffer)
        if gradient is None:
            return self.contribution(tensor), False
        if not gradient.own:
            copied = self.tensor(gradient.tensor.shape)
            self.step(Copy, x=gradient.tensor, y=copied)
            self._gradients[tensor.buffer] = gradient = Gradient(copied, own=True)
        return _part(gradient.tensor, tensor), True

    def pass_on(self, tensor: Tensor, gradient: Tensor) -> None:
        """Add to the gradient of `tensor` another one as it is, of the same size, which has other
        readers too."""
        self._contributions.append((tensor.buffer, Gradient(gradient, own=False)))

    def needs_gradient(self, tensor: Tensor) -> bool:
        """Whether anyone asks for the gradient of `tensor`; to be asked in the backward pass."""
        return tensor.buffer in self._live

    def weight_gradient(self, parameter: Parameter) -> Tensor | np.ndarray:
        """Where a gradient goes that must be computed in any case: if the parameter is frozen, into
        memory that nobody reads."""
        return parameter.gradient if parameter.trainable else self.tensor(parameter.data.shape)

    def lower_forward(self) -> None:
        """Turn the operations into steps."""
        for op in self.ops:
            op.forward(self)

    def lower_backward(self) -> None:
        """Append the steps of the backward pass: each operation's adjoint, last one first."""
        for op in reversed(self._learning()):
            op.backward(self)
            self._add_up()

    def _learning(self) -> list[Any]:
        """The operations that have a backward pass: those with parameters to be trained, or behind
        them, or behind an input whose gradient is wanted."""
        learning = []
        for op in self.ops:
            outputs = getattr(op, "outputs", [op.y] if hasattr(op, "y") else [])
            read = (tensor for tensor in parts(op, Tensor) if tensor not in outputs)
            if _learns(op) or any(tensor.buffer in self._live for tensor in read):
                self._live.update(tensor.buffer for tensor in outputs)
                learning.append(op)
        return learning

    def _add_up(self) -> None:
        """Add new contributions to the gradients so far, in memory that nobody else reads."""
        for buffer, new in self._contributions:
            old = self._gradients.get(buffer)
            if old is None:
                self._gradients[buffer] = new
                continue
            a, b = old.tensor, new.tensor.reshape(old.tensor.shape)
            total = a if old.own else b if new.own else self.tensor(a.shape)
            self.step(Add, a=a, b=b, y=total)
            self._gradients[buffer] = Gradient(total, own=True)
        self._contributions.clear()


def _learns(op: Any) -> bool:
    """Whether an operation has something to be trained."""
    return getattr(op, "learns", any(each.trainable for each in parts(op, Parameter)))


def _part(gradient: Tensor, tensor: Tensor) -> Tensor:
    """Of the gradient of a buffer, that of a tensor: all of it, or some channels."""
    if tensor.ld == tensor.shape[-1]:
        return gradient.reshape(tensor.shape)
    rows = gradient.reshape((*tensor.shape[:-1], tensor.ld))
    return rows.channels(tensor.first, tensor.shape[-1])
