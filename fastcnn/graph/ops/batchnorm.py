"""Batch normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import batchnorm
from fastcnn.kernels.gate import RowSizes


@dataclass
class BatchNorm:
    """y = normalised x[rows, c]; mean and inverse deviation are kept for the backward pass.

    `frozen` takes the running statistics in training too.
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

    def forward(self, planner: Planner) -> None:
        shared = {"s": self.s, "eps": self.eps, "x": self.x, "y": self.y}
        shared |= {"gamma": self.gamma.data, "beta": self.beta.data}
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
            planner.step(batchnorm.BatchNormPredict, **shared, mean=mean, var=var)

    def backward(self, planner: Planner) -> None:
        shared = {"s": self.s, "x": self.x, "gamma": self.gamma.data}
        shared |= {"dy": planner.gradient(self.y), "dx": planner.contribution(self.x)}
        shared |= {"dgamma": self.gamma.gradient, "dbeta": self.beta.gradient}
        if self.frozen:
            mean, var = self.running_mean.data, self.running_var.data
            planner.step(
                batchnorm.BatchNormFrozenBackward, **shared, eps=self.eps, mean=mean, var=var
            )
        else:
            planner.step(
                batchnorm.BatchNormBackward, **shared, mean=self.mean, inverse=self.inverse
            )
