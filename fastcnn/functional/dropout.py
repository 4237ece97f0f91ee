"""Dropout, of elements and of whole channels, and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.dropout import Dropout, SpatialDropout


def dropout(x: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Set elements to zero at random and scale the others up (Srivastava et al., 2014).

    Parameters
    ----------
    x : array_like
    rate : float
        Probability that an element is dropped, ``0 <= rate < 1``.
    key : int
        Chooses the elements, ``0 <= key < 2**64``: the same key, the same elements.

    Returns
    -------
    y : ndarray of float32, shape of `x`
        ``x / (1 - rate)`` or 0.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> y = F.dropout(np.ones(10_000), rate=0.25, key=3)
    >>> float((y == 0).mean().round(2))
    0.25
    """
    return _dropped(x, "x", rate, key)


def dropout_backward(dy: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Give the gradient of `dropout`: the same elements of `dy`, scaled the same.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import functional as F
    >>> x = np.ones(100)
    >>> bool((F.dropout(x, 0.5, key=1) == F.dropout_backward(x, 0.5, key=1)).all())
    True
    """
    return _dropped(dy, "dy", rate, key)


def spatial_dropout(x: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Set whole channels of samples to zero at random and scale the others up (Tompson et al.,
    "Efficient Object Localization Using Convolutional Networks", 2015).

    Parameters
    ----------
    x : array_like, shape (n, ..., c)
    rate : float
        Probability that a channel of a sample is dropped, ``0 <= rate < 1``.
    key : int
        Chooses the channels, ``0 <= key < 2**64``: the same key, the same channels.

    Returns
    -------
    y : ndarray of float32, shape of `x`
        ``x / (1 - rate)`` or 0.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.spatial_dropout([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], rate=0.5, key=2)
    array([[[ 0.,  0.,  6.],
            [ 0.,  0., 12.]]], dtype=float32)
    """
    return _dropped_channels(x, "x", rate, key)


def spatial_dropout_backward(dy: ArrayLike, rate: float, key: int) -> np.ndarray:
    """Give the gradient of `spatial_dropout`: the same channels of `dy`, scaled the same.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.spatial_dropout_backward([[[1.0, 2.0, 3.0]]], rate=0.5, key=2)
    array([[[0., 0., 6.]]], dtype=float32)
    """
    return _dropped_channels(dy, "dy", rate, key)


def _dropped_channels(x: ArrayLike, name: str, rate: float, key: int) -> np.ndarray:
    x = gate.floats(x, name)
    samples = x.reshape(gate.channels(x.shape, name))
    y = np.empty_like(samples)
    run(SpatialDropout(gate.real(rate, "rate", 0, 1, open_end=True), gate.key(key), samples, y))
    return y.reshape(x.shape)


def _dropped(x: ArrayLike, name: str, rate: float, key: int) -> np.ndarray:
    x = gate.floats(x, name)
    gate.sized(x.shape, name)
    y = np.empty_like(x)
    run(Dropout(gate.real(rate, "rate", 0, 1, open_end=True), gate.key(key), x, y))
    return y
