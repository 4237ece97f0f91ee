"""Adam and AdamW."""

from __future__ import annotations

from typing import ClassVar, Unpack

import numpy as np

from fastcnn.kernels import gate, optim
from fastcnn.optim.base import Optimizer, Options
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
    **options
        Which parameters decay, rates of groups, clipping, accumulation, averages; see `Optimizer`.

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
    decoupled: ClassVar[bool] = False

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, settings=9, **options)
        self.settings[2] = gate.real(beta1, "beta1", 0, 1, open_end=True)
        self.settings[3] = gate.real(beta2, "beta2", 0, 1, open_end=True)
        self.settings[4] = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
        self.settings[5] = gate.real(weight_decay, "weight_decay", 0)
        self.settings[6] = self.decoupled

    def _advance(self) -> None:
        self.settings[7:] = [beta**self.updates for beta in self.settings[2:4].tolist()]

    def _op(self, w: np.ndarray, dw: np.ndarray, **more: np.ndarray) -> optim.Adam:
        return optim.Adam(self.settings, dw, w, **more)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019, algorithm 2).

    Parameters
    ----------
    lr : float or schedule, default 0.001
        Learning rate, ``>= 0``.
    beta1, beta2 : float, defaults 0.9, 0.999
        Decay of the mean of the gradients and of their squares, in [0, 1).
    eps : float, default 1e-8
        Added to the root of the mean square; positive.
    weight_decay : float, default 0.01
        ``>= 0``; times the learning rate and the parameter, taken away from the parameter. The
        moments do not see it.
    **options
        Which parameters decay, rates of groups, clipping, accumulation, averages; see `Optimizer`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import optim, schedules
    >>> optimizer = optim.AdamW(schedules.warm_up(schedules.cosine(1e-3)), weight_decay=0.05)
    """

    decoupled = True

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(lr, beta1, beta2, eps, weight_decay, **options)
