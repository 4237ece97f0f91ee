"""Convolution."""

from __future__ import annotations

import numpy as np

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding, Pair
from fastcnn.graph import ops
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import choice, gate, packing
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer, dropped_pixels, image_shape
from fastcnn.layers.initializers import initializer as named_initializer


class Conv2D(Layer):
    """2-D convolution: `filters` windows slide over the image (LeCun et al., 1989).

    Input (n, ih, iw, ic), output (n, oh, ow, filters); formula and sizes as in
    `fastcnn.functional.conv2d`. Parameters: ``weight`` (kh, kw, ic / groups, filters) and ``bias``
    (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, default 1
    padding : default "valid"
        "valid", "same", "same_lower", "full", an int, a pair or ((top, bottom), (left, right)).
    dilation : int or pair of ints, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        True is convolution in the mathematical sense: the kernel is rotated by 180 degrees.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        "auto" takes the fastest that `fastcnn.precision` allows; "winograd" needs a 3x3 or
        5x5 window, stride 1, dilation 1 and one group.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.Conv2D(6, 5)], input_shape=(32, 32, 3), rng=0)
    >>> model.output_shape
    (28, 28, 6)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Padding = "valid",
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        flip: bool = False,
        initializer: str = "he",
        algorithm: str = "auto",
    ) -> None:
        self.filters = gate.whole(filters, "filters")
        self.kernel_size = arithmetic.pair(kernel_size, "kernel_size")
        self.stride = arithmetic.pair(stride, "stride")
        self.padding = padding
        self.dilation = arithmetic.pair(dilation, "dilation")
        self.groups = gate.whole(groups, "groups")
        self.bias = bool(bias)
        self.flip = bool(flip)
        self.initializer = initializer
        named_initializer(initializer)
        self.algorithm = choice.named_algorithm(algorithm)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        s = self._sizes((1, *image_shape(self, input_shape)))
        choice.conv_forward(s, self.algorithm)  # refuses an algorithm that does not fit the sizes
        kh, kw, ic, oc = s.w_shape
        fans = kh * kw * ic, kh * kw * oc // s.groups
        value = named_initializer(self.initializer)(s.w_shape, *fans, rng)
        self.parameters["weight"] = Parameter(value, self._pack, self._unpack)
        if self.bias:
            self.add_parameter("bias", np.zeros(oc))
        return s.y_shape[1:]

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._sizes((1, *image_shape(self, input_shape))).y_shape[1:]

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = self._sizes(x.shape)
        y = planner.tensor(s.y_shape)
        w, b = self.parameters["weight"], self.parameters.get("bias")
        planner.add(ops.Conv(s, x, w, b, y, self.algorithm))
        return y

    def multiply_adds(self, input_shape: Shape) -> int:
        s = self._sizes((1, *input_shape))
        return s.oh * s.ow * s.kh * s.kw * (s.ic // s.groups) * s.oc

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        return dropped_pixels(
            input_shape, self.kernel_size, self.stride, self.padding, self.dilation
        )

    def _sizes(self, x_shape: Shape) -> gate.ConvSizes:
        ic = x_shape[3]
        if ic % self.groups:
            raise ValueError(f"groups must divide the channels: got groups={self.groups}, ic={ic}")
        w_shape = (*self.kernel_size, ic // self.groups, self.filters)
        return gate.conv(x_shape, w_shape, self.stride, self.padding, self.dilation, self.groups)

    def _pack(self, value: np.ndarray) -> np.ndarray:
        return packing.pack(value[::-1, ::-1] if self.flip else value, self.groups)

    def _unpack(self, packed: np.ndarray) -> np.ndarray:
        value = packing.unpack(packed, self.filters)
        return value[::-1, ::-1] if self.flip else value
