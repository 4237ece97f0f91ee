"""Padding, cropping and images of another size, of the specification: by hand and differences."""

import numpy as np
import pytest
from helpers import assert_gradient

from fastcnn import reference

X = {1: (2, 5, 2), 2: (1, 4, 3, 2), 3: (1, 3, 2, 4, 1)}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
each_axes = pytest.mark.parametrize("axes", X)


def check_gradient(name, axes, *given, **options):
    forward = getattr(reference, f"{name}{axes}d")
    rng = np.random.default_rng(16)
    x = rng.normal(size=X[axes])
    dy = rng.normal(size=forward(x, *given, **options).shape)
    dx = getattr(reference, f"{name}{axes}d_backward")(dy, x, *given, **options)
    assert_gradient(lambda x: (dy * forward(x, *given, **options)).sum(), x, dx)


@each_axes
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad_gradients(mode, axes):
    check_gradient("pad", axes, 1, mode)
    check_gradient("pad", axes, ((0, 1), (1, 2), (2, 0))[:axes] if axes > 1 else (3, 1), mode)


def test_pad_by_hand():
    x = np.arange(1, 5).reshape(1, 4, 1)
    rows = {
        "constant": [9, 9, 1, 2, 3, 4, 9, 9, 9],
        "reflect": [3, 2, 1, 2, 3, 4, 3, 2, 1],
        "replicate": [1, 1, 1, 2, 3, 4, 4, 4, 4],
        "circular": [3, 4, 1, 2, 3, 4, 1, 2, 3],
    }
    for mode, row in rows.items():
        assert reference.pad1d(x, (2, 3), mode, 9).ravel().tolist() == row


@each_axes
def test_crop(axes):
    check_gradient("crop", axes, (0, 1) if axes == 1 else ((1, 0), (0, 1), (2, 1))[:axes])
    x = np.random.default_rng(17).normal(size=X[axes])
    amounts = (2, 3) if axes == 1 else ((2, 0), (1, 3), (0, 2))[:axes]
    padded = getattr(reference, f"pad{axes}d")(x, amounts)
    np.testing.assert_array_equal(getattr(reference, f"crop{axes}d")(padded, amounts), x)


@each_axes
@pytest.mark.parametrize("linear", [False, True])
def test_upsample_gradients(linear, axes):
    mode = LINEAR[axes] if linear else "nearest"
    check_gradient("upsample", axes, 2, mode=mode)
    check_gradient("upsample", axes, size=(7, 2, 5)[:axes], mode=mode)
    if linear:
        check_gradient("upsample", axes, size=(7, 1, 5)[:axes], mode=mode, align_corners=True)


def test_upsample_by_hand():
    x = np.array([0, 12, 24]).reshape(1, 3, 1)
    rows = {
        ("nearest", 6, False): [0, 0, 12, 12, 24, 24],
        ("nearest", 2, False): [0, 12],
        ("linear", 6, False): [0, 3, 9, 15, 21, 24],
        ("linear", 5, True): [0, 6, 12, 18, 24],
        ("linear", 1, False): [12],
    }
    for (mode, size, corners), row in rows.items():
        y = reference.upsample1d(x, size=size, mode=mode, align_corners=corners)
        np.testing.assert_allclose(y.ravel(), row, rtol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9, 20])
def test_linear_interpolation_is_that_of_numpy(size):
    x = np.random.default_rng(18).normal(size=7)
    places = (np.arange(size) + 0.5) * 7 / size - 0.5
    y = reference.upsample1d(x[None, :, None], size=size, mode="linear")
    np.testing.assert_allclose(y.ravel(), np.interp(places, np.arange(7), x), rtol=1e-13)


@each_axes
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_adaptive_average(size, axes):
    check_gradient("adaptive_avg_pool", axes, size)
    x = np.random.default_rng(19).normal(size=X[axes])
    y = getattr(reference, f"adaptive_avg_pool{axes}d")(x, size)
    assert y.shape == (len(x), *[size] * axes, x.shape[-1])
    for at in np.ndindex(*y.shape[1:-1]):
        where = [
            slice(o * n // size, -(-(o + 1) * n // size))
            for o, n in zip(at, x.shape[1:-1], strict=True)
        ]
        mean = x[:, *where].mean(axis=tuple(range(1, axes + 1)))
        np.testing.assert_allclose(y[:, *at], mean, rtol=1e-13, atol=1e-15)
