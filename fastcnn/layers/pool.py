"""Pooling layers."""

from __future__ import annotations

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding, Pair
from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer, dropped_pixels, image_shape


class Pool2D(Layer):
    """What max and average pooling share: a window that slides over each channel.

    Parameters
    ----------
    size : int or pair of ints, default 2
        Height and width of the window.
    stride : int or pair of ints, optional
        Pixels from one window to the next; the default is `size`.
    padding : default "valid"
        As in `Conv2D`, smaller than the window.
    """

    def __init__(
        self, size: Pair = 2, stride: Pair | None = None, padding: Padding = "valid"
    ) -> None:
        self.size = arithmetic.pair(size, "size")
        self.stride = self.size if stride is None else arithmetic.pair(stride, "stride")
        self.padding = padding

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._sizes((1, *image_shape(self, input_shape))).y_shape[1:]

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        return dropped_pixels(input_shape, self.size, self.stride, self.padding, (1, 1))

    def _sizes(self, x_shape: Shape) -> gate.PoolSizes:
        return gate.pool(x_shape, self.size, self.stride, self.padding)


class MaxPool2D(Pool2D):
    """The largest value of each window, channel by channel; NaN wins.

    Input (n, ih, iw, c), output (n, oh, ow, c); see `fastcnn.functional.max_pool2d`.

    Parameters
    ----------
    size : int or pair of ints, default 2
        Height and width of the window.
    stride : int or pair of ints, optional
        Pixels from one window to the next; the default is `size`.
    padding : default "valid"
        As in `Conv2D`, smaller than the window. Padding never is the maximum.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.MaxPool2D(2).output_shape((28, 28, 6))
    (14, 14, 6)
    """

    def _sizes(self, x_shape: Shape) -> gate.PoolSizes:
        return gate.max_pool(x_shape, self.size, self.stride, self.padding)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = self._sizes(x.shape)
        y = planner.tensor(s.y_shape)
        index = planner.tensor(s.y_shape, s.index_type) if planner.training else None
        planner.add(ops.MaxPool(s, x, y, index))
        return y


class AvgPool2D(Pool2D):
    """The mean of each window, channel by channel, over its real pixels.

    Input (n, ih, iw, c), output (n, oh, ow, c); see `fastcnn.functional.avg_pool2d`.

    Parameters
    ----------
    size : int or pair of ints, default 2
        Height and width of the window.
    stride : int or pair of ints, optional
        Pixels from one window to the next; the default is `size`.
    padding : default "valid"
        As in `Conv2D`, smaller than the window. Padding does not count.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AvgPool2D(2).output_shape((28, 28, 6))
    (14, 14, 6)
    """

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = self._sizes(x.shape)
        y = planner.tensor(s.y_shape)
        planner.add(ops.AvgPool(s, x, y))
        return y


class GlobalAvgPool2D(Layer):
    """The mean of each channel over the whole image (Lin et al., "Network in Network", 2014, 3.2).

    Input (n, h, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalAvgPool2D().output_shape((7, 7, 512))
    (512,)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        return (image_shape(self, input_shape)[2],)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = gate.pool(x.shape, x.shape[1:3], None, "valid")
        y = planner.tensor(s.y_shape)
        planner.add(ops.AvgPool(s, x, y))
        return y.reshape((s.n, s.c))
