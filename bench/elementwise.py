"""Functions of single elements in plain NumPy, by the operation and the pass."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from baselines import Arrays


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def normal(x: np.ndarray) -> np.ndarray:
    """The normal distribution; NumPy has no error function."""
    return np.vectorize(math.erfc, otypes=[np.float32])(x * np.float32(-(0.5**0.5))) / 2


def density(x: np.ndarray) -> np.ndarray:
    return np.exp(x * x / -2) * np.float32((2 * math.pi) ** -0.5)


def between(a: Arrays, low: float, high: float) -> np.ndarray:
    return a["dy"] * ((a["y"] > low) & (a["y"] < high))


ELEMENTWISE: dict[tuple[str, str], Callable[[Arrays], np.ndarray]] = {
    ("add", "forward"): lambda a: a["a"] + a["b"],
    ("relu", "forward"): lambda a: np.maximum(a["x"], 0),
    ("relu", "backward"): lambda a: a["dy"] * (a["y"] > 0),
    ("leaky_relu", "forward"): lambda a: np.maximum(a["x"], np.float32(0.01) * a["x"]),
    ("leaky_relu", "backward"): lambda a: a["dy"] * np.where(a["y"] > 0, 1, np.float32(0.01)),
    ("sigmoid", "forward"): lambda a: logistic(a["x"]),
    ("sigmoid", "backward"): lambda a: a["dy"] * a["y"] * (1 - a["y"]),
    ("tanh", "forward"): lambda a: np.tanh(a["x"]),
    ("tanh", "backward"): lambda a: a["dy"] * (1 - a["y"] * a["y"]),
    ("gelu", "forward"): lambda a: a["x"] * normal(a["x"]),
    ("gelu", "backward"): lambda a: a["dy"] * (normal(a["x"]) + a["x"] * density(a["x"])),
    ("silu", "forward"): lambda a: a["x"] * logistic(a["x"]),
    ("silu", "backward"): lambda a: a["dy"] * logistic(a["x"]) * (1 + a["x"] * logistic(-a["x"])),
    ("elu", "forward"): lambda a: np.where(a["x"] > 0, a["x"], np.expm1(np.minimum(a["x"], 0))),
    ("elu", "backward"): lambda a: a["dy"] * np.where(a["y"] > 0, 1, a["y"] + 1),
    ("softplus", "forward"): lambda a: np.maximum(a["x"], 0) + np.log1p(np.exp(-np.abs(a["x"]))),
    ("softplus", "backward"): lambda a: -a["dy"] * np.expm1(np.minimum(-a["y"], 0)),
    ("hard_sigmoid", "forward"): lambda a: np.clip(a["x"] + 3, 0, 6) / 6,
    ("hard_sigmoid", "backward"): lambda a: between(a, 0, 1) / 6,
    ("hard_swish", "forward"): lambda a: a["x"] * (np.clip(a["x"] + 3, 0, 6) / 6),
    ("hard_swish", "backward"): lambda a: (
        a["dy"] * np.where(np.abs(a["x"]) < 3, a["x"] / 3 + np.float32(0.5), a["x"] > 0)
    ),
    ("hard_tanh", "forward"): lambda a: np.clip(a["x"], -1, 1),
    ("hard_tanh", "backward"): lambda a: between(a, -1, 1),
    ("relu6", "forward"): lambda a: np.clip(a["x"], 0, 6),
    ("relu6", "backward"): lambda a: between(a, 0, 6),
}
