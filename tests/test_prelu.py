"""Rectified linear units with a slope for each channel, against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

import fastcnn
from fastcnn import functional as F
from fastcnn import layers, optim, reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Tails of every register, rows that fold and that do not, and many chunks.
SHAPES = [
    *((3, c) for c in range(1, 36)),
    *((64, c) for c in (1, 3, 6, 16, 33)),
    (2, 5, 7, 11),
    (1, 1),
    (1, 20_001),
    (5000, 17),
    (40_000, 3),
    (3000, 64),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_exact(shape, isa, n_threads):
    rng = np.random.default_rng(130)
    x, dy, slope = integers(rng, *shape), integers(rng, *shape), integers(rng, shape[-1])
    assert_exact(F.prelu(x, slope), reference.prelu(x, slope))
    dx, dslope = F.prelu_backward(dy, x, slope)
    expected, expected_slope = reference.prelu_backward(dy, x, slope)
    assert_exact(dx, expected)
    assert dslope.dtype == np.float32
    np.testing.assert_array_equal(dslope, expected_slope)


@pytest.mark.parametrize("shape", [(3, 5), (5000, 17), (40_000, 3), (3000, 64)], ids=str)
def test_accurate(shape, isa):
    rng = np.random.default_rng(131)
    x, dy, slope = normals(rng, *shape), normals(rng, *shape), normals(rng, shape[-1])
    y = reference.prelu(x, slope)
    assert_accurate(F.prelu(x, slope), y, np.abs(y))
    dx, dslope = F.prelu_backward(dy, x, slope)
    expected, expected_slope = reference.prelu_backward(dy, x, slope)
    assert_accurate(dx, expected, np.abs(expected))
    size = np.abs(np.where(x > 0, 0, dy * x.astype(np.float64)))
    assert_accurate(dslope, expected_slope, size.sum(axis=0) / len(x) ** 0.5, len(x))


@pytest.mark.parametrize("rows", [1, 7, 64])
@pytest.mark.parametrize("c", [1, 3, 16, 17])
def test_special_numbers(rows, c, isa):
    """NaN and infinity reach their own place and the slope of their channel only."""
    for value in (np.nan, np.inf, -np.inf, -0.0, 1e-40, -1e-40):
        x = np.full((rows, c), -2, dtype=np.float32)
        x[-1, 0] = value
        slope, dy = np.full(c, 0.5), np.ones((rows, c))
        tiny = np.finfo(np.float32).tiny
        np.testing.assert_allclose(F.prelu(x, slope), reference.prelu(x, slope), atol=tiny)
        dx, dslope = F.prelu_backward(dy, x, slope)
        if not 0 < abs(value) < 1:  # which is flushed to zero
            expected, expected_slope = reference.prelu_backward(dy, x, slope)
            np.testing.assert_array_equal(dx, expected)
            np.testing.assert_array_equal(dslope, expected_slope)


def test_gradients_that_are_nan(isa):
    dy = np.full((17, 5), np.nan)
    for value in (-1, 1):
        dx, dslope = F.prelu_backward(dy, np.full((17, 5), value), np.ones(5))
        assert np.isnan(dx).all()
        assert np.isnan(dslope).all() == (value < 0)


def test_slopes_are_learned():
    """The absolute value is a PReLU of slope -1."""
    rng = np.random.default_rng(132)
    x = normals(rng, 64, 3)
    model = fastcnn.Sequential([layers.PReLU()], input_shape=(3,))
    assert model.parameters["0.slope"].value.tolist() == [0.25] * 3
    model.compile(optim.SGD(0.5), "mean_squared_error")
    for _ in range(100):
        loss = model.train_on_batch(x, np.abs(x))
    assert loss < 1e-6
    np.testing.assert_allclose(model.parameters["0.slope"].value, -1, atol=1e-3)
