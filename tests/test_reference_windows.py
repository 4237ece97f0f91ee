"""Convolution and pooling of the specification against their formulas, differences and scipy."""

import itertools
import math

import numpy as np
import pytest
from helpers import assert_gradient

from fastcnn import reference
from fastcnn.arithmetic import output_size, padding_amounts, pair, per_axis

# (shape of x, shape of w, options)
CONVOLUTIONS = {
    "plain": ((2, 5, 4, 2), (3, 2, 2, 3), {}),
    "one_tap": ((2, 3, 4, 2), (1, 1, 2, 3), {}),
    "one_pixel": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "window_is_image": ((2, 3, 4, 2), (3, 4, 2, 1), {}),
    "same": ((1, 5, 4, 2), (3, 3, 2, 2), {"padding": "same"}),
    "same_even": ((1, 5, 4, 1), (4, 2, 1, 2), {"padding": "same"}),
    "same_lower_even_stride": ((1, 5, 6, 1), (4, 2, 1, 2), {"padding": "same_lower", "stride": 2}),
    "same_stride_dilation": (
        (1, 6, 7, 1),
        (2, 3, 1, 2),
        {"padding": "same", "stride": (2, 3), "dilation": 2},
    ),
    "full": ((1, 3, 4, 2), (3, 2, 2, 2), {"padding": "full"}),
    "full_dilation": ((1, 3, 2, 1), (2, 3, 1, 1), {"padding": "full", "dilation": (2, 1)}),
    "padding_int": ((1, 3, 4, 2), (3, 3, 2, 1), {"padding": 2}),
    "padding_pair": ((1, 3, 4, 2), (2, 3, 2, 1), {"padding": (0, 2)}),
    "padding_sides": ((1, 3, 4, 2), (3, 2, 2, 1), {"padding": ((0, 2), (1, 0))}),
    "padding_beyond_kernel": (
        (1, 2, 2, 1),
        (2, 1, 1, 1),
        {"padding": ((3, 4), (2, 0)), "stride": (2, 1)},
    ),
    "kernel_beyond_image": ((1, 2, 2, 2), (5, 4, 2, 2), {"padding": 2}),
    "stride_beyond_kernel": ((1, 8, 7, 2), (2, 1, 2, 2), {"stride": (3, 4)}),
    "dropped_pixels": ((1, 7, 6, 1), (3, 3, 1, 1), {"stride": (3, 2)}),
    "dilation": ((1, 7, 5, 2), (3, 2, 2, 2), {"dilation": (2, 3)}),
    "groups": ((1, 4, 4, 4), (2, 3, 2, 6), {"groups": 2, "padding": "same"}),
    "depthwise": ((2, 4, 4, 3), (3, 3, 1, 3), {"groups": 3}),
    "depthwise_multiplier": ((1, 4, 4, 3), (2, 2, 1, 6), {"groups": 3, "stride": 2}),
    "flip": ((1, 4, 5, 2), (3, 2, 2, 2), {"flip": True, "padding": ((0, 1), (2, 0))}),
    "everything": (
        (2, 7, 8, 4),
        (3, 2, 2, 4),
        {
            "stride": (2, 3),
            "padding": ((1, 2), (0, 3)),
            "dilation": (1, 2),
            "groups": 2,
            "flip": True,
        },
    ),
}

