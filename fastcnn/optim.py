"""Optimizers: from gradients to new parameters, in one pass over all of them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from fastcnn import schedules
from fastcnn.kernels import gate, optim
from fastcnn.kernels.program import Program
from fastcnn.schedules import Schedule


class Optimizer:
    """What optimizers share: a learning rate, which may follow a schedule, and their state.

    An optimizer belongs to one model at a time; `bind` starts it afresh.
    """

    moments: ClassVar[int]  # how many arrays of the size of the parameters it keeps

    def __init__(self, lr: float | Schedule, settings: int) -> None:
        self.schedule = lr if callable(lr) else schedules.constant(lr)
        self.settings = np.zeros(settings)

    def bind(self, w: np.ndarray, dw: np.ndarray) -> None:
        """Take charge of flat parameters and gradients, float32 (n,)."""
        self.w = w
        self.program = Program([self._op(w, dw)] if w.size else [])

    def update(self, progress: float) -> None:
        """Change the parameters once; `progress` is the share of the training that is done."""
        self.settings[0] = gate.real(self.schedule(progress), "lr", 0)
        self._advance()
        self.program.run()

    def _advance(self) -> None:
        """Bring the settings to the next step."""

    def _op(self, w: np.ndarray, dw: np.ndarray) -> Any:
        raise NotImplementedError


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
        ``>= 0``; applies to all parameters.
    nesterov : bool, default False

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import optim, schedules
    >>> optimizer = optim.SGD(schedules.cosine(0.05), momentum=0.9, weight_decay=1e-4)
    """

    moments = 1

    def __init__(
        self,
        lr: float | Schedule,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(lr, settings=4)
        self.settings[1] = gate.real(momentum, "momentum", 0, 1, open_end=True)
        self.settings[2] = gate.real(weight_decay, "weight_decay", 0)
        self.settings[3] = bool(nesterov)

    def _op(self, w: np.ndarray, dw: np.ndarray) -> optim.Sgd:
        return optim.Sgd(self.settings, dw, w, np.zeros_like(w))


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

    moments = 2

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

    def bind(self, w: np.ndarray, dw: np.ndarray) -> None:
        self.settings[5:] = 1  # beta^0
        super().bind(w, dw)

    def _advance(self) -> None:
        self.settings[5:] *= self.settings[1:3]  # beta1^t, beta2^t

    def _op(self, w: np.ndarray, dw: np.ndarray) -> optim.Adam:
        return optim.Adam(self.settings, dw, w, np.zeros_like(w), np.zeros_like(w))
