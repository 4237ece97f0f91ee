"""The specification of activations and softmax against central differences and at their limits."""

import math

import numpy as np
import pytest
from calls import FROM_X, FROM_Y
from helpers import assert_gradient

from fastcnn import reference


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in (*FROM_Y, *FROM_X)),
        ("elu", {"alpha": 0.7}),
        ("softplus", {"beta": 2.5}),
        ("hard_tanh", {"low": -0.5, "high": 5.0}),
        ("gelu", {"approximate": "tanh"}),
    ],
)
def test_activation_gradients(name, options):
    forward, backward = getattr(reference, name), getattr(reference, f"{name}_backward")
    rng = np.random.default_rng(11)
    x, dy = np.array([-4.0, -2.9, -1.2, -1e-3, 1e-3, 0.7, 2.9, 4.0]), rng.normal(size=8)
    dx = backward(dy, x if name in FROM_X else forward(x, **options), **options)
    assert_gradient(lambda x: (dy * forward(x, **options)).sum(), x, dx)


def test_leaky_relu_slope():
    x, dy = np.array([[-2.0, -0.5], [0.5, 2.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    y = reference.leaky_relu(x, 0.25)
    assert y.tolist() == [[-0.5, -0.125], [0.5, 2.0]]
    dx = reference.leaky_relu_backward(dy, y, 0.25)
    assert_gradient(lambda x: (dy * reference.leaky_relu(x, 0.25)).sum(), x, dx)
    np.testing.assert_array_equal(reference.leaky_relu(x, 0.0), reference.relu(x))


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2, 5), (6, 1)])
def test_prelu_gradients(shape):
    rng = np.random.default_rng(21)
    x, dy, slope = rng.normal(size=shape), rng.normal(size=shape), rng.normal(size=shape[-1])
    dx, dslope = reference.prelu_backward(dy, x, slope)
    assert_gradient(lambda x: (dy * reference.prelu(x, slope)).sum(), x, dx)
    assert_gradient(lambda slope: (dy * reference.prelu(x, slope)).sum(), slope, dslope)
    same = np.full(shape[-1], 0.25)
    np.testing.assert_array_equal(reference.prelu(x, same), reference.leaky_relu(x, 0.25))


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2, 5), (6, 1)])
def test_softmax_gradients(shape):
    rng = np.random.default_rng(22)
    x, dy = rng.normal(0, 2, size=shape), rng.normal(size=shape)
    y = reference.softmax(x)
    np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(reference.softmax(x + 1000), y, rtol=1e-10)
    dx = reference.softmax_backward(dy, y)
    assert_gradient(lambda x: (dy * reference.softmax(x)).sum(), x, dx)


def test_activations_at_their_limits():
    x = [-np.inf, -1e4, -0.0, 0.0, 1e4, np.inf, np.nan]
    nan, inf = np.nan, np.inf
    np.testing.assert_array_equal(reference.relu(x), [0, 0, 0, 0, 1e4, inf, nan])
    np.testing.assert_array_equal(reference.leaky_relu(x), [-inf, -100, 0, 0, 1e4, inf, nan])
    np.testing.assert_array_equal(reference.sigmoid(x), [0, 0, 0.5, 0.5, 1, 1, nan])
    np.testing.assert_array_equal(reference.tanh(x), [-1, -1, 0, 0, 1, 1, nan])
    np.testing.assert_array_equal(reference.elu(x, 2.0), [-2, -2, 0, 0, 1e4, inf, nan])
    np.testing.assert_array_equal(reference.hard_tanh(x), [-1, -1, 0, 0, 1, 1, nan])
    np.testing.assert_array_equal(reference.hard_sigmoid(x), [0, 0, 0.5, 0.5, 1, 1, nan])
    half = math.log(2) / 4
    softplus = [0, 0, half, half, 1e4, inf, nan]
    np.testing.assert_allclose(reference.softplus(x, 4.0), softplus, rtol=1e-15)
    for gated in (reference.gelu, reference.silu, reference.hard_swish):
        np.testing.assert_array_equal(gated(x), [0, 0, 0, 0, 1e4, inf, nan])
    # at zero the derivative of the left side holds; a NaN output lets the gradient pass
    assert reference.relu_backward([7, 7, 7], [0.0, -0.0, nan]).tolist() == [0, 0, 7]
    assert reference.leaky_relu_backward([8, 8], [0.0, nan], 0.5).tolist() == [4, 8]
