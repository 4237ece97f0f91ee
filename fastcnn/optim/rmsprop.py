"""RMSprop."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from fastcnn.kernels import gate, optim
from fastcnn.optim.base import Optimizer, Options
from fastcnn.schedules import Schedule


class RMSprop(Optimizer):
    """RMSprop (Tieleman & Hinton, 2012, lecture 6e), with momentum.

    ``g = dw + weight_decay w; v = alpha v + (1 - alpha) g^2; m = momentum m + g / (sqrt(v) + eps);
    w = w - lr m``.

    Parameters
    ----------
    lr : float or schedule, default 0.01
        Learning rate, ``>= 0``.
    alpha : float, default 0.99
        Decay of the mean square, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square; positive.
    momentum : float, default 0
        In [0, 1).
    weight_decay : float, default 0
        ``>= 0``; times the parameter, added to its gradient.
    **options
        Which parameters decay, rates of groups, clipping, accumulation, averages; see `Optimizer`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import optim
    >>> optimizer = optim.RMSprop(1e-3, momentum=0.9)
    """

    moments = ("m", "v")

    def __init__(
        self,
        lr: float | Schedule = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, settings=6, **options)
        self.settings[2] = gate.real(alpha, "alpha", 0, 1, open_end=True)
        self.settings[3] = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
        self.settings[4] = gate.real(momentum, "momentum", 0, 1, open_end=True)
        self.settings[5] = gate.real(weight_decay, "weight_decay", 0)

    def _op(self, w: np.ndarray, dw: np.ndarray, **more: np.ndarray) -> optim.RmsProp:
        return optim.RmsProp(self.settings, dw, w, **more)
