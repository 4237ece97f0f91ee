"""Activations and their gradients against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

NAMES = ["relu", "leaky_relu", "sigmoid", "tanh"]
TINY = np.finfo(np.float32).tiny

# Tails of every register, and runs of 16384 elements.
SHAPES = [*((n,) for n in range(1, 36)), (), (3, 5, 7, 11), (16384,), (16385,), (3, 20_001)]

each_name = pytest.mark.parametrize("name", NAMES)


def slope(name):
    """A slope that loses no digit, where one is taken."""
    return (0.25,) if name == "leaky_relu" else ()


def functions(name):
    """Forward and backward of the kernels, and of the specification."""
    return [
        getattr(module, f"{name}{direction}")
        for module in (F, reference)
        for direction in ("", "_backward")
    ]


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_exact(name, isa, n_threads):
    rng = np.random.default_rng(60)
    forward, backward, expected, expected_backward = functions(name)
    for shape in SHAPES:
        x, dy = integers(rng, *shape), integers(rng, *shape)
        y = forward(x, *slope(name))
        np.testing.assert_array_equal(y, expected(x, *slope(name)))
        dx = backward(dy, y, *slope(name))
        np.testing.assert_array_equal(dx, expected_backward(dy, y, *slope(name)))
        assert y.dtype == dx.dtype == np.float32
        assert y.shape == dx.shape == shape
        if x.size > 100:
            assert 0.4 < np.mean(y == x) < 0.6
            assert 0.4 < np.mean(dx == dy) < 0.6


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_gradient_exact(name, isa, n_threads):
    rng = np.random.default_rng(61)
    _, backward, _, expected = functions(name)
    for shape in SHAPES:
        y, dy = integers(rng, *shape, limit=7) / 8, integers(rng, *shape)
        assert_exact(backward(dy, y), expected(dy, y))


@each_name
def test_accurate(name, isa):
    rng = np.random.default_rng(62)
    forward, backward, expected, expected_backward = functions(name)
    for shape in SHAPES:
        x, dy = normals(rng, *shape) * 3, normals(rng, *shape)
        y = forward(x)
        assert_accurate(y, expected(x), np.abs(expected(x)))
        assert_accurate(backward(dy, y), expected_backward(dy, y), np.abs(dy))


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
@pytest.mark.parametrize("reach", [1e-30, 1e-3, 1, 20, 87])
def test_few_rounding_errors_over_the_whole_range(name, reach, isa):
    x = np.linspace(-reach, reach, 100_001, dtype=np.float32)
    forward, _, expected, _ = functions(name)
    y, y64 = forward(x), expected(x)
    errors = np.abs(y - y64) / np.maximum(np.abs(y64), TINY)
    assert errors.max() <= 4 * 2**-24
    assert np.abs(y).max() <= 1


# --- a table of what is not an ordinary number ---

SPECIAL = np.array(
    [
        np.nan,
        *(sign * x for x in (0, 1e-40, TINY, 88, 89, 104, 1e4, 3e38, np.inf) for sign in (1, -1)),
    ],
    dtype=np.float32,
)


@each_name
@pytest.mark.parametrize("before", [0, 1, 3, 7, 15, 16, 29])
def test_special_numbers_in_body_and_tail(name, before, isa):
    """The answer does not depend on the place: each number stands in many lanes and tails."""
    forward, _, expected, _ = functions(name)
    x = np.concatenate([np.ones(before, dtype=np.float32), SPECIAL, SPECIAL[::-1]])
    y = forward(x)
    np.testing.assert_allclose(y, expected(x), rtol=4 * 2**-24, atol=TINY)
    np.testing.assert_array_equal(y[before:][: SPECIAL.size], y[before:][: SPECIAL.size - 1 : -1])
    assert np.isnan(y).sum() == 2


def test_relu_is_never_negative(isa):
    x = np.array([-np.inf, -1, -TINY, -1e-40, -1e-45, -0.0] * 7, dtype=np.float32)
    assert (F.relu(x) == 0).all()


@pytest.mark.parametrize("n", [1, 5, 17, 40])
def test_relu_keeps_the_bits_of_what_is_not_negative(n, isa):
    x = np.full(n, np.inf, dtype=np.float32)
    x[-1] = np.float32(1 + 2**-23)
    np.testing.assert_array_equal(F.relu(x).view(np.uint32), x.view(np.uint32))


@pytest.mark.parametrize("n", [1, 5, 17, 40])
def test_gradients_at_their_kinks(n, isa):
    y = np.resize(np.array([0.0, -0.0, np.nan, -1, 1, np.inf, -np.inf], dtype=np.float32), n)
    dy = np.full(n, 8, dtype=np.float32)
    np.testing.assert_array_equal(F.relu_backward(dy, y), reference.relu_backward(dy, y))
    np.testing.assert_array_equal(
        F.leaky_relu_backward(dy, y, 0.5), reference.leaky_relu_backward(dy, y, 0.5)
    )
    nan = np.full(n, np.nan, dtype=np.float32)
    off = np.isin(y, [0, -1, -np.inf])
    np.testing.assert_array_equal(F.relu_backward(nan, y), np.where(off, 0, nan))
    assert np.isnan(F.sigmoid_backward(nan, np.ones(n))).all()
    assert np.isnan(F.tanh_backward(nan, np.ones(n))).all()


@pytest.mark.parametrize("slope", [0, 0.5, 1])
def test_slopes_of_leaky_relu(slope, isa):
    x = np.array([-4, -2, 0, 2, 4], dtype=np.float32)
    y = F.leaky_relu(x, slope)
    np.testing.assert_array_equal(y, [-4 * slope, -2 * slope, 0, 2, 4])
    dx = F.leaky_relu_backward(np.full(5, 2), x, slope)
    np.testing.assert_array_equal(dx, [2 * slope, 2 * slope, 2 * slope, 2, 2])
