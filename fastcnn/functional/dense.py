"""The product of a batch of rows with a matrix, and its gradient."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import gate, packing
from fastcnn.kernels.dense import DenseBackwardData, DenseBackwardWeight, DenseForward


def dense(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> np.ndarray:
    """Connect every input with every output: ``y = x @ w + b``.

    Parameters
    ----------
    x : array_like, shape (n, ic)
        A batch of rows.
    w : array_like, shape (ic, oc)
    b : array_like, shape (oc,), optional

    Returns
    -------
    y : ndarray of float32, shape (n, oc)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.dense([[1, 2]], [[1, 0, 2], [0, 1, 2]], [10, 20, 30])
    array([[11., 22., 36.]], dtype=float32)
    """
    x, w = gate.floats(x, "x", 2), gate.floats(w, "w", 2)
    s = gate.dense(x.shape, w.shape)
    if b is not None:
        b = gate.match(b, "b", (s.oc,))
    y = empty(s.y_shape)
    run(DenseForward(s, x, packing.pack(w[None, None]), b, y))
    return y


def dense_backward(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the gradients of `dense`: ``dx = dy @ w.T``, ``dw = x.T @ dy``, ``db = dy.sum(0)``.

    Parameters
    ----------
    dy : array_like, shape (n, oc)
        Gradient of the loss with respect to the output.
    x, w
        As given to `dense`.

    Returns
    -------
    dx : ndarray of float32, shape (n, ic)
    dw : ndarray of float32, shape (ic, oc)
    db : ndarray of float32, shape (oc,)

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> dx, dw, db = F.dense_backward([[1, 1, 1]], [[1, 2]], [[1, 0, 2], [0, 1, 2]])
    >>> dx
    array([[3., 3.]], dtype=float32)
    >>> dw
    array([[1., 1., 1.],
           [2., 2., 2.]], dtype=float32)
    """
    x, w = gate.floats(x, "x", 2), gate.floats(w, "w", 2)
    s = gate.dense(x.shape, w.shape)
    dy = gate.match(dy, "dy", s.y_shape)
    packed = packing.pack(w[None, None])
    dx, dw, db = empty(s.x_shape), np.zeros_like(packed), empty((s.oc,))
    run(DenseBackwardData(s, dy, packed, dx), DenseBackwardWeight(s, dy, x, dw, db))
    return dx, np.ascontiguousarray(packing.unpack(dw, s.oc)[0, 0]), db
