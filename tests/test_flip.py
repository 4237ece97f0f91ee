"""Flips, and changes one after the other."""

import numpy as np
import pytest

from fastcnn import data


def test_flip_mirrors_half_of_the_images():
    x = np.arange(1000 * 2 * 3).reshape(1000, 2, 3, 1)
    y = data.Flip()(x, np.random.default_rng(1))
    mirrored = (y == x[:, :, ::-1]).all((1, 2, 3))
    assert ((y == x).all((1, 2, 3)) | mirrored).all()
    assert 400 < mirrored.sum() < 600
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(data.Flip()(x, np.random.default_rng(1)), y)
    with pytest.raises(ValueError, match=r"x must be \(n, h, w, c\): got shape \(2, 3\)"):
        data.Flip()(np.ones((2, 3)), np.random.default_rng(0))


def test_chain_does_one_after_the_other():
    x = np.random.default_rng(0).random((5, 6, 7, 3))
    rng = np.random.default_rng(2)
    expected = data.Flip()(data.Shift(2)(x, rng), rng)
    chain = data.Chain(data.Shift(2), data.Flip())
    np.testing.assert_array_equal(chain(x, np.random.default_rng(2)), expected)
    np.testing.assert_array_equal(data.Chain()(x, rng), x)
