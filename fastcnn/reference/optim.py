"""One step of each optimizer: old values go in, new arrays come out."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.reference.cast import float64


def sgd(
    w: ArrayLike,
    dw: ArrayLike,
    v: ArrayLike,
    lr: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Take one step of stochastic gradient descent with momentum.

    Parameters
    ----------
    w, dw, v : array_like, same shape
        Weights, their gradient and their velocity. The velocity starts as zeros.
    lr : float
        Learning rate.
    momentum : float, default 0.0
        Share of the velocity that a step keeps.
    weight_decay : float, default 0.0
        Factor of the weights that is added to the gradient.
    nesterov : bool, default False
        Step along the velocity one step ahead.

    Returns
    -------
    w, v : ndarray
        New weights and velocity.

    Notes
    -----
    The learning rate multiplies the step and not the gradient in the velocity, so that a change
    of the learning rate acts at once (the convention of PyTorch)::

        g = dw + weight_decay * w
        v = momentum * v + g
        w = w - lr * (g + momentum * v if nesterov else v)

    References
    ----------
    .. [1] I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization
       and momentum in deep learning", ICML 2013, section 2.

    Examples
    --------
    >>> w, v = sgd([1.0], [2.0], [4.0], lr=0.5, momentum=0.5)
    >>> w, v
    (array([-1.]), array([4.]))
    """
    w = float64(w)
    g = float64(dw) + weight_decay * w
    v = momentum * float64(v) + g
    return w - lr * (g + momentum * v if nesterov else v), v


def adam(
    w: ArrayLike,
    dw: ArrayLike,
    m: ArrayLike,
    v: ArrayLike,
    step: int,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take one step of Adam.

    Parameters
    ----------
    w, dw, m, v : array_like, same shape
        Weights, their gradient, and the running means of the gradient and of its square. Both
        means start as zeros.
    step : int
        Number of this step, counted from 1.
    lr : float
        Learning rate.
    beta1, beta2 : float, defaults 0.9 and 0.999
        Share of the running means that a step keeps, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square.
    weight_decay : float, default 0.0
        Factor of the weights that is added to the gradient (L2 regularisation).

    Returns
    -------
    w, m, v : ndarray
        New weights and running means.

    Notes
    -----
    ::

        g = dw + weight_decay * w
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g ** 2
        w = w - lr * (m / (1 - beta1 ** step)) / (sqrt(v / (1 - beta2 ** step)) + eps)

    References
    ----------
    .. [1] D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
       algorithm 1.

    Examples
    --------
    >>> w, m, v = adam([1.0], [2.0], [0.0], [0.0], step=1, lr=0.5, beta1=0.5, beta2=0.75, eps=0.0)
    >>> w, m, v
    (array([0.5]), array([1.]), array([1.]))
    """
    w = float64(w)
    g = float64(dw) + weight_decay * w
    m = beta1 * float64(m) + (1 - beta1) * g
    v = beta2 * float64(v) + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adamw(
    w: ArrayLike,
    dw: ArrayLike,
    m: ArrayLike,
    v: ArrayLike,
    step: int,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.01,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take one step of AdamW: Adam, whose weights decay past the moments.

    Parameters
    ----------
    w, dw, m, v : array_like, same shape
        Weights, their gradient, and the running means of the gradient and of its square. Both
        means start as zeros.
    step : int
        Number of this step, counted from 1.
    lr : float
        Learning rate.
    beta1, beta2 : float, defaults 0.9 and 0.999
        Share of the running means that a step keeps, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square.
    weight_decay : float, default 0.01
        Share of the weights, times `lr`, that a step takes away.

    Returns
    -------
    w, m, v : ndarray
        New weights and running means.

    Notes
    -----
    ::

        w, m, v = adam(w, dw, m, v, step, lr, beta1, beta2, eps) - (lr * weight_decay * w, 0, 0)

    The schedule multiplies decay and step alike, as in algorithm 2 with eta_t * alpha = lr and
    lambda = alpha * weight_decay (the convention of PyTorch).

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
       algorithm 2.

    Examples
    --------
    >>> w, m, v = adamw([1.0], [2.0], [0.0], [0.0], step=1, lr=0.5, eps=0.0, weight_decay=0.5)
    >>> w
    array([0.25])
    """
    new, m, v = adam(w, dw, m, v, step, lr, beta1, beta2, eps)
    return new - lr * weight_decay * float64(w), m, v


def rmsprop(
    w: ArrayLike,
    dw: ArrayLike,
    m: ArrayLike,
    v: ArrayLike,
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take one step of RMSprop, with momentum.

    Parameters
    ----------
    w, dw, m, v : array_like, same shape
        Weights, their gradient, their velocity, and the running mean of the squared gradient. The
        last two start as zeros.
    lr : float
        Learning rate.
    alpha : float, default 0.99
        Share of the mean square that a step keeps, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square.
    momentum : float, default 0.0
        Share of the velocity that a step keeps.
    weight_decay : float, default 0.0
        Factor of the weights that is added to the gradient (L2 regularisation).

    Returns
    -------
    w, m, v : ndarray
        New weights, velocity and mean square.

    Notes
    -----
    Momentum and the place of `eps` are those of PyTorch::

        g = dw + weight_decay * w
        v = alpha * v + (1 - alpha) * g ** 2
        m = momentum * m + g / (sqrt(v) + eps)
        w = w - lr * m

    References
    ----------
    .. [1] T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop: divide the gradient by a running
       average of its recent magnitude", COURSERA: Neural Networks for Machine Learning, 2012.

    Examples
    --------
    >>> w, m, v = rmsprop([1.0], [4.0], [1.0], [0.0], lr=0.5, alpha=0.75, eps=0.0, momentum=0.5)
    >>> w, m, v
    (array([-0.25]), array([2.5]), array([4.]))
    """
    w = float64(w)
    g = float64(dw) + weight_decay * w
    v = alpha * float64(v) + (1 - alpha) * g**2
    m = momentum * float64(m) + g / (np.sqrt(v) + eps)
    return w - lr * m, m, v


def norm(x: ArrayLike) -> float:
    """Take the Euclidean norm of all numbers of an array.

    Parameters
    ----------
    x : array_like

    Returns
    -------
    norm : float
        ``sqrt(sum(x ** 2))``: what gradients are clipped by.

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013, algorithm 1.

    Examples
    --------
    >>> norm([[3.0], [-4.0]])
    5.0
    """
    return float(np.sqrt(np.sum(float64(x) ** 2)))


def lerp(start: ArrayLike, end: ArrayLike, weight: float) -> np.ndarray:
    """Go a part of the way from one array to another.

    Parameters
    ----------
    start, end : array_like, same shape
    weight : float
        In [0, 1].

    Returns
    -------
    y : ndarray
        ``start + weight * (end - start)``, and `end` itself where `weight` is 1. With weight 1 / k
        at step k this is the mean of all `end` so far.

    References
    ----------
    .. [1] D. Knuth, "The Art of Computer Programming", volume 2, 3rd edition, 1997, section 4.2.2,
       equation 15.

    Examples
    --------
    >>> lerp([0.0, 8.0], [4.0, 4.0], 0.25)
    array([1., 7.])
    """
    start, end = float64(start), float64(end)
    return end.copy() if weight == 1 else start + weight * (end - start)
