"""Local response normalisation and its gradient against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Channels around the lanes of every register; more pixels than a task, more channels than a block.
SHAPES = [
    *((2, 3, 4, c) for c in (1, 2, 3, 5, 7, 15, 16, 17, 31, 32, 33, 48, 70)),
    (3, 96),
    (2, 20, 30, 96),
    (2, 2100),
    (9, 1, 33, 2, 10),
]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


@each_shape
def test_exact(shape, isa, n_threads):
    """With beta = 0 nothing is divided."""
    rng = np.random.default_rng(190)
    x, dy = integers(rng, *shape), integers(rng, *shape)
    for size in (1, 5, 8, 200):
        assert_exact(F.lrn(x, size, beta=0.0), x)
        assert_exact(F.lrn_backward(dy, x, size, beta=0.0), dy)


@pytest.mark.parametrize(
    ("size", "alpha", "beta", "k"),
    [
        (5, 1e-4, 0.75, 1.0),
        (5, 5e-4, 0.75, 2.0),
        (5, 2.0, 0.75, 1.5),
        (1, 2.0, 0.75, 0.5),
        (2, 2.0, 0.5, 1.5),
        (3, 0.7, 1.3, 0.1),
        (4, 3.0, 1.0, 1.0),
        (9, 3.0, 0.5, 1.0),
        (40, 8.0, 0.75, 2.0),
    ],
)
@each_shape
def test_accurate(shape, size, alpha, beta, k, isa):
    rng = np.random.default_rng(191)
    x, dy = normals(rng, *shape) * 2, normals(rng, *shape)
    settings = {"size": size, "alpha": alpha, "beta": beta, "k": k}
    scale = x.astype(np.float64) / reference.lrn(x, **{**settings, "beta": 1.0})
    # The logarithm of the scale is rounded, and the power is beta times that off.
    terms = 16 * (1 + beta * np.abs(np.log(scale)).max()) ** 2 + size
    expected = reference.lrn(x, **settings)
    assert_accurate(F.lrn(x, **settings), expected, np.abs(expected), terms)
    first = np.abs(dy) / scale**beta
    second = first - reference.lrn_backward(np.abs(dy), np.abs(x), **settings)
    got = F.lrn_backward(dy, x, **settings)
    assert_accurate(got, reference.lrn_backward(dy, x, **settings), first + second, terms)


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.6])
@pytest.mark.parametrize("scale", [1e-30, 1e-10, 1e-3, 1.0, 1e4, 1e12])
def test_any_scale(scale, beta, isa):
    x = (normals(np.random.default_rng(192), 7, 40) * scale).astype(np.float32)
    for k in (1e-30, 1.0, 1e30):
        got, expected = (m.lrn(x, 5, 5.0, beta, k) for m in (F, reference))
        np.testing.assert_allclose(got, expected, rtol=2e-5, atol=1e-37)


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.6])
def test_squares_beyond_float32(beta, isa):
    """Too large a scale gives something small, of the right sign."""
    x = normals(np.random.default_rng(193), 7, 40) * np.float32(1e30)
    y = F.lrn(x, beta=beta)
    assert np.isfinite(y).all()
    assert (np.sign(y) == np.sign(x)).all()
    assert (np.abs(y) < np.abs(x) * 1e-15).all()


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.6])
@pytest.mark.parametrize("c", [1, 9, 40])
def test_nan_spoils_its_windows_only(c, beta, isa):
    x = normals(np.random.default_rng(194), 3, 4, c)
    x[1, 2, c // 2] = np.nan
    spoilt = np.zeros(x.shape, dtype=bool)
    spoilt[1, 2, max(0, c // 2 - 2) : c // 2 + 3] = True
    np.testing.assert_array_equal(np.isnan(F.lrn(x, 5, beta=beta)), spoilt)
    spoilt[1, 2, max(0, c // 2 - 4) : c // 2 + 5] = True  # whose scales are in their windows
    np.testing.assert_array_equal(np.isnan(F.lrn_backward(np.ones(x.shape), x, beta=beta)), spoilt)
