"""How the learning rate changes while training goes on.

A schedule is a function of the progress of the training, 0 at the first step and 1 after the last;
an optimizer takes one in place of a number.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Iterable

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


def step(lr: float, factor: float = 0.1, at: Iterable[float] = (0.5, 0.75)) -> Schedule:
    """`lr`, multiplied by `factor` at some moments (He et al., 2016, section 4.2).

    Parameters
    ----------
    lr : float
        Learning rate at the start, ``>= 0``.
    factor : float, default 0.1
        ``>= 0``.
    at : iterable of float, default (0.5, 0.75)
        The moments, as shares of the training, in [0, 1], each behind the one before.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> lr = step(1.0, factor=0.5)
    >>> lr(0.0), lr(0.49), lr(0.5), lr(0.75)
    (1.0, 1.0, 0.5, 0.25)
    """
    lr, factor = gate.real(lr, "lr", 0), gate.real(factor, "factor", 0)
    if not isinstance(at, Iterable):
        raise TypeError(f"at must be an iterable of numbers: got {at!r}")
    moments = [gate.real(moment, "at", 0, 1) for moment in at]
    if any(a >= b for a, b in itertools.pairwise(moments)):
        raise ValueError(f"at must increase: got {moments}")
    return lambda progress: lr * factor ** bisect.bisect_right(moments, progress)


def one_cycle(lr: float, start: float = 0.04, final: float = 1e-4, peak: float = 0.3) -> Schedule:
    """Up to `lr`, then down below the start, along half cosines (Smith & Topin, 2018).

    "Super-convergence: very fast training of neural networks using large learning rates",
    section 2; the cosines in place of its straight lines are usual since.

    Parameters
    ----------
    lr : float
        Highest learning rate, ``>= 0``.
    start, final : float, defaults 0.04, 1e-4
        Learning rates at the two ends, as shares of `lr`, in [0, 1].
    peak : float, default 0.3
        When it is highest, as a share of the training, in [0, 1].

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> lr = one_cycle(1.0, start=0.2, final=0.0, peak=0.25)
    >>> [round(lr(progress), 3) for progress in (0.0, 0.125, 0.25, 0.625, 1.0)]
    [0.2, 0.6, 1.0, 0.5, 0.0]
    """
    lr, peak = gate.real(lr, "lr", 0), gate.real(peak, "peak", 0, 1)
    start, final = gate.real(start, "start", 0, 1), gate.real(final, "final", 0, 1)
    up, down = cosine(lr * start, lr), cosine(lr, lr * final)

    def schedule(progress: float) -> float:
        if progress < peak:
            return up(progress / peak)
        return down((progress - peak) / (1 - peak) if peak < 1 else 0.0)

    return schedule


def warm_up(lr: float | Schedule, share: float = 0.05) -> Schedule:
    """A schedule behind a straight way up from 0 (Goyal et al., 2017, section 2.2).

    Parameters
    ----------
    lr : float or schedule
        What follows: it fills the rest of the training.
    share : float, default 0.05
        How long the way up is, as a share of the training, in [0, 1).

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> lr = warm_up(cosine(0.1), share=0.2)
    >>> [round(lr(progress), 3) for progress in (0.0, 0.1, 0.2, 0.6, 1.0)]
    [0.0, 0.05, 0.1, 0.05, 0.0]
    """
    then, share = (
        lr if callable(lr) else constant(lr),
        gate.real(share, "share", 0, 1, open_end=True),
    )

    def schedule(progress: float) -> float:
        if progress < share:
            return then(0.0) * progress / share
        return then((progress - share) / (1 - share))

    return schedule
