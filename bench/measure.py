"""What a case is and how long it takes: the one ruler that is laid on every contestant.

Contestants run in processes of their own, some under another Python that has no fastcnn, so this
file needs nothing but NumPy.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# One sample lasts at least this long, so that reading the clock does not count.
SAMPLE_SECONDS = 1e-4
WARM_UP_CALLS = 3
# Learning rate: small, so that the losses of the first steps agree, before rounding grows.
RATE = 0.001
# Share of a target that label smoothing spreads over all classes.
SMOOTHING = 0.1


@dataclass(frozen=True)
class Case:
    """One pass of one operation on one problem.

    `shapes` names the arrays that it is given. `flops` or `bytes` say how much work the pass is:
    the operations of the direct method, or every array that must be read or written, once.
    """

    op: str
    pass_: str
    name: str
    shapes: dict[str, tuple[int, ...]]
    options: dict[str, Any] = field(default_factory=dict)
    flops: int = 0
    bytes: int = 0

    @property
    def what(self) -> tuple[str, str]:
        return self.op, self.pass_

    def __str__(self) -> str:
        return f"{self.op}_{self.pass_}-{self.name}"

    @property
    def unit(self) -> str:
        return "GFLOP/s" if self.flops else "GB/s"

    def rate(self, seconds: float) -> float:
        """Work in a second, in `unit`."""
        return (self.flops or self.bytes) / seconds / 1e9


def inputs(case: Case) -> dict[str, np.ndarray]:
    """Arrays of the case, the same for every contestant: images NHWC, weights HWIO."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for name, shape in case.shapes.items():
        if name == "labels":
            arrays[name] = rng.integers(0, case.options.get("classes", 10), shape)
            continue
        if name == "images":
            arrays[name] = rng.integers(0, 256, shape, dtype=np.uint8)
            continue
        values = rng.standard_normal(shape, dtype=np.float32)
        if name.startswith("w"):
            values /= np.sqrt(np.float32(math.prod(shape[:-1])))  # so y is about as large as x
        if name == "probabilities":
            np.exp(values, out=values)
            values /= values.sum(axis=-1, keepdims=True)
        if name == "v" or name.startswith("var"):
            np.abs(values, out=values)  # second moments
        if name.startswith("gamma"):
            values = 1 + values / 8  # around 1: rounding must not grow from layer to layer
        arrays[name] = values
    return arrays


def fingerprint(results: tuple) -> list[float]:
    """Euclidean norm of each result: the same in every layout of the data."""
    return [math.sqrt(float(np.square(np.asarray(r, dtype=np.float64)).sum())) for r in results]


class Stopwatch:
    """Times a function that is called over and over; the minimum is what counts.

    Disturbances only ever make a call slower. So many short samples are taken, and their minimum
    is nearest to the truth. The first after a pause, with its cold caches, never is the minimum.
    """

    def __init__(self, run: Callable[[], tuple]):
        self.run = run
        for _ in range(WARM_UP_CALLS):
            self.results = run()
        self.calls = 1
        self.calls = max(1, math.ceil(SAMPLE_SECONDS / self.sample()))

    def sample(self) -> float:
        """Seconds of one call, as the mean of a few."""
        run, calls = self.run, range(self.calls)
        start = time.perf_counter()
        for _ in calls:
            run()
        return (time.perf_counter() - start) / self.calls

    def burst(self, seconds: float) -> float:
        """Best seconds of one call, sampled for so long, at least twice."""
        end = time.perf_counter() + seconds
        best = min(self.sample(), self.sample())
        while time.perf_counter() < end:
            best = min(best, self.sample())
        return best
