"""Convolution and its gradients against the specification."""

import functools
from typing import NamedTuple

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals
from problems import EDGE

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels import choice, gate, packing, program

# Winograd's algorithm is not exact; tests/test_winograd.py has its own bounds.
pytestmark = pytest.mark.usefixtures("dirty_memory", "strict")

each_problem = pytest.mark.parametrize("problem", EDGE, ids=lambda problem: problem.name)


class Case(NamedTuple):
    """A problem with numbers: arguments, and what the specification makes of them."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    dy: np.ndarray
    options: dict
    y: np.ndarray
    dx: np.ndarray
    dw: np.ndarray
    db: np.ndarray


def options(problem):
    return {name: getattr(problem, name) for name in ("stride", "padding", "dilation", "groups")}


@functools.cache
def case(problem, draw, flip=False):
    rng = np.random.default_rng(26)
    x, w, b = draw(rng, *problem.x_shape), draw(rng, *problem.w_shape), draw(rng, problem.oc)
    how = {**options(problem), "flip": flip}
    y = reference.conv2d(x, w, b, **how)
    dy = draw(rng, *y.shape)
    return Case(x, w, b, dy, how, y, *reference.conv2d_backward(dy, x, w, **how))


def run(c):
    """What the functions make of a case: y, dx, dw, db."""
    return (
        F.conv2d(c.x, c.w, c.b, **c.options),
        *F.conv2d_backward(c.dy, c.x, c.w, **c.options),
    )


def algorithms(problem):
    """Every way to compute each gradient of this problem, but Winograd's."""
    s = gate.conv(problem.x_shape, problem.w_shape, **options(problem))
    return [
        [kernel for name, kernel in choice.able(pass_, s).items() if name != "winograd"]
        for pass_ in ("backward_data", "backward_weight")
    ]


def backward(operation, c, problem):
    """What one algorithm makes of a case: (dx,) or (dw, db)."""
    how = options(problem)
    s = gate.conv(c.x.shape, c.w.shape, **how)
    packed = packing.pack(c.w, s.groups)
    if "dx" in operation.writes:
        results = (np.empty_like(c.x),)
        program.Program([operation(s, c.dy, packed, *results)]).run()
        return results
    dw, db = np.zeros_like(packed), np.empty_like(c.b)
    program.Program([operation(s, c.dy, c.x, dw, db)]).run()
    np.testing.assert_array_equal(packing.pack(packing.unpack(dw, s.oc), s.groups), dw)
    return packing.unpack(dw, s.oc), db


@each_problem
def test_exact(problem, isa, n_threads):
    c = case(problem, integers)
    for got, expected in zip(run(c), (c.y, c.dx, c.dw, c.db), strict=True):
        assert_exact(got, expected)


@each_problem
def test_every_algorithm_exact(problem, isa, n_threads):
    c = case(problem, integers)
    data, weight = algorithms(problem)
    for operation in data:
        assert_exact(*backward(operation, c, problem), c.dx)
    for operation in weight:
        dw, db = backward(operation, c, problem)
        assert_exact(dw, c.dw)
        assert_exact(db, c.db)


@each_problem
def test_exact_without_bias(problem, isa):
    c = case(problem, integers)
    np.testing.assert_array_equal(F.conv2d(c.x, c.w, **c.options), c.y - c.b)


@each_problem
def test_exact_flipped(problem):
    c = case(problem, integers, flip=True)
    for got, expected in zip(run(c), (c.y, c.dx, c.dw, c.db), strict=True):
        assert_exact(got, expected)
    if max(problem.kh, problem.kw) > 1:
        assert not np.array_equal(c.y, case(problem, integers).y)


