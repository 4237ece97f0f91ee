"""Losses with their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def softmax_cross_entropy(x: ArrayLike, labels: ArrayLike) -> tuple[float, np.ndarray]:
    """Score class scores against the true classes.

    Parameters
    ----------
    x : array_like, shape (n, classes)
        Scores (logits); the softmax is taken here.
    labels : array_like of ints, shape (n,)
        True classes, from 0 to ``classes - 1``.

    Returns
    -------
    loss : float
        Mean over the batch, in nats.
    dx : ndarray, shape (n, classes)
        Gradient of the loss with respect to `x`.

    Notes
    -----
    ::

        p[n, c] = exp(x[n, c]) / sum over k of exp(x[n, k])
        loss    = -mean over n of log(p[n, labels[n]])
        dx      = (p - onehot(labels)) / n

    The largest score of a row is first subtracted from it, which changes no probability and
    keeps ``exp`` from overflowing.

    References
    ----------
    .. [1] C. Bishop, "Pattern Recognition and Machine Learning", Springer, 2006, section 4.3.4,
       equations 4.104, 4.108 and 4.109.

    Examples
    --------
    >>> loss, dx = softmax_cross_entropy([[0.0, np.log(3.0)]], [0])
    >>> round(loss, 4)  # the logarithm of 4
    1.3863
    >>> dx.round(4)
    array([[-0.75,  0.75]])
    """
    x = float64(x)
    n, classes = x.shape
    shifted = x - x.max(axis=1, keepdims=True)  # (n, classes), <= 0
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (n, classes)
    onehot = np.asarray(labels)[:, None] == np.arange(classes)  # (n, classes)
    loss = -log_p[onehot].sum() / n
    return float(loss), (np.exp(log_p) - onehot) / n


def mean_squared_error(x: ArrayLike, target: ArrayLike) -> tuple[float, np.ndarray]:
    """Score predictions against target values.

    Parameters
    ----------
    x, target : array_like, same shape
        Predictions and the values they should have.

    Returns
    -------
    loss : float
        Mean over all elements.
    dx : ndarray, shape of `x`
        Gradient of the loss with respect to `x`.

    Notes
    -----
    ::

        loss = mean of (x - target) ** 2
        dx   = 2 * (x - target) / size

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press, 2016,
       section 5.1.4, equation 5.5.

    Examples
    --------
    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    (2.0, array([ 0., -2.]))
    """
    error = float64(x) - float64(target)
    return float((error**2).sum() / error.size), 2 * error / error.size
