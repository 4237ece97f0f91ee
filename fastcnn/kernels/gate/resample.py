"""The gate for resampling: each axis of an image by a small sparse matrix of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fastcnn import arithmetic
from fastcnn.kernels.gate.values import Shape, flag, real, sized, whole

PAD_MODES = ("constant", "reflect", "replicate", "circular")

#: What stands around the input of a convolution.
PADDING_MODES = ("zeros", *PAD_MODES[1:])

#: What interpolation between pixels is called along so many axes; "nearest" has one name for all.
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@dataclass(frozen=True, eq=False)
class Sparse:
    """A sparse matrix [outputs, inputs], row by row.

    Row i has the elements starts[i] .. starts[i + 1] - 1, whose columns, rising, are `indices`.
    """

    inputs: int
    starts: np.ndarray  # int64 [outputs + 1]
    indices: np.ndarray  # int64 [elements]
    weights: np.ndarray  # float32 [elements]

    @classmethod
    def of(cls, shape: tuple[int, int], rows: Any, columns: Any, weights: Any) -> Sparse:
        """The matrix with these elements, which may come in any order."""
        order = np.lexsort((columns, rows))
        counts = np.bincount(rows, minlength=shape[0])
        starts = np.concatenate([[0], counts.cumsum()]).astype(np.int64)
        return cls(
            shape[1],
            starts,
            columns[order].astype(np.int64),
            np.broadcast_to(weights, columns.shape)[order].astype(np.float32),
        )

    @property
    def outputs(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def transposed(self) -> Sparse:
        rows = np.repeat(np.arange(self.outputs), np.diff(self.starts))
        return Sparse.of((self.inputs, self.outputs), self.indices, rows, self.weights)

    @cached_property
    def runs(self) -> np.ndarray:
        """Where the run ends that begins with each row, int64 [outputs].

        A run is of empty rows or of copies of neighbours; each other row is its own end.
        """
        counts = np.diff(self.starts)
        first = np.minimum(self.starts[:-1], len(self.indices) - 1)
        copies = (counts == 1) & (self.weights[first] == 1)
        place = np.where(copies, self.indices[first] - np.arange(self.outputs), self.inputs)
        ends = np.arange(1, self.outputs + 1)
        goes_on = (copies[1:] == copies[:-1]) & (place[1:] == place[:-1])
        goes_on &= (counts[1:] < 2) & (counts[:-1] < 2) & (copies | (counts == 0))[1:]
        breaks = np.append(np.flatnonzero(~goes_on) + 1, self.outputs)
        ends = breaks[np.searchsorted(breaks, np.arange(self.outputs), side="right")]
        return np.where(copies | (counts == 0), ends, np.arange(self.outputs)).astype(np.int64)

    @property
    def copies(self) -> bool:
        """Whether no row is a sum."""
        return bool((self.runs > np.arange(self.outputs)).all())

    @property
    def whole(self) -> bool:
        """Whether this is the identity."""
        return self.inputs == self.outputs == self.runs[0] and self.copies and self.starts[1] > 0


@dataclass(frozen=True)
class ResampleSizes:
    """x[n, ih, iw, c] -> y[n, oh, ow, c]; `fill` where a row or column of the matrices is empty."""

    n: int
    c: int
    rows: Sparse
    columns: Sparse
    fill: float = 0.0

    @property
    def ih(self) -> int:
        return self.rows.inputs

    @property
    def iw(self) -> int:
        return self.columns.inputs

    @property
    def oh(self) -> int:
        return self.rows.outputs

    @property
    def ow(self) -> int:
        return self.columns.outputs

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ih, self.iw, self.c

    @property
    def y_shape(self) -> Shape:
        return self.n, self.oh, self.ow, self.c

    @property
    def transposed(self) -> ResampleSizes:
        """What takes the gradient of y to that of x."""
        return ResampleSizes(self.n, self.c, self.rows.transposed, self.columns.transposed)


@dataclass(frozen=True)
class Resampling:
    """Steps in two dimensions that make y of x, whatever the number of their axes."""

    x_shape: Shape
    y_shape: Shape
    steps: tuple[ResampleSizes, ...]


def pad(
    x_shape: Shape, amounts: Any, mode: Any, value: Any = 0.0, name: str = "amounts"
) -> Resampling:
    """Check padding; `name` is what the user calls the amounts."""
    n, *image, c = sized(x_shape, "x")
    sides = arithmetic.sides(amounts, len(image), name)
    pad_mode(mode)
    fill = any_real(value, "value")
    for size, ends in zip(image, sides, strict=True):
        if mode == "reflect" and max(ends) >= size:
            raise ValueError(f"{name} must be below the {size} pixels to reflect: got {sides}")
        if mode == "circular" and max(ends) > size:
            raise ValueError(f"{name} must be at most the {size} pixels to repeat: got {sides}")
    sizes = [before + size + after for size, (before, after) in zip(image, sides, strict=True)]
    sized((n, *sizes, c), f"x with its {name}")
    matrices = [
        _padded(size, before, after, mode)
        for size, (before, after) in zip(image, sides, strict=True)
    ]
    return _resampling(x_shape, matrices, fill)


def pad_mode(mode: Any) -> str:
    """One of the ways to pad."""
    if mode not in PAD_MODES:
        raise ValueError(f"mode must be one of {PAD_MODES}: got {mode!r}")
    return str(mode)


def padding_mode(mode: Any) -> str:
    """One of the ways of a convolution to pad."""
    if mode not in PADDING_MODES:
        raise ValueError(f"padding_mode must be one of {PADDING_MODES}: got {mode!r}")
    return str(mode)


def any_real(value: Any, name: str) -> float:
    """A number that may be infinite or NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        return value
    limit = float(np.finfo(np.float32).max)
    return real(value, name, -limit, limit)


