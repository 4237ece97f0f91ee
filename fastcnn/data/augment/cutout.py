"""Hiding a part of every image."""

from __future__ import annotations

import numpy as np

from fastcnn.arithmetic import Pair, pair
from fastcnn.data.augment.sweep import Change, Sweep
from fastcnn.kernels import gate


class Cutout(Change):
    """Cover a box of every image, each at its own random place.

    Parameters
    ----------
    size : int or pair of ints
        Height and width of the box.
    fill : float, default 0
        What it holds; behind `Normalize` 0 is the mean.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Notes
    -----
    The centre is any pixel, so a part of the box may lie outside (T. DeVries and G. W. Taylor,
    "Improved regularization of convolutional neural networks with cutout", 2017, section 3.2, where
    CIFAR-10 has boxes of 16x16).

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Cutout
    >>> x = np.ones((1, 4, 5, 1))
    >>> Cutout(2)(x, np.random.default_rng(1))[0, :, :, 0]
    array([[1., 1., 1., 1., 1.],
           [1., 1., 1., 1., 1.],
           [0., 0., 1., 1., 1.],
           [0., 0., 1., 1., 1.]], dtype=float32)
    """

    PLACE = Change.COVER

    def __init__(self, size: Pair, fill: float = 0.0) -> None:
        self.size = pair(size, "size")
        self.value = gate.finite(fill, "fill")

    def plan(self, sweep: Sweep) -> None:
        sweep.boxes, sweep.value = np.empty((sweep.n, 4), np.int64), self.value
        for axis, (box, whole) in enumerate(zip(self.size, sweep.size, strict=True)):
            first = sweep.draws.whole(0, whole - 1) - box // 2
            sweep.boxes[:, 2 * axis] = np.maximum(first, 0)
            sweep.boxes[:, 2 * axis + 1] = np.minimum(first + box, whole)

    def __repr__(self) -> str:
        size = self.size[0] if self.size[0] == self.size[1] else self.size
        return f"Cutout(size={size}, fill={self.value})"
