"""Batch normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import batchnorm, batchnorm_frozen
from fastcnn.kernels.gate import RowSizes


@dataclass(eq=False)
class BatchNorm:
    """y = normalised x[rows, c]; mean and inverse deviation are kept for the backward pass.

    A residual is added, and then negative numbers become 0, where passes found that. `frozen`
    takes the running statistics although a backward pass follows.
    """

    s: RowSizes
    eps: float
    momentum: float
    frozen: bool
    x: Tensor
    gamma: Parameter
    beta: Parameter
    running_mean: Parameter
    running_var: Parameter
    mean: Tensor
    inverse: Tensor
    y: Tensor
    residual: Tensor | None = None
    relu: bool = False

    def forward(self, planner: Planner) -> None:
        shared = {"s": self.s, "eps": self.eps, "x": self.x, "y": self.y}
        shared |= {"gamma": self.gamma.data, "beta": self.beta.data}
        shared |= {"residual": self.residual, "relu": self.relu}
        mean, var = self.running_mean.data, self.running_var.data
        if planner.training and not self.frozen:
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
            planner.step(batchnorm_frozen.BatchNormPredict, **shared, mean=mean, var=var)

    def backward(self, planner: Planner) -> None:
        shared = {"s": self.s, "x": self.x, "gamma": self.gamma.data}
        dy = dz = planner.gradient(self.y)
        shared |= {"dy": dy}
        shared["dgamma"] = planner.weight_gradient(self.gamma)
        shared["dbeta"] = planner.weight_gradient(self.beta)
        if self.frozen:
            mean, var = self.running_mean.data, self.running_var.data
            shared |= {"eps": self.eps, "mean": mean, "var": var}
            dx = planner.contribution(self.x)
            planner.step(batchnorm_frozen.BatchNormFrozenBackward, **shared, dx=dx)
        else:
            if self.relu and self.residual is not None:
                dz = planner.tensor(self.y.shape)
                shared |= {"y": self.y, "dz": dz}
            elif self.relu:
                shared["beta"] = self.beta.data
            shared |= {"mean": self.mean, "inverse": self.inverse}
            dx, accumulate = planner.accumulation(self.x)
            planner.step(batchnorm.BatchNormBackward, **shared, dx=dx, accumulate=accumulate)
            if self.residual is not None and planner.needs_gradient(self.residual):
                planner.pass_on(self.residual, dz)
