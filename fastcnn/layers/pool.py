"""Pooling layers: a window that slides over each channel."""

from __future__ import annotations

from typing import Any

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding
from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer, dropped_pixels, image_shape


class Pool(Layer):
    """What all poolings share; subclasses name the number of axes and the operation.

    Parameters
    ----------
    size : int or one for each axis, default 2
        Pixels of the window.
    stride : int or one for each axis, optional
        Pixels from one window to the next; the default is `size`.
    padding : default "valid"
        As in a convolution, smaller than the window.
    ceil_mode : bool, default False
        Whether a last window that goes beyond the padding counts too; it must begin in the image or
        in the padding before it.
    """

    axes: int

    def __init__(
        self,
        size: int | tuple[int, ...] = 2,
        stride: int | tuple[int, ...] | None = None,
        padding: Padding = "valid",
        ceil_mode: bool = False,
    ) -> None:
        self.size = arithmetic.per_axis(size, "size", self.axes)
        if stride is not None:
            stride = arithmetic.per_axis(stride, "stride", self.axes)
        self.stride = stride or self.size
        self.padding = padding
        self.ceil_mode = gate.flag(ceil_mode, "ceil_mode")

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._pooling((1, *image_shape(self, input_shape, self.axes))).y_shape[1:]

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        where = self.size, self.stride, self.padding, (1,) * self.axes
        return dropped_pixels(input_shape, *where, ceil_mode=self.ceil_mode)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = self._pooling(x.shape)
        for step in s.steps:
            y = planner.tensor(step.y_shape)
            planner.add(self._op(planner, step, x.reshape(step.x_shape), y))
            x = y
        return x.reshape(s.y_shape)

    def _pooling(self, x_shape: Shape) -> gate.Pooling:
        return gate.pooling(x_shape, self.size, self.stride, self.padding, self.ceil_mode)

    def _op(self, planner: Planner, s: gate.PoolSizes, x: Tensor, y: Tensor) -> Any:
        """One step of the operation."""
        raise NotImplementedError


class MaxPool2D(Pool):
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
    ceil_mode : bool, default False
        Whether a last window that goes beyond the padding counts too; it must begin in the image or
        in the padding before it.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.MaxPool2D(2).output_shape((28, 28, 6))
    (14, 14, 6)
    >>> layers.MaxPool2D(3, 2, ceil_mode=True).output_shape((112, 112, 64))
    (56, 56, 64)
    """

    axes = 2

    def _pooling(self, x_shape: Shape) -> gate.Pooling:
        return gate.max_pooling(x_shape, self.size, self.stride, self.padding, self.ceil_mode)

    def _op(self, planner: Planner, s: gate.PoolSizes, x: Tensor, y: Tensor) -> Any:
        index = planner.tensor(s.y_shape, s.index_type) if planner.backward else None
        return ops.MaxPool(s, x, y, index)


class MaxPool1D(MaxPool2D):
    """The largest value of each window of a sequence, as `MaxPool2D`.

    Input (n, w, c), output (n, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.MaxPool1D(2).output_shape((128, 9))
    (64, 9)
    """

    axes = 1


class MaxPool3D(MaxPool2D):
    """The largest value of each window of a volume, as `MaxPool2D`.

    Input (n, d, h, w, c), output (n, od, oh, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.MaxPool3D((1, 2, 2)).output_shape((16, 112, 112, 64))
    (16, 56, 56, 64)
    """

    axes = 3


class AvgPool2D(Pool):
    """The mean of each window, channel by channel.

    Input (n, ih, iw, c), output (n, oh, ow, c); see `fastcnn.functional.avg_pool2d`.

    Parameters
    ----------
    size, stride, padding, ceil_mode
        As in `MaxPool2D`.
    count_include_pad : bool, default False
        Whether padding pixels count, as zeros.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AvgPool2D(2).output_shape((28, 28, 6))
    (14, 14, 6)
    """

    axes = 2

    def __init__(
        self,
        size: int | tuple[int, ...] = 2,
        stride: int | tuple[int, ...] | None = None,
        padding: Padding = "valid",
        ceil_mode: bool = False,
        count_include_pad: bool = False,
    ) -> None:
        super().__init__(size, stride, padding, ceil_mode)
        self.count_include_pad = gate.flag(count_include_pad, "count_include_pad")

    def _pooling(self, x_shape: Shape) -> gate.Pooling:
        where = self.size, self.stride, self.padding
        return gate.pooling(x_shape, *where, self.ceil_mode, self.count_include_pad)

    def _op(self, planner: Planner, s: gate.PoolSizes, x: Tensor, y: Tensor) -> Any:
        return ops.AvgPool(s, x, y)


class AvgPool1D(AvgPool2D):
    """The mean of each window of a sequence, as `AvgPool2D`.

    Input (n, w, c), output (n, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AvgPool1D(4, 2).output_shape((128, 9))
    (63, 9)
    """

    axes = 1


class AvgPool3D(AvgPool2D):
    """The mean of each window of a volume, as `AvgPool2D`.

    Input (n, d, h, w, c), output (n, od, oh, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AvgPool3D(2).output_shape((16, 56, 56, 8))
    (8, 28, 28, 8)
    """

    axes = 3


class LpPool2D(Pool):
    """The p-norm of each window, channel by channel: (sum of abs(x)^p)^(1/p).

    Input (n, ih, iw, c), output (n, oh, ow, c); see `fastcnn.functional.lp_pool2d`.

    Parameters
    ----------
    size, stride, padding, ceil_mode
        As in `MaxPool2D`. Padding counts as zeros.
    p : float, default 2
        1 to 1000.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.LpPool2D(2, p=3).output_shape((28, 28, 6))
    (14, 14, 6)
    """

    axes = 2

    def __init__(
        self,
        size: int | tuple[int, ...] = 2,
        stride: int | tuple[int, ...] | None = None,
        padding: Padding = "valid",
        ceil_mode: bool = False,
        p: float = 2.0,
    ) -> None:
        super().__init__(size, stride, padding, ceil_mode)
        self.p = gate.power(p)

    def _op(self, planner: Planner, s: gate.PoolSizes, x: Tensor, y: Tensor) -> Any:
        return ops.LpPool(s, self.p, x, y)


class LpPool1D(LpPool2D):
    """The p-norm of each window of a sequence, as `LpPool2D`.

    Input (n, w, c), output (n, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.LpPool1D(2).output_shape((128, 9))
    (64, 9)
    """

    axes = 1


class LpPool3D(LpPool2D):
    """The p-norm of each window of a volume, as `LpPool2D`.

    Input (n, d, h, w, c), output (n, od, oh, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.LpPool3D(2).output_shape((16, 56, 56, 8))
    (8, 28, 28, 8)
    """

    axes = 3
