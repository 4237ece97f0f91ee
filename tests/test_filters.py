"""Filters designed by hand: what they find, and what they leave as it is."""

import numpy as np
import pytest
from helpers import integers, normals
from scipy import ndimage

from fastcnn import filters


def test_edges_are_found_and_nothing_else():
    step = np.zeros((1, 6, 6, 1))
    step[:, :, 3:] = 1
    for kernel, size in ((filters.sobel("x"), 4), (filters.prewitt("x"), 3)):
        expected = np.zeros((6, 6))
        expected[:, 2:4] = size
        np.testing.assert_array_equal(filters.apply(step, kernel)[0, :, :, 0], expected)
        np.testing.assert_array_equal(
            filters.apply(step.transpose(0, 2, 1, 3), kernel.T)[0, :, :, 0], expected.T
        )
        assert not filters.apply(step, kernel.T).any()


def test_a_bank():
    bank = filters.bank()
    for name in ("Sobel x", "Sobel y", "Prewitt x", "Prewitt y"):
        assert bank[name].sum() == 0
    for name in ("identity", "blur", "Gaussian", "sharpen", "emboss"):
        np.testing.assert_allclose(bank[name].sum(), 1, rtol=1e-6)
    assert {kernel.dtype for kernel in bank.values()} == {np.dtype(np.float32)}
    x = normals(np.random.default_rng(0), 2, 5, 7, 3)
    np.testing.assert_array_equal(filters.apply(x, bank["identity"]), x)
    np.testing.assert_array_equal(bank["Sobel y"], bank["Sobel x"].T)
    np.testing.assert_array_equal(bank["sharpen"], filters.sharpen(0) - filters.laplacian())


def test_gaussian():
    kernel = filters.gaussian(7, 1.5)
    impulse = np.zeros((7, 7))
    impulse[3, 3] = 1
    expected = ndimage.gaussian_filter(impulse, 1.5, mode="constant", radius=3)
    np.testing.assert_allclose(kernel, expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(3, 3), (1, 3), (5, 1), (2, 2), (4, 3)], ids=str)
def test_apply(shape):
    rng = np.random.default_rng(1)
    x, kernel = integers(rng, 2, 6, 5, 3), integers(rng, *shape)
    y = filters.apply(x, kernel)
    assert y.dtype == np.float32
    origin = [-1 if size % 2 == 0 else 0 for size in shape]  # the odd pixel is at the end
    for sample, channel in np.ndindex(2, 3):
        plane = x[sample, :, :, channel]
        expected = ndimage.correlate(plane, kernel, mode="nearest", origin=origin)
        np.testing.assert_array_equal(y[sample, :, :, channel], expected)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: filters.sobel(0), ValueError, "axis must be 'x' or 'y': got 0"),
        (lambda: filters.prewitt("z"), ValueError, "axis must be 'x' or 'y': got 'z'"),
        (lambda: filters.blur(0), ValueError, "size must be >= 1: got 0"),
        (lambda: filters.gaussian(3, 0), ValueError, "sigma must be in"),
        (lambda: filters.gaussian("3"), TypeError, "size"),
        (lambda: filters.sharpen(-1), ValueError, "amount must be in"),
        (lambda: filters.apply(np.ones((3, 3)), np.ones((3, 3))), ValueError, "x must have 4"),
        (lambda: filters.apply(np.ones((1, 3, 3, 1)), [1]), ValueError, "kernel must have 2"),
    ],
)
def test_refuses(call, error, words):
    with pytest.raises(error, match=words):
        call()
