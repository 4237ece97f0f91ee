"""Losses and their gradients against the specification."""

import math

import numpy as np
import pytest
from helpers import assert_accurate, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# n, classes: tails of every register, and batches that are cut
SCORES = [*((3, classes) for classes in range(1, 36)), (1, 1), (64, 10), (64, 1000), (5000, 17)]
SHAPES = [*((n,) for n in range(1, 36)), (3, 5, 7, 11), (16384,), (16385,), (3, 20_001)]


def test_softmax_cross_entropy_of_equal_scores_exact(isa, n_threads):
    for n, classes in SCORES:
        x = np.full((n, classes), 3, dtype=np.float32)
        labels = np.arange(n) % classes
        loss, dx = F.softmax_cross_entropy(x, labels)
        assert loss == pytest.approx(math.log(classes), rel=1e-14)
        share = np.float32(1 / n) / np.float32(classes)
        onehot = labels[:, None] == np.arange(classes)
        np.testing.assert_array_equal(dx, np.where(onehot, share - np.float32(1 / n), share))


@pytest.mark.parametrize("spread", [0.1, 3, 30])
def test_softmax_cross_entropy_accurate(spread, isa):
    rng = np.random.default_rng(80)
    for n, classes in SCORES:
        x = normals(rng, n, classes) * np.float32(spread)
        labels = rng.integers(classes, size=n)
        loss, dx = F.softmax_cross_entropy(x, labels)
        expected, expected_dx = reference.softmax_cross_entropy(x, labels)
        # Each exponent x - max(x) is rounded once, and that multiplies its probability.
        below = x.max(axis=1, keepdims=True) - x.astype(np.float64)
        onehot = labels[:, None] == np.arange(classes)
        p = expected_dx * n + onehot
        sizes = (p * (2 + below + (p * below).sum(axis=1, keepdims=True)) + onehot) / n
        assert_accurate(dx, expected_dx, sizes, classes)
        assert isinstance(loss, float)
        assert loss == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 16, 17, 40])
def test_softmax_cross_entropy_of_extreme_scores(classes, isa):
    """The scores +-1e4 give 0 and 1, not NaN."""
    x = np.full((2, classes), -1e4, dtype=np.float32)
    x[0, 0] = x[1, -1] = 1e4
    loss, dx = F.softmax_cross_entropy(x, [0, 0])
    assert loss == 1e4  # the mean of 0 and 2e4
    expected = np.zeros((2, classes))
    expected[1, 0], expected[1, -1] = -0.5, 0.5
    np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize("classes", [2, 5, 16, 17, 40])
@pytest.mark.parametrize(
    "row", [[np.nan, 1], [np.inf, 1], [-np.inf, -np.inf]], ids=["nan", "inf", "all_minus_inf"]
)
def test_softmax_cross_entropy_of_a_row_without_a_softmax(row, classes, isa):
    for place in range(classes):
        x = np.full((3, classes), row[1], dtype=np.float32)
        x[1, place] = row[0]
        x[0] = x[2] = 1
        loss, dx = F.softmax_cross_entropy(x, [0, 0, 0])
        assert math.isnan(loss)
        assert np.isnan(dx).all(axis=1).tolist() == [False, True, False]
        assert np.isnan(dx).any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("classes", [2, 5, 17])
def test_softmax_cross_entropy_of_some_minus_infinity(classes, isa):
    x = np.zeros((1, classes), dtype=np.float32)
    x[0, 1:] = -np.inf
    loss, dx = F.softmax_cross_entropy(x, [0])
    assert loss == 0
    assert dx.tolist() == [[0] * classes]
    loss, dx = F.softmax_cross_entropy(x, [1])
    assert loss == math.inf
    assert dx.tolist() == [[1, -1] + [0] * (classes - 2)]


def test_mean_squared_error_exact(isa, n_threads):
    rng = np.random.default_rng(81)
    for shape in SHAPES:
        x, target = integers(rng, *shape, limit=50), integers(rng, *shape, limit=50)
        loss, dx = F.mean_squared_error(x, target)
        expected, expected_dx = reference.mean_squared_error(x, target)
        assert loss == pytest.approx(expected, rel=1e-14)
        assert loss > 0
        assert_accurate(dx, expected_dx, np.abs(expected_dx))
        if x.size & (x.size - 1) == 0:  # 2 / size is exact
            np.testing.assert_array_equal(dx, expected_dx)


@pytest.mark.parametrize("n", [1, 16, 37])
def test_mean_squared_error_of_what_is_not_finite(n, isa):
    for value in (np.nan, np.inf):
        x = np.ones(n, dtype=np.float32)
        x[-1] = value
        loss, dx = F.mean_squared_error(x, np.zeros(n))
        np.testing.assert_equal(loss, value)
        np.testing.assert_array_equal(np.isfinite(dx), np.arange(n) < n - 1)
