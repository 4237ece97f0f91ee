"""Pooling over the whole image, and its gradients, against the specification."""

import numpy as np
import pytest
from helpers import assert_exact, integers

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

SHAPES = {
    "pixel": (1, 1, 1, 1),
    "image": (3, 4, 8, 17),
    "seven": (2, 7, 7, 70),
    "large": (2, 64, 32, 5),
    "sequence": (2, 64, 33),
    "volume": (2, 4, 8, 2, 6),
    "frame": (2, 1, 8, 8, 3),
}
NAMES = {
    3: {"avg": "global_avg_pool1d", "max": "global_max_pool1d"},
    4: {"avg": "global_avg_pool2d", "max": "global_max_pool2d"},
    5: {"avg": "global_avg_pool3d", "max": "global_max_pool3d"},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("kind", ["avg", "max"])
def test_global_pool_exact(kind, shape, isa, n_threads):
    rng = np.random.default_rng(31)
    name = NAMES[len(shape)][kind]
    x, dy = integers(rng, *shape), integers(rng, shape[0], shape[-1])
    y, dx = getattr(reference, name)(x), getattr(reference, f"{name}_backward")(dy, x)
    assert_exact(getattr(F, name)(x), y.astype(np.float32))
    got = getattr(F, name + "_backward")(dy, x)
    np.testing.assert_array_equal(got, dx.astype(np.float32))
    assert np.count_nonzero(got) >= dy.size
    assert got.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 300, 256, 2), (1, 1, 70_000, 3)])
def test_average_of_a_large_window(shape):
    """Only the place of a maximum has to fit 16 bits."""
    x = integers(np.random.default_rng(32), *shape)
    y = reference.global_avg_pool2d(x)
    assert_exact(F.global_avg_pool2d(x), y)
    assert_exact(F.avg_pool2d(x, shape[1:3]), y[:, None, None])
    np.testing.assert_array_equal(
        F.global_avg_pool2d_backward(y, x), reference.global_avg_pool2d_backward(y, x).astype("f4")
    )