@each_problem
def test_accurate(problem, isa):
    c = case(problem, normals)
    y, dx, dw, db = run(c)
    data, weight = algorithms(problem)
    sizes = [np.abs(array).astype(np.float64) for array in (c.dy, c.x, c.w)]
    dx_size, dw_size, db_size = reference.conv2d_backward(*sizes, **c.options)
    y_size = reference.conv2d(*sizes[1:], np.abs(c.b), **c.options)
    taps, pixels = problem.kh * problem.kw, c.dy[..., 0].size
    assert_accurate(y, c.y, y_size, taps * problem.ic // problem.groups)
    for got in (dx, *(backward(operation, c, problem)[0] for operation in data)):
        assert_accurate(got, c.dx, dx_size, taps * problem.oc // problem.groups)
    for got in ((dw, db), *(backward(operation, c, problem) for operation in weight)):
        assert_accurate(got[0], c.dw, dw_size, pixels)
        assert_accurate(got[1], c.db, db_size, pixels)


def test_problems_reach_every_block():
    """The list holds what the kernels cut: wide rows, many rows, many images, large filters."""
    sizes = {p.name: gate.conv(p.x_shape, p.w_shape, **options(p)) for p in EDGE}
    assert any(s.ow > 320 for s in sizes.values())
    assert any(4 * s.oh * s.iw * s.ic > 1.5 * 192 * 1024 and s.kh > 1 for s in sizes.values())
    assert any(4 * 3 * s.iw * s.ic > 192 * 1024 and s.kh > 1 for s in sizes.values())
    assert any(s.n > 16 and s.oc <= 32 for s in sizes.values())
    assert any(s.kh * s.kw * s.ic * s.oc > 2 * 16384 and s.n > 1 for s in sizes.values())


# --- numbers that are not finite ---


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize(("ic", "groups"), [(3, 1), (17, 1), (33, 1), (6, 3), (48, 3)], ids=str)
def test_not_finite_reaches_only_its_windows(ic, groups, value, isa):
    rng = np.random.default_rng(22)
    x, w = integers(rng, 2, 7, 16, ic), integers(rng, 3, 2, ic // groups, 18)
    x[1, 3, 8, ic - 1] = value
    y = F.conv2d(x, w, padding="same", groups=groups)
    with np.errstate(invalid="ignore"):
        expected = reference.conv2d(x, w, padding="same", groups=groups)
    assert 0 < np.count_nonzero(~np.isfinite(expected)) < expected.size / 10
    np.testing.assert_array_equal(y, expected)


def test_not_finite_reaches_only_its_windows_with_few_outputs(strict, isa):
    rng = np.random.default_rng(28)
    x, w = integers(rng, 2, 7, 16, 3), integers(rng, 3, 2, 3, 6)
    x[1, 3, 8, 2] = np.nan
    expected = reference.conv2d(x, w, padding="same")
    np.testing.assert_array_equal(F.conv2d(x, w, padding="same"), expected)


@pytest.mark.parametrize("stride", [1, 2])
def test_not_finite_gradient_reaches_only_its_windows(stride, isa):
    rng = np.random.default_rng(23)
    x, w = integers(rng, 2, 8, 9, 5), integers(rng, 3, 3, 5, 18)
    dy = integers(rng, *reference.conv2d(x, w, stride=stride, padding=1).shape)
    dy[0, 2, 3, 17] = np.nan
    got = F.conv2d_backward(dy, x, w, stride=stride, padding=1)
    expected = reference.conv2d_backward(dy, x, w, stride=stride, padding=1)
    for one, other in zip(got, expected, strict=True):
        assert 0 < np.count_nonzero(np.isnan(other)) < other.size / 3
        np.testing.assert_array_equal(one, other)


def test_denormals_count_as_zero(isa):
    x, w = np.full((1, 4, 4, 3), 1e-40, dtype=np.float32), np.ones((3, 3, 3, 5), dtype=np.float32)
    y = F.conv2d(x, w)
    assert np.abs(y).max() < np.finfo(np.float32).tiny
    assert_exact(F.conv2d(x, w, np.ones(5)), np.ones_like(y))


@pytest.mark.timeout(60)  # phases that no pixel is in, visited one by one, would take for ever
@pytest.mark.parametrize("stride", [400, 1000, 2**31, 2**40, 2**62])
@pytest.mark.parametrize("ic", [3, 17])
def test_gradient_of_a_stride_far_beyond_the_image(ic, stride):
    rng = np.random.default_rng(24)
    x, w, dy = integers(rng, 1, 5, 6, ic), integers(rng, 3, 2, ic, 4), integers(rng, 1, 1, 1, 4)
    dx, dw, db = F.conv2d_backward(dy, x, w, stride=stride)
    expected_dx, expected_dw, expected_db = reference.conv2d_backward(dy, x, w, stride=6)
    assert_exact(dx, expected_dx)
    assert_exact(dw, expected_dw)
    assert_exact(db, expected_db)