# (shape of x, size, options)
POOLS = {
    "plain": ((2, 4, 6, 2), 2, {}),
    "one_pixel": ((1, 1, 1, 1), 1, {}),
    "row": ((1, 3, 4, 2), (1, 2), {}),
    "overlap": ((1, 5, 6, 2), 3, {"stride": 2}),
    "gaps": ((1, 7, 8, 1), (2, 1), {"stride": (3, 4)}),
    "same": ((2, 5, 4, 1), 3, {"padding": "same", "stride": 1}),
    "same_even": ((1, 5, 4, 1), (4, 2), {"padding": "same", "stride": (2, 3)}),
    "same_lower": ((1, 5, 4, 1), (4, 2), {"padding": "same_lower", "stride": (2, 3)}),
    "full": ((1, 2, 3, 2), (3, 2), {"padding": "full", "stride": 1}),
    "sides": ((1, 4, 4, 2), 3, {"padding": ((0, 2), (1, 0)), "stride": 2}),
    "beyond_image": ((1, 2, 2, 1), (4, 5), {"padding": (2, 3), "stride": 1}),
    "ceil": ((2, 6, 5, 2), (3, 2), {"stride": 2, "ceil_mode": True}),
    "ceil_padded": ((1, 6, 5, 1), 3, {"stride": (2, 3), "padding": 1, "ceil_mode": True}),
    "ceil_beyond_image": ((1, 2, 3, 1), 4, {"stride": 3, "ceil_mode": True}),
    "sequence": ((2, 9, 3), 3, {"stride": 2, "padding": 1}),
    "sequence_ceil": ((2, 8, 2), 3, {"stride": 2, "ceil_mode": True}),
    "volume": ((1, 4, 3, 5, 2), 2, {}),
    "volume_overlap": ((1, 4, 5, 4, 1), (2, 3, 2), {"stride": (1, 2, 1), "padding": "same"}),
    "volume_ceil": (
        (1, 4, 5, 3, 1),
        (3, 2, 2),
        {"stride": 2, "padding": (1, 0, 1), "ceil_mode": True},
    ),
}


def cases(table):
    return pytest.mark.parametrize("case", table.values(), ids=table.keys())


def clipped_windows(shape, size, stride=None, padding="valid", ceil_mode=False):
    """Yield for every pooling window its output, the slices of x that lie in the image, and how
    many pixels of the image and its padding it has."""
    image, axes = shape[1:-1], len(shape) - 2
    size, stride = per_axis(size, "size", axes), per_axis(stride or size, "stride", axes)
    sides = padding_amounts(padding, image, size, stride, 1, axes)
    windows = []
    for pixels, k, s, (before, after) in zip(image, size, stride, sides, strict=True):
        count = output_size(pixels, k, s, before, after, ceil_mode=ceil_mode)
        starts = [p * s - before for p in range(count)]
        windows.append(
            [
                (p, slice(max(start, 0), start + k), min(start + k, pixels + after) - start)
                for p, start in enumerate(starts)
            ]
        )
    for each in itertools.product(*windows):
        at, where, counts = zip(*each, strict=True)
        yield at, where, math.prod(counts)


# --- convolution ---


def convolve_by_formula(x, w, b, stride=1, padding="valid", dilation=1, groups=1, flip=False):
    """Sum the products one by one; a tap outside of the image contributes nothing."""
    (n, ih, iw, _), (kh, kw, ic, oc) = x.shape, w.shape
    (sh, sw), (dh, dw) = pair(stride, "stride"), pair(dilation, "dilation")
    (top, bottom), (left, right) = padding_amounts(padding, (ih, iw), (kh, kw), stride, dilation)
    oh = output_size(ih, kh, sh, top, bottom, dh)
    ow = output_size(iw, kw, sw, left, right, dw)
    y = np.zeros((n, oh, ow, oc))
    for m, p, q, o in np.ndindex(y.shape):
        y[m, p, q, o] = b[o]
        for i, j, c in np.ndindex(kh, kw, ic):
            row, col = p * sh + i * dh - top, q * sw + j * dw - left
            channel = o // (oc // groups) * ic + c
            weight = w[kh - 1 - i, kw - 1 - j, c, o] if flip else w[i, j, c, o]
            if 0 <= row < ih and 0 <= col < iw:
                y[m, p, q, o] += x[m, row, col, channel] * weight
    return y


@cases(CONVOLUTIONS)
def test_conv2d_is_the_formula(case):
    x_shape, w_shape, options = case
    rng = np.random.default_rng(1)
    x, w = rng.integers(-9, 10, x_shape), rng.integers(-9, 10, w_shape)
    b = rng.integers(-9, 10, w_shape[3])
    np.testing.assert_array_equal(
        reference.conv2d(x, w, b, **options), convolve_by_formula(x, w, b, **options)
    )
    without_bias = reference.conv2d(x, w, **options)
    np.testing.assert_array_equal(without_bias + b, reference.conv2d(x, w, b, **options))


