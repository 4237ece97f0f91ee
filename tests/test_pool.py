"""Pooling and its gradients against the specification."""

import functools
import itertools
import math

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

# name: (shape of x, size, stride, padding)
POOLS = {
    "one_pixel": ((1, 1, 1, 1), 1, None, "valid"),
    **{f"tail_{c}": ((2, 6, 7, c), 2, None, "valid") for c in (1, 2, 3, 5, 15, 16, 17)},
    **{f"tail_{c}": ((2, 5, 6, c), 3, 2, "same") for c in (31, 32, 33, 48, 70)},
    "window_is_image": ((2, 4, 5, 3), (4, 5), None, "valid"),
    "window_beyond_image": ((2, 2, 3, 5), (4, 5), 1, ((1, 2), (1, 2))),
    "overlap": ((2, 7, 8, 17), 3, 1, "valid"),
    "overlap_padded": ((2, 7, 8, 5), 3, 2, 1),
    "overlap_rows_alone": ((2, 9, 8, 5), (6, 2), 2, "same"),
    "overlap_columns_alone": ((2, 8, 13, 17), (2, 5), 2, "same"),
    "overlap_in_the_middle": ((2, 9, 12, 6), 3, 2, "valid"),
    "overlap_all_rows": ((2, 9, 8, 19), 3, 1, "same"),
    "overlap_full": ((1, 4, 3, 18), (3, 2), 1, "full"),
    "same_even": ((2, 5, 6, 3), (2, 4), 1, "same"),
    "same_lower_even": ((2, 5, 6, 3), (4, 2), 1, "same_lower"),
    "pad_sides": ((2, 5, 6, 3), 3, (2, 1), ((0, 2), (1, 0))),
    "stride_beyond_window": ((2, 11, 9, 5), (2, 1), (3, 4), "valid"),
    "stride_beyond_image": ((2, 4, 5, 17), 3, 99, "valid"),
    "one_by_one_stride": ((2, 5, 6, 3), 1, 2, "valid"),
    "dropped_pixels": ((2, 7, 6, 3), 3, None, "valid"),
    "many_rows": ((9, 30, 3, 5), 2, None, "valid"),
    "window_of_256": ((1, 17, 18, 3), 16, 1, "valid"),
    "window_of_257": ((1, 3, 259, 17), (1, 257), 1, "valid"),
    "window_of_289": ((2, 20, 19, 5), 17, 2, 2),
}

each_pool = pytest.mark.parametrize("name", POOLS)


@functools.cache
def case(name, draw, ties=False):
    """x, dy and the results of the specification: y and dx of max, y and dx of average."""
    shape, size, stride, padding = POOLS[name]
    rng = np.random.default_rng(30)
    x = draw(rng, *shape)
    if ties:
        x = np.sign(x)
    y = reference.max_pool2d(x, size, stride, padding)
    # A share of the average's gradient is dy over the pixels in the image: keep it whole.
    kh, kw = (size, size) if isinstance(size, int) else size
    whole = math.lcm(*range(1, kh + 1)) * math.lcm(*range(1, kw + 1)) if kh * kw <= 25 else 1
    dy = draw(rng, *y.shape) * np.float32(whole)
    return (
        x,
        dy,
        y,
        reference.max_pool2d_backward(dy, x, size, stride, padding),
        reference.avg_pool2d(x, size, stride, padding),
        reference.avg_pool2d_backward(dy, x, size, stride, padding),
    )


@each_pool
@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
def test_max_exact(name, ties, isa, n_threads):
    x, dy, y, dx, _, _ = case(name, integers, ties)
    assert_exact(F.max_pool2d(x, *POOLS[name][1:]), y)
    got = F.max_pool2d_backward(dy, x, *POOLS[name][1:])
    assert np.count_nonzero(dx)
    np.testing.assert_array_equal(got, dx)
    assert got.dtype == np.float32


