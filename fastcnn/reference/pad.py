"""Padding and cropping, and their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.arithmetic import Padding, sides
from fastcnn.reference.axes import along_axes
from fastcnn.reference.cast import float64

NUMPY_MODES = {
    "constant": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


def pad2d(x: ArrayLike, amounts: Padding, mode: str = "constant", value: float = 0.0) -> np.ndarray:
    """Add pixels around images.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
        Images.
    amounts : int, pair of ints, or ((top, bottom), (left, right))
        Pixels to add: on all sides, on those of each axis, on each side.
    mode : {"constant", "reflect", "replicate", "circular"}, default "constant"
        Pixels of `value`; the image mirrored at its border pixels, which are not repeated; the
        border pixels; the image again and again.
    value : float, default 0

    Returns
    -------
    y : ndarray, shape (n, top + ih + bottom, left + iw + right, c)

    Examples
    --------
    >>> pad2d([[[[1.0], [2.0], [3.0]]]], ((0, 0), (2, 1)), "reflect")[0, :, :, 0]
    array([[3., 2., 1., 2., 3., 2.]])
    """
    x = float64(x)
    around = ((0, 0), *sides(amounts, x.ndim - 2), (0, 0))
    if mode == "constant":
        return np.pad(x, around, constant_values=value)
    return np.pad(x, around, NUMPY_MODES[mode])  # type: ignore[call-overload]


def pad2d_backward(
    dy: ArrayLike, x: ArrayLike, amounts: Padding, mode: str = "constant"
) -> np.ndarray:
    """Give the gradient of `pad2d`: each pixel of the image gets those of all its copies.

    Parameters
    ----------
    dy : array_like, shape of the output of `pad2d`
    x, amounts, mode
        As given to `pad2d`. Of `x`, only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Examples
    --------
    >>> x = np.zeros((1, 1, 3, 1))
    >>> pad2d_backward(np.ones((1, 1, 6, 1)), x, ((0, 0), (2, 1)), "reflect")[0, :, :, 0]
    array([[1., 3., 2.]])
    """
    image = np.shape(x)[1:-1]
    matrices = [  # column i: where a padded axis has copies of pixel i
        np.pad(np.eye(size), (ends, (0, 0)), NUMPY_MODES[mode])  # type: ignore[call-overload]
        for size, ends in zip(image, sides(amounts, len(image)), strict=True)
    ]
    return along_axes(dy, [matrix.T for matrix in matrices])


def crop2d(x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Take pixels away from the sides of images.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
    amounts : int, pair of ints, or ((top, bottom), (left, right))
        Pixels to take away, as in `pad2d`.

    Returns
    -------
    y : ndarray, shape (n, ih - top - bottom, iw - left - right, c)

    Examples
    --------
    >>> crop2d(np.arange(16).reshape(1, 4, 4, 1), ((1, 1), (0, 2)))[0, :, :, 0]
    array([[4., 5.],
           [8., 9.]])
    """
    x = float64(x)
    ends = zip(x.shape[1:-1], sides(amounts, x.ndim - 2), strict=True)
    return x[:, *(slice(before, size - after) for size, (before, after) in ends)].copy()


def crop2d_backward(dy: ArrayLike, x: ArrayLike, amounts: Padding) -> np.ndarray:
    """Give the gradient of `crop2d`: zeros around dy.

    Parameters
    ----------
    dy : array_like, shape of the output of `crop2d`
    x, amounts
        As given to `crop2d`. Of `x`, only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, ih, iw, c)

    Examples
    --------
    >>> crop2d_backward([[[[7.0]]]], np.zeros((1, 1, 3, 1)), ((0, 0), (1, 1)))[0, :, :, 0]
    array([[0., 7., 0.]])
    """
    return np.pad(float64(dy), ((0, 0), *sides(amounts, np.ndim(x) - 2), (0, 0)))


# They take any number of axes: x is (n, w, c), (n, h, w, c) or (n, d, h, w, c).
pad1d = pad3d = pad2d
pad1d_backward = pad3d_backward = pad2d_backward
crop1d = crop3d = crop2d
crop1d_backward = crop3d_backward = crop2d_backward
