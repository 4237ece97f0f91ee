"""Adam."""

from __future__ import annotations

import numpy as np

from fastcnn.kernels import gate, optim
from fastcnn.optim.base import Optimizer
from fastcnn.schedules import Schedule


class Adam(Optimizer):
    """Adam (Kingma & Ba, 2015, algorithm 1).

    Parameters
    ----------
    lr : float or schedule, default 0.001
        Learning rate, ``>= 0``.
    beta1, beta2 : float, defaults 0.9, 0.999
        Decay of the mean of the gradients and of their squares, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square; positive.
    weight_decay : float, default 0
        ``>= 0``; times the parameter, added to its gradient.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import optim
    >>> optimizer = optim.Adam(1e-3)
    """

    moments = ("m", "v")

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(lr, settings=7)
        self.settings[1] = gate.real(beta1, "beta1", 0, 1, open_end=True)
        self.settings[2] = gate.real(beta2, "beta2", 0, 1, open_end=True)
        self.settings[3] = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
        self.settings[4] = gate.real(weight_decay, "weight_decay", 0)

    def _advance(self) -> None:
        self.settings[5:] = [beta**self.updates for beta in self.settings[1:3].tolist()]

    def _op(self, w: np.ndarray, dw: np.ndarray) -> optim.Adam:
        return optim.Adam(self.settings, dw, w, **self.arrays)