@each_pool
def test_max_takes_the_very_bits(name, isa):
    x, dy, y, dx, _, _ = case(name, normals)
    np.testing.assert_array_equal(F.max_pool2d(x, *POOLS[name][1:]), y)
    windows = reference.max_pool2d_backward(np.abs(dy), x, *POOLS[name][1:])
    got = F.max_pool2d_backward(dy, x, *POOLS[name][1:])
    assert_accurate(got, dx, windows, terms=y.size)


@each_pool
def test_average_exact(name, isa, n_threads):
    x, dy, _, _, y, dx = case(name, integers)
    # One rounding, of an exact sum over an exact count: float64 rounds to the same float32.
    np.testing.assert_array_equal(F.avg_pool2d(x, *POOLS[name][1:]), y.astype(np.float32))
    got = F.avg_pool2d_backward(dy, x, *POOLS[name][1:])
    assert np.count_nonzero(y) * 2 >= y.size
    assert np.count_nonzero(dx)
    if POOLS[name][1] in (16, 17, (1, 257)):
        np.testing.assert_allclose(got, dx, rtol=1e-4, atol=1e-4)
    else:
        np.testing.assert_array_equal(got, dx)


@each_pool
def test_average_accurate(name, isa):
    x, dy, _, _, y, dx = case(name, normals)
    window = np.prod(POOLS[name][1]) if name.startswith("window") else 25
    y_size = reference.avg_pool2d(np.abs(x), *POOLS[name][1:])
    dx_size = reference.avg_pool2d_backward(np.abs(dy), x, *POOLS[name][1:])
    assert_accurate(F.avg_pool2d(x, *POOLS[name][1:]), y, y_size, window)
    assert_accurate(F.avg_pool2d_backward(dy, x, *POOLS[name][1:]), dx, dx_size, window)


# --- options ---

# (shape of x, size, stride, padding): the last windows go beyond the padding in ceil mode
CEILED = {
    "googlenet": ((2, 12, 14, 5), 3, 2, "valid"),
    "padded": ((2, 12, 9, 17), 3, 2, 1),
    "two_by_two": ((2, 7, 9, 33), 2, 2, "valid"),
    "two_by_two_padded": ((2, 7, 8, 6), 2, 2, ((0, 1), (1, 0))),
    "apart": ((2, 9, 8, 16), 2, 3, 1),
    "far_apart": ((1, 8, 9, 3), 3, 5, (1, 2)),
    "beyond_image": ((2, 3, 2, 5), 4, 3, "valid"),
    "wide": ((1, 3, 40, 4), (2, 5), (1, 4), (0, 2)),
}


@pytest.mark.parametrize("where", CEILED.values(), ids=list(CEILED))
@pytest.mark.parametrize("padded", [False, True])
def test_options_exact(where, padded, isa, n_threads):
    shape, *where = where
    rng = np.random.default_rng(35)
    x = integers(rng, *shape)
    for ceil_mode in (False, True):
        try:
            y = reference.max_pool2d(x, *where, ceil_mode)
        except ValueError:  # the window fits in ceil mode only
            assert not ceil_mode
            continue
        dy = integers(rng, *y.shape) * np.float32(3600)  # shares of 1 to 5 x 1 to 5 pixels
        np.testing.assert_array_equal(F.max_pool2d(x, *where, ceil_mode), y)
        expected = reference.max_pool2d_backward(dy, x, *where, ceil_mode)
        np.testing.assert_array_equal(F.max_pool2d_backward(dy, x, *where, ceil_mode), expected)
        options = ceil_mode, padded
        expected = reference.avg_pool2d(x, *where, *options).astype(np.float32)
        np.testing.assert_array_equal(F.avg_pool2d(x, *where, *options), expected)
        expected = reference.avg_pool2d_backward(dy, x, *where, *options)
        np.testing.assert_array_equal(F.avg_pool2d_backward(dy, x, *where, *options), expected)


# --- sequences and volumes ---

