"""The matrix product and its gradients against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals
from problems import TAILS

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# n, ic, oc
SIZES = [
    (1, 1, 1),
    *zip(TAILS, TAILS[4:] + TAILS[:4], TAILS[7:] + TAILS[:7], strict=True),
    *zip(TAILS[9:] + TAILS[:9], TAILS, TAILS[2:] + TAILS[:2], strict=True),
    (1, 400, 120),
    (64, 84, 10),
    (225, 3, 33),  # rows beyond a block of 224 pixels, and one more
    (500, 17, 5),
    (33, 1000, 3),  # features beyond the blocks of both passes
    (3, 449, 70),
    (700, 65, 1),  # the weight gradient has several strips of 320 rows
    (2000, 150, 130),  # and its sum several runs
]

each_size = pytest.mark.parametrize("size", SIZES, ids=str)


def arguments(draw, size):
    rng = np.random.default_rng(50)
    n, ic, oc = size
    return draw(rng, n, ic), draw(rng, ic, oc), draw(rng, oc), draw(rng, n, oc)


@each_size
def test_exact(size, isa, n_threads):
    x, w, b, dy = arguments(integers, size)
    np.testing.assert_array_equal(F.dense(x, w), reference.dense(x, w))
    assert_exact(F.dense(x, w, b), reference.dense(x, w, b))
    for got, expected in zip(
        F.dense_backward(dy, x, w), reference.dense_backward(dy, x, w), strict=True
    ):
        assert_exact(got, expected)


@each_size
def test_accurate(size, isa):
    x, w, b, dy = arguments(normals, size)
    n, ic, oc = size
    y_size = reference.dense(np.abs(x), np.abs(w), np.abs(b))
    assert_accurate(F.dense(x, w, b), reference.dense(x, w, b), y_size, ic)
    got = F.dense_backward(dy, x, w)
    expected = reference.dense_backward(dy, x, w)
    sizes = reference.dense_backward(*(np.abs(array) for array in (dy, x, w)))
    for part in zip(got, expected, sizes, (oc, n, n), strict=True):
        assert_accurate(*part)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("n", [1, 15, 33])
def test_not_finite_stays_in_its_row(n, value, isa):
    rng = np.random.default_rng(51)
    x, w, dy = integers(rng, n, 18), integers(rng, 18, 19), integers(rng, n, 19)
    x[n // 2, 17] = dy[n // 2, 18] = value
    assert np.flatnonzero(~np.isfinite(F.dense(x, w)).any(axis=1)).tolist() == [n // 2]
    dx, dw, db = F.dense_backward(dy, x, w)
    np.testing.assert_array_equal(~np.isfinite(dx).all(axis=1), np.arange(n) == n // 2)
    spoilt = (np.arange(18)[:, None] == 17) | (np.arange(19) == 18)
    np.testing.assert_array_equal(~np.isfinite(dw), spoilt)
    np.testing.assert_array_equal(~np.isfinite(db), np.arange(19) == 18)
