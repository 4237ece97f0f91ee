"""Batch normalisation and its gradients against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels import batchnorm, gate, program

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Rows beyond a chunk of 1024, floats beyond a chunk of 65536, channels beyond a merge of 256; rows
# that can be joined to wide ones by 2 and by more.
SHAPES = [
    *((2, 3, 4, c) for c in (1, 2, 3, 5, 15, 16, 17, 31, 32, 33, 48, 70)),
    (2, 1),
    (2, 500),
    (6, 7, 1),
    (64, 12, 6),
    (14, 9, 24),
    (4, 1, 1, 130),
    (8, 9, 64, 3),
    (16, 130, 17),
    (2, 4, 40, 300),
    (2, 2, 70_000),
]

each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def two_values(rng, shape):
    """Draw x of whole mean and variance 1: half of each channel is one above it, half one below."""
    rows, c = int(np.prod(shape[:-1])), shape[-1]
    signs = np.repeat([[1.0], [-1.0]], rows // 2, axis=0)
    x = rng.permuted(np.tile(signs, (1, c)), axis=0) + integers(rng, c, limit=9)
    return x.reshape(shape).astype(np.float32)


@each_shape
def test_exact(shape, isa, n_threads):
    rng = np.random.default_rng(40)
    x = two_values(rng, shape)
    gamma, beta = integers(rng, shape[-1]), integers(rng, shape[-1])
    # sqrt(1 + 3) = 2: no digit is lost anywhere.
    y = F.batchnorm(x, gamma, beta, eps=3.0)
    np.testing.assert_array_equal(y, reference.batchnorm(x, gamma, beta, eps=3.0))
    assert np.count_nonzero(y) * 2 >= y.size


@each_shape
def test_exact_with_given_statistics(shape, isa, n_threads):
    rng = np.random.default_rng(41)
    x = integers(rng, *shape, limit=9)
    gamma, beta, mean = (integers(rng, shape[-1]) for _ in range(3))
    var = rng.choice([0, 3, 15], shape[-1])
    y = F.batchnorm(x, gamma, beta, mean, var, eps=1.0)
    assert_exact(y, reference.batchnorm(x, gamma, beta, mean, var, eps=1.0))


@each_shape
def test_gradient_exact(shape, isa, n_threads):
    rng = np.random.default_rng(42)
    x, dy, gamma = two_values(rng, shape), integers(rng, *shape), integers(rng, shape[-1])
    dx, dgamma, dbeta = F.batchnorm_backward(dy, x, gamma, eps=3.0)
    expected_dx, expected_dgamma, expected_dbeta = reference.batchnorm_backward(
        dy, x, gamma, eps=3.0
    )
    np.testing.assert_array_equal(dgamma, expected_dgamma)
    np.testing.assert_array_equal(dbeta, expected_dbeta)
    assert np.count_nonzero(dgamma) or shape[-1] < 3
    rows = x.size // shape[-1]
    if rows & (rows - 1) == 0:  # division by the number of rows is exact
        np.testing.assert_array_equal(dx, expected_dx)
    else:
        np.testing.assert_allclose(dx, expected_dx, rtol=0, atol=2e-6)


@each_shape
def test_gradient_exact_with_given_statistics(shape, isa, n_threads):
    rng = np.random.default_rng(49)
    x, dy = integers(rng, *shape), integers(rng, *shape)
    gamma, mean, var = integers(rng, shape[-1]), integers(rng, shape[-1]), rng.choice([0, 3, 15])
    given = mean, np.full(shape[-1], var)
    got = F.batchnorm_backward(dy, x, gamma, *given, eps=1.0)
    expected = reference.batchnorm_backward(dy, x, gamma, *given, eps=1.0)
    for part, exact in zip(got, expected, strict=True):
        np.testing.assert_array_equal(part, exact)
    assert np.count_nonzero(got[0]) == x.size


@each_shape
def test_accurate(shape, isa):
    rng = np.random.default_rng(43)
    x = normals(rng, *shape) * 3 + 2
    gamma, beta, dy = normals(rng, shape[-1]), normals(rng, shape[-1]), normals(rng, *shape)
    rows, axes = x.size // shape[-1], tuple(range(x.ndim - 1))
    x64 = x.astype(np.float64)
    mean, std = x64.mean(axes), np.sqrt(x64.var(axes) + 1e-5)
    # Sums of at most 1024 rows are taken in float32, around a row that may be the farthest one.
    terms = min(rows, 1024)
    far = 1 + ((x64 - mean) ** 2).max(axes) / std**2

    xhat_size = (np.abs(x64) + np.abs(mean)) / std + np.abs(x64 - mean) / std * far
    y_size = np.abs(gamma) * xhat_size + np.abs(beta)
    assert_accurate(F.batchnorm(x, gamma, beta), reference.batchnorm(x, gamma, beta), y_size, terms)
    given = x64[(0,) * len(axes)], np.abs(x64[(-1,) * len(axes)])
    size = np.abs(gamma) / np.sqrt(given[1]) * (np.abs(x64) + np.abs(given[0])) + np.abs(beta)
    got = F.batchnorm(x, gamma, beta, *given)
    given = [array.astype(np.float32) for array in given]
    assert_accurate(got, reference.batchnorm(x, gamma, beta, *given), size)

    dx, dgamma, dbeta = F.batchnorm_backward(dy, x, gamma, *given)
    expected_dx, expected_dgamma, expected_dbeta = reference.batchnorm_backward(
        dy, x, gamma, *given
    )
    std_given = np.sqrt(given[1] + 1e-5)
    assert_accurate(dx, expected_dx, np.abs(dy * gamma) / std_given)
    assert_accurate(dbeta, expected_dbeta, np.abs(dy).sum(axes), terms)
    dgamma_size = (np.abs(dy) * (np.abs(x64) + np.abs(given[0])) / std_given).sum(axes)
    assert_accurate(dgamma, expected_dgamma, dgamma_size, terms)

    dx, dgamma, dbeta = F.batchnorm_backward(dy, x, gamma)
    expected_dx, expected_dgamma, expected_dbeta = reference.batchnorm_backward(dy, x, gamma)
    dbeta_size, dgamma_size = np.abs(dy).sum(axes), (np.abs(dy) * xhat_size).sum(axes)
    assert_accurate(dbeta, expected_dbeta, dbeta_size, terms)
    assert_accurate(dgamma, expected_dgamma, dgamma_size, terms)
    dx_size = np.abs(dy) + dbeta_size / rows + xhat_size * dgamma_size / rows
    assert_accurate(dx, expected_dx, np.abs(gamma) / std * dx_size, terms)


# --- statistics that the graph keeps ---


def statistics(x, momentum=0.25, eps=1e-12):
    """Run the operation itself: both moved running statistics, mean, 1 / sqrt(var + eps)."""
    s = gate.batchnorm(x.shape, training=True)
    ones = np.ones(s.c, dtype=np.float32)
    kept = ones * 8, ones * 16, np.empty((2, s.c), dtype=np.float32), np.empty_like(ones)
    y = np.empty_like(x)
    operation = batchnorm.BatchNormForward(s, eps, momentum, x, ones, ones, *kept, y)
    program.Program([operation]).run()
    running_mean, running_var, mean, inverse = kept
    return running_mean, running_var, mean.sum(0, dtype=np.float64), inverse


@pytest.mark.parametrize("rows", [2, 12, 1024, 3000])
@pytest.mark.parametrize("c", [1, 17, 65])
def test_running_statistics_move_by_momentum(rows, c, isa, n_threads):
    x = two_values(np.random.default_rng(44), (rows, c))
    running_mean, running_var, mean, inverse = statistics(x)
    np.testing.assert_array_equal(mean, x.astype(np.float64).mean(0))
    np.testing.assert_array_equal(inverse, np.ones(c))
    np.testing.assert_array_equal(running_mean, 8 + 0.25 * (mean - 8))
    unbiased = rows / (rows - 1)
    np.testing.assert_array_equal(running_var, np.float32(16 + 0.25 * (unbiased - 16)).repeat(c))


@pytest.mark.parametrize("rows", [100, 5000])
@pytest.mark.parametrize(("mean", "std"), [(1e4, 1e-2), (-1e4, 1e-3), (3e-3, 1e-4), (1e6, 1.0)])
def test_variance_survives_a_large_mean(mean, std, rows, isa):
    x = np.random.default_rng(45).normal(mean, std, (rows, 19)).astype(np.float32)
    _, _, got_mean, inverse = statistics(x)
    x64 = x.astype(np.float64)
    np.testing.assert_allclose(1 / inverse.astype(np.float64) ** 2, x64.var(0), rtol=1e-3)
    np.testing.assert_allclose(got_mean, x64.mean(0), rtol=2**-24, atol=1e-6 * std)


@pytest.mark.parametrize(("mean", "std"), [(1e4, 1e-2), (-1e4, 1e-3), (1e6, 1.0)])
@pytest.mark.parametrize("c", [3, 16, 150])
def test_a_mean_beyond_float32(mean, std, c, isa):
    """The mean rounded to float32 may be off by half a deviation; y and dx are not."""
    rng = np.random.default_rng(48)
    x, dy = rng.normal(mean, std, (800, c)).astype(np.float32), normals(rng, 800, c)
    gamma, beta = normals(rng, c), normals(rng, c)
    got = F.batchnorm(x, gamma, beta, eps=1e-12), *F.batchnorm_backward(dy, x, gamma, eps=1e-12)
    expected = (
        reference.batchnorm(x, gamma, beta, eps=1e-12),
        *reference.batchnorm_backward(dy, x, gamma, eps=1e-12),
    )
    for array, exact in zip(got, expected, strict=True):
        np.testing.assert_allclose(array, exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())


@pytest.mark.parametrize("first", [10, -30])
def test_variance_survives_an_odd_first_row(first, isa):
    """The sums of a chunk are taken around its first row."""
    x = np.random.default_rng(46).normal(0, 1, (2000, 5)).astype(np.float32)
    x[0] = first
    _, _, mean, inverse = statistics(x)
    x64 = x.astype(np.float64)
    np.testing.assert_allclose(1 / inverse.astype(np.float64) ** 2, x64.var(0), rtol=1e-3)
    np.testing.assert_allclose(mean, x64.mean(0), rtol=1e-3)


def test_squares_beyond_float32(isa):
    x = np.array([1e20, -1e20, 1e20, 0], dtype=np.float32)[:, None]
    expected = reference.batchnorm(x, np.ones(1), np.ones(1))
    np.testing.assert_allclose(F.batchnorm(x, np.ones(1), np.ones(1)), expected, rtol=1e-5)


def test_a_constant_channel_normalises_to_beta(isa):
    x = np.full((50, 3), 1.7, dtype=np.float32)
    y = F.batchnorm(x, np.ones(3), [1.0, 2.0, -3.0])
    np.testing.assert_array_equal(y, np.tile(np.float32([1, 2, -3]), (50, 1)))
    dx, dgamma, dbeta = F.batchnorm_backward(np.ones_like(x), x, np.ones(3))
    assert (dx.tolist(), dgamma.tolist(), dbeta.tolist()) == ([[0] * 3] * 50, [0] * 3, [50] * 3)


# --- numbers that are not finite ---


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("c", [1, 4, 17, 33])
def test_not_finite_spoils_its_channel_only(c, value, isa):
    rng = np.random.default_rng(47)
    x = normals(rng, 6, 5, c)
    x[4, 2, c // 2] = value
    spoilt = np.arange(c) == c // 2
    ones = np.ones(c)
    assert np.array_equal(np.isnan(F.batchnorm(x, ones, ones)).all(axis=(0, 1)), spoilt)
    assert np.array_equal(np.isnan(F.batchnorm(x, ones, ones)).any(axis=(0, 1)), spoilt)
    for part in F.batchnorm_backward(np.ones_like(x), x, ones):
        spoilt_by_dy = part.ndim == 1 and np.isfinite(part).all()  # dbeta does not see x
        assert spoilt_by_dy or np.array_equal(np.isnan(part.reshape(-1, c)).all(axis=0), spoilt)
    y = F.batchnorm(x, ones, ones, mean=ones, var=ones)
    assert np.argwhere(~np.isfinite(y)).tolist() == [[4, 2, c // 2]]


def test_denormals_count_as_zero(isa):
    x = np.full((4, 3), 1e-40, dtype=np.float32)
    np.testing.assert_array_equal(F.batchnorm(x, np.ones(3), np.ones(3)), np.ones((4, 3)))
