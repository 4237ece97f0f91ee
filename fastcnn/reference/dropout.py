"""Dropout, of elements and of whole channels, and its gradient.

Whether element i is kept depends on i and on a key alone, not on an order of drawing: any thread
can decide any element, and the backward pass needs the key instead of a stored mask.
"""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def dropout(x: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Set elements to zero at random and scale the others up, so that the mean stays.

    Parameters
    ----------
    x : array_like, any shape
    rate : float
        Probability of dropping an element, in [0, 1).
    key : int
        Chooses the elements, in [0, 2**64): the same key drops the same elements.

    Returns
    -------
    y : ndarray, shape of `x`
        ``x / (1 - rate)`` where the element is kept, 0 (even of a NaN) where it is dropped.

    Notes
    -----
    Elements are numbered in C order. Element ``i`` is kept if ``hash(i, key) >= floor(rate *
    2**32)`` for the 32-bit hash ::

        h = low(i) * 0x9E3779B1 ^ low(k),    k = scramble(key)
        h = (h ^ (h >> 15)) * 0x7FEB352D ^ high(k) ^ high(i) * 0x9E3779B1
        hash(i, key) = (h ^ (h >> 15)) * 0x846CA68B

    where ``low`` and ``high`` are the halves of a 64-bit number and products wrap around: multiples
    of the golden ratio, then rounds of xorshift and multiply with the constants of [2]_.
    ``scramble`` is splitmix64 of [3]_: without it, keys that differ in few bits would drop related
    elements. The factor ``1 / (1 - rate)`` is rounded to float32.

    References
    ----------
    .. [1] N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a
       simple way to prevent neural networks from overfitting", JMLR 15, 2014, sections 4 and 10.
    .. [2] C. Wellons, "Prospecting for hash functions", https://nullprogram.com/blog/2018/07/31/.
    .. [3] G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators",
       OOPSLA 2014, figure 1.

    Examples
    --------
    >>> dropout([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], rate=0.5, key=2)
    array([ 0.,  0.,  6.,  8., 10.,  0.])
    """
    x = float64(x)
    index = np.arange(x.size, dtype=np.uint64).reshape(x.shape)
    kept = _hash(index, _scramble(key)) >= int(rate * 2**32)
    return np.where(kept, x * np.float64(np.float32(1 / (1 - rate))), 0.0)


def dropout_backward(dy: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Give the gradient of `dropout`.

    Parameters
    ----------
    dy : array_like, any shape
        Gradient of the loss with respect to the output of `dropout`.
    rate, key
        As given to `dropout`.

    Returns
    -------
    dx : ndarray, shape of `dy`
        Where `dropout` scales an element its gradient is scaled, where it drops one the
        gradient is 0: the same map as `dropout`.

    Examples
    --------
    >>> dropout_backward([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], rate=0.5, key=2)
    array([ 0.,  0.,  6.,  8., 10.,  0.])
    """
    return dropout(dy, rate, key)


def spatial_dropout(x: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Set whole channels of samples to zero at random and scale the others up.

    Neighbouring pixels say much the same, so that `dropout` would leave what it means to remove.

    Parameters
    ----------
    x : array_like, shape (n, ..., c)
    rate : float
        Probability of dropping a channel of a sample, in [0, 1).
    key : int
        Chooses the channels, in [0, 2**64): the same key drops the same ones.

    Returns
    -------
    y : ndarray, shape of `x`
        ``x / (1 - rate)`` where the channel is kept, 0 (even of a NaN) where it is dropped.

    Notes
    -----
    Channel j of sample i is dropped if `dropout` would drop element ``i * d + j``, where d is c
    rounded up to a multiple of 16.

    References
    ----------
    .. [1] J. Tompson, R. Goroshin, A. Jain, Y. LeCun and C. Bregler, "Efficient object localization
       using convolutional networks", CVPR 2015, section 3.2.

    Examples
    --------
    >>> spatial_dropout([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], rate=0.5, key=2)
    array([[[ 0.,  0.,  6.],
            [ 0.,  0., 12.]]])
    """
    x = float64(x)
    n, *others, c = x.shape
    places = np.ones((n, -(-c // 16) * 16))
    factors = dropout(places, rate, key)[:, :c].reshape(n, *[1] * len(others), c)
    return np.where(factors, x * factors, 0.0)


def spatial_dropout_backward(dy: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Give the gradient of `spatial_dropout`: the same map.

    Examples
    --------
    >>> spatial_dropout_backward([[[1.0, 2.0, 3.0]]], rate=0.5, key=2)
    array([[[0., 0., 6.]]])
    """
    return spatial_dropout(dy, rate, key)


def _hash(index: np.ndarray, key: int) -> np.ndarray:
    """Give 32 random bits for every index (uint64, any shape) under the key."""
    low, high = index.astype(np.uint32), (index >> np.uint64(32)).astype(np.uint32)
    golden, first, second = (np.uint32(c) for c in (0x9E3779B1, 0x7FEB352D, 0x846CA68B))
    h = low * golden ^ np.uint32(key & 0xFFFFFFFF)
    h = (h ^ h >> np.uint32(15)) * first
    h = h ^ high * golden ^ np.uint32(key >> 32)
    return (h ^ h >> np.uint32(15)) * second


def _scramble(key: int) -> int:
    """Give a key of 64 bits in which every bit of `key` counts. This is splitmix64."""
    mask = 2**64 - 1
    z = (key + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)
