"""Kernels on some channels of a wider tensor: the bits of a tensor of their own, nothing beside."""

import numpy as np
import pytest
from helpers import normals

from fastcnn.kernels import choice, gate, packing
from fastcnn.kernels.activation import READS, ActivationBackward
from fastcnn.kernels.program import Program

# x and w shapes, how.
CONVOLUTIONS = {
    "same": ((3, 9, 8, 5), (3, 3, 5, 19), {"padding": "same"}),
    "few channels": ((3, 9, 8, 5), (3, 3, 5, 12), {"padding": "same"}),
    "whole vectors": ((2, 9, 8, 16), (3, 3, 16, 64), {"padding": "same"}),
    "5x5": ((2, 9, 8, 40), (5, 5, 40, 33), {"padding": 2}),
    "1x1": ((3, 9, 8, 21), (1, 1, 21, 48), {}),
    "stride": ((3, 9, 8, 9), (3, 2, 9, 37), {"stride": 2, "padding": 1}),
    "groups": ((3, 9, 8, 12), (3, 3, 6, 34), {"groups": 2, "padding": "same"}),
    "one image": ((1, 4, 5, 6), (3, 3, 6, 20), {"padding": "same"}),
}
BESIDE = 7.5


def sizes(name):
    x_shape, w_shape, how = CONVOLUTIONS[name]
    how = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | how
    return gate.conv(x_shape, w_shape, *how.values())


def wider(array, first=3, last=6):
    """The array as channels of a wider one, and that."""
    ends = [(0, 0)] * (array.ndim - 1) + [(first, last)]
    whole = np.pad(array, ends, constant_values=BESIDE)
    return whole[..., first:-last], whole


def cases(pass_):
    """Problems, and the kernels that can compute them."""
    return [
        pytest.param(name, kernel, id=f"{name}, {algorithm}")
        for name in CONVOLUTIONS
        for algorithm, kernel in choice.able(pass_, sizes(name)).items()
        if kernel not in choice.TOGETHER
    ]


@pytest.mark.parametrize(("name", "kernel"), cases("forward"))
def test_forward(name, kernel, isa, n_threads):
    s, rng = sizes(name), np.random.default_rng(60)
    x, b, scale = normals(rng, *s.x_shape), normals(rng, s.oc), normals(rng, s.oc)
    w = normals(rng, *packing.panels_shape(s.w_shape, s.groups))
    y = np.full(s.y_shape, np.nan, dtype=np.float32)
    apart, whole = wider(y)
    for each in (y, apart):
        Program([kernel(s, x, w, b, each, scale=scale, clamp=(0.0, np.inf))]).run()
    np.testing.assert_array_equal(whole, wider(y)[1])


@pytest.mark.parametrize(("name", "kernel"), cases("forward"))
def test_no_residual_where_pixels_stand_apart(name, kernel):
    s = sizes(name)
    x, w, residual, y = (
        np.zeros(shape, dtype=np.float32)
        for shape in (s.x_shape, packing.panels_shape(s.w_shape, s.groups), s.y_shape, s.y_shape)
    )
    with pytest.raises(ValueError, match=r"contiguous"):
        kernel(s, x, w, None, wider(y)[0], residual=residual)


@pytest.mark.parametrize(("name", "kernel"), cases("backward_data"))
def test_backward_data(name, kernel, isa, n_threads):
    s, rng = sizes(name), np.random.default_rng(61)
    dy, w = normals(rng, *s.y_shape), normals(rng, *packing.panels_shape(s.w_shape, s.groups))
    results = []
    for each in (dy, wider(dy)[0]):
        results.append(np.full(s.x_shape, np.nan, dtype=np.float32))
        Program([kernel(s, each, w, results[-1])]).run()
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(("name", "kernel"), cases("backward_weight"))
def test_backward_weight(name, kernel, isa, n_threads):
    s, rng = sizes(name), np.random.default_rng(62)
    dy, x = normals(rng, *s.y_shape), normals(rng, *s.x_shape)
    results = []
    for each in (dy, wider(dy)[0]):
        dw = np.full(packing.panels_shape(s.w_shape, s.groups), np.nan, dtype=np.float32)
        db = np.full(s.oc, np.nan, dtype=np.float32)
        Program([kernel(s, each, x, dw, db)]).run()
        results.append([dw, db])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("function", READS)
@pytest.mark.parametrize("shape", [(3, 5), (2, 40, 30, 19), (7, 1)], ids=str)
def test_activation_backward(function, shape, isa, n_threads):
    rng = np.random.default_rng(63)
    dy, kept, dx = normals(rng, *shape), normals(rng, *shape), np.empty(shape, dtype=np.float32)
    apart = np.full_like(dx, np.nan)
    settings = (0.1, 0.5)
    Program([ActivationBackward(function, settings, dy, kept, dx)]).run()
    given = wider(dy)[0], wider(kept, 1, 2)[0]
    Program([ActivationBackward(function, settings, *given, apart)]).run()
    np.testing.assert_allclose(apart, dx, rtol=1e-6)
