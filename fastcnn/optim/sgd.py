"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from fastcnn.kernels import gate, optim
from fastcnn.optim.base import Optimizer, Options
from fastcnn.schedules import Schedule


class SGD(Optimizer):
    """Stochastic gradient descent with momentum (Sutskever et al., 2013).

    ``g = dw + weight_decay w; v = momentum v + g; w = w - lr (g + momentum v if nesterov else v)``.

    Parameters
    ----------
    lr : float or schedule
        Learning rate, ``>= 0``.
    momentum : float, default 0
        In [0, 1).
    weight_decay : float, default 0
        ``>= 0``; times the parameter, added to its gradient.
    nesterov : bool, default False
    **options
        Which parameters decay, rates of groups, clipping, accumulation, averages; see `Optimizer`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import optim, schedules
    >>> optimizer = optim.SGD(schedules.cosine(0.05), momentum=0.9, weight_decay=1e-4)
    """

    moments = ("v",)

    def __init__(
        self,
        lr: float | Schedule,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, settings=5, **options)
        self.settings[2] = gate.real(momentum, "momentum", 0, 1, open_end=True)
        self.settings[3] = gate.real(weight_decay, "weight_decay", 0)
        self.settings[4] = bool(nesterov)

    def _op(self, w: np.ndarray, dw: np.ndarray, **more: np.ndarray) -> optim.Sgd:
        return optim.Sgd(self.settings, dw, w, **more)
