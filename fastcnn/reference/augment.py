"""Augmentation: what becomes of images once everything random about them has been drawn."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def warp(
    x: ArrayLike, maps: ArrayLike, size: tuple[int, int] | None = None, fill: float = 0.0
) -> np.ndarray:
    """Move every image along an affine map of its own.

    Parameters
    ----------
    x : array_like, shape (n, ih, iw, c)
    maps : array_like, shape (n, 2, 3)
        The new pixel (i, j) shows what stands at ``maps @ (i + 1/2, j + 1/2, 1)``, distances from
        the upper and the left edge of the old image.
    size : (oh, ow), optional
        Of the new images; default: that of the old ones.
    fill : float, default 0
        What stands beyond the borders.

    Returns
    -------
    y : ndarray, shape (n, oh, ow, c)

    Notes
    -----
    Pixel (r, q) has its centre at (r + 1/2, q + 1/2). Between four centres the image is bilinear;
    from the outermost ones to the border they go on.

    Examples
    --------
    >>> warp([[[[1.0], [2.0], [3.0]]]], [[[1, 0, 0], [0, -1, 3]]])[0, 0, :, 0]  # mirrored
    array([3., 2., 1.])
    >>> warp([[[[1.0], [2.0], [3.0]]]], [[[1, 0, 0], [0, 1, -0.5]]], fill=9)[0, 0, :, 0]
    array([1. , 1.5, 2.5])
    """
    x, maps = float64(x), float64(maps)
    n, ih, iw, c = x.shape
    oh, ow = (ih, iw) if size is None else size
    y = np.full((n, oh, ow, c), float(fill))
    for sample in range(n):
        for i in range(oh):
            for j in range(ow):
                h, w = maps[sample] @ (i + 0.5, j + 0.5, 1)
                if 0 <= h <= ih and 0 <= w <= iw:
                    y[sample, i, j] = _between(x[sample], h, w)
    return y


def _between(image: np.ndarray, h: float, w: float) -> np.ndarray:
    """The pixel (c,) at a distance from the upper and left edge of an image (ih, iw, c)."""
    ih, iw, _ = image.shape
    h, w = np.clip(h - 0.5, 0, ih - 1), np.clip(w - 0.5, 0, iw - 1)
    top, left = int(h), int(w)
    down, right = h - top, w - left
    bottom, other = min(top + 1, ih - 1), min(left + 1, iw - 1)
    above = (1 - right) * image[top, left] + right * image[top, other]
    below = (1 - right) * image[bottom, left] + right * image[bottom, other]
    return (1 - down) * above + down * below


def recolor(x: ArrayLike, colors: ArrayLike) -> np.ndarray:
    """Make another pixel of every pixel, from it and from the mean of all of its image.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)
    colors : array_like, shape (n, 2, c, c)
        The pixel p becomes ``colors[0] @ p + colors[1] @ m``, between 0 and 1; m is the mean pixel.

    Returns
    -------
    y : ndarray, shape of `x`

    Examples
    --------
    >>> recolor([[[[0.2], [0.4]]]], [[[[0.5]], [[0.5]]]]).ravel().round(3)  # half the contrast
    array([0.25, 0.35])
    """
    x, colors = float64(x), float64(colors)
    y = np.empty_like(x)
    for image, (pixel, mean), changed in zip(x, colors, y, strict=True):
        changed[...] = np.clip(image @ pixel.T + mean @ image.mean((0, 1)), 0, 1)
    return y


def cover(x: ArrayLike, boxes: ArrayLike, value: float = 0.0) -> np.ndarray:
    """Cover a box of every image.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)
    boxes : array_like of int, shape (n, 4)
        The first row and the one behind the last, the first column and the one behind the last.
    value : float, default 0

    Returns
    -------
    y : ndarray, shape of `x`

    Examples
    --------
    >>> cover(np.ones((1, 2, 3, 1)), [[0, 1, 1, 3]])[0, :, :, 0]
    array([[1., 0., 0.],
           [1., 1., 1.]])
    """
    y = float64(x).copy()
    for image, (top, bottom, left, right) in zip(y, np.asarray(boxes), strict=True):
        image[top:bottom, left:right] = value
    return y


def blend(x: ArrayLike, partner: ArrayLike, weight: ArrayLike) -> np.ndarray:
    """Blend every sample with another one of the batch.

    Parameters
    ----------
    x : array_like, shape (n, ...)
    partner : array_like of int, shape (n,)
    weight : array_like, shape (n,)
        The share of the partner.

    Returns
    -------
    y : ndarray, shape of `x`

    Examples
    --------
    >>> blend([[0.0, 1.0], [8.0, 9.0]], [1, 1], [0.25, 1.0])
    array([[2., 3.],
           [8., 9.]])
    """
    x, weight = float64(x), float64(weight)
    y = np.empty_like(x)
    for i, j in enumerate(np.asarray(partner)):
        y[i] = (1 - weight[i]) * x[i] + weight[i] * x[j]
    return y


def uniform(key: int, count: int) -> float:
    """Give a number in [0, 1): the `count`-th, from 1, that is drawn for the sample with this key.

    Notes
    -----
    The upper 32 of the 64 bits of splitmix64, which begins at the key: G. Steele, D. Lea and C.
    Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 1.

    Examples
    --------
    >>> round(uniform(0, 1), 6)  # 0xE220A8397B1DCDAF
    0.883311
    """
    mask = 2**64 - 1
    z = (key + count * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return ((z ^ (z >> 31)) >> 32) * 2.0**-32
