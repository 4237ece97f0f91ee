"""Filters designed by hand: arrays (k, k), for cross-correlation as `fastcnn.functional.conv2d` has
it, and what they make of images.

Source: R. Gonzalez, R. Woods, "Digital image processing", 4th edition, 2018, chapters 3 and 10.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fastcnn import functional as F
from fastcnn.kernels import gate


def sobel(axis: str = "x") -> np.ndarray:
    """Edges: differences along an axis, smoothed across it (Sobel & Feldman, 1968).

    Parameters
    ----------
    axis : {"x", "y"}, default "x"
        "x" finds vertical edges, positive where the image brightens to the right; "y" horizontal
        ones, positive where it brightens to the bottom.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.sobel()
    array([[-1.,  0.,  1.],
           [-2.,  0.,  2.],
           [-1.,  0.,  1.]], dtype=float32)
    """
    return _difference([1, 2, 1], axis)


def prewitt(axis: str = "x") -> np.ndarray:
    """Edges: differences along an axis, averaged across it (Prewitt, 1970); `axis` as in `sobel`.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.prewitt("y")
    array([[-1., -1., -1.],
           [ 0.,  0.,  0.],
           [ 1.,  1.,  1.]], dtype=float32)
    """
    return _difference([1, 1, 1], axis)


def laplacian() -> np.ndarray:
    """Edges of all directions: the sum of both second differences.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.laplacian()
    array([[ 0.,  1.,  0.],
           [ 1., -4.,  1.],
           [ 0.,  1.,  0.]], dtype=float32)
    """
    return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=np.float32)


def blur(size: int = 3) -> np.ndarray:
    """The mean of `size` times `size` pixels, 3 by default.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.blur(2)
    array([[0.25, 0.25],
           [0.25, 0.25]], dtype=float32)
    """
    size = gate.whole(size, "size")
    return np.full((size, size), 1 / size**2, dtype=np.float32)


def gaussian(size: int = 5, sigma: float = 1.0) -> np.ndarray:
    """A mean weighted by ``exp(-(distance / sigma)^2 / 2)``; the weights add up to 1.

    Parameters
    ----------
    size : int, default 5
    sigma : float, default 1.0
        Standard deviation in pixels, positive.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.gaussian(3, sigma=0.5).round(3)
    array([[0.011, 0.084, 0.011],
           [0.084, 0.619, 0.084],
           [0.011, 0.084, 0.011]], dtype=float32)
    """
    size, sigma = gate.whole(size, "size"), gate.real(sigma, "sigma", gate.SMALLEST_FLOAT)
    distance = np.arange(size) - (size - 1) / 2
    weights = np.exp(-((distance / sigma) ** 2) / 2)
    return (np.outer(weights, weights) / weights.sum() ** 2).astype(np.float32)


def sharpen(amount: float = 1.0) -> np.ndarray:
    """The image and `amount` times what sets a pixel off from its four neighbours, >= 0.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.sharpen()
    array([[ 0., -1.,  0.],
           [-1.,  5., -1.],
           [ 0., -1.,  0.]], dtype=float32)
    """
    same = np.zeros((3, 3), dtype=np.float32)
    same[1, 1] = 1
    return same - np.float32(gate.real(amount, "amount", 0)) * laplacian()


def emboss() -> np.ndarray:
    """The image as a relief that light falls on from the upper left.

    Examples
    --------
    >>> from fastcnn import filters
    >>> filters.emboss()
    array([[-2., -1.,  0.],
           [-1.,  1.,  1.],
           [ 0.,  1.,  2.]], dtype=float32)
    """
    return np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], dtype=np.float32)


def bank() -> dict[str, np.ndarray]:
    """One of each by name: what `fastcnn.plot.responses` draws.

    Examples
    --------
    >>> from fastcnn import filters
    >>> list(filters.bank())[:4]
    ['identity', 'Sobel x', 'Sobel y', 'Prewitt x']
    """
    edges = {
        "Sobel x": sobel("x"),
        "Sobel y": sobel("y"),
        "Prewitt x": prewitt("x"),
        "Prewitt y": prewitt("y"),
    }
    others = {"blur": blur(), "Gaussian": gaussian(), "sharpen": sharpen(), "emboss": emboss()}
    return {"identity": sharpen(0)} | edges | others


def apply(x: ArrayLike, kernel: ArrayLike) -> np.ndarray:
    """Let a filter slide over each channel of images, whose border pixels are repeated outwards.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)
    kernel : array_like, shape (kh, kw)

    Returns
    -------
    y : ndarray of float32, shape (n, h, w, c)

    Raises
    ------
    ValueError, TypeError
        `x` or `kernel` has another number of axes, or does not hold numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import filters
    >>> ramp = np.arange(4.0).reshape(1, 1, 4, 1)
    >>> filters.apply(ramp, filters.prewitt()).ravel()
    array([3., 6., 6., 3.], dtype=float32)
    """
    x, kernel = gate.floats(x, "x", 4), gate.floats(kernel, "kernel", 2)
    n, h, w, c = x.shape
    kh, kw = kernel.shape
    around = ((kh - 1) // 2, kh // 2), ((kw - 1) // 2, kw // 2)
    planes = F.pad2d(np.moveaxis(x, 3, 1).reshape(n * c, h, w, 1), around, "replicate")
    y = F.conv2d(planes, kernel[:, :, None, None])
    return np.moveaxis(y.reshape(n, c, h, w), 1, 3)


def _difference(weights: list[int], axis: str) -> np.ndarray:
    """Of the pixel behind and that before, with these weights across."""
    if axis not in ("x", "y"):
        raise ValueError(f"axis must be 'x' or 'y': got {axis!r}")
    edges = np.outer(weights, [-1, 0, 1]).astype(np.float32)
    return edges if axis == "x" else edges.T
