"""Symbolic operations: what a layer plans. Each knows its kernels, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import (
    activation,
    batchnorm,
    choice,
    dense,
    dropout,
    loss,
    pool,
)
from fastcnn.kernels.gate import ConvSizes, DenseSizes, PoolSizes, RowSizes
from fastcnn.kernels.python import PythonOp


def _data(parameter: Parameter | None) -> np.ndarray | None:
    return None if parameter is None else parameter.data


def _gradient(parameter: Parameter | None) -> np.ndarray | None:
    return None if parameter is None else parameter.gradient


@dataclass
class Conv:
    """y = conv(x, w) + b."""

    s: ConvSizes
    x: Tensor
    w: Parameter
    b: Parameter | None
    y: Tensor
    algorithm: str = "auto"

    def choices(self) -> list[tuple[str, choice.Choice]]:
        """What computes each pass, and why."""
        return [
            ("forward", choice.conv_forward(self.s, self.algorithm)),
            ("backward_data", choice.conv_backward_data(self.s, self.algorithm)),
            ("backward_weight", choice.conv_backward_weight(self.s, self.algorithm)),
        ]

    def forward(self, planner: Planner) -> None:
        kernel = choice.conv_forward(self.s, self.algorithm).kernel
        planner.step(kernel, s=self.s, x=self.x, w=self.w.data, b=_data(self.b), y=self.y)

    def backward(self, planner: Planner) -> None:
        dy, dw, db = planner.gradient(self.y), self.w.gradient, _gradient(self.b)
        chosen = dict(self.choices())
        planner.step(chosen["backward_weight"].kernel, s=self.s, dy=dy, x=self.x, dw=dw, db=db)
        if planner.needs_gradient(self.x):
            dx = planner.gradient(self.x)
            planner.step(chosen["backward_data"].kernel, s=self.s, dy=dy, w=self.w.data, dx=dx)


@dataclass
class Dense:
    """y = x @ w + b."""

    s: DenseSizes
    x: Tensor
    w: Parameter
    b: Parameter | None
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(
            dense.DenseForward, s=self.s, x=self.x, w=self.w.data, b=_data(self.b), y=self.y
        )

    def backward(self, planner: Planner) -> None:
        dy, dw, db = planner.gradient(self.y), self.w.gradient, _gradient(self.b)
        planner.step(dense.DenseBackwardWeight, s=self.s, dy=dy, x=self.x, dw=dw, db=db)
        if planner.needs_gradient(self.x):
            dx = planner.gradient(self.x)
            planner.step(dense.DenseBackwardData, s=self.s, dy=dy, w=self.w.data, dx=dx)


@dataclass
class MaxPool:
    """y = maxima of windows of x; `index` remembers where they stood, in training."""

    s: PoolSizes
    x: Tensor
    y: Tensor
    index: Tensor | None

    def forward(self, planner: Planner) -> None:
        planner.step(pool.MaxPoolForward, s=self.s, x=self.x, y=self.y, index=self.index)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.gradient(self.x)
            planner.step(pool.MaxPoolBackward, s=self.s, dy=dy, index=self.index, dx=dx)


@dataclass
class ConvMaxPool:
    """A convolution and the maxima of its output, which nobody else reads."""

    conv: Conv
    pool: MaxPool

    def choices(self) -> list[tuple[str, choice.Choice]]:
        """What may compute each pass: all of the convolution's, or the last without dx."""
        pooled = choice.conv_backward_weight_pooled(self.conv.s, self.pool.s)
        return self.conv.choices() + ([("backward_weight", pooled)] if pooled else [])

    def forward(self, planner: Planner) -> None:
        self.conv.forward(planner)
        self.pool.forward(planner)

    def backward(self, planner: Planner) -> None:
        conv, pool = self.conv, self.pool
        pooled = choice.conv_backward_weight_pooled(conv.s, pool.s)
        if planner.needs_gradient(conv.x) or pooled is None:
            pool.backward(planner)
            conv.backward(planner)
            return
        planner.step(
            pooled.kernel,
            s=conv.s,
            pooling=pool.s,
            dy=planner.gradient(pool.y),
            index=pool.index,
            x=conv.x,
            dw=conv.w.gradient,
            db=_gradient(conv.b),
        )