# (shape of x, size, stride, padding, ceil_mode)
OTHER_AXES = {
    "sequence": ((2, 23, 5), 3, 2, 1, False),
    "sequence_ceil": ((3, 24, 33), 3, 2, "valid", True),
    "sequence_causal": ((2, 9, 2), 3, 1, "causal", False),
    "volume": ((2, 4, 6, 5, 3), 2, None, "valid", False),
    "volume_overlap": ((2, 5, 6, 7, 4), 3, (2, 1, 2), "same", False),
    "volume_frames_alone": ((2, 3, 6, 5, 17), (1, 2, 2), None, "valid", False),
    "volume_depth_alone": ((2, 5, 3, 4, 3), (3, 1, 1), 2, (1, 0, 0), True),
    "volume_ceil": ((1, 6, 7, 8, 16), (3, 2, 3), (2, 3, 2), (1, 0, 1), True),
}
NAMES = {
    3: ("max_pool1d", "max_pool1d_backward", "avg_pool1d", "avg_pool1d_backward"),
    5: ("max_pool3d", "max_pool3d_backward", "avg_pool3d", "avg_pool3d_backward"),
}


@pytest.mark.parametrize("where", OTHER_AXES.values(), ids=list(OTHER_AXES))
@pytest.mark.parametrize("numbers", ["ties", "nan", "minus_infinity", "distinct"])
def test_other_axes_exact(where, numbers, isa, n_threads):
    """The first maximum of all pixels takes the gradient, the last NaN if there is one."""
    shape, *where = where
    forward, backward, *_ = NAMES[len(shape)]
    rng = np.random.default_rng(36)
    x = integers(rng, *shape)
    if numbers == "distinct":
        x = rng.permutation(x.size).reshape(shape).astype(np.float32)
    elif numbers == "ties":
        x = np.sign(x)
    else:
        value = np.nan if numbers == "nan" else -np.inf
        x[rng.random(shape) < (0.3 if numbers == "nan" else 0.9)] = value
    y = getattr(reference, forward)(x, *where)
    np.testing.assert_array_equal(getattr(F, forward)(x, *where), y)
    dy = integers(rng, *y.shape)
    dx = getattr(reference, backward)(dy, x, *where)
    np.testing.assert_array_equal(getattr(F, backward)(dy, x, *where), dx)


@pytest.mark.parametrize("where", OTHER_AXES.values(), ids=list(OTHER_AXES))
@pytest.mark.parametrize("padded", [False, True])
def test_averages_along_other_axes(where, padded, isa):
    shape, *where = where
    *_, forward, backward = NAMES[len(shape)]
    rng = np.random.default_rng(37)
    x = normals(rng, *shape)
    y = getattr(reference, forward)(x, *where, padded)
    size = getattr(reference, forward)(np.abs(x), *where, padded)
    assert_accurate(getattr(F, forward)(x, *where, padded), y, size, terms=27)
    dy = normals(rng, *y.shape)
    dx, size = (getattr(reference, backward)(g, x, *where, padded) for g in (dy, np.abs(dy)))
    assert_accurate(getattr(F, backward)(dy, x, *where, padded), dx, size, terms=27)


# --- the place of the maximum ---

CHANNELS = [1, 3, 4, 8, 16, 17, 33]


@pytest.mark.parametrize(
    ("size", "c"),
    [*itertools.product([(2, 3), (16, 16), (1, 257), (17, 16)], CHANNELS), ((256, 256), 17)],
    ids=str,
)
def test_every_position_in_a_window_is_found(size, c, isa):
    positions = sorted({0, 1, 255, 256, 257, 65534} & set(range(math.prod(size))))
    positions.append(math.prod(size) - 1)
    for position in positions:
        x = np.full((1, *size, c), -2, dtype=np.float32)
        x.reshape(-1, c)[position] = 3
        assert F.max_pool2d(x, size).tolist() == [[[[3] * c]]]
        dx = F.max_pool2d_backward(np.full((1, 1, 1, c), 5), x, size)
        np.testing.assert_array_equal(dx, np.where(x == 3, 5, 0))