@cases(CONVOLUTIONS)
def test_conv2d_gradients(case):
    x_shape, w_shape, options = case
    rng = np.random.default_rng(2)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[3])
    dy = rng.normal(size=reference.conv2d(x, w, b, **options).shape)
    dx, dw, db = reference.conv2d_backward(dy, x, w, **options)
    assert_gradient(lambda x: (dy * reference.conv2d(x, w, b, **options)).sum(), x, dx)
    assert_gradient(lambda w: (dy * reference.conv2d(x, w, b, **options)).sum(), w, dw)
    assert_gradient(lambda b: (dy * reference.conv2d(x, w, b, **options)).sum(), b, db)


@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (1, 5), (4, 1)])
@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_conv2d_equals_scipy(mode, kernel):
    signal = pytest.importorskip("scipy.signal", reason="scipy is the second opinion here")
    rng = np.random.default_rng(3)
    x, w = rng.integers(-9, 10, (1, 6, 7, 2)), rng.integers(-9, 10, (*kernel, 2, 3))
    # With even kernels, scipy's two functions put the odd pixel of padding at opposite ends.
    words = {signal.correlate2d: mode, signal.convolve2d: "same_lower" if mode == "same" else mode}
    for convolve, padding in words.items():
        flip = convolve is signal.convolve2d
        y = reference.conv2d(x, w, padding=padding, flip=flip)
        for o in range(3):
            maps = [convolve(x[0, :, :, c], w[:, :, c, o], mode) for c in range(2)]
            np.testing.assert_array_equal(y[0, :, :, o], sum(maps))


def test_true_convolution_commutes_and_correlation_does_not():
    rng = np.random.default_rng(4)
    a, b = rng.integers(-9, 10, (5, 4)), rng.integers(-9, 10, (3, 2))

    def convolve(x, w, flip):
        return reference.conv2d(
            x[None, :, :, None], w[:, :, None, None], None, 1, "full", flip=flip
        )

    np.testing.assert_array_equal(convolve(a, b, flip=True), convolve(b, a, flip=True))
    assert (convolve(a, b, flip=False) != convolve(b, a, flip=False)).any()


# --- pooling ---


@cases(POOLS)
def test_pools_are_the_formula(case):
    shape, size, options = case
    axes = len(shape) - 2
    x = np.random.default_rng(5).normal(size=shape) - 3  # mostly negative: padding must not win
    pools = {
        (kind, *more): getattr(reference, f"{kind}_pool{axes}d")(x, size, **options, **dict(more))
        for kind, *more in [
            ("max",),
            ("avg",),
            ("avg", ("count_include_pad", True)),
            ("lp", ("p", 1)),
            ("lp", ("p", 2)),
            ("lp", ("p", 2.5)),
        ]
    }
    seen = np.zeros(pools["max",].shape[1:-1])
    for at, where, count in clipped_windows(shape, size, **options):
        window = x[:, *where].reshape(shape[0], -1, shape[-1])
        expected = [window.max(axis=1), window.mean(axis=1), window.sum(axis=1) / count]
        expected += [(np.abs(window) ** p).sum(axis=1) ** (1 / p) for p in (1, 2, 2.5)]
        for y, wanted in zip(pools.values(), expected, strict=True):
            np.testing.assert_allclose(y[:, *at], wanted, rtol=1e-13)
        seen[at] += 1
    assert (seen == 1).all()


