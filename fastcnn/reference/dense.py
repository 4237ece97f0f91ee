"""The fully connected layer and its gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def dense(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> np.ndarray:
    """Multiply rows of features with a matrix of weights.

    Parameters
    ----------
    x : array_like, shape (n, in)
        Features.
    w : array_like, shape (in, out)
        Weights.
    b : array_like, shape (out,), optional
        Bias.

    Returns
    -------
    y : ndarray, shape (n, out)

    Notes
    -----
    ::

        y[n, o] = b[o] + sum over i of x[n, i] * w[i, o]

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 6.1.

    Examples
    --------
    >>> dense([[1.0, 2.0]], [[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]], [10.0, 20.0, 30.0])
    array([[11., 22., 41.]])
    """
    y = float64(x) @ float64(w)
    return y if b is None else y + float64(b)


def dense_backward(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `dense`.

    Parameters
    ----------
    dy : array_like, shape (n, out)
        Gradient of the loss with respect to the output of `dense`.
    x, w : array_like
        As given to `dense`.

    Returns
    -------
    dx : ndarray, shape (n, in)
    dw : ndarray, shape (in, out)
    db : ndarray, shape (out,)

    Notes
    -----
    ::

        dx[n, i] = sum over o of dy[n, o] * w[i, o]
        dw[i, o] = sum over n of x[n, i] * dy[n, o]
        db[o]    = sum over n of dy[n, o]

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 6.5.6.

    Examples
    --------
    >>> dx, dw, db = dense_backward([[1.0, 2.0]], [[3.0]], [[10.0, 100.0]])
    >>> dx, dw, db
    (array([[210.]]), array([[3., 6.]]), array([1., 2.]))
    """
    dy = float64(dy)
    dx = dy @ float64(w).T
    dw = float64(x).T @ dy
    db = dy.sum(axis=0)
    return dx, dw, db
