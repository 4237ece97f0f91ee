"""Mixing pairs of images, and their labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastcnn.kernels import gate
from fastcnn.kernels.augment import Blend
from fastcnn.kernels.program import Program


class MixUp:
    """Blend every image of a batch with another one, and their labels in the same proportion.

    Called as ``mix(x, y, rng)`` it gives a new batch, float32 of the shape of x, and the
    probabilities of the classes, float32 (n, classes), for a loss that takes these.

    Parameters
    ----------
    classes : int
        How many there are.
    alpha : float, default 0.2
        Shares are drawn from Beta(alpha, alpha): the smaller, the nearer to 0 or 1; above 0.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or a label is no class.

    Notes
    -----
    ``x[i]`` becomes ``x[i] + (x[j] - x[i]) * s`` with j from a random order of the batch and a
    share s for each sample (H. Zhang, M. Cisse, Y. N. Dauphin and D. Lopez-Paz, "mixup: Beyond
    empirical risk minimization", ICLR 2018, section 2; alpha from 0.1 to 0.4 for ImageNet).

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import MixUp
    >>> x, y = np.ones((3, 4, 4, 1)), np.array([0, 1, 1])
    >>> mixed, targets = MixUp(classes=2)(x, y, np.random.default_rng(0))
    >>> mixed.shape, targets.shape, targets.sum(axis=1)
    ((3, 4, 4, 1), (3, 2), array([1., 1., 1.], dtype=float32))
    """

    def __init__(self, classes: int, alpha: float = 0.2) -> None:
        self.classes = gate.whole(classes, "classes")
        self.alpha = gate.real(alpha, "alpha", 1e-3, 1e3)

    def __call__(self, x: Any, y: Any, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy.random.Generator: got {rng!r}")
        x = gate.floats(x, "x")
        gate.sized(x.shape, "x")
        labels = gate.labels(y, len(x), self.classes)
        partner, share = rng.permutation(len(x)), rng.beta(self.alpha, self.alpha, len(x))
        share = share.astype(np.float32)
        mixed = np.empty_like(x)
        Program([Blend(x.reshape(len(x), -1), partner, share, mixed.reshape(len(x), -1))]).run()
        targets = np.zeros((len(x), self.classes), np.float32)
        rows = np.arange(len(x))
        targets[rows, labels] = 1 - share
        targets[rows, labels[partner]] += share
        return mixed, targets

    def __repr__(self) -> str:
        return f"MixUp(classes={self.classes}, alpha={self.alpha})"
