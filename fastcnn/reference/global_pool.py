"""Pooling of each channel over the whole image, and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64
from fastcnn.reference.pool import max_pool2d_backward


def global_avg_pool2d(x: ArrayLike) -> np.ndarray:
    """Give the mean of every channel over the whole image.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)
        Images.

    Returns
    -------
    y : ndarray, shape (n, c)

    Notes
    -----
    ::

        y[n, c] = sum over i, j of x[n, i, j, c] / (h * w)

    References
    ----------
    .. [1] M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014, section 3.2.

    Examples
    --------
    >>> global_avg_pool2d(np.arange(8).reshape(1, 2, 2, 2))
    array([[3., 4.]])
    """
    x = float64(x)
    return x.mean(axis=tuple(range(1, x.ndim - 1)))


def global_avg_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_avg_pool2d`.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output of `global_avg_pool2d`.
    x : array_like, shape (n, h, w, c)
        As given to `global_avg_pool2d`. Only the shape matters.

    Returns
    -------
    dx : ndarray, shape (n, h, w, c)

    Notes
    -----
    ::

        dx[n, i, j, c] = dy[n, c] / (h * w)

    Examples
    --------
    >>> global_avg_pool2d_backward([[4.0]], np.zeros((1, 2, 2, 1)))[0, :, :, 0]
    array([[1., 1.],
           [1., 1.]])
    """
    dy = float64(dy)
    n, *image, c = np.shape(x)
    return np.zeros((n, *image, c)) + dy.reshape(n, *[1] * len(image), c) / np.prod(image)


def global_max_pool2d(x: ArrayLike) -> np.ndarray:
    """Give the largest value of every channel in the whole image.

    Parameters
    ----------
    x : array_like, shape (n, h, w, c)
        Images.

    Returns
    -------
    y : ndarray, shape (n, c)
        NaN where a channel holds a NaN.

    Examples
    --------
    >>> global_max_pool2d(np.arange(8).reshape(1, 2, 2, 2))
    array([[6., 7.]])
    """
    x = float64(x)
    return x.max(axis=tuple(range(1, x.ndim - 1)))


def global_max_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Give the gradient of `global_max_pool2d`: that of a max-pooling whose window is the image.

    Parameters
    ----------
    dy : array_like, shape (n, c)
        Gradient of the loss with respect to the output of `global_max_pool2d`.
    x : array_like, shape (n, h, w, c)
        As given to `global_max_pool2d`.

    Returns
    -------
    dx : ndarray, shape (n, h, w, c)

    Examples
    --------
    >>> global_max_pool2d_backward([[4.0]], np.arange(4).reshape(1, 2, 2, 1))[0, :, :, 0]
    array([[0., 0.],
           [0., 4.]])
    """
    n, *image, c = np.shape(x)
    dy = float64(dy).reshape(n, *[1] * len(image), c)
    return max_pool2d_backward(dy, x, tuple(image))


# They take any number of axes: x is (n, w, c), (n, h, w, c) or (n, d, h, w, c).
global_avg_pool1d = global_avg_pool3d = global_avg_pool2d
global_avg_pool1d_backward = global_avg_pool3d_backward = global_avg_pool2d_backward
global_max_pool1d = global_max_pool3d = global_max_pool2d
global_max_pool1d_backward = global_max_pool3d_backward = global_max_pool2d_backward
