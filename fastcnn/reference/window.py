"""Sliding windows over padded images: what convolution and pooling have in common.

An image may have any number of axes: x is (n, w, c), (n, h, w, c) or (n, d, h, w, c).
"""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from fastcnn.arithmetic import Padding, Sides, output_size, padding_amounts, per_axis

Axes = int | tuple[int, ...]
Index = tuple[Any, ...]


class Windows(NamedTuple):
    """All windows of one image, seen tap by tap.

    Tap ``(i, j)`` of the windows of all output pixels ``[:, 0:oh, 0:ow]`` reads the padded
    input pixels ``[:, slices[0][i], slices[1][j]]``: output pixel ``(p, q)`` reads input pixel
    ``(p * sh + i * dh, q * sw + j * dw)``.
    """

    outputs: tuple[int, ...]  # (oh, ow)
    slices: list[list[slice]]  # kh slices, each oh long, and kw, each ow long
    sides: tuple[Sides, ...]  # of what is read: as the padding, more in ceil mode
    padding: tuple[Sides, ...]  # (top, bottom), (left, right)

    def taps(self) -> Iterator[tuple[Index, Index]]:
        """Yield each tap, row by row, and the index of the pixels that it reads."""
        for tap in itertools.product(*(range(len(axis)) for axis in self.slices)):
            at = (axis[number] for axis, number in zip(self.slices, tap, strict=True))
            yield tap, (slice(None), *at)

    def pad(self, x: np.ndarray) -> np.ndarray:
        """Surround x (n, ih, iw, c) with zeros; of booleans, with False."""
        return np.pad(x, ((0, 0), *self.sides, (0, 0)))

    def crop(self, xp: np.ndarray) -> np.ndarray:
        """Cut the image out of xp (n, top + ih + bottom, left + iw + right, c) again."""
        ends = zip(xp.shape[1:-1], self.sides, strict=True)
        return xp[:, *(slice(before, size - after) for size, (before, after) in ends)]


def slide(
    image: tuple[int, ...],
    kernel: Axes,
    stride: Axes,
    padding: Padding,
    dilation: Axes = 1,
    ceil_mode: bool = False,
) -> Windows:
    """Slide a window of `kernel` taps over an `image` of (ih, iw) pixels."""
    axes = len(image)
    kernel, stride = per_axis(kernel, "kernel", axes), per_axis(stride, "stride", axes)
    dilation = per_axis(dilation, "dilation", axes)
    padding = padding_amounts(padding, image, kernel, stride, dilation, axes)
    outputs, slices, sides = [], [], []
    for size, k, s, (before, after), d in zip(
        image, kernel, stride, padding, dilation, strict=True
    ):
        output = output_size(size, k, s, before, after, d, ceil_mode)
        span = (output - 1) * s + 1  # pixels from a tap's first reading to its last
        outputs.append(output)
        slices.append([slice(tap * d, tap * d + span, s) for tap in range(k)])
        sides.append((before, max(after, span + (k - 1) * d - before - size)))
    return Windows(tuple(outputs), slices, tuple(sides), padding)
