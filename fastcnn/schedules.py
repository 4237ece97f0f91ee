"""How the learning rate changes while training goes on.

A schedule is a function of the progress of the training, 0 at the first step and 1 after the last;
an optimizer takes one in place of a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from fastcnn.kernels import gate

Schedule = Callable[[float], float]


def constant(lr: float) -> Schedule:
    """`lr` all the time.

    Examples
    --------
    >>> from fastcnn import schedules
    >>> schedules.constant(0.1)(0.5)
    0.1
    """
    lr = gate.real(lr, "lr", 0)
    return lambda progress: lr


def cosine(lr: float, final: float = 0.0) -> Schedule:
    """From `lr` to `final` along half a cosine (Loshchilov & Hutter, "SGDR", 2017, eq. 5).

    Parameters
    ----------
    lr, final : float
        Learning rates at the start and at the end, ``>= 0``.

    Examples
    --------
    >>> from fastcnn import schedules
    >>> lr = schedules.cosine(0.1)
    >>> lr(0.0), round(lr(0.5), 3), lr(1.0)
    (0.1, 0.05, 0.0)
    """
    lr, final = gate.real(lr, "lr", 0), gate.real(final, "final", 0)
    return lambda progress: final + (lr - final) * (1 + math.cos(math.pi * progress)) / 2
