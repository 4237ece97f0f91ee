"""Batch normalisation."""

from __future__ import annotations

import numpy as np

from fastcnn.graph import ops
from fastcnn.graph.parameter import Parameter
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer


class BatchNorm(Layer):
    """Normalises each channel over the batch, then scales and shifts it (Ioffe & Szegedy, 2015).

    Input and output (n, ..., c). In training the statistics are those of the batch, over all axes
    but the last; in prediction they are running averages of those. Parameters: ``gamma``, ``beta``
    (c,). State: ``running_mean``, ``running_var`` (c,), the latter of the unbiased variance.

    Parameters
    ----------
    momentum : float, default 0.1
        How far the running averages move towards each batch's statistics, in [0, 1].
    eps : float, default 1e-5
        Added to the variance; positive.
    frozen : bool, default False
        Training too takes the running averages, and leaves them as they are: for fine-tuning, or
        for batches too small for statistics. The layer is then an affine map of each channel, and
        so are its gradients. May be set at any time: ``layer.frozen = True``.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; a batch with a single value per channel is refused in training.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.BatchNorm()], input_shape=(8, 8, 3), rng=0)
    >>> sorted(model.parameters)
    ['0.beta', '0.gamma']
    """

    def __init__(self, momentum: float = 0.1, eps: float = 1e-5, frozen: bool = False) -> None:
        self.momentum = gate.real(momentum, "momentum", 0, 1)
        self.eps = gate.real(eps, "eps", gate.SMALLEST_FLOAT)
        self.frozen = gate.flag(frozen, "frozen")

    def build(self, input_shape: Shape, rng: np.random.Generator) -> Shape:
        c = gate.batchnorm((1, *input_shape), training=False).c
        self.add_parameter("gamma", np.ones(c))
        self.add_parameter("beta", np.zeros(c))
        self.state["running_mean"] = Parameter(np.zeros(c), trainable=False)
        self.state["running_var"] = Parameter(np.ones(c), trainable=False)
        return input_shape

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = gate.batchnorm(x.shape, planner.training and not self.frozen)
        frozen = planner.backward and (self.frozen or not planner.training)
        y = planner.tensor(x.shape)
        rows = s.rows, s.c
        planner.add(
            ops.BatchNorm(
                s,
                self.eps,
                self.momentum,
                frozen,
                x.reshape(rows),
                gamma=self.parameters["gamma"],
                beta=self.parameters["beta"],
                running_mean=self.state["running_mean"],
                running_var=self.state["running_var"],
                mean=planner.tensor((2, s.c)),
                inverse=planner.tensor((s.c,)),
                y=y.reshape(rows),
            )
        )
        return y
