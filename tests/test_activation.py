"""Activations and their gradients against the specification."""

import numpy as np
import pytest
from calls import FROM_X, FROM_Y
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

TINY = np.finfo(np.float32).tiny

# Tails of every register, and runs of 16384 elements.
SHAPES = [*((n,) for n in range(1, 36)), (), (3, 5, 7, 11), (16384,), (16385,), (3, 20_001)]

# Functions with settings, and a setting that loses no digit.
EXACT = {
    "relu": {},
    "leaky_relu": {"slope": 0.25},
    "hard_tanh": {"low": -2.0, "high": 1.0},
    "relu6": {},
}
VARIANTS = [
    *((name, {}) for name in (*FROM_Y, *FROM_X)),
    ("elu", {"alpha": 0.3}),
    ("softplus", {"beta": 3.0}),
    ("hard_tanh", {"low": 0.125, "high": 0.75}),
    ("gelu", {"approximate": "tanh"}),
]

each_name = pytest.mark.parametrize("name", [*FROM_Y, *FROM_X])
each_variant = pytest.mark.parametrize(("name", "options"), VARIANTS, ids=str)


def functions(name):
    """Forward and backward of the kernels, and of the specification."""
    return [
        getattr(module, f"{name}{direction}")
        for module in (F, reference)
        for direction in ("", "_backward")
    ]


@pytest.mark.parametrize("name", EXACT)
def test_exact(name, isa, n_threads):
    rng = np.random.default_rng(60)
    forward, backward, expected, expected_backward = functions(name)
    for shape in SHAPES:
        x, dy = integers(rng, *shape), integers(rng, *shape)
        y = forward(x, **EXACT[name])
        np.testing.assert_array_equal(y, expected(x, **EXACT[name]))
        dx = backward(dy, y, **EXACT[name])
        np.testing.assert_array_equal(dx, expected_backward(dy, y, **EXACT[name]))
        assert y.dtype == dx.dtype == np.float32
        assert y.shape == dx.shape == shape
        if x.size > 100:
            assert 0.4 < np.mean(y == x) < 0.7
            assert 0.15 < np.mean(dx == dy) < 0.6


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu"])
def test_gradient_exact(name, isa, n_threads):
    rng = np.random.default_rng(61)
    _, backward, _, expected = functions(name)
    for shape in SHAPES:
        y, dy = integers(rng, *shape, limit=7) / 8, integers(rng, *shape)
        assert_exact(backward(dy, y), expected(dy, y))


@each_variant
def test_accurate(name, options, isa):
    rng = np.random.default_rng(62)
    forward, backward, expected, expected_backward = functions(name)
    for shape in SHAPES:
        x, dy = normals(rng, *shape) * 3, normals(rng, *shape)
        y, y64 = forward(x, **options), expected(x, **options)
        assert_accurate(y, y64, np.maximum(np.abs(y64), np.abs(x) / 4))
        kept = x if name in FROM_X else y
        dx64 = expected_backward(dy, kept, **options)
        assert_accurate(backward(dy, kept, **options), dx64, np.abs(dy))


# The largest relative error anywhere, in units of 2^-24. That of the normal distribution's tail is
# spent on 1 / (1 + c a); the exponent of the logistic function in GELU's approximation is a cubic.
ULPS = {"sigmoid": 4, "tanh": 4, "elu": 4, "softplus": 5, "silu": 4, "gelu": 9}


@pytest.mark.parametrize("name", ULPS)
@pytest.mark.parametrize("reach", [1e-30, 1e-3, 1, 13, 20, 87])
def test_few_rounding_errors_over_the_whole_range(name, reach, isa):
    x = np.linspace(-reach, reach, 100_001, dtype=np.float32)
    forward, _, expected, _ = functions(name)
    y, y64 = forward(x), expected(x)
    normal = np.abs(y64) >= TINY
    errors = np.abs(y - y64) / np.where(normal, np.abs(y64), TINY)
    assert errors[normal].max() <= ULPS[name] * 2**-24
    assert errors.max() <= 1, "what float32 cannot hold becomes 0"


