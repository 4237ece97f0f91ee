"""Windows one by one, over any number of axes: how convolutions are written down."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from fastcnn.arithmetic import Sides

Index = tuple[Any, ...]
Axes = tuple[int, ...]


def positions(
    outputs: Axes, kernel: Axes, stride: Axes, dilation: Axes
) -> Iterator[tuple[Index, Index]]:
    """Yield the index of each output pixel in y, and that of its window in the padded x."""
    for output in itertools.product(*(range(count) for count in outputs)):
        window = (
            slice(p * s, p * s + (k - 1) * d + 1, d)
            for p, k, s, d in zip(output, kernel, stride, dilation, strict=True)
        )
        yield (slice(None), *output), (slice(None), *window)


def pad(x: np.ndarray, sides: tuple[Sides, ...]) -> np.ndarray:
    """Surround x (n, ..., c) with zeros."""
    return np.pad(x, ((0, 0), *sides, (0, 0)))


def crop(xp: np.ndarray, sides: tuple[Sides, ...], image: Axes) -> np.ndarray:
    """Cut the image out of the padded xp (n, ..., c) again."""
    pixels = (slice(before, before + size) for (before, _), size in zip(sides, image, strict=True))
    return xp[(slice(None), *pixels)]


def oriented(w: np.ndarray, flip: bool) -> np.ndarray:
    """Turn the filters w (..., ic, oc) round, along each of their axes, if `flip`."""
    return np.flip(w, axis=tuple(range(w.ndim - 2))) if flip else w


def blocks(groups: int, inner: int, outer: int) -> list[tuple[slice, slice]]:
    """Give, for each group, its `inner` channels of one kind and its `outer` of the other."""
    return [
        (slice(g * inner, (g + 1) * inner), slice(g * outer, (g + 1) * outer))
        for g in range(groups)
    ]
