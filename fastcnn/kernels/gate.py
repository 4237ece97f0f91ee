"""The gate: every argument of every operation is checked here, before any pointer is taken.

Six missing checks make nearly all published memory faults of such kernels: a zero or negative
stride, size, dilation or groups; a zero-sized dimension; a gradient that does not match the forward
shape; a per-channel vector of the wrong length; an index outside the plane; size arithmetic that
wraps. All six stand in this file. What passes is a frozen record of plain ints (`ConvSizes`, ...)
and arrays of exactly the shapes it names; errors are ValueError or TypeError and name the argument,
the rule and the value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from reprlib import repr as shown
from typing import Any

import numpy as np

from fastcnn import arithmetic

#: Bytes of any array stay below this, so no product of sizes wraps in 64 bits.
LARGEST_BYTES = 1 << 60

#: Largest and smallest positive normal float32: what a kernel's settings may be.
LARGEST_FLOAT = float(np.finfo(np.float32).max)
SMALLEST_FLOAT = float(np.finfo(np.float32).tiny)

#: Max-pooling remembers the place of the maximum in 16 bits.
LARGEST_WINDOW = 1 << 16

Shape = tuple[int, ...]


def _array(value: Any, name: str, kinds: str, meaning: str) -> np.ndarray:
    """`value` as an array whose dtype is of one of these kinds."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a plain array: got a masked array")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be one array, not uneven rows: {error}") from None
    if array.dtype.kind not in kinds:
        raise TypeError(f"{name} must hold {meaning}: got dtype {array.dtype}")
    return array


def floats(value: Any, name: str, ndim: int | None = None) -> np.ndarray:
    """`value` as a C-contiguous float32 array of `ndim` dimensions; other real types are cast."""
    array = _array(value, name, "fiub", "real numbers")
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions: got shape {array.shape}")
    return np.require(array, dtype=np.float32, requirements=["C_CONTIGUOUS", "ALIGNED"])


def match(value: Any, name: str, shape: Shape) -> np.ndarray:
    """`value` as a float32 array of exactly this shape."""
    array = floats(value, name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}: got {array.shape}")
    return array


def real(
    value: Any, name: str, low: float, high: float = LARGEST_FLOAT, open_end: bool = False
) -> float:
    """`value` as a float with low <= value <= high (value < high with `open_end`)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number: got {value!r}")
    if not low <= value <= high or (open_end and value == high):  # type: ignore[operator]
        end = ")" if open_end else "]"
        raise ValueError(f"{name} must be in [{low:g}, {high:g}{end}: got {value}")
    return float(value)


def whole(value: Any, name: str, minimum: int = 1, maximum: int = 1 << 62) -> int:
    """`value` as an int from `minimum` to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int: got {value!r}")
    if value < minimum:  # type: ignore[operator]
        raise ValueError(f"{name} must be >= {minimum}: got {value}")
    if value > maximum:  # type: ignore[operator]
        raise ValueError(f"{name} must be <= {maximum}: got {shown(value)}")
    return int(value)


