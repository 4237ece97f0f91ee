"""Results that no cache holds are written past the caches: the numbers are the same."""

import numpy as np
import pytest

from fastcnn.kernels import activation, gate, memory
from fastcnn.kernels.add import Add
from fastcnn.kernels.dropout import Dropout
from fastcnn.kernels.program import Program

# 16 MiB and a tail.
SIZE = (4 << 20) + 5


def floats(values, shift=0):
    """A copy that begins `shift` elements behind a cache line."""
    raw = memory.empty(4 * (values.size + shift)).view(np.float32)[shift:]
    raw[...] = values.ravel()
    return raw.reshape(values.shape)


OPERATIONS = {
    **{
        f"{name}_forward": lambda x, _, y, name=name: activation.ActivationForward(name, 0.1, x, y)
        for name in activation.FUNCTIONS
    },
    **{
        f"{name}_backward": lambda dy, x, y, name=name: activation.ActivationBackward(
            name, 0.1, dy, x, y
        )
        for name in activation.FUNCTIONS
    },
    "add": Add,
    "dropout": lambda x, _, y: Dropout(0.5, gate.key(1), x, y),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_large_results(name, isa):
    a, b = np.random.default_rng(110).uniform(-1, 1, (2, SIZE)).astype(np.float32)
    results = []
    for shift in (0, 1):  # only what begins on a cache line is streamed
        y = floats(np.full(SIZE, np.nan, dtype=np.float32), shift)
        Program([OPERATIONS[name](floats(a), floats(b), y)]).run()
        results.append(y)
    np.testing.assert_array_equal(*results)
    assert not np.isnan(results[0]).any()