def crop(x_shape: Shape, amounts: Any) -> Resampling:
    """Check cropping; something must be left."""
    _, *image, _ = sized(x_shape, "x")
    sides = arithmetic.sides(amounts, len(image), "amounts")
    matrices = []
    for size, (before, after) in zip(image, sides, strict=True):
        left = size - before - after
        if left < 1:
            raise ValueError(f"amounts must leave at least 1 of {size} pixels: got {sides}")
        matrices.append(Sparse.of((left, size), np.arange(left), before + np.arange(left), 1))
    return _resampling(x_shape, matrices)


def identity(x_shape: Shape, filters: Any, stride: Any) -> Resampling:
    """Check every stride-th pixel with zeros behind its channels; a pixel's are side by side, as
    columns are."""
    n, ih, iw, c = sized(x_shape, "x")
    filters, (sh, sw) = whole(filters, "filters"), arithmetic.pair(stride, "stride")
    if filters < c:
        raise ValueError(f"filters must be >= the {c} channels of the input: got {filters}")
    oh, ow = -(-ih // sh), -(-iw // sw)
    sized((n, oh, ow, filters), "x with this many filters")
    rows = Sparse.of((oh, ih), np.arange(oh), sh * np.arange(oh), 1)
    places, channels = np.arange(ow)[:, None], np.arange(c)
    target, source = (places * filters + channels).ravel(), (places * sw * c + channels).ravel()
    columns = Sparse.of((ow * filters, iw * c), target, source, 1)
    return Resampling(x_shape, (n, oh, ow, filters), (ResampleSizes(n, 1, rows, columns),))


def upsample(x_shape: Shape, factor: Any, size: Any, mode: Any, align_corners: Any) -> Resampling:
    """Check interpolation to `size` pixels, or to `factor` as many where that is None."""
    n, *image, c = sized(x_shape, "x")
    linear = LINEAR[len(image)]
    if mode not in ("nearest", linear):
        raise ValueError(f"mode must be one of {('nearest', linear)}: got {mode!r}")
    if flag(align_corners, "align_corners") and mode == "nearest":
        raise ValueError(f"align_corners must be False with mode 'nearest': got {align_corners!r}")
    if size is None:
        factors = arithmetic.per_axis(factor, "factor", len(image))
        sizes = tuple(map(math.prod, zip(image, factors, strict=True)))
    else:
        sizes = arithmetic.per_axis(size, "size", len(image))
    sized((n, *sizes, c), f"x of this {'factor' if size is None else 'size'}")
    build = _nearest if mode == "nearest" else _aligned if align_corners else _linear
    return _resampling(x_shape, [build(*axis) for axis in zip(image, sizes, strict=True)])


def adaptive_avg_pool(x_shape: Shape, output_size: Any) -> Resampling:
    """Check an average over as many windows as there are to be outputs."""
    n, *image, c = sized(x_shape, "x")
    sizes = arithmetic.per_axis(output_size, "output_size", len(image))
    sized((n, *sizes, c), "x of this output_size")
    return _resampling(x_shape, [_means(*axis) for axis in zip(image, sizes, strict=True)])


def _resampling(x_shape: Shape, matrices: list[Sparse], fill: float = 0.0) -> Resampling:
    """Steps for one matrix for each axis: of volumes first the frames, then, along the depth, whole
    frames as pixels."""
    n, *image, c = x_shape
    sizes = [matrix.outputs for matrix in matrices]
    if len(image) == 3:
        depth, rows, columns = matrices
        steps = [
            ResampleSizes(n * image[0], c, rows, columns, fill),
            ResampleSizes(n, math.prod(sizes[1:]) * c, depth, _identity(1), fill),
        ]
        moving = [step for step in steps if not (step.rows.whole and step.columns.whole)]
        steps = moving or steps[:1]
    else:
        rows, columns = [_identity(1), *matrices][-2:]
        steps = [ResampleSizes(n, c, rows, columns, fill)]
    return Resampling(x_shape, (n, *sizes, c), tuple(steps))


def _identity(size: int) -> Sparse:
    return Sparse.of((size, size), np.arange(size), np.arange(size), 1)


def _padded(size: int, before: int, after: int, mode: str) -> Sparse:
    place = np.arange(-before, size + after)
    shape = len(place), size
    if mode == "constant":
        return Sparse.of(shape, before + np.arange(size), np.arange(size), 1)
    if mode == "replicate":
        place = place.clip(0, size - 1)
    elif mode == "circular":
        place %= size
    else:
        place = np.abs(place)
        place = np.minimum(place, 2 * (size - 1) - place)
    return Sparse.of(shape, np.arange(shape[0]), place, 1)


def _nearest(inputs: int, outputs: int) -> Sparse:
    rows = np.arange(outputs)
    return Sparse.of((outputs, inputs), rows, rows * inputs // outputs, 1)


def _linear(inputs: int, outputs: int) -> Sparse:
    """Pixels are squares, and their middles have the places."""
    return _between(inputs, (np.arange(outputs) + 0.5) * (inputs / outputs) - 0.5)


def _aligned(inputs: int, outputs: int) -> Sparse:
    """The first and last pixels of x and y have the same places."""
    return _between(inputs, np.arange(outputs) * ((inputs - 1) / max(outputs - 1, 1)))


def _between(inputs: int, place: np.ndarray) -> Sparse:
    """Interpolate linearly at these places; beyond the ends lies the last pixel."""
    place = place.clip(0, inputs - 1)
    below = np.minimum(place.astype(np.int64), max(inputs - 2, 0))
    above, part = np.minimum(below + 1, inputs - 1), place - below
    rows = np.tile(np.arange(len(place)), 2)
    columns, weights = np.concatenate([below, above]), np.concatenate([1 - part, part])
    real_ones = weights != 0
    shape = len(place), inputs
    return Sparse.of(shape, rows[real_ones], columns[real_ones], weights[real_ones])


def _means(inputs: int, outputs: int) -> Sparse:
    """Window o is floor(o * inputs / outputs) .. ceil((o + 1) * inputs / outputs) - 1."""
    rows = np.arange(outputs)
    first, end = rows * inputs // outputs, -(-(rows + 1) * inputs // outputs)
    counts = end - first
    rows = np.repeat(rows, counts)
    columns = np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts) + first[rows]
    return Sparse.of((outputs, inputs), rows, columns, (1 / counts)[rows])