@cases(POOLS)
@pytest.mark.parametrize("kind", ["max", "avg", "avg_padded", "lp", "lp1", "lp3.5"])
def test_pool_gradients(kind, case):
    shape, size, options = case
    axes = len(shape) - 2
    name, options = {
        "avg_padded": ("avg", {**options, "count_include_pad": True}),
        "lp1": ("lp", {**options, "p": 1}),
        "lp3.5": ("lp", {**options, "p": 3.5}),
    }.get(kind, (kind, options))
    forward = getattr(reference, f"{name}_pool{axes}d")
    backward = getattr(reference, f"{name}_pool{axes}d_backward")
    rng = np.random.default_rng(6)
    # No two pixels are closer than 0.01, so that a step of 1e-6 changes no maximum; none is 0.
    x = (rng.permutation(math.prod(shape)) - math.prod(shape) // 2 + 0.5).reshape(shape) / 100
    dy = rng.normal(size=forward(x, size, **options).shape)
    dx = backward(dy, x, size, **options)
    assert_gradient(lambda x: (dy * forward(x, size, **options)).sum(), x, dx)


def test_lp_pool_of_zeros_has_no_gradient():
    x = np.array([0, 0, 3, 0]).reshape(1, 4, 1)
    for p in (1, 2, 5):
        assert reference.lp_pool1d(x, 2, p=p).ravel().tolist() == [0, 3]
        dx = reference.lp_pool1d_backward(np.ones((1, 2, 1)), x, 2, p=p)
        assert dx.ravel().tolist() == [0, 0, 1, 0]


def test_max_pool_gradient_goes_to_the_first_maximum():
    x = np.array([[1, 5, 2], [5, 5, 2], [0, 2, 2]]).reshape(1, 3, 3, 1)
    dy = np.array([[1, 10], [100, 1000]]).reshape(1, 2, 2, 1)
    dx = reference.max_pool2d_backward(dy, x, 2, stride=1)
    assert dx[0, :, :, 0].tolist() == [[0, 11, 0], [100, 1000, 0], [0, 0, 0]]
    # in the padded corner window, the first pixel of the image and not the padding
    dx = reference.max_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 2, 2, 1)), 3, 3, 1)
    assert dx[0, :, :, 0].tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("position", range(4))
def test_max_pool_keeps_nan_and_sends_the_gradient_to_it(position):
    x = np.array([1, 4, 3, np.inf])
    x[position] = np.nan
    x = x.reshape(1, 2, 2, 1)
    assert np.isnan(reference.max_pool2d(x, 2)).all()
    dx = reference.max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)
    assert dx.ravel().tolist() == [float(i == position) for i in range(4)]


def test_max_pool_gradient_goes_to_the_last_nan():
    x = np.array([1, np.nan, np.nan, 9]).reshape(1, 2, 2, 1)
    assert np.isnan(reference.max_pool2d(x, 2)).all()
    dx = reference.max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)
    assert dx.ravel().tolist() == [0, 0, 1, 0]


def test_max_pool_of_minus_infinity():
    x = np.full((1, 2, 2, 1), -np.inf)
    y = reference.max_pool2d(x, 2, stride=1, padding="full")
    assert y.shape == (1, 3, 3, 1)
    assert (y == -np.inf).all()
    dx = reference.max_pool2d_backward(np.ones((1, 3, 3, 1)), x, 2, stride=1, padding="full")
    assert dx[0, :, :, 0].tolist() == [[4, 2], [2, 1]]


@pytest.mark.parametrize("padding", [2, (0, 3), ((2, 0), (0, 0)), ((0, 0), (0, 2))])
@pytest.mark.parametrize("pool", [reference.max_pool2d, reference.avg_pool2d])
def test_pool_refuses_windows_of_padding(pool, padding):
    with pytest.raises(ValueError, match="padding must be smaller than size: got padding"):
        pool(np.zeros((1, 4, 4, 1)), 2, padding=padding)


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize("shape", [(2, 5, 2), (2, 3, 4, 2), (2, 2, 3, 2, 2)], ids=len)
def test_global_pools(shape, kind):
    rng, axes = np.random.default_rng(7), len(shape) - 2
    x, dy = rng.normal(size=shape), rng.normal(size=(2, 2))
    forward = getattr(reference, f"global_{kind}_pool{axes}d")
    y = getattr(reference, f"{kind}_pool{axes}d")(x, shape[1:-1])
    np.testing.assert_allclose(forward(x), y.reshape(2, 2), rtol=1e-14)
    dx = getattr(reference, f"global_{kind}_pool{axes}d_backward")(dy, x)
    assert_gradient(lambda x: (dy * forward(x)).sum(), x, dx)
