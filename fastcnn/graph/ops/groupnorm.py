"""Group and layer normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import GroupSizes
from fastcnn.kernels.groupnorm import GroupNormBackward, GroupNormForward
from fastcnn.kernels.layernorm import LayerNormBackward, LayerNormForward


@dataclass(eq=False)
class GroupNorm:
    """y = normalised x[n, pixels, c]; mean and inverse deviation are kept for the backward pass."""

    s: GroupSizes
    eps: float
    x: Tensor
    gamma: Parameter
    beta: Parameter
    mean: Tensor
    inverse: Tensor
    y: Tensor

    def forward(self, planner: Planner) -> None:
        planner.step(
            LayerNormForward if self.s.pixels == 1 else GroupNormForward,
            s=self.s,
            eps=self.eps,
            x=self.x,
            gamma=self.gamma.data,
            beta=self.beta.data,
            mean=self.mean,
            inverse=self.inverse,
            y=self.y,
        )

    def backward(self, planner: Planner) -> None:
        planner.step(
            LayerNormBackward if self.s.pixels == 1 else GroupNormBackward,
            s=self.s,
            dy=planner.gradient(self.y),
            x=self.x,
            gamma=self.gamma.data,
            mean=self.mean,
            inverse=self.inverse,
            dx=planner.contribution(self.x),
            dgamma=planner.weight_gradient(self.gamma),
            dbeta=planner.weight_gradient(self.beta),
        )