@dataclass
class AvgPool:
    """y = means of windows of x."""

    s: PoolSizes
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(pool.AvgPoolForward, s=self.s, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.gradient(self.x)
            planner.step(pool.AvgPoolBackward, s=self.s, dy=dy, dx=dx)


@dataclass
class BatchNorm:
    """y = normalised x[rows, c]; mean and inverse deviation are kept for the backward pass."""

    s: RowSizes
    eps: float
    momentum: float
    x: Tensor
    gamma: Parameter
    beta: Parameter
    running_mean: Parameter
    running_var: Parameter
    mean: Tensor
    inverse: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        shared = {"s": self.s, "eps": self.eps, "x": self.x, "y": self.y}
        shared |= {"gamma": self.gamma.data, "beta": self.beta.data}
        mean, var = self.running_mean.data, self.running_var.data
        if planner.training:
            planner.step(
                batchnorm.BatchNormForward,
                **shared,
                momentum=self.momentum,
                running_mean=mean,
                running_var=var,
                mean=self.mean,
                inverse=self.inverse,
            )
        else:
            planner.step(batchnorm.BatchNormPredict, **shared, mean=mean, var=var)

    def backward(self, planner: Planner) -> None:
        planner.step(
            batchnorm.BatchNormBackward,
            s=self.s,
            dy=planner.gradient(self.y),
            x=self.x,
            gamma=self.gamma.data,
            mean=self.mean,
            inverse=self.inverse,
            dx=planner.gradient(self.x),
            dgamma=self.gamma.gradient,
            dbeta=self.beta.gradient,
        )


@dataclass
class Activation:
    """y = f(x), element by element."""

    function: str
    slope: float
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        shared = {"function": self.function, "slope": self.slope}
        planner.step(activation.ActivationForward, **shared, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            shared = {"function": self.function, "slope": self.slope}
            dy, dx = planner.gradient(self.y), planner.gradient(self.x)
            planner.step(activation.ActivationBackward, **shared, dy=dy, y=self.y, dx=dx)


@dataclass
class Dropout:
    """y = x with elements dropped; `key` is drawn anew before each run."""

    rate: float
    key: np.ndarray
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(dropout.Dropout, rate=self.rate, key=self.key, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        if planner.needs_gradient(self.x):
            dy, dx = planner.gradient(self.y), planner.gradient(self.x)
            planner.step(dropout.Dropout, rate=self.rate, key=self.key, x=dy, y=dx)


@dataclass
class SoftmaxCrossEntropy:
    """Loss of the scores x; the gradient comes with it."""

    x: Tensor
    labels: Tensor
    loss: Tensor
    correct: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(
            loss.SoftmaxCrossEntropy,
            x=self.x,
            labels=self.labels,
            loss=self.loss,
            correct=self.correct,
            dx=planner.gradient(self.x),
        )

    def backward(self, planner: Planner) -> None:
        """Nothing: forward has written the gradient."""


@dataclass
class MeanSquaredError:
    """Loss of x against the target; the gradient comes with it."""

    x: Tensor
    target: Tensor
    loss: Tensor

    def forward(self, planner: Planner) -> None:
        dx = planner.gradient(self.x)
        planner.step(loss.MeanSquaredError, x=self.x, target=self.target, loss=self.loss, dx=dx)

    def backward(self, planner: Planner) -> None:
        """Nothing: forward has written the gradient."""


@dataclass
class Python:
    """A user's own layer: y = layer.forward(x, training), dx = layer.backward(dy)."""

    layer: Any
    x: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(PythonForward, layer=self.layer, training=planner.training, x=self.x, y=self.y)

    def backward(self, planner: Planner) -> None:
        dy, dx = planner.gradient(self.y), planner.gradient(self.x)
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
