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


# --- label smoothing, probabilities, weights, and the other losses ---


def weights(rng, n):
    """Some of them 0, and the sum of 4 and of 8 of them a power of two."""
    return np.resize([2, 0, 1, 1], n) if n % 4 == 0 else rng.random(n)


@pytest.mark.parametrize("smoothing", [0, 0.1, 1])
@pytest.mark.parametrize("soft", [False, True], ids=["labels", "probabilities"])
def test_softmax_cross_entropy_of_mixed_targets_accurate(soft, smoothing, isa):
    rng = np.random.default_rng(82)
    for n, classes in SCORES:
        x, labels = 3 * normals(rng, n, classes), rng.integers(classes, size=n)
        onehot = labels[:, None] == np.arange(classes)
        target = reference.softmax(4 * normals(rng, n, classes)).astype(np.float32)
        given = target if soft else labels
        weight = weights(rng, n)
        loss, dx = F.softmax_cross_entropy(x, given, weight, smoothing)
        expected, expected_dx = reference.softmax_cross_entropy(x, given, weight, smoothing)
        shares = (weight / weight.sum())[:, None]
        t = (1 - smoothing) * (target if soft else onehot) + smoothing / classes
        p = reference.softmax(x)
        below = x.max(axis=1, keepdims=True) - x.astype(np.float64)
        sizes = shares * (p * (4 + below + (p * below).sum(axis=1, keepdims=True)) + 2 * t)
        assert_accurate(dx, expected_dx, sizes, classes)
        assert loss == pytest.approx(expected, rel=2e-6, abs=1e-6)


@pytest.mark.parametrize("classes", [1, 2, 5, 16, 17, 40])
def test_softmax_cross_entropy_of_what_is_not_wanted(classes, isa):
    """Where no probability is wanted, a score of minus infinity costs nothing."""
    x = np.zeros((1, classes + 1), dtype=np.float32)
    x[0, -1] = -np.inf
    target = np.full((1, classes + 1), 1 / classes, dtype=np.float32)
    target[0, -1] = 0
    loss, dx = F.softmax_cross_entropy(x, target)
    assert loss == pytest.approx(math.log(classes), abs=1e-6)
    np.testing.assert_allclose(dx, 0, atol=1e-7)
    assert F.softmax_cross_entropy(x, [0], label_smoothing=0.5)[0] == math.inf


@pytest.mark.parametrize("given", [[0, 1, 1], np.full((3, 2), 0.5)], ids=["labels", "soft"])
def test_softmax_cross_entropy_of_nan(given, isa):
    x = np.zeros((3, 2), dtype=np.float32)
    x[1, 0] = np.nan
    loss, dx = F.softmax_cross_entropy(x, given, label_smoothing=0.1)
    assert math.isnan(loss)
    assert np.isnan(dx).tolist() == [[False] * 2, [True] * 2, [False] * 2]


@pytest.mark.parametrize("spread", [0.1, 3, 30])
def test_binary_cross_entropy_accurate(spread, isa, n_threads):
    rng = np.random.default_rng(83)
    for shape in SHAPES:
        x, target = normals(rng, *shape) * np.float32(spread), rng.random(shape, np.float32)
        target[rng.random(shape) < 0.5] = 1
        target[rng.random(shape) < 0.3] = 0
        for weight in (None, rng.random(shape[0])):
            loss, dx = F.binary_cross_entropy(x, target, weight)
            expected, expected_dx = reference.binary_cross_entropy(x, target, weight)
            assert loss == pytest.approx(expected, rel=1e-6)
            p = 1 / (1 + np.exp(-x.astype(np.float64)))
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = np.nan_to_num(expected_dx / (p - target), posinf=0, neginf=0)
            assert_accurate(dx, expected_dx, np.abs(shares) * (p + target))


def test_binary_cross_entropy_of_extreme_scores(isa):
    x = np.float32([1e4, -1e4, 1e4, -1e4, 0, 0])
    loss, dx = F.binary_cross_entropy(x, [1, 0, 0, 1, 0, 1])
    assert loss == pytest.approx((2e4 + 2 * math.log(2)) / 6, rel=1e-7)
    sixth = np.float32(1 / 6)
    np.testing.assert_array_equal(dx, sixth * np.float32([0, 0, 1, -1, 0.5, -0.5]))


def test_huber_exact(isa, n_threads):
    rng = np.random.default_rng(84)
    for shape in SHAPES:
        x, target = integers(rng, *shape, limit=50), integers(rng, *shape, limit=50)
        for delta in (1, 16, 1000):
            loss, dx = F.huber(x, target, delta=delta)
            expected, expected_dx = reference.huber(x, target, delta=delta)
            assert loss == pytest.approx(expected, rel=1e-14)
            assert_accurate(dx, expected_dx, np.abs(expected_dx))
            if x.size & (x.size - 1) == 0:  # 1 / size is exact
                np.testing.assert_array_equal(dx, expected_dx)


@pytest.mark.parametrize("name", ["mean_squared_error", "huber"])
def test_weights_exact(name, isa, n_threads):
    rng = np.random.default_rng(85)
    for shape in ((4, 1), (4, 8), (8, 64), (4, 16384), (4, 2, 16384), (8,)):
        x, target = integers(rng, *shape, limit=9), integers(rng, *shape, limit=9)
        weight = weights(rng, shape[0])
        loss, dx = getattr(F, name)(x, target, weight)
        expected, expected_dx = getattr(reference, name)(x, target, weight)
        assert loss == pytest.approx(expected, rel=1e-14)
        np.testing.assert_array_equal(dx, expected_dx)


@pytest.mark.parametrize("name", ["mean_squared_error", "huber", "binary_cross_entropy"])
@pytest.mark.parametrize("n", [1, 16, 37])
def test_what_is_not_finite_is_seen(name, n, isa):
    for value in (np.nan, np.inf):
        x = np.ones(n, dtype=np.float32)
        x[-1] = value
        loss, dx = getattr(F, name)(x, np.zeros(n))
        np.testing.assert_equal(loss, value)
        slope = dx[-1] * np.float32(n)
        bounded = np.isinf(value) and name != "mean_squared_error"
        assert slope == pytest.approx(1) if bounded else not np.isfinite(slope)
        assert np.isfinite(dx[:-1]).all()


@pytest.mark.parametrize("name", ["mean_squared_error", "huber", "binary_cross_entropy"])
def test_no_weight_at_all(name):
    loss, dx = getattr(F, name)(np.ones((3, 4)), np.zeros((3, 4)), np.zeros(3))
    assert loss == 0
    assert not dx.any()
    assert F.softmax_cross_entropy(np.ones((3, 4)), [0, 1, 2], np.zeros(3))[0] == 0
