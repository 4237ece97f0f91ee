"""The gate for pooling, along one, two or three axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastcnn import arithmetic
from fastcnn.kernels.gate.values import Shape, flag, real, sized

#: Max-pooling remembers the place of the maximum in 16 bits.
LARGEST_WINDOW = 1 << 16

#: Powers of an Lp pooling.
LARGEST_POWER = 1000.0


@dataclass(frozen=True)
class PoolSizes:
    """A 2-D pooling: x[n, ih, iw, c] -> y[n, oh, ow, c] over windows of kh x kw.

    Windows may go beyond the padding at the bottom and the right. With `padded`, a mean counts the
    padding, but nothing behind it.
    """

    n: int
    ih: int
    iw: int
    c: int
    oh: int
    ow: int
    kh: int
    kw: int
    sh: int
    sw: int
    top: int
    left: int
    bottom: int
    right: int
    padded: bool

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ih, self.iw, self.c

    @property
    def y_shape(self) -> Shape:
        return self.n, self.oh, self.ow, self.c

    @property
    def index_type(self) -> type[np.unsignedinteger]:
        """Narrowest type for a position in the window."""
        return np.uint8 if self.kh * self.kw <= 256 else np.uint16


@dataclass(frozen=True)
class Pooling:
    """Steps in two dimensions that pool x to y, whatever the number of their axes.

    Maxima, means and norms of volumes are those of their frames, then, along the depth, of whole
    frames: the first maximum of the first frame that has it is the first of all.
    """

    x_shape: Shape
    y_shape: Shape
    steps: tuple[PoolSizes, ...]


@dataclass(frozen=True)
class _Axis:
    """A window that slides along one axis."""

    size: int
    output: int
    k: int
    stride: int
    before: int
    after: int


_ONE = _Axis(1, 1, 1, 1, 0, 0)


def pooling(
    x_shape: Shape,
    size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Pooling:
    """Check a pooling; each window must reach at least one real pixel."""
    n, *image, c = sized(x_shape, "x")
    axes = _axes(image, size, stride, padding, ceil_mode)
    y_shape = (n, *(axis.output for axis in axes), c)
    padded = flag(count_include_pad, "count_include_pad")
    if len(axes) < 3:
        rows, columns = [_ONE, *axes][-2:]
        return Pooling(x_shape, y_shape, (_sizes(n, c, rows, columns, padded),))
    depth, rows, columns = axes
    frames = _sizes(n * depth.size, c, rows, columns, padded)
    return Pooling(
        x_shape, y_shape, (frames, _sizes(n, math.prod(frames.y_shape[1:]), depth, _ONE, padded))
    )


def max_pooling(
    x_shape: Shape, size: Any, stride: Any, padding: Any, ceil_mode: bool = False
) -> Pooling:
    """Check a max-pooling: a position in the window must fit 16 bits."""
    window = arithmetic.per_axis(size, "size", len(x_shape) - 2)
    if math.prod(window[-2:]) > LARGEST_WINDOW or window[0] > LARGEST_WINDOW:
        raise ValueError(f"size must be at most {LARGEST_WINDOW} pixels: got {window}")
    return pooling(x_shape, size, stride, padding, ceil_mode)


def pool(x_shape: Shape, *where: Any, **options: Any) -> PoolSizes:
    """Check a pooling of images."""
    return pooling(x_shape, *where, **options).steps[0]


def max_pool(x_shape: Shape, *where: Any, **options: Any) -> PoolSizes:
    """Check a max-pooling of images."""
    return max_pooling(x_shape, *where, **options).steps[0]


def power(value: Any) -> float:
    """The p of an Lp pooling: norms begin at 1."""
    return real(value, "p", 1, LARGEST_POWER)


def _axes(image: list[int], size: Any, stride: Any, padding: Any, ceil_mode: bool) -> list[_Axis]:
    count = len(image)
    window = arithmetic.per_axis(size, "size", count)
    strides = window if stride is None else arithmetic.per_axis(stride, "stride", count)
    amounts = arithmetic.padding_amounts(padding, tuple(image), window, strides, 1, count)
    if any(max(ends) >= k for ends, k in zip(amounts, window, strict=True)):
        raise ValueError(f"padding must be smaller than the window {window}: got {amounts}")
    ceil_mode = flag(ceil_mode, "ceil_mode")
    axes = []
    for pixels, k, step, ends in zip(image, window, strides, amounts, strict=True):
        output = arithmetic.output_size(pixels, k, step, *ends, ceil_mode=ceil_mode)
        axes.append(_Axis(pixels, output, k, step if output > 1 else 1, *ends))
    return axes


def _sizes(n: int, c: int, rows: _Axis, columns: _Axis, padded: bool) -> PoolSizes:
    return PoolSizes(
        n=n,
        ih=rows.size,
        iw=columns.size,
        c=c,
        oh=rows.output,
        ow=columns.output,
        kh=rows.k,
        kw=columns.k,
        sh=rows.stride,
        sw=columns.stride,
        top=rows.before,
        left=columns.before,
        bottom=rows.after,
        right=columns.after,
        padded=padded,
    )
