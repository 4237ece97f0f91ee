"""Group and layer normalisation and their gradients against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Groups and a shape: single pixels and many, few samples (cut into chunks) and many (whole ones),
# rows that are joined to wide ones, channels beyond a merge of 256, pixels beyond a chunk.
SHAPES = [
    *((1, (3, c)) for c in (2, 6, 16, 18, 30, 32, 34, 64, 66, 100, 130, 1030)),
    *((c // 2, (5, c)) for c in (4, 34, 66)),
    (1, (1200, 6)),
    (2, (9, 40)),
    (1, (2, 2, 1)),
    (3, (2, 3, 4, 3)),
    (17, (9, 4, 5, 17)),
    (2, (70, 2, 2, 6)),
    (3, (9, 2, 4, 3, 9)),
    (4, (3, 28, 28, 12)),
    (8, (10, 12, 12, 24)),
    (5, (2, 4, 10, 310)),
    (2, (8, 1, 2, 2050)),
    (1, (1, 40, 64, 33)),
    (16, (2, 70, 64, 32)),
]
each_shape = pytest.mark.parametrize(("groups", "shape"), SHAPES, ids=str)


def norms(groups, shape):
    """Both functions that normalise these groups: for single pixels and one group layernorm too."""
    both = [
        (
            lambda m, *args, **options: m.groupnorm(*args, groups, **options),
            lambda m, *args, **options: m.groupnorm_backward(*args, groups, **options),
        )
    ]
    if groups == 1 and len(shape) == 2:
        both.append(
            (
                lambda m, *args, **options: m.layernorm(*args, **options),
                lambda m, *args, **options: m.layernorm_backward(*args, **options),
            )
        )
    return both


def by_group(x, groups):
    """View x (n, ..., c) as (n, groups, values)."""
    members = x.shape[-1] // groups
    return np.moveaxis(x.reshape(len(x), -1, groups, members), 2, 1).reshape(len(x), groups, -1)


def two_values(rng, groups, shape):
    """Draw x: half of each group is one above a whole mean, half one below."""
    members, n = shape[-1] // groups, shape[0]
    pixels = int(np.prod(shape[1:-1]))
    signs = np.resize([1.0, -1.0], (n, groups, pixels * members))
    x = rng.permuted(signs, axis=2) + integers(rng, n, groups, 1, limit=9)
    x = np.moveaxis(x.reshape(n, groups, pixels, members), 1, 2)
    return x.reshape(shape).astype(np.float32)


@each_shape
def test_exact(groups, shape, isa, n_threads):
    rng = np.random.default_rng(180)
    x = two_values(rng, groups, shape)
    gamma, beta = integers(rng, shape[-1]), integers(rng, shape[-1])
    for forward, _ in norms(groups, shape):
        y = forward(F, x, gamma, beta, eps=3.0)  # sqrt(1 + 3) = 2: no digit is lost anywhere
        np.testing.assert_array_equal(y, forward(reference, x, gamma, beta, eps=3.0))
        assert np.count_nonzero(y) * 2 >= y.size


@each_shape
def test_gradient_exact(groups, shape, isa, n_threads):
    rng = np.random.default_rng(181)
    x, dy = two_values(rng, groups, shape), integers(rng, *shape)
    gamma, values = integers(rng, shape[-1]), x.size // len(x) // groups
    for _, backward in norms(groups, shape):
        got = backward(F, dy, x, gamma, eps=3.0)
        expected = backward(reference, dy, x, gamma, eps=3.0)
        for part, exact in zip(got[1:], expected[1:], strict=True):
            np.testing.assert_array_equal(part, exact)
        if values & (values - 1) == 0:  # division by the number of values is exact
            np.testing.assert_array_equal(got[0], expected[0])
        else:
            np.testing.assert_allclose(got[0], expected[0], rtol=0, atol=2e-6)


@each_shape
def test_accurate(groups, shape, isa):
    rng = np.random.default_rng(182)
    x, dy = normals(rng, *shape) * 3 + 2, normals(rng, *shape)
    gamma, beta = normals(rng, shape[-1]), normals(rng, shape[-1])
    axes, values = tuple(range(x.ndim - 1)), by_group(x.astype(np.float64), groups)
    terms = min(max(values.shape[2], len(x)), 1024)  # sums in float32 are no longer
    mean, std = values.mean(2), np.sqrt(values.var(2) + 1e-5)
    # Columns are summed up around their first pixel, which may be the farthest one.
    far = 1 + ((values - mean[..., None]) ** 2).max(2) / std**2

    def spread(numbers):
        """A number of each group, for all its values."""
        lines = numbers.reshape(len(x), *[1] * (x.ndim - 2), groups)
        return np.broadcast_to(np.repeat(lines, shape[-1] // groups, axis=-1), shape)

    size = (np.abs(x) + np.abs(spread(mean))) / spread(std)
    size += np.abs(x - spread(mean)) / spread(std) * spread(far)
    scaled = np.abs(dy * gamma)
    means = by_group(scaled, groups).mean(2), by_group(scaled * size, groups).mean(2)
    dx_size = (scaled + spread(means[0]) + size * spread(means[1])) / spread(std)
    for forward, backward in norms(groups, shape):
        expected = forward(reference, x, gamma, beta)
        y_size = np.abs(gamma) * size + np.abs(beta)
        assert_accurate(forward(F, x, gamma, beta), expected, y_size, terms)
        dx, dgamma, dbeta = backward(F, dy, x, gamma)
        expected = backward(reference, dy, x, gamma)
        assert_accurate(dbeta, expected[2], np.abs(dy).sum(axes), terms)
        assert_accurate(dgamma, expected[1], (np.abs(dy) * size).sum(axes), terms)
        assert_accurate(dx, expected[0], dx_size, terms)


def test_layers_of_any_number_of_dimensions(isa):
    rng = np.random.default_rng(183)
    x, dy = normals(rng, 3, 4, 5, 6), normals(rng, 3, 4, 5, 6)
    gamma, beta = normals(rng, 6), normals(rng, 6)
    rows, rows_dy = x.reshape(-1, 6), dy.reshape(-1, 6)
    y = F.layernorm(x, gamma, beta)
    np.testing.assert_array_equal(y.reshape(-1, 6), F.layernorm(rows, gamma, beta))
    images, pixels = F.layernorm_backward(dy, x, gamma), F.layernorm_backward(rows_dy, rows, gamma)
    for part, same in zip(images, pixels, strict=True):
        np.testing.assert_array_equal(part.reshape(same.shape), same)


NARROW = [(1, (7, 100)), (4, (3, 6, 5, 8)), (2, (9, 6, 5, 6)), (32, (2, 20, 20, 64))]


@pytest.mark.parametrize(("mean", "std"), [(1e4, 1e-2), (-1e4, 1e-3), (1e6, 1.0)])
@pytest.mark.parametrize(("groups", "shape"), NARROW, ids=str)
def test_a_mean_beyond_float32(groups, shape, mean, std, isa):
    """The mean rounded to float32 may be off by half a deviation; y and dx are not."""
    rng = np.random.default_rng(184)
    x, dy = rng.normal(mean, std, shape).astype(np.float32), normals(rng, *shape)
    gamma, beta = normals(rng, shape[-1]), normals(rng, shape[-1])
    for forward, backward in norms(groups, shape):
        got = forward(F, x, gamma, beta, eps=1e-12), *backward(F, dy, x, gamma, eps=1e-12)
        expected = (
            forward(reference, x, gamma, beta, eps=1e-12),
            *backward(reference, dy, x, gamma, eps=1e-12),
        )
        for array, exact in zip(got, expected, strict=True):
            np.testing.assert_allclose(array, exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())


@pytest.mark.parametrize(("groups", "shape"), NARROW, ids=str)
def test_squares_beyond_float32(groups, shape, isa):
    x = normals(np.random.default_rng(185), *shape) * np.float32(1e22)
    ones = np.ones(shape[-1])
    for forward, _ in norms(groups, shape):
        y = forward(F, x, ones, ones)
        np.testing.assert_allclose(y, forward(reference, x, ones, ones), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("groups", "shape"), NARROW, ids=str)
def test_constant_groups_normalise_to_beta(groups, shape, isa):
    x, beta = np.full(shape, 1.7, dtype=np.float32), integers(np.random.default_rng(186), shape[-1])
    for forward, backward in norms(groups, shape):
        y = forward(F, x, np.ones(shape[-1]), beta)
        np.testing.assert_array_equal(y, np.broadcast_to(beta, shape))
        dx, dgamma, dbeta = backward(F, np.ones(shape), x, np.ones(shape[-1]))
        assert not dx.any()
        assert not dgamma.any()
        assert (dbeta == x.size // shape[-1]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize(("groups", "shape"), NARROW, ids=str)
def test_not_finite_spoils_its_group_only(groups, shape, value, isa):
    rng = np.random.default_rng(187)
    x, ones = normals(rng, *shape), np.ones(shape[-1])
    x[(1,) * len(shape)] = value
    spoilt = np.zeros((len(x), groups), dtype=bool)
    spoilt[1, 1 // (shape[-1] // groups)] = True
    for forward, backward in norms(groups, shape):
        dx, dgamma, dbeta = backward(F, np.ones(shape), x, ones)
        for array in (forward(F, x, ones, ones), dx):
            np.testing.assert_array_equal(np.isnan(by_group(array, groups)).all(2), spoilt)
            np.testing.assert_array_equal(np.isnan(by_group(array, groups)).any(2), spoilt)
        channels = np.repeat(spoilt.any(0), shape[-1] // groups)
        np.testing.assert_array_equal(np.isnan(dgamma), channels)
        assert np.isfinite(dbeta).all()
