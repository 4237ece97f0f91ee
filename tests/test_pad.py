"""Padding and cropping, and their gradients, against the specification."""

import numpy as np
import pytest
from helpers import integers

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# (shape of x, amounts)
CASES = {
    "pixel": ((1, 1, 1, 1), 0),
    **{f"tail_{c}": ((2, 5, 6, c), ((1, 2), (3, 1))) for c in (1, 2, 3, 15, 16, 17, 33)},
    "nothing": ((2, 4, 5, 3), 0),
    "rows_alone": ((2, 4, 5, 3), (2, 0)),
    "columns_alone": ((2, 4, 5, 3), ((0, 0), (4, 0))),
    "many_rows": ((9, 60, 5, 40), 2),
    "sequence": ((2, 9, 5), (3, 1)),
    "sequence_one_end": ((2, 9, 17), (0, 2)),
    "volume": ((2, 4, 5, 4, 3), ((1, 2), (0, 3), (2, 1))),
    "volume_frames_alone": ((2, 3, 5, 4, 17), (0, 1, 2)),
    "volume_depth_alone": ((2, 4, 3, 2, 5), (2, 0, 0)),
}
NAMES = {3: ("pad1d", "crop1d"), 4: ("pad2d", "crop2d"), 5: ("pad3d", "crop3d")}

each_case = pytest.mark.parametrize(("shape", "amounts"), CASES.values(), ids=list(CASES))


def check(name, rng, x, *given):
    """Compare a function and its gradient; they only copy and add up, whole numbers exactly."""
    y = getattr(reference, name)(x, *given)
    got = getattr(F, name)(x, *given)
    np.testing.assert_array_equal(got, y)
    assert got.dtype == np.float32
    dy = integers(rng, *y.shape)
    dx = getattr(reference, f"{name}_backward")(dy, x, *given[:2])
    np.testing.assert_array_equal(getattr(F, name + "_backward")(dy, x, *given[:2]), dx)


@each_case
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad_exact(mode, shape, amounts, isa, n_threads):
    rng = np.random.default_rng(120)
    x = integers(rng, *shape)
    value = (-2.5,) if mode == "constant" else ()
    check(NAMES[len(shape)][0], rng, x, amounts, mode, *value)


@each_case
def test_crop_exact(shape, amounts, isa, n_threads):
    rng = np.random.default_rng(121)
    x = getattr(F, NAMES[len(shape)][0])(integers(rng, *shape), amounts)
    check(NAMES[len(shape)][1], rng, x, amounts)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0])
def test_any_value_may_surround(value, isa):
    y = F.pad2d(np.ones((1, 1, 1, 3)), 1, "constant", value)
    expected = np.full((1, 3, 3, 3), value, dtype=np.float32)
    expected[:, 1, 1] = 1
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_copies_keep_every_bit(mode, isa):
    """NaN and infinity reach their own copies only."""
    x = np.ones((1, 3, 4, 5), dtype=np.float32)
    x[0, 1, 1, 2], x[0, 2, 3, 4] = np.nan, np.inf
    np.testing.assert_array_equal(F.pad2d(x, 2, mode), reference.pad2d(x, 2, mode))
