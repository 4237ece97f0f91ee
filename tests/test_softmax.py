"""Softmax and its gradient against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Tails of every register, and rows that are cut into tasks.
SHAPES = [
    *((3, c) for c in range(1, 36)),
    (1, 1),
    (2, 5, 7, 11),
    (64, 1000),
    (5000, 17),
    (3, 40_001),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_exact(shape, isa, n_threads):
    """Equal scores have equal shares; whole numbers lose nothing on the way back."""
    y = F.softmax(np.full(shape, 7.5))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, np.full(shape, np.float32(1) / np.float32(shape[-1])))
    rng = np.random.default_rng(140)
    dy, y = integers(rng, *shape), integers(rng, *shape, limit=1)
    dx = F.softmax_backward(dy, y)
    np.testing.assert_array_equal(dx, reference.softmax_backward(dy, y))


@pytest.mark.parametrize("spread", [0.1, 3, 30])
def test_accurate(spread, isa):
    rng = np.random.default_rng(141)
    for shape in SHAPES:
        x, dy = normals(rng, *shape) * np.float32(spread), normals(rng, *shape)
        y, expected = F.softmax(x), reference.softmax(x)
        # Each exponent x - max(x) is rounded once, and that multiplies its power.
        below = x.max(axis=-1, keepdims=True) - x.astype(np.float64)
        mean = (expected * below).sum(axis=-1, keepdims=True)
        assert_accurate(y, expected, expected * (2 + below + mean), shape[-1])
        size = y * (np.abs(dy) + np.abs(dy * y).sum(axis=-1, keepdims=True))
        dx = F.softmax_backward(dy, y)
        assert_accurate(dx, reference.softmax_backward(dy, y), size, shape[-1])


@pytest.mark.parametrize("c", [2, 3, 16, 17, 40])
def test_extreme_scores(c, isa):
    """The scores +-3e38 give 0 and 1, not NaN."""
    x = np.full((2, c), -3e38, dtype=np.float32)
    x[0, 0] = x[1, -1] = 3e38
    np.testing.assert_array_equal(F.softmax(x), x > 0)
    x[:, 1:] = -np.inf
    np.testing.assert_array_equal(F.softmax(x[:1]), x[:1] > 0)


@pytest.mark.parametrize("c", [2, 5, 16, 17, 40])
@pytest.mark.parametrize(
    "row", [[np.nan, 1], [np.inf, 1], [-np.inf, -np.inf]], ids=["nan", "inf", "all_minus_inf"]
)
def test_a_row_without_a_softmax(row, c, isa):
    for place in range(c):
        x = np.full((3, c), row[1], dtype=np.float32)
        x[1, place] = row[0]
        x[0] = x[2] = 1
        y = F.softmax(x)
        assert np.isnan(y).all(axis=1).tolist() == [False, True, False]
        assert np.isnan(y).any(axis=1).tolist() == [False, True, False]
        np.testing.assert_array_equal(np.isnan(y), np.isnan(reference.softmax(x)))


@pytest.mark.parametrize("c", [1, 5, 16, 17, 40])
def test_gradients_that_are_nan(c, isa):
    """They spoil their own row only."""
    dy = np.ones((3, c))
    dy[1, -1] = np.nan
    dx = F.softmax_backward(dy, np.full((3, c), 0.5))
    assert np.isnan(dx).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(dx).any(axis=1).tolist() == [False, True, False]


def test_is_the_softmax_of_the_loss(isa):
    """Bit for bit: one room computes both."""
    rng = np.random.default_rng(142)
    x, labels = normals(rng, 1, 37) * 5, [3]
    dx = F.softmax_cross_entropy(x, labels)[1]
    onehot = np.arange(37) == 3
    np.testing.assert_array_equal(dx, F.softmax(x) - onehot.astype(np.float32))
