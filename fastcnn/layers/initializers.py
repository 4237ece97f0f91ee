"""First values of weights."""

from __future__ import annotations

import math

import numpy as np

from fastcnn.kernels.gate import Shape


def he(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Normal with variance 2 / fan_in, for ReLU (He et al., ICCV 2015, equation 10)."""
    value = rng.standard_normal(shape, dtype=np.float32)
    value *= math.sqrt(2 / fan_in)
    return value


def glorot(shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform with variance 2 / (fan_in + fan_out), for sigmoid and tanh.

    Glorot & Bengio, AISTATS 2010, equation 16.
    """
    limit = math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape)


INITIALIZERS = {"he": he, "glorot": glorot}


def initializer(name: str):
    """The function of this name."""
    if not isinstance(name, str) or name not in INITIALIZERS:
        raise ValueError(f"initializer must be one of {sorted(INITIALIZERS)}: got {name!r}")
    return INITIALIZERS[name]