@pytest.mark.parametrize("c", CHANNELS)
def test_nan_wins_at_every_position(c, isa):
    dy = np.full((1, 1, 1, c), 5, dtype=np.float32)
    for position in range(6):
        x = np.tile(np.array([1, np.inf, -np.inf, 7, 0, -1], dtype=np.float32)[:, None], (1, c))
        x[position] = np.nan
        x = x.reshape(1, 2, 3, c)
        assert np.isnan(F.max_pool2d(x, (2, 3))).all()
        assert np.isnan(F.avg_pool2d(x, (2, 3))).all()
        dx = F.max_pool2d_backward(dy, x, (2, 3))
        np.testing.assert_array_equal(dx, np.where(np.isnan(x), 5, 0))


@pytest.mark.parametrize("c", CHANNELS)
def test_last_of_several_nans_wins(c, isa):
    rng = np.random.default_rng(33)
    x = integers(rng, 3, 8, 9, c)
    x[rng.random(x.shape) < 0.3] = np.nan
    dy = integers(rng, *reference.max_pool2d(x, 3, 2, 1).shape)
    np.testing.assert_array_equal(F.max_pool2d(x, 3, 2, 1), reference.max_pool2d(x, 3, 2, 1))
    expected = reference.max_pool2d_backward(dy, x, 3, 2, 1)
    np.testing.assert_array_equal(F.max_pool2d_backward(dy, x, 3, 2, 1), expected)


@pytest.mark.parametrize("c", CHANNELS)
def test_nan_in_one_channel_stays_there(c, isa):
    x = np.ones((1, 4, 4, c), dtype=np.float32)
    x[0, 1, 2, c // 2] = np.nan
    for y in (F.max_pool2d(x, 2), F.avg_pool2d(x, 2)):
        assert np.argwhere(np.isnan(y)).tolist() == [[0, 0, 1, c // 2]]


@pytest.mark.parametrize("c", CHANNELS)
def test_a_window_of_minus_infinity_keeps_its_first_pixel(c, isa):
    x = np.full((1, 3, 3, c), -np.inf, dtype=np.float32)
    dy = np.arange(1, 4 * c + 1, dtype=np.float32).reshape(1, 2, 2, c)
    assert (F.max_pool2d(x, 2, 2, ((1, 0), (1, 0))) == -np.inf).all()
    dx = F.max_pool2d_backward(dy, x, 2, 2, ((1, 0), (1, 0)))
    # The windows' first pixels in the image are (0, 0), (0, 1), (1, 0) and (1, 1).
    expected = np.zeros((1, 3, 3, c))
    expected[:, :2, :2] = dy
    np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize("c", CHANNELS)
@pytest.mark.parametrize("padding", ["same", "same_lower", "full", 1, ((2, 1), (0, 2))], ids=str)
def test_padding_never_wins(padding, c, isa):
    rng = np.random.default_rng(34)
    x = -1 - rng.random((2, 5, 6, c)).astype(np.float32)
    y = F.max_pool2d(x, 3, 1, padding)
    np.testing.assert_array_equal(y, reference.max_pool2d(x, 3, 1, padding))
    assert y.max() <= -1
    dx = F.max_pool2d_backward(np.ones_like(y), x, 3, 1, padding)
    assert dx.sum() == y.size  # no gradient is lost to the padding
    assert (F.avg_pool2d(np.full_like(x, -7), 3, 1, padding) == -7).all()
    shares = F.avg_pool2d_backward(np.full_like(y, 36), x, 3, 1, padding)
    assert shares.sum() == 36 * y.size


@pytest.mark.parametrize("c", CHANNELS)
def test_denormals_and_zeros(c, isa):
    tiny = np.finfo(np.float32).tiny
    x = np.array([-1e-40, 1e-40, -0.0, 0.0], dtype=np.float32)[:, None].repeat(c, axis=1)
    x = x.reshape(1, 2, 2, c)
    assert np.abs(F.max_pool2d(x, 2)).max() < tiny
    assert np.abs(F.avg_pool2d(x, 2)).max() < tiny
    assert F.max_pool2d_backward(np.ones((1, 1, 1, c)), x, 2).sum() == c
