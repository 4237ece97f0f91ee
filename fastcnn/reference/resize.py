"""Interpolation and adaptive averages, and their gradients: images of another size."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Pair, Triple, per_axis
from fastcnn.reference.axes import along_axes
from fastcnn.reference.cast import float64


def upsample2d(
    x: ArrayLike,
    factor: Pair | Triple = 2,
    size: Pair | Triple | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Interpolate images to other sizes.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
    factor : int or pair of ints, default 2
        How many times as many pixels the output has; `size` overrules it.
    size : int or pair of ints, optional
        Pixels of the output.
    mode : {"nearest", "bilinear"}, default "nearest"
        Copies; means of the pixels around each place, weighted by their nearness. In one dimension
        "linear", in three "trilinear".
    align_corners : bool, default False
        Whether the middles of the first and last pixels stay where they are, or their outer edges.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, c)

    Notes
    -----
    "nearest", along each axis::

        y[o] = x[floor(o * input / output)]

    "linear", without and with `align_corners`::

        y[o] = sum over i of max(0, 1 - |place[o] - i|) * x[i]
        place[o] = min(max((o + 1/2) * input / output - 1/2, 0), input - 1)
        place[o] = o * (input - 1) / (output - 1)

    Examples
    --------
    >>> upsample2d([[[[0.0], [4.0]]]], size=(1, 4), mode="bilinear")[0, :, :, 0]
    array([[0., 1., 3., 4.]])
    """
    x = float64(x)
    return along_axes(x, _interpolations(x.shape[1:-1], factor, size, mode, align_corners))


def upsample2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    factor: Pair | Triple = 2,
    size: Pair | Triple | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """Give the gradient of `upsample2d`.

    Parameters
    ----------
    dy : array_like, shape of the output of `upsample2d`
    x, factor, size, mode, align_corners
        As given to `upsample2d`. Of `x`, only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Examples
    --------
    >>> x = np.zeros((1, 1, 2, 1))
    >>> upsample2d_backward(np.arange(8).reshape(1, 2, 4, 1), x)[0, :, :, 0]
    array([[10., 18.]])
    """
    matrices = _interpolations(np.shape(x)[1:-1], factor, size, mode, align_corners)
    return along_axes(dy, [matrix.T for matrix in matrices])


def adaptive_avg_pool2d(x: ArrayLike, output_size: Pair | Triple) -> np.ndarray:
    """Take the means of as many windows as there are to be outputs.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
    output_size : int or pair of ints
        Pixels of the output.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, c)

    Notes
    -----
    Window o of each axis begins at pixel ``floor(o * input / output)`` and ends before pixel
    ``ceil((o + 1) * input / output)``, as PyTorch has it: every pixel is in one or two windows.

    Examples
    --------
    >>> adaptive_avg_pool2d(np.arange(10).reshape(1, 2, 5, 1), (1, 2))[0, :, :, 0]
    array([[3.5, 5.5]])
    """
    x = float64(x)
    return along_axes(x, _averages(x.shape[1:-1], output_size))


def adaptive_avg_pool2d_backward(
    dy: ArrayLike, x: ArrayLike, output_size: Pair | Triple
) -> np.ndarray:
    """Give the gradient of `adaptive_avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape of the output of `adaptive_avg_pool2d`
    x, output_size
        As given to `adaptive_avg_pool2d`. Of `x`, only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Examples
    --------
    >>> adaptive_avg_pool2d_backward([[[[3.0], [6.0]]]], np.zeros((1, 1, 5, 1)), (1, 2)).ravel()
    array([1., 1., 3., 2., 2.])
    """
    return along_axes(dy, [m.T for m in _averages(np.shape(x)[1:-1], output_size)])


def _interpolations(
    image: tuple[int, ...],
    factor: Pair | Triple,
    size: Pair | Triple | None,
    mode: str,
    align_corners: bool,
) -> list[np.ndarray]:
    """Give, for each axis, the matrix [outputs, inputs] of `upsample2d`."""
    factors = per_axis(factor, "factor", len(image))
    sizes = [pixels * times for pixels, times in zip(image, factors, strict=True)]
    matrices = []
    for inputs, outputs in zip(
        image, per_axis(size, "size", len(image)) if size else sizes, strict=True
    ):
        o, i = np.arange(outputs)[:, None], np.arange(inputs)
        if mode == "nearest":
            matrices.append((o * inputs // outputs == i).astype(np.float64))
            continue
        place = (o + 0.5) * inputs / outputs - 0.5
        if align_corners:
            place = o * (inputs - 1) / max(outputs - 1, 1)
        matrices.append(np.maximum(0, 1 - np.abs(place.clip(0, inputs - 1) - i)))
    return matrices


def _averages(image: tuple[int, ...], output_size: Pair | Triple) -> list[np.ndarray]:
    """Give, for each axis, the matrix [outputs, inputs] of `adaptive_avg_pool2d`."""
    matrices = []
    for inputs, outputs in zip(
        image, per_axis(output_size, "output_size", len(image)), strict=True
    ):
        o, i = np.arange(outputs)[:, None], np.arange(inputs)
        inside = (o * inputs // outputs <= i) & (i < -(-(o + 1) * inputs // outputs))
        matrices.append(inside / inside.sum(axis=1, keepdims=True))
    return matrices


# They take any number of axes: x is (n, w, c), (n, h, w, c) or (n, d, h, w, c).
upsample1d = upsample3d = upsample2d
upsample1d_backward = upsample3d_backward = upsample2d_backward
adaptive_avg_pool1d = adaptive_avg_pool3d = adaptive_avg_pool2d
adaptive_avg_pool1d_backward = adaptive_avg_pool3d_backward = adaptive_avg_pool2d_backward
