"""One update of the parameters; the arguments stay as they are, new arrays come back."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import run
from fastcnn.kernels import gate
from fastcnn.kernels.optim import Adam, Lerp, Norm, RmsProp, Sgd


def sgd(
    w: ArrayLike,
    dw: ArrayLike,
    v: ArrayLike,
    lr: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Stochastic gradient descent with momentum (Sutskever et al., 2013).

    ``g = dw + weight_decay w; v = momentum v + g; w = w - lr (g + momentum v if nesterov else v)``.

    Parameters
    ----------
    w, dw, v : array_like of one shape
        Parameters, gradients, velocity (zeros at first).
    lr : float
        Learning rate, ``>= 0``.
    momentum : float, default 0
        In [0, 1).
    weight_decay : float, default 0
        ``>= 0``.
    nesterov : bool, default False

    Returns
    -------
    w, v : ndarray of float32, shape of `w`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> w, v = F.sgd([1.0], [2.0], [0.0], lr=0.25)
    >>> w, v
    (array([0.5], dtype=float32), array([2.], dtype=float32))
    """
    w, dw, v = _same_shape(w=w, dw=dw, v=v)
    settings = np.array(
        [
            gate.real(lr, "lr", 0),
            1,
            gate.real(momentum, "momentum", 0, 1, open_end=True),
            gate.real(weight_decay, "weight_decay", 0),
            bool(nesterov),
        ]
    )
    run(Sgd(settings, dw.reshape(-1), w.reshape(-1), v.reshape(-1)))
    return w, v


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
    """Adam (Kingma & Ba, 2015, algorithm 1).

    Parameters
    ----------
    w, dw, m, v : array_like of one shape
        Parameters, gradients, and the two moments (zeros at first).
    step : int
        Number of this update, counted from 1.
    lr : float
        Learning rate, ``>= 0``.
    beta1, beta2 : float
        Decay of the moments, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the second moment; positive.
    weight_decay : float, default 0
        Times `w`, added to the gradient.

    Returns
    -------
    w, m, v : ndarray of float32, shape of `w`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> w, m, v = F.adam([1.0], [2.0], [0.0], [0.0], step=1, lr=0.25)
    >>> w
    array([0.75], dtype=float32)
    """
    return _adam(w, dw, m, v, step, lr, beta1, beta2, eps, weight_decay, decoupled=False)


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
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019, algorithm 2).

    Parameters
    ----------
    w, dw, m, v : array_like of one shape
        Parameters, gradients, and the two moments (zeros at first).
    step : int
        Number of this update, counted from 1.
    lr : float
        Learning rate, ``>= 0``.
    beta1, beta2 : float
        Decay of the moments, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the second moment; positive.
    weight_decay : float, default 0.01
        Times `lr` and `w`, taken away from `w`; the moments do not see it.

    Returns
    -------
    w, m, v : ndarray of float32, shape of `w`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> w, m, v = F.adamw([1.0], [2.0], [0.0], [0.0], step=1, lr=0.25, weight_decay=0.5)
    >>> w  # 1 - 0.25 * 0.5 - 0.25
    array([0.625], dtype=float32)
    """
    return _adam(w, dw, m, v, step, lr, beta1, beta2, eps, weight_decay, decoupled=True)


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
    """RMSprop (Tieleman & Hinton, 2012, lecture 6e), with momentum.

    ``g = dw + weight_decay w; v = alpha v + (1 - alpha) g^2; m = momentum m + g / (sqrt(v) + eps);
    w = w - lr m``.

    Parameters
    ----------
    w, dw, m, v : array_like of one shape
        Parameters, gradients, velocity and mean square (zeros at first).
    lr : float
        Learning rate, ``>= 0``.
    alpha : float, default 0.99
        Decay of the mean square, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square; positive.
    momentum : float, default 0
        In [0, 1).
    weight_decay : float, default 0
        Times `w`, added to the gradient.

    Returns
    -------
    w, m, v : ndarray of float32, shape of `w`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> w, m, v = F.rmsprop([1.0], [4.0], [0.0], [0.0], lr=0.25, alpha=0.75)
    >>> w, m, v  # 1 - 0.25 * 4 / sqrt(0.25 * 4^2)
    (array([0.5], dtype=float32), array([2.], dtype=float32), array([4.], dtype=float32))
    """
    w, dw, m, v = _same_shape(w=w, dw=dw, m=m, v=v)
    settings = np.array(
        [
            gate.real(lr, "lr", 0),
            1,
            gate.real(alpha, "alpha", 0, 1, open_end=True),
            gate.real(eps, "eps", gate.SMALLEST_FLOAT),
            gate.real(momentum, "momentum", 0, 1, open_end=True),
            gate.real(weight_decay, "weight_decay", 0),
        ]
    )
    run(RmsProp(settings, dw.reshape(-1), w.reshape(-1), m.reshape(-1), v.reshape(-1)))
    return w, m, v


def norm(x: ArrayLike) -> float:
    """The Euclidean norm of all numbers of an array, ``sqrt(sum(x^2))``, summed in float64.

    Parameters
    ----------
    x : array_like

    Returns
    -------
    norm : float

    Raises
    ------
    ValueError, TypeError
        `x` is empty or does not hold numbers.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.norm([[3.0], [-4.0]])
    5.0
    """
    x = gate.floats(x, "x")
    gate.sized(x.shape, "x")
    value = np.zeros(1)
    run(Norm(x.reshape(-1), value))
    return float(value[0])


def lerp(start: ArrayLike, end: ArrayLike, weight: float) -> np.ndarray:
    """Go a part of the way from one array to another, ``start + weight (end - start)``.

    Parameters
    ----------
    start, end : array_like of one shape
    weight : float
        In [0, 1]; 1 gives `end`, whatever stands in `start`.

    Returns
    -------
    y : ndarray of float32, shape of `start`

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; the message names it, the rule and the value.

    Examples
    --------
    >>> from fastcnn import functional as F
    >>> F.lerp([0.0, 8.0], [4.0, 4.0], 0.25)
    array([1., 7.], dtype=float32)
    """
    y, end = _same_shape(start=start, end=end)
    run(Lerp(np.array([gate.real(weight, "weight", 0, 1)]), end.reshape(-1), y.reshape(-1)))
    return y


def _adam(
    w: ArrayLike,
    dw: ArrayLike,
    m: ArrayLike,
    v: ArrayLike,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    w, dw, m, v = _same_shape(w=w, dw=dw, m=m, v=v)
    beta1 = gate.real(beta1, "beta1", 0, 1, open_end=True)
    beta2 = gate.real(beta2, "beta2", 0, 1, open_end=True)
    step = gate.whole(step, "step")
    settings = np.array(
        [
            gate.real(lr, "lr", 0),
            1,
            beta1,
            beta2,
            gate.real(eps, "eps", gate.SMALLEST_FLOAT),
            gate.real(weight_decay, "weight_decay", 0),
            decoupled,
            beta1**step,
            beta2**step,
        ]
    )
    run(Adam(settings, dw.reshape(-1), w.reshape(-1), m.reshape(-1), v.reshape(-1)))
    return w, m, v


def _same_shape(**arrays: ArrayLike) -> list[np.ndarray]:
    """Copies of arrays that must have the shape of the first."""
    first = gate.floats(next(iter(arrays.values())), next(iter(arrays)))
    gate.sized(first.shape, next(iter(arrays)))
    return [gate.match(array, name, first.shape).copy() for name, array in arrays.items()]