@pytest.mark.parametrize("reach", [1e-30, 1e-3, 1, 13, 87])
def test_gelu_by_tanh_over_the_whole_range(reach, isa):
    """Rounding the cubic z by 3 units moves the exponential by 3 z."""
    x = np.linspace(-reach, reach, 100_001, dtype=np.float32)
    y, y64 = F.gelu(x, "tanh"), reference.gelu(x, "tanh")
    z = np.minimum(np.abs(1.6 * x + 0.0714 * x**3), 100)
    assert (np.abs(y - y64) <= (4 + 3 * z) * 2**-24 * np.abs(y64) + TINY).all()


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_never_beyond_one(name, isa):
    x = np.linspace(-90, 90, 100_001, dtype=np.float32)
    assert np.abs(getattr(F, name)(x)).max() == 1


# --- a table of what is not an ordinary number ---

SPECIAL = np.array(
    [
        np.nan,
        *(sign * x for x in (0, 1e-40, TINY, 88, 89, 104, 1e4, 3e38, np.inf) for sign in (1, -1)),
    ],
    dtype=np.float32,
)


@each_variant
@pytest.mark.parametrize("before", [0, 1, 3, 7, 15, 16, 29])
def test_special_numbers_in_body_and_tail(name, options, before, isa):
    """The answer does not depend on the place: each number stands in many lanes and tails."""
    forward, backward, expected, expected_backward = functions(name)
    x = np.concatenate([np.ones(before, dtype=np.float32), SPECIAL, SPECIAL[::-1]])
    y = forward(x, **options)
    np.testing.assert_allclose(y, expected(x, **options), rtol=8 * 2**-24, atol=TINY)
    np.testing.assert_array_equal(y[before:][: SPECIAL.size], y[before:][: SPECIAL.size - 1 : -1])
    assert np.isnan(y).sum() == 2
    kept = x if name in FROM_X else y
    dx = backward(np.ones_like(x), kept, **options)
    flushed = np.where(np.abs(kept) < TINY, 0, kept)
    dx64 = expected_backward(np.ones_like(x), flushed, **options)
    np.testing.assert_allclose(dx, dx64, rtol=4 * 2**-24, atol=2**-24)


@each_name
def test_gradients_that_are_nan(name, isa):
    """NaN passes wherever the function is not flat."""
    backward = getattr(F, f"{name}_backward")
    assert np.isnan(backward(np.full(17, np.nan), np.full(17, 0.5))).all()


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
    kinks = [0.0, -0.0, np.nan, -1, 1, np.inf, -np.inf, -3, 3, 6]
    y = np.resize(np.array(kinks, dtype=np.float32), n)
    dy = np.full(n, 8, dtype=np.float32)
    for name in ("relu", "relu6", "hard_tanh", "hard_sigmoid", "hard_swish"):
        _, backward, _, expected = functions(name)
        np.testing.assert_allclose(backward(dy, y), expected(dy, y), rtol=2**-23)
    np.testing.assert_array_equal(
        F.leaky_relu_backward(dy, y, 0.5), reference.leaky_relu_backward(dy, y, 0.5)
    )
    nan = np.full(n, np.nan, dtype=np.float32)
    off = np.isin(y, [0, -1, -3, -np.inf])
    np.testing.assert_array_equal(F.relu_backward(nan, y), np.where(off, 0, nan))


@pytest.mark.parametrize("slope", [0, 0.5, 1])
def test_slopes_of_leaky_relu(slope, isa):
    x = np.array([-4, -2, 0, 2, 4], dtype=np.float32)
    y = F.leaky_relu(x, slope)
    np.testing.assert_array_equal(y, [-4 * slope, -2 * slope, 0, 2, 4])
    dx = F.leaky_relu_backward(np.full(5, 2), x, slope)
    np.testing.assert_array_equal(dx, [2 * slope, 2 * slope, 2 * slope, 2, 2])
