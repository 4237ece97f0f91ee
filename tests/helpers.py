"""What several tests need."""

import numpy as np


def numeric_gradient(f, x, eps=1e-6):
    """Differentiate the scalar function `f` at the array `x` by central differences.

    The error is of order ``eps**2`` for the curvature of `f` plus ``1e-16 * |f| / eps`` for its
    rounding: about 1e-9 for float64 and values around 1.
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        here = x[index]
        x[index] = here + eps
        above = f(x)
        x[index] = here - eps
        below = f(x)
        x[index] = here
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def assert_gradient(f, x, dx):
    """Check that dx is the gradient of the scalar function `f` at the array x."""
    assert dx.shape == np.shape(x)
    np.testing.assert_allclose(dx, numeric_gradient(f, x), rtol=1e-6, atol=1e-7)


def integers(rng, *shape, limit=3):
    """Draw float32 whole numbers from -limit to limit, but for 0: sums of products are exact."""
    return (rng.integers(1, limit + 1, shape) * rng.choice([-1, 1], shape)).astype(np.float32)


def normals(rng, *shape):
    """Draw float32 numbers of mean 0 and variance 1."""
    return rng.normal(size=shape).astype(np.float32)


def assert_exact(got, expected):
    """Check that the float32 array equals the expected one, which is not all but zero."""
    expected = np.asarray(expected)
    assert got.dtype == np.float32
    assert got.shape == expected.shape
    assert np.count_nonzero(expected) * 20 >= expected.size, "nearly all zeros prove nothing"
    np.testing.assert_array_equal(got, expected.astype(np.float32))


def assert_accurate(got, expected, scale, terms=1):
    """Check a float32 array against float64, in rounding errors of the sums behind its elements.

    Each element is a sum of `terms` products whose sizes add up to `scale`; rounding errors of
    2**-24 of it that point anywhere add up to the square root of their number. What lies below the
    normal numbers of float32 may be flushed to zero.
    """
    assert got.dtype == np.float32
    assert got.shape == np.shape(expected)
    allowed = max(8, 2 * terms**0.5) * 2.0**-24 * scale + np.finfo(np.float32).tiny
    assert (np.abs(got - expected) <= allowed).all()  # false for NaN too
