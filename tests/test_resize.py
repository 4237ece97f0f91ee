"""Interpolation and adaptive averages, and their gradients, against the specification."""

import numpy as np
import pytest
from helpers import assert_accurate, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# (shape of x, size of y)
SIZES = {
    "pixel": ((1, 1, 1, 1), (1, 1)),
    **{f"tail_{c}": ((2, 4, 5, c), (8, 10)) for c in (1, 2, 3, 15, 16, 17, 33)},
    "three_times": ((2, 3, 4, 5), (9, 12)),
    "odd": ((2, 5, 6, 4), (7, 11)),
    "smaller": ((2, 9, 10, 6), (4, 3)),
    "same_rows": ((2, 4, 5, 3), (4, 9)),
    "same_columns": ((2, 4, 5, 3), (9, 5)),
    "one_pixel": ((2, 6, 7, 5), (1, 1)),
    "of_one_pixel": ((2, 1, 1, 17), (4, 3)),
    "alexnet": ((1, 13, 13, 40), (6, 6)),
    "many_rows": ((5, 40, 9, 20), (80, 18)),
    "sequence": ((2, 9, 5), (18,)),
    "sequence_smaller": ((3, 40, 3), (7,)),
    "volume": ((2, 3, 4, 5, 3), (6, 8, 10)),
    "volume_frames_alone": ((2, 3, 4, 5, 3), (3, 2, 7)),
    "volume_depth_alone": ((2, 3, 4, 5, 17), (5, 4, 5)),
}
NAMES = {
    3: ("upsample1d", "linear", "adaptive_avg_pool1d"),
    4: ("upsample2d", "bilinear", "adaptive_avg_pool2d"),
    5: ("upsample3d", "trilinear", "adaptive_avg_pool3d"),
}

each_size = pytest.mark.parametrize(("shape", "size"), SIZES.values(), ids=list(SIZES))


@each_size
def test_nearest_exact(shape, size, isa, n_threads):
    rng, (name, *_) = np.random.default_rng(122), NAMES[len(shape)]
    x, dy = integers(rng, *shape), integers(rng, shape[0], *size, shape[-1])
    np.testing.assert_array_equal(
        getattr(F, name)(x, size=size), getattr(reference, name)(x, size=size)
    )
    dx = getattr(reference, f"{name}_backward")(dy, x, size=size)
    np.testing.assert_array_equal(getattr(F, name + "_backward")(dy, x, size=size), dx)


@each_size
@pytest.mark.parametrize("how", ["linear", "align_corners", "average"])
def test_accurate(how, shape, size, isa):
    rng, (name, mode, average) = np.random.default_rng(123), NAMES[len(shape)]
    options = {"size": size, "mode": mode, "align_corners": how == "align_corners"}
    if how == "average":
        name, options = average, {"output_size": size}
    x, dy = normals(rng, *shape), normals(rng, shape[0], *size, shape[-1])
    forward = getattr(reference, name)
    y, scale = forward(x, **options), forward(np.abs(x), **options)
    assert_accurate(getattr(F, name)(x, **options), y, scale, terms=x[0].size)
    backward = getattr(reference, f"{name}_backward")
    dx, scale = (backward(g, x, **options) for g in (dy, np.abs(dy)))
    assert_accurate(getattr(F, name + "_backward")(dy, x, **options), dx, scale, terms=dy[0].size)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_factor(mode, isa):
    x = normals(np.random.default_rng(124), 2, 3, 4, 5)
    y = F.upsample2d(x, (3, 2), mode=mode)
    np.testing.assert_array_equal(y, F.upsample2d(x, size=(9, 8), mode=mode))
    np.testing.assert_array_equal(F.upsample2d(x, mode=mode), F.upsample2d(x, 2, mode=mode))


def test_means_of_equal_windows_are_those_of_a_pooling(isa):
    x = integers(np.random.default_rng(125), 2, 8, 6, 5)
    np.testing.assert_array_equal(F.adaptive_avg_pool2d(x, (4, 3)), F.avg_pool2d(x, 2))


def test_nan_reaches_its_neighbours_only(isa):
    x = np.ones((1, 6, 6, 3), dtype=np.float32)
    x[0, 3, 2, 1] = np.nan
    y = F.upsample2d(x, 2, mode="bilinear")
    rows, columns = {5, 6, 7, 8}, {3, 4, 5, 6}
    assert {tuple(at) for at in np.argwhere(np.isnan(y))} == {
        (0, row, column, 1) for row in rows for column in columns
    }
