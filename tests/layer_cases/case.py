"""What a case of the layers' contract is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from helpers import normals

import fastcnn
from fastcnn import layers

SEED = 70


@dataclass(frozen=True)
class Case:
    """A layer, the shape of one sample, and what it computes in the terms of the specification.

    `predicts` and `trains` are functions of x and of the values of parameters and state by name.
    """

    make: Callable[[], layers.Layer]
    shape: tuple[int, ...]
    predicts: Callable
    trains: Callable | None = None
    n: int = 2

    def model(self):
        """The layer as a model; its parameters and state are random numbers."""
        model = fastcnn.Sequential([self.make()], input_shape=self.shape, rng=SEED)
        rng = np.random.default_rng(SEED)
        for name, parameter in {**model.parameters, **model.state}.items():
            value = normals(rng, *parameter.shape)
            parameter.value = np.abs(value) + 0.5 if name.endswith("var") else value
        return model

    def arrays(self, n=None):
        """A batch x, its numbers all different and none near 0 (no ties, no kinks), and a dy."""
        rng = np.random.default_rng(SEED + 1)
        shape = (n or self.n, *self.shape)
        size = int(np.prod(shape))
        x = ((rng.permutation(size) - size / 2 + 0.25) * (4 / size)).astype(np.float32)
        return x.reshape(shape), normals(rng, n or self.n, *self.make().output_shape(self.shape))

    def expected(self, x, values, training=False):
        function = self.trains if training and self.trains else self.predicts
        return function(np.asarray(x, dtype=np.float64), values)
