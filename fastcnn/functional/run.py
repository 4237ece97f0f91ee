"""Running operations once, outside of any graph."""

import numpy as np

from fastcnn.kernels.op import Op
from fastcnn.kernels.program import Program


def run(*ops: Op) -> None:
    """Run the operations one after the other on all threads."""
    Program(ops).run()


def empty(shape: tuple[int, ...]) -> np.ndarray:
    """A float32 array that an operation is about to fill."""
    return np.empty(shape, dtype=np.float32)
