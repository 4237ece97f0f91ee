"""Losses with their gradients."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def softmax_cross_entropy(
    x: ArrayLike,
    labels: ArrayLike,
    weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
) -> tuple[float, np.ndarray]:
    """Score class scores against the true classes.

    Parameters
    ----------
    x : array_like, shape (n, classes)
        Scores (logits); the softmax is taken here.
    labels : array_like of ints, shape (n,), or of real numbers, shape (n, classes)
        True classes, from 0 to ``classes - 1``, or the probability of each.
    weight : array_like, shape (n,), optional
        How much each row counts; default: 1.
    label_smoothing : float, default 0
        Share of each target that is spread evenly over all classes.

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
        t       = (1 - label_smoothing) * (labels or onehot(labels)) + label_smoothing / classes
        w       = weight / sum of weight
        loss    = -sum over n, c of w[n] * t[n, c] * log(p[n, c])
        dx      = w[n] * (p * (sum over c of t[n, c]) - t)

    The largest score of a row is first subtracted from it, which changes no probability and
    keeps ``exp`` from overflowing. What is not wanted at all, t = 0, costs nothing.

    References
    ----------
    .. [1] C. Bishop, "Pattern Recognition and Machine Learning", Springer, 2006, section 4.3.4,
       equations 4.104, 4.108 and 4.109.
    .. [2] C. Szegedy et al., "Rethinking the inception architecture for computer vision",
       CVPR 2016, section 7: label smoothing.

    Examples
    --------
    >>> loss, dx = softmax_cross_entropy([[0.0, np.log(3.0)]], [0])
    >>> round(loss, 4)  # the logarithm of 4
    1.3863
    >>> dx.round(4)
    array([[-0.75,  0.75]])
    """
    x, labels = float64(x), np.asarray(labels)
    n, classes = x.shape
    shifted = x - x.max(axis=1, keepdims=True)  # (n, classes), <= 0
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (n, classes)
    t = labels[:, None] == np.arange(classes) if labels.ndim == 1 else labels  # (n, classes)
    t = (1 - label_smoothing) * float64(t) + label_smoothing / classes
    w = _shares(weight, n)[:, None]
    loss = -(w * t * np.where(t == 0, 0, log_p)).sum()
    return float(loss), w * (np.exp(log_p) * t.sum(axis=1, keepdims=True) - t)


def binary_cross_entropy(
    x: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None
) -> tuple[float, np.ndarray]:
    """Score scores of events against how likely these are.

    Parameters
    ----------
    x, target : array_like, same shape (n, ...)
        Scores (logits), whose sigmoid is taken here; probabilities.
    weight : array_like, shape (n,), optional
        How much each sample counts; default: 1.

    Returns
    -------
    loss : float
        Mean over the samples of the means over their elements, in nats.
    dx : ndarray, shape of `x`
        Gradient of the loss with respect to `x`.

    Notes
    -----
    ::

        p    = 1 / (1 + exp(-x))
        w    = weight / sum of weight
        loss = -sum over n of w[n] * mean of (target * log(p) + (1 - target) * log(1 - p))
        dx   = w[n] * (p - target) / elements of a sample

    Written as ``max(x, 0) - x * target + log(1 + exp(-|x|))``, nothing overflows.

    References
    ----------
    .. [1] C. Bishop, "Pattern Recognition and Machine Learning", Springer, 2006, section 4.3.2,
       equations 4.90 and 4.91.

    Examples
    --------
    >>> binary_cross_entropy([0.0, 0.0], [0, 1])[1]
    array([ 0.25, -0.25])
    """
    x, target = float64(x), float64(target)
    e = np.exp(-np.abs(x))
    p = np.where(x < 0, e, 1) / (1 + e)
    return _mean(np.maximum(x, 0) - x * target + np.log1p(e), p - target, weight)


def mean_squared_error(
    x: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None
) -> tuple[float, np.ndarray]:
    """Score predictions against target values.

    Parameters
    ----------
    x, target : array_like, same shape (n, ...)
        Predictions and the values they should have.
    weight : array_like, shape (n,), optional
        How much each sample counts; default: 1.

    Returns
    -------
    loss : float
        Mean over the samples of the means over their elements.
    dx : ndarray, shape of `x`
        Gradient of the loss with respect to `x`.

    Notes
    -----
    ::

        w    = weight / sum of weight
        loss = sum over n of w[n] * mean of (x - target) ** 2
        dx   = w[n] * 2 * (x - target) / elements of a sample

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
    return _mean(error**2, 2 * error, weight)


def huber(
    x: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None, delta: float = 1.0
) -> tuple[float, np.ndarray]:
    """Score predictions against target values, of which some may be far off.

    Parameters
    ----------
    x, target : array_like, same shape (n, ...)
        Predictions and the values they should have.
    weight : array_like, shape (n,), optional
        How much each sample counts; default: 1.
    delta : float, default 1
        Where the parabola becomes a straight line.

    Returns
    -------
    loss : float
        Mean over the samples of the means over their elements.
    dx : ndarray, shape of `x`
        Gradient of the loss with respect to `x`.

    Notes
    -----
    ::

        e    = x - target
        l    = e ** 2 / 2 where |e| <= delta, else delta * (|e| - delta / 2)
        w    = weight / sum of weight
        loss = sum over n of w[n] * mean of l
        dx   = w[n] * (e between -delta and delta) / elements of a sample

    References
    ----------
    .. [1] P. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics
       35, 1964, section 4.

    Examples
    --------
    >>> huber([1.0, 2.0], [1.0, 5.0])
    (1.25, array([ 0. , -0.5]))
    """
    error = float64(x) - float64(target)
    size = np.abs(error)
    values = np.where(size <= delta, error**2 / 2, delta * (size - delta / 2))
    return _mean(values, np.clip(error, -delta, delta), weight)


def _mean(
    values: np.ndarray, slopes: np.ndarray, weight: ArrayLike | None
) -> tuple[float, np.ndarray]:
    """The weighted mean over samples of the means over their elements, and its gradient."""
    w = _shares(weight, len(values)) * len(values) / values.size
    w = w.reshape(-1, *[1] * (values.ndim - 1))
    return float((w * values).sum()), w * slopes


def _shares(weight: ArrayLike | None, n: int) -> np.ndarray:
    """What each of n samples counts: equally much, or by weight; nothing if all weights are 0."""
    weight = np.ones(n) if weight is None else float64(weight)
    return weight / (weight.sum() or 1)
