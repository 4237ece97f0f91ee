"""The gate for sizes: what shapes and settings make together, in plain ints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fastcnn.kernels.gate.values import Shape, sized, whole


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


def channels(shape: Shape, name: str) -> Shape:
    """Check an array of samples with channels at the end; give it as (n, pixels, c)."""
    if len(shape) < 2:
        raise ValueError(f"{name} must have at least 2 dimensions: got shape {shape}")
    n, *others, c = sized(shape, name)
    return n, math.prod(others), c


@dataclass(frozen=True)
class RowSizes:
    """Any tensor seen as rows of c channels: x[rows, c]."""

    rows: int
    c: int


def rows(shape: Shape, name: str) -> RowSizes:
    """Check what is done to each channel, or to all channels of a pixel."""
    n, pixels, c = channels(shape, name)
    return RowSizes(n * pixels, c)


def batchnorm(x_shape: Shape, training: bool) -> RowSizes:
    """Check a batch normalisation over all axes but the last."""
    s = rows(x_shape, "x")
    if training and s.rows < 2:
        raise ValueError(
            f"batch statistics need more than 1 value per channel: got x of shape {x_shape}"
        )
    return s


@dataclass(frozen=True)
class GroupSizes:
    """Samples of `pixels` pixels, whose c channels are `groups` groups: x[n, pixels, c]."""

    n: int
    pixels: int
    c: int
    groups: int

    @property
    def x_shape(self) -> Shape:
        return self.n, self.pixels, self.c

    @property
    def kept_shape(self) -> Shape:
        """Of a number for each group of a sample."""
        return self.n, self.groups


def groupnorm(x_shape: Shape, groups: Any) -> GroupSizes:
    """Check a group normalisation of samples."""
    n, pixels, c = channels(x_shape, "x")
    groups = whole(groups, "groups")
    if c % groups:
        raise ValueError(f"groups must divide the channels: got groups={groups}, c={c}")
    if pixels * c == groups:
        raise ValueError(
            f"a group needs more than 1 value: got groups={groups}, x of shape {x_shape}"
        )
    return GroupSizes(n, pixels, c, groups)


def layernorm(x_shape: Shape) -> GroupSizes:
    """Check a layer normalisation over the last axis: each pixel is a sample of one group."""
    n, pixels, c = channels(x_shape, "x")
    if c == 1:
        raise ValueError(f"x must have more than 1 channel: got shape {x_shape}")
    return GroupSizes(n * pixels, 1, c, 1)


@dataclass(frozen=True)
class LrnSizes:
    """Local response normalisation of x[pixels, c] over channels: `before` below, `after` above."""

    pixels: int
    c: int
    before: int
    after: int


def lrn(x_shape: Shape, size: Any) -> LrnSizes:
    """Check a local response normalisation over windows of `size` channels."""
    n, pixels, c = channels(x_shape, "x")
    size = whole(size, "size")
    return LrnSizes(n * pixels, c, min(size // 2, c - 1), min((size - 1) // 2, c - 1))
