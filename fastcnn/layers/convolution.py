"""What convolutions of all kinds share."""

from __future__ import annotations

from functools import partial

import numpy as np

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding
from fastcnn.graph import ops
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import choice, gate, packing
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer, dropped_pixels, image_shape
from fastcnn.layers.initializers import initializer as named_initializer
from fastcnn.layers.resample import resample

Axes = int | tuple[int, ...]


class Convolution(Layer):
    """Filters that slide along one axis or more; a subclass says along how many, in `axes`, and how
    the channels go through them, in `channels`."""

    axes: int

    def __init__(
        self,
        kernel_size: Axes,
        stride: Axes,
        padding: Padding,
        dilation: Axes,
        bias: bool,
        flip: bool,
        initializer: str,
        algorithm: str = "auto",
        padding_mode: str = "zeros",
    ) -> None:
        self.kernel_size = arithmetic.per_axis(kernel_size, "kernel_size", self.axes)
        self.stride = arithmetic.per_axis(stride, "stride", self.axes)
        self.padding = padding
        self.dilation = arithmetic.per_axis(dilation, "dilation", self.axes)
        self.bias = gate.flag(bias, "bias")
        self.flip = gate.flag(flip, "flip")
        self.initializer = initializer
        named_initializer(initializer)
        self.algorithm = choice.named_algorithm(algorithm)
        self.padding_mode = gate.padding_mode(padding_mode)

    def channels(self, ic: int) -> tuple[int, int]:
        """Groups and output channels for so many input channels."""
        raise NotImplementedError

    def around(self, x_shape: Shape) -> gate.Resampling | None:
        """What puts more than zeros around inputs of this shape, if anything does."""
        if self.padding_mode == "zeros":
            return None
        windows = self.kernel_size, self.stride, self.dilation
        amounts = arithmetic.padding_amounts(self.padding, x_shape[1:-1], *windows, self.axes)
        if not np.any(amounts):
            return None
        return gate.pad(x_shape, amounts, self.padding_mode, name="padding")

    def sizes(self, x_shape: Shape) -> gate.Convolution:
        """What is computed for inputs of this shape, or of that which `around` gives them."""
        around, padding = self.around(x_shape), self.padding
        if around is not None:
            x_shape, padding = around.y_shape, "valid"
        ic = x_shape[-1]
        groups, filters = self.channels(ic)
        if ic % groups:
            raise ValueError(f"groups must divide the channels: got groups={groups}, ic={ic}")
        w_shape = (*self.kernel_size, ic // groups, filters)
        return gate.convolution(x_shape, w_shape, self.stride, padding, self.dilation, groups)

    def fans(self, s: gate.Convolution) -> tuple[int, int]:
        """Products in an output, and outputs that an input goes into."""
        taps = int(np.prod(self.kernel_size))
        return taps * s.w_shape[-2], taps * s.w_shape[-1] // s.plane.groups

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        s = self._sample(input_shape)
        choice.conv_forward(s.plane, self.algorithm)  # refuses an algorithm that does not fit
        value = named_initializer(self.initializer)(s.w_shape, *self.fans(s), rng)
        pack = partial(_packed, flip=self.flip, groups=s.plane.groups)
        unpack = partial(_unpacked, shape=s.w_shape, flip=self.flip)
        self.parameters["weight"] = Parameter(value, pack, unpack)
        shape = self.output_shape(input_shape)
        if self.bias:
            self.add_parameter("bias", np.zeros(shape[-1]))
        return shape

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._sample(input_shape).y_shape[1:]

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s, around = self.sizes(x.shape), self.around(x.shape)
        if around is not None:
            x = resample(planner, x, around)
        if s.frames is not None:
            laid = planner.tensor(s.frames.y_shape)
            planner.add(ops.Frames(s.frames, x.reshape(s.frames.x_shape), laid))
            x = laid
        y = planner.tensor(s.plane.y_shape)
        w, b = self.parameters["weight"], self.parameters.get("bias")
        planner.add(ops.Conv(s.plane, x.reshape(s.plane.x_shape), w, b, y, self.algorithm))
        return y.reshape(s.y_shape)

    def multiply_adds(self, input_shape: Shape) -> int:
        return self._sample(input_shape).multiply_adds

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        return dropped_pixels(
            input_shape, self.kernel_size, self.stride, self.padding, self.dilation
        )

    def _sample(self, input_shape: Shape) -> gate.Convolution:
        return self.sizes((1, *image_shape(self, input_shape, self.axes)))


def _packed(value: np.ndarray, flip: bool, groups: int) -> np.ndarray:
    return packing.pack(packing.filters(value, flip), groups)


def _unpacked(packed: np.ndarray, shape: Shape, flip: bool) -> np.ndarray:
    return packing.unfiltered(packing.unpack(packed, shape[-1]), shape, flip)
