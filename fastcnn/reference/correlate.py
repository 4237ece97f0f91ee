"""Correlation window by window, over one axis or three: the sum of a window times the filter."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, output_size, padding_amounts, per_axis
from fastcnn.reference.cast import float64
from fastcnn.reference.positions import blocks, crop, oriented, pad, positions


def correlate(
    x: ArrayLike,
    w: ArrayLike,
    stride: int | tuple[int, ...],
    padding: Padding,
    dilation: int | tuple[int, ...],
    groups: int,
    flip: bool,
) -> np.ndarray:
    """Give y (n, ..., oc) for x (n, ..., ic) and w (..., ic / groups, oc)."""
    x, w = float64(x), oriented(float64(w), flip)
    *_, ic, oc = w.shape
    how, sides, outputs = _windows(x, w, stride, padding, dilation)
    xp = pad(x, sides)
    y = np.zeros((len(x), *outputs, oc))
    for c, o in blocks(groups, ic, oc // groups):
        for output, window in positions(outputs, *how):
            y[*output, o] = np.tensordot(xp[*window, c], w[..., o], w.ndim - 1)
    return y


def correlate_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int | tuple[int, ...],
    padding: Padding,
    dilation: int | tuple[int, ...],
    groups: int,
    flip: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Give dx and dw: each product hands ``dy * w`` to its pixel and ``dy * x`` to its weight."""
    dy, x, w = float64(dy), float64(x), oriented(float64(w), flip)
    *_, ic, oc = w.shape
    how, sides, outputs = _windows(x, w, stride, padding, dilation)
    xp = pad(x, sides)
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for c, o in blocks(groups, ic, oc // groups):
        for output, window in positions(outputs, *how):
            dxp[*window, c] += np.tensordot(dy[*output, o], w[..., o], (1, -1))
            dw[..., o] += np.tensordot(xp[*window, c], dy[*output, o], (0, 0))
    return crop(dxp, sides, x.shape[1:-1]), oriented(dw, flip)


def _windows(x, w, stride, padding, dilation):
    """Give (kernel, stride, dilation), the padding and the number of windows, for each axis."""
    image, kernel = x.shape[1:-1], w.shape[:-2]
    axes = len(image)
    stride, dilation = per_axis(stride, "stride", axes), per_axis(dilation, "dilation", axes)
    sides = padding_amounts(padding, image, kernel, stride, dilation, axes)
    outputs = tuple(
        output_size(size, taps, step, before, after, spacing)
        for size, taps, step, (before, after), spacing in zip(
            image, kernel, stride, sides, dilation, strict=True
        )
    )
    return (kernel, stride, dilation), sides, outputs
