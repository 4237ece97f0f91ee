"""What becomes of the sums of convolutions and dense layers before they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fastcnn.graph.parameter import Parameter, data_of
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import activation
from fastcnn.kernels.fold import BatchNormFold

#: The limits of activations that an epilogue computes, from their settings.
LIMITS = {"relu": lambda settings: (0.0, np.inf), "hard_tanh": lambda settings: settings}


@dataclass(eq=False)
class Fold:
    """A batch normalisation in prediction, of sums to which `b` was added: scale[c], shift[c]."""

    eps: float
    gamma: Parameter
    beta: Parameter
    mean: Parameter
    var: Parameter
    b: Parameter | None
    scale: np.ndarray = field(init=False)
    shift: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.scale, self.shift = (np.zeros(self.gamma.shape, dtype=np.float32) for _ in range(2))


@dataclass(eq=False)
class BatchNormFolds:
    """Compute them all, from the parameters of this run."""

    folds: tuple[Fold, ...]

    def forward(self, planner: Planner) -> None:
        names = "gamma", "beta", "mean", "var", "b"
        parameters = {name: [data_of(getattr(f, name)) for f in self.folds] for name in names}
        planner.step(
            BatchNormFold,
            eps=[fold.eps for fold in self.folds],
            **parameters,
            scale=[fold.scale for fold in self.folds],
            shift=[fold.shift for fold in self.folds],
        )


@dataclass(eq=False)
class Epilogue:
    """y = activation(fold(sums) + residual), where passes found any of these.

    The activation is a function with settings, as `Activation` has them.
    """

    fold: Fold | None = None
    residual: Tensor | None = None
    activation: tuple[str, tuple[float, float]] | None = None

    def arguments(self, b: Parameter | None, y: Tensor) -> dict[str, Any]:
        """Of the kernel of a layer with this bias and output."""
        clamp = None
        if self.activation is not None:
            function, settings = self.activation
            clamp = LIMITS[function](settings)
        return {
            "b": data_of(b) if self.fold is None else self.fold.shift,
            "scale": None if self.fold is None else self.fold.scale,
            "residual": None if self.residual is None else self.residual.reshape(y.shape),
            "clamp": clamp,
        }

    def gradient(self, planner: Planner, y: Tensor) -> Tensor:
        """The gradient of the loss with respect to the sums; the residual gets its share."""
        dy = planner.gradient(y)
        if self.activation is not None:
            function, settings = self.activation
            dz = planner.tensor(y.shape)
            planner.step(
                activation.ActivationBackward,
                function=function,
                settings=settings,
                dy=dy,
                kept=y,
                dx=dz,
            )
            dy = dz
        if self.residual is not None and planner.needs_gradient(self.residual):
            planner.pass_on(self.residual, dy)
        return dy


def weight_gradients(planner: Planner, w: Parameter, b: Parameter | None) -> dict[str, Any] | None:
    """Where gradients of weights and bias go; None where both are frozen."""
    biased = b is not None and b.trainable
    if not w.trainable and not biased:
        return None
    return {
        "dw": planner.weight_gradient(w),
        "db": b.gradient if b is not None and biased else None,
    }
