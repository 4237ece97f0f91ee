"""Running operations once, outside of any graph."""

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.kernels import gate
from fastcnn.kernels.op import Op
from fastcnn.kernels.program import Program
from fastcnn.kernels.resample import Resample


def run(*ops: Op) -> None:
    """Run the operations one after the other on all threads."""
    Program(ops).run()


def empty(shape: tuple[int, ...]) -> np.ndarray:
    """A float32 array that an operation is about to fill."""
    return np.empty(shape, dtype=np.float32)


def resample(x: np.ndarray, s: gate.Resampling) -> np.ndarray:
    """Take x through all steps of a resampling."""
    for step in s.steps:
        y = empty(step.y_shape)
        run(Resample(step, x.reshape(step.x_shape), y))
        x = y
    return x.reshape(s.y_shape)


def resample_backward(dy: ArrayLike, s: gate.Resampling) -> np.ndarray:
    """Take the gradient back through all steps of a resampling."""
    dx = gate.match(dy, "dy", s.y_shape)
    for step in reversed(s.steps):
        dy, dx = dx.reshape(step.y_shape), empty(step.x_shape)
        run(Resample(step.transposed, dy, dx))
    return dx.reshape(s.x_shape)