def key(value: Any) -> np.ndarray:
    """The hash key of a dropout, uint64 [1], from a user's key 0 .. 2^64 - 1.

    Keys are scrambled first (splitmix64; Steele, Lea & Flood, "Fast Splittable Pseudorandom Number
    Generators", 2014), so that neighbouring keys give unrelated masks.
    """
    mask = (1 << 64) - 1
    z = (whole(value, "key", 0, mask) + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return np.array([z ^ (z >> 31)], dtype=np.uint64)


def labels(value: Any, n: int, classes: int) -> np.ndarray:
    """`value` as n int64 class numbers, each below `classes`."""
    array = _array(value, "labels", "iu", "integers")
    if array.shape != (n,):
        raise ValueError(f"labels must have shape {(n,)}: got {array.shape}")
    wrong = (array < 0) | (array >= classes)
    if np.count_nonzero(wrong):  # unlike any(), takes no memory
        row = int(wrong.argmax())
        raise ValueError(f"labels must be from 0 to {classes - 1}: got {array[row]} at row {row}")
    return np.require(array, dtype=np.int64, requirements=["C_CONTIGUOUS", "ALIGNED"])


def sized(shape: Shape, name: str) -> Shape:
    """`shape` when no dimension is empty and the array is addressable."""
    if min(shape, default=1) < 1:
        raise ValueError(f"{name} must not be empty: got shape {shape}")
    if 4 * math.prod(shape) > LARGEST_BYTES:
        raise ValueError(f"{name} is too large to address: got shape {shape}")
    return shape


@dataclass(frozen=True)
class ConvSizes:
    """A 2-D convolution: x[n, ih, iw, ic], w[kh, kw, ic / groups, oc] -> y[n, oh, ow, oc]."""

    n: int
    ih: int
    iw: int
    ic: int
    oh: int
    ow: int
    oc: int
    kh: int
    kw: int
    sh: int
    sw: int
    dh: int
    dw: int
    top: int
    left: int
    groups: int

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ih, self.iw, self.ic

    @property
    def w_shape(self) -> Shape:
        return self.kh, self.kw, self.ic // self.groups, self.oc

    @property
    def y_shape(self) -> Shape:
        return self.n, self.oh, self.ow, self.oc


def conv(
    x_shape: Shape, w_shape: Shape, stride: Any, padding: Any, dilation: Any, groups: Any
) -> ConvSizes:
    """Check a convolution."""
    n, ih, iw, ic = sized(x_shape, "x")
    kh, kw, group_ic, oc = sized(w_shape, "w")
    groups = whole(groups, "groups")
    sh, sw = arithmetic.pair(stride, "stride")
    dh, dw = arithmetic.pair(dilation, "dilation")
    if ic % groups or oc % groups:
        raise ValueError(f"groups must divide the channels: got groups={groups}, ic={ic}, oc={oc}")
    if group_ic * groups != ic:
        raise ValueError(
            f"w has ic={group_ic * groups} but x has ic={ic} "
            f"(x: {x_shape}, w: {w_shape}, groups: {groups})"
        )
    (top, bottom), (left, right) = arithmetic.padding_amounts(
        padding, (ih, iw), (kh, kw), (sh, sw), (dh, dw)
    )
    oh = arithmetic.output_size(ih, kh, sh, top, bottom, dh)
    ow = arithmetic.output_size(iw, kw, sw, left, right, dw)
    sized((n, ih + top + bottom, iw + left + right, ic), "x with its padding")
    sized((n, oh, ow, oc), "y")
    # A step that is never made may be any: 1, so that products of sizes stay small.
    sh, sw = (sh if oh > 1 else 1), (sw if ow > 1 else 1)
    dh, dw = (dh if kh > 1 else 1), (dw if kw > 1 else 1)
    return ConvSizes(n, ih, iw, ic, oh, ow, oc, kh, kw, sh, sw, dh, dw, top, left, groups)


@dataclass(frozen=True)
class PoolSizes:
    """A 2-D pooling: x[n, ih, iw, c] -> y[n, oh, ow, c] over windows of kh x kw."""

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


def max_pool(x_shape: Shape, size: Any, stride: Any, padding: Any) -> PoolSizes:
    """Check a max-pooling: a position in the window must fit 16 bits."""
    kh, kw = arithmetic.pair(size, "size")
    if kh * kw > LARGEST_WINDOW:
        raise ValueError(f"size must be at most {LARGEST_WINDOW} pixels: got {(kh, kw)}")
    return pool(x_shape, size, stride, padding)


def pool(x_shape: Shape, size: Any, stride: Any, padding: Any) -> PoolSizes:
    """Check a pooling; each window must reach at least one real pixel."""
    n, ih, iw, c = sized(x_shape, "x")
    kh, kw = arithmetic.pair(size, "size")
    sh, sw = (kh, kw) if stride is None else arithmetic.pair(stride, "stride")
    amounts = arithmetic.padding_amounts(padding, (ih, iw), (kh, kw), (sh, sw), (1, 1))
    (top, bottom), (left, right) = amounts
    if max(top, bottom) >= kh or max(left, right) >= kw:
        raise ValueError(f"padding must be smaller than the window {(kh, kw)}: got {amounts}")
    oh = arithmetic.output_size(ih, kh, sh, top, bottom)
    ow = arithmetic.output_size(iw, kw, sw, left, right)
    sh, sw = (sh if oh > 1 else 1), (sw if ow > 1 else 1)
    return PoolSizes(n, ih, iw, c, oh, ow, kh, kw, sh, sw, top, left)


@dataclass(frozen=True)
class DenseSizes:
    """A matrix product: x[n, ic] @ w[ic, oc] -> y[n, oc]."""

    n: int
    ic: int
    oc: int

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ic

    @property
    def w_shape(self) -> Shape:
        return self.ic, self.oc

    @property
    def y_shape(self) -> Shape:
        return self.n, self.oc


def dense(x_shape: Shape, w_shape: Shape) -> DenseSizes:
    """Check a dense layer."""
    n, ic = sized(x_shape, "x")
    w_ic, oc = sized(w_shape, "w")
    if w_ic != ic:
        raise ValueError(f"w has ic={w_ic} but x has ic={ic} (x: {x_shape}, w: {w_shape})")
    sized((n, oc), "y")
    return DenseSizes(n, ic, oc)


@dataclass(frozen=True)
class RowSizes:
    """Any tensor seen as rows of c channels: x[rows, c]."""

    rows: int
    c: int


def batchnorm(x_shape: Shape, training: bool) -> RowSizes:
    """Check a batch normalisation over all axes but the last."""
    if len(x_shape) < 2:
        raise ValueError(f"x must have at least 2 dimensions: got shape {x_shape}")
    *others, c = sized(x_shape, "x")
    rows = math.prod(others)
    if training and rows < 2:
        raise ValueError(
            f"batch statistics need more than 1 value per channel: got x of shape {x_shape}"
        )
    return RowSizes(rows, c)
