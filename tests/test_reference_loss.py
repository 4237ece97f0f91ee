"""Losses of the specification: numbers worked out on paper, gradients by central differences."""

import math

import numpy as np
import pytest
from helpers import assert_gradient

from fastcnn import reference

WEIGHT = [1.0, 0.0, 2.5, 0.5]


def test_softmax_cross_entropy_and_its_gradient():
    rng = np.random.default_rng(13)
    x, labels = rng.normal(0, 2, size=(4, 5)), np.array([0, 4, 2, 2])
    loss, dx = reference.softmax_cross_entropy(x, labels)
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loss, -np.log(p[range(4), labels]).mean(), rtol=1e-14)
    assert_gradient(lambda x: reference.softmax_cross_entropy(x, labels)[0], x, dx)
    shifted, _ = reference.softmax_cross_entropy(x + 1000, labels)
    np.testing.assert_allclose(shifted, loss, rtol=1e-12)


def test_softmax_cross_entropy_of_extreme_scores():
    loss, dx = reference.softmax_cross_entropy([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], [0, 0])
    assert loss == pytest.approx((0 + 2e4 + math.log(2)) / 2, rel=1e-14)
    np.testing.assert_allclose(dx, [[0, 0, 0], [-0.5, 0.25, 0.25]], atol=1e-15)
    assert reference.softmax_cross_entropy(np.zeros((2, 8)), [1, 7])[0] == math.log(8)


def test_mean_squared_error_and_its_gradient():
    rng = np.random.default_rng(14)
    x, target = rng.normal(size=(3, 2, 2)), rng.normal(size=(3, 2, 2))
    loss, dx = reference.mean_squared_error(x, target)
    np.testing.assert_allclose(loss, np.mean((x - target) ** 2), rtol=1e-14)
    assert_gradient(lambda x: reference.mean_squared_error(x, target)[0], x, dx)


def probabilities(rng, *shape):
    p = rng.random(shape)
    return p / p.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("smoothing", [0, 0.1, 1])
def test_softmax_cross_entropy_smoothed_weighted_and_of_probabilities(smoothing):
    rng = np.random.default_rng(15)
    x, labels, p = rng.normal(0, 2, (4, 5)), np.array([0, 4, 2, 2]), probabilities(rng, 4, 5)
    for target in (labels, p, 2 * p):
        for weight in (None, WEIGHT):

            def loss(x, target=target, weight=weight):
                return reference.softmax_cross_entropy(x, target, weight, smoothing)[0]

            dx = reference.softmax_cross_entropy(x, target, weight, smoothing)[1]
            assert_gradient(loss, x, dx)
    log_p = np.log(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))
    mixed = (1 - smoothing) * np.eye(5)[labels] + smoothing / 5
    expected = -(np.array(WEIGHT)[:, None] * mixed * log_p).sum() / 4
    found, dx = reference.softmax_cross_entropy(x, labels, WEIGHT, smoothing)
    assert found == pytest.approx(expected, rel=1e-14)
    again, same = reference.softmax_cross_entropy(x, np.eye(5)[labels], WEIGHT, smoothing)
    assert again == found
    np.testing.assert_array_equal(dx, same)


def test_binary_cross_entropy_and_its_gradient():
    rng = np.random.default_rng(16)
    x, p = rng.normal(0, 3, (4, 2, 3)), rng.random((4, 2, 3))
    sigmoid = 1 / (1 + np.exp(-x))
    terms = -p * np.log(sigmoid) - (1 - p) * np.log(1 - sigmoid)
    for weight in (None, WEIGHT):
        loss, dx = reference.binary_cross_entropy(x, p, weight)
        expected = np.average(terms.mean(axis=(1, 2)), weights=weight)
        assert loss == pytest.approx(expected, rel=1e-13)
        assert_gradient(lambda x, w=weight: reference.binary_cross_entropy(x, p, w)[0], x, dx)
    loss, dx = reference.binary_cross_entropy([1e4, -1e4, 1e4], [1, 0, 0])
    assert loss == pytest.approx(1e4 / 3, rel=1e-15)
    np.testing.assert_array_equal(dx, [0, 0, 1 / 3])


def test_huber_and_its_gradient():
    """Errors of 0, 1, 2 and 4 at delta 2: 0, 1/2, 2 and 2 (4 - 1)."""
    loss, dx = reference.huber([5.0, 2.0, -2.0, -4.0], [5.0, 1.0, 0.0, 0.0], delta=2)
    assert loss == (0 + 0.5 + 2 + 6) / 4
    np.testing.assert_array_equal(dx, [0, 0.25, -0.5, -0.5])
    rng = np.random.default_rng(17)
    x, target = rng.normal(0, 2, (4, 2, 3)), rng.normal(size=(4, 2, 3))
    for weight in (None, WEIGHT):
        dx = reference.huber(x, target, weight, 0.7)[1]
        assert_gradient(lambda x, w=weight: reference.huber(x, target, w, 0.7)[0], x, dx)
    wide = reference.huber(x, target, WEIGHT, 1e3)
    half, twice = reference.mean_squared_error(x, target, WEIGHT)
    assert wide[0] == pytest.approx(half / 2, rel=1e-14)
    np.testing.assert_allclose(wide[1], twice / 2, rtol=1e-14)


def test_a_weight_counts_like_so_many_samples():
    rng = np.random.default_rng(18)
    x, target, labels = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), np.array([3, 0, 1])
    repeated = [0, 0, 1, 1, 1]
    for function, y in (
        (reference.mean_squared_error, target),
        (reference.huber, target),
        (reference.binary_cross_entropy, np.abs(target) % 1),
        (reference.softmax_cross_entropy, labels),
    ):
        weighted = function(x, y, [2, 3, 0])[0]
        assert weighted == pytest.approx(function(x[repeated], y[repeated])[0], rel=1e-14)
        nothing, dx = function(x, y, [0, 0, 0])
        assert nothing == 0
        assert not dx.any()
