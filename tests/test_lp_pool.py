"""Pooling by the p-norm and its gradients against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# (shape of x, size, stride, padding, ceil_mode)
POOLS = {
    "one_pixel": ((1, 1, 1, 1), 1, None, "valid", False),
    **{f"tail_{c}": ((2, 6, 7, c), 2, None, "valid", False) for c in (1, 3, 15, 16, 17, 33)},
    "overlap": ((2, 7, 8, 18), 3, 1, "same", False),
    "stride": ((2, 9, 12, 5), 3, 2, 1, False),
    "apart": ((2, 9, 8, 6), 2, 3, "valid", False),
    "ceil": ((2, 8, 10, 7), 3, 2, "valid", True),
    "window_is_image": ((2, 4, 5, 3), (4, 5), None, "valid", False),
    "many_rows": ((9, 30, 4, 5), 2, None, "valid", False),
    "sequence": ((2, 23, 5), 3, 2, 1, False),
    "volume": ((2, 4, 5, 6, 3), (2, 3, 2), (1, 2, 2), "same", False),
}
NAMES = {3: "lp_pool1d", 4: "lp_pool2d", 5: "lp_pool3d"}

each_pool = pytest.mark.parametrize("where", POOLS.values(), ids=list(POOLS))


@each_pool
def test_sums_exact(where, isa, n_threads):
    shape, *where = where
    name, rng = NAMES[len(shape)], np.random.default_rng(38)
    x = integers(rng, *shape) * (rng.random(shape) < 0.7)
    y = getattr(reference, name)(x, *where, p=1)
    np.testing.assert_array_equal(getattr(F, name)(x, *where, p=1), y.astype(np.float32))
    dy = integers(rng, *y.shape)
    dx = getattr(reference, f"{name}_backward")(dy, x, *where, p=1)
    np.testing.assert_array_equal(getattr(F, name + "_backward")(dy, x, *where, p=1), dx)


@each_pool
@pytest.mark.parametrize("p", [2, 3, 1.25, 2.5, 12])
def test_accurate(p, where, isa):
    shape, *where = where
    name, rng = NAMES[len(shape)], np.random.default_rng(39)
    x = normals(rng, *shape) * (rng.random(shape) < 0.8)
    y = getattr(reference, name)(x, *where, p=p)
    got = getattr(F, name)(x, *where, p=p)
    assert_accurate(got, y, y, terms=25)
    dy = normals(rng, *y.shape)
    backward = getattr(reference, f"{name}_backward")
    dx, size = backward(dy, x, *where, p=p), backward(np.abs(dy), np.abs(x), *where, p=p)
    # The power of a quotient has p - 1 times the relative error of the quotient; and that of its
    # logarithm, however large, is small against 1.
    reach = backward(np.abs(dy), np.ones_like(x), *where, p=1)
    got = getattr(F, name + "_backward")(dy, x, *where, p=p)
    assert_accurate(got, dx, p * size + reach, terms=25)


@pytest.mark.parametrize("c", [1, 4, 16, 17])
def test_squares_of_whole_numbers_have_exact_roots(c, isa):
    x = np.array([3, 0, -4, 0], dtype=np.float32)[:, None].repeat(c, axis=1).reshape(1, 2, 2, c)
    assert F.lp_pool2d(x, 2).ravel().tolist() == [5] * c
    dx = F.lp_pool2d_backward(np.full((1, 1, 1, c), 10), x, 2)
    np.testing.assert_array_equal(dx, 2 * x)


@pytest.mark.parametrize("p", [1, 2, 3.5])
@pytest.mark.parametrize("c", [1, 16, 17])
def test_windows_of_zeros_have_no_gradient(c, p, isa):
    x = np.zeros((1, 2, 4, c), dtype=np.float32)
    x[:, 1, 3] = -7
    y = F.lp_pool2d(x, 2, p=p)
    np.testing.assert_allclose(y, [[[[0] * c, [7] * c]]], rtol=1e-6)
    dx = F.lp_pool2d_backward(np.ones_like(y), x, 2, p=p)
    np.testing.assert_allclose(dx, np.sign(x), rtol=1e-6)


@pytest.mark.parametrize("p", [1, 2, 3.5])
@pytest.mark.parametrize("c", [1, 16, 17])
def test_nan_stays_where_it_is(c, p, isa):
    x = np.ones((1, 4, 4, c), dtype=np.float32)
    x[0, 1, 2, c // 2] = np.nan
    y = F.lp_pool2d(x, 2, p=p)
    assert np.argwhere(np.isnan(y)).tolist() == [[0, 0, 1, c // 2]]
    dx = F.lp_pool2d_backward(np.ones_like(y), x, 2, p=p)
    assert np.isnan(dx[0, 1, 2, c // 2])
    assert not np.isnan(np.delete(dx, c // 2, axis=3)).any()


@pytest.mark.parametrize("p", [1, 3, 50, 1000])
def test_powers_neither_overflow_nor_vanish(p, isa):
    x = np.array([1e30, -2e30, 1e-30, 3e-30], dtype=np.float32).reshape(1, 4, 1)
    y = F.lp_pool1d(x, 2, p=p)
    np.testing.assert_allclose(y, reference.lp_pool1d(x, 2, p=p), rtol=3e-6)
    x[0, 1] = -np.inf
    assert F.lp_pool1d(x, 2, p=p)[0, 0, 0] == np.inf
