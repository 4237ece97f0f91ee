"""Sums of two tensors against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, integers, normals

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels.add import Add
from fastcnn.kernels.program import Program

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Tails of every register, and runs of 16384 elements.
SHAPES = [*((n,) for n in range(1, 36)), (), (3, 5, 7, 11), (16384,), (16385,), (3, 20_001)]


def test_exact(isa, n_threads):
    rng = np.random.default_rng(100)
    for shape in SHAPES:
        a, b = integers(rng, *shape), integers(rng, *shape)
        y = F.add(a, b)
        np.testing.assert_array_equal(y, reference.add(a, b))
        assert y.dtype == np.float32
        assert y.shape == shape


def test_accurate(isa):
    rng = np.random.default_rng(101)
    for shape in SHAPES:
        a, b = normals(rng, *shape), normals(rng, *shape)
        assert_accurate(F.add(a, b), reference.add(a, b), np.abs(a) + np.abs(b))


@pytest.mark.parametrize("into", ["a", "b"])
def test_in_place(into, isa, n_threads):
    """Gradients that meet are added to the one that came first."""
    rng = np.random.default_rng(102)
    arrays = {"a": integers(rng, 3, 20_001), "b": integers(rng, 3, 20_001)}
    expected = reference.add(**arrays)
    Program([Add(**arrays, y=arrays[into])]).run()
    np.testing.assert_array_equal(arrays[into], expected)


@pytest.mark.parametrize("n", [1, 5, 17, 40])
def test_not_finite(n, isa):
    a = np.resize(np.array([np.nan, np.inf, np.inf, -np.inf, 1], dtype=np.float32), n)
    b = np.resize(np.array([1, np.inf, -np.inf, 1, np.nan], dtype=np.float32), n)
    np.testing.assert_array_equal(
        F.add(a, b), np.resize([np.nan, np.inf, np.nan, -np.inf, np.nan], n)
    )
