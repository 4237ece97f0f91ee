"""Convolution and the pooling of its output, as one."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.graph.ops.conv import Conv
from fastcnn.graph.ops.epilogue import weight_gradients
from fastcnn.graph.ops.pool import MaxPool
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import choice


@dataclass(eq=False)
class ConvMaxPool:
    """A convolution and the maxima of its output, which nobody else reads."""

    conv: Conv
    pool: MaxPool

    @property
    def outputs(self) -> list[Tensor]:
        """Both, the maxima last."""
        return [self.conv.y, self.pool.y]

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
        gradients = weight_gradients(planner, conv.w, conv.b)
        if planner.needs_gradient(conv.x) or pooled is None or gradients is None:
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
            **gradients,
        )
