"""Sliding windows over padded images: what convolution and pooling have in common."""

from typing import NamedTuple

import numpy as np

from fastcnn.arithmetic import Padding, Pair, output_size, padding_amounts, pair


class Windows(NamedTuple):
    """All windows of one image, seen tap by tap.

    Tap ``(i, j)`` of the windows of all output pixels ``[:, 0:oh, 0:ow]`` reads the padded
    input pixels ``[:, rows[i], cols[j]]``: output pixel ``(p, q)`` reads input pixel
    ``(p * sh + i * dh, q * sw + j * dw)``.
    """

    oh: int
    ow: int
    rows: list[slice]  # kh slices, each oh long
    cols: list[slice]  # kw slices, each ow long
    sides: tuple[tuple[int, int], ...]  # padding: (top, bottom), (left, right)

    def pad(self, x: np.ndarray) -> np.ndarray:
        """Surround x (n, ih, iw, c) with zeros; of booleans, with False."""
        return np.pad(x, ((0, 0), *self.sides, (0, 0)))

    def crop(self, xp: np.ndarray) -> np.ndarray:
        """Cut the image out of xp (n, top + ih + bottom, left + iw + right, c) again."""
        (top, bottom), (left, right) = self.sides
        return xp[:, top : xp.shape[1] - bottom, left : xp.shape[2] - right]


def slide(
    image: tuple[int, int], kernel: Pair, stride: Pair, padding: Padding, dilation: Pair = 1
) -> Windows:
    """Slide a window of `kernel` taps over an `image` of (ih, iw) pixels."""
    kernel, stride = pair(kernel, "kernel"), pair(stride, "stride")
    dilation = pair(dilation, "dilation")
    sides = padding_amounts(padding, image, kernel, stride, dilation)
    (oh, rows), (ow, cols) = (
        _taps(*axis) for axis in zip(image, kernel, stride, sides, dilation, strict=True)
    )
    return Windows(oh, ow, rows, cols, sides)


def _taps(
    size: int, kernel: int, stride: int, ends: tuple[int, int], dilation: int
) -> tuple[int, list[slice]]:
    """Give, for one axis, the number of windows and for each tap the pixels that it reads."""
    output = output_size(size, kernel, stride, *ends, dilation)
    span = (output - 1) * stride + 1  # pixels from a tap's first reading to its last
    return output, [slice(t * dilation, t * dilation + span, stride) for t in range(kernel)]
