"""What padding, cropping and images of another size have in common."""

from __future__ import annotations

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer, image_shape


def resample(planner: Planner, x: Tensor, s: gate.Resampling) -> Tensor:
    """Plan all steps of a resampling."""
    for step in s.steps:
        y = planner.tensor(step.y_shape)
        planner.add(ops.Resample(step, x.reshape(step.x_shape), y))
        x = y
    return x.reshape(s.y_shape)


class Resample(Layer):
    """What these share: each axis is multiplied by a sparse matrix of its own."""

    axes: int

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._resampling((1, *image_shape(self, input_shape, self.axes))).y_shape[1:]

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        return resample(planner, x, self._resampling(x.shape))

    def _resampling(self, x_shape: Shape) -> gate.Resampling:
        """The sizes and the matrices."""
        raise NotImplementedError
