"""The gate for what a loss compares with: labels, probabilities, weights of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastcnn.kernels.gate.values import Shape, array_of, floats, match

#: How far the probabilities of a sample may be from a sum of 1: float16 rounds them.
SUM = 1e-2


def labels(value: Any, n: int, classes: int, name: str = "labels") -> np.ndarray:
    """`value` as n int64 class numbers, each below `classes`."""
    array = array_of(value, name, "iu", "integers")
    if array.shape != (n,):
        raise ValueError(f"{name} must have shape {(n,)}: got {array.shape}")
    wrong = (array < 0) | (array >= classes)
    if np.count_nonzero(wrong):  # unlike any(), takes no memory
        row = int(wrong.argmax())
        raise ValueError(f"{name} must be from 0 to {classes - 1}: got {array[row]} at row {row}")
    return np.require(array, dtype=np.int64, requirements=["C_CONTIGUOUS", "ALIGNED"])


def class_targets(value: Any, n: int, classes: int) -> np.ndarray:
    """`value` as n int64 labels, or as float32 (n, classes), probabilities whose sums are 1."""
    try:
        shape = np.shape(value)
    except ValueError:  # uneven rows, of which `labels` tells
        shape = ()
    if len(shape) != 2:
        return labels(value, n, classes)
    if shape != (n, classes):
        raise ValueError(f"labels must have shape {(n,)} or {(n, classes)}: got {shape}")
    array = probabilities(value, "labels", (n, classes))
    sums = array.sum(axis=1, dtype=np.float64)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > SUM:
        raise ValueError(f"labels must sum to 1 in each row: got {sums[row]:g} at row {row}")
    return array


def probabilities(value: Any, name: str, shape: Shape) -> np.ndarray:
    """`value` as a float32 array of this shape, from 0 to 1."""
    array = match(value, name, shape)
    for end in (array.min(), array.max()):
        if not 0 <= end <= 1:
            raise ValueError(f"{name} must be from 0 to 1: got {end:g}")
    return array


def weights(value: Any, name: str, n: int | None = None) -> np.ndarray:
    """`value` as n finite float32 numbers >= 0."""
    array = floats(value, name, 1)
    if n is not None and len(array) != n:
        raise ValueError(f"{name} must have shape {(n,)}: got {array.shape}")
    wrong = ~((array >= 0) & (array < np.inf))
    if np.count_nonzero(wrong):
        at = int(wrong.argmax())
        raise ValueError(f"{name} must be finite and >= 0: got {array[at]} at {at}")
    return array


def shares(weight: np.ndarray) -> np.ndarray:
    """Checked weights as what each counts in a weighted mean, float32: the sum is 1, or 0."""
    total = weight.sum(dtype=np.float64)
    return (weight / (total or 1.0)).astype(np.float32)
