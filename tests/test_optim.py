"""Optimizer steps against the specification."""

import itertools

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory")

SHAPES = [*((n,) for n in range(1, 36)), (3, 5, 7, 11), (16384,), (16385,), (3, 20_001)]


@pytest.mark.parametrize("nesterov", [False, True], ids=["plain", "nesterov"])
def test_sgd_exact(nesterov, isa, n_threads):
    rng = np.random.default_rng(90)
    settings = {"lr": 0.25, "momentum": 0.5, "weight_decay": 0.125, "nesterov": nesterov}
    for shape in SHAPES:
        w, dw, v = (integers(rng, *shape) for _ in range(3))
        w, v, expected_w, expected_v = (
            *F.sgd(w, dw, v, **settings),
            *reference.sgd(w, dw, v, **settings),
        )
        assert_exact(w, expected_w)
        assert_exact(v, expected_v)


def test_adam_exact(isa, n_threads):
    rng = np.random.default_rng(91)
    settings = {"step": 1, "lr": 0.5, "beta1": 0.0, "beta2": 0.0, "eps": 2.0}
    for shape in SHAPES:
        signs = np.sign(integers(rng, *shape))
        w, m, v = F.adam(signs * 3, signs * 2, signs * 7, signs * 9, **settings)
        # m = g = +-2, v = g^2 = 4, and w moves by 0.5 * 2 / (sqrt(4) + 2)
        assert_exact(w, signs * 2.75)
        assert_exact(m, signs * 2)
        assert_exact(v, np.full(shape, 4))


def test_adam_step_by_step(isa, n_threads):
    rng = np.random.default_rng(95)
    for shape in SHAPES:
        w, dw = integers(rng, *shape), integers(rng, *shape)
        m = v = expected_m = expected_v = np.zeros(shape, dtype=np.float32)
        expected_w = w
        for step in (1, 2, 3):
            w, m, v = F.adam(w, dw, m, v, step, lr=0.125)
            expected_w, expected_m, expected_v = reference.adam(
                expected_w, dw, expected_m, expected_v, step, lr=0.125
            )
        assert_accurate(w, expected_w, np.abs(expected_w) + 1)
        assert_accurate(m, expected_m, np.abs(expected_m))
        assert_accurate(v, expected_v, np.abs(expected_v))


SETTINGS = {
    "sgd": [
        {"lr": lr, "momentum": momentum, "weight_decay": decay, "nesterov": nesterov}
        for lr, momentum, decay, nesterov in itertools.product(
            (0, 0.1), (0, 0.9), (0, 1e-4), (False, True)
        )
    ],
    "adam": [
        {"step": step, "lr": 1e-3, "beta2": beta2, "weight_decay": decay}
        for step, beta2, decay in itertools.product((1, 2, 1000, 10**9), (0.9, 0.999), (0, 0.01))
    ],
}


@pytest.mark.parametrize("size", [1, 37, 20_000])
def test_sgd_accurate(size, isa):
    rng = np.random.default_rng(92)
    w, dw, v = (normals(rng, size) for _ in range(3))
    for settings in SETTINGS["sgd"]:
        new_w, new_v = F.sgd(w, dw, v, **settings)
        expected_w, expected_v = reference.sgd(w, dw, v, **settings)
        sizes = np.abs(w) + np.abs(dw) + np.abs(v)
        assert_accurate(new_w, expected_w, sizes)
        assert_accurate(new_v, expected_v, sizes)


@pytest.mark.parametrize("size", [1, 37, 20_000])
def test_adam_accurate(size, isa):
    rng = np.random.default_rng(93)
    w, dw, m, v = normals(rng, size), normals(rng, size), normals(rng, size), rng.random(size)
    v = v.astype(np.float32)
    for settings in SETTINGS["adam"]:
        got = F.adam(w, dw, m, v, **settings)
        expected = reference.adam(w, dw, m, v, **settings)
        step = np.abs(expected[0] - w)
        sizes = (np.abs(w) + 8 * step, np.abs(m) + np.abs(dw) + np.abs(w), v + 2 * dw**2 + w**2)
        for part in zip(got, expected, sizes, strict=True):
            assert_accurate(*part)


@pytest.mark.parametrize("eps", [1.18e-38, 1.2e-38, 1e-8])
def test_adam_of_no_gradient_stays(eps, isa):
    """0 / (0 + eps) is 0 for every eps that is accepted: it must not be flushed away."""
    zero = np.zeros(20, dtype=np.float32)
    w, m, v = F.adam(zero + 3, zero, zero, zero, step=1, lr=0.1, eps=eps)
    assert (w.tolist(), m.tolist(), v.tolist()) == ([3] * 20, [0] * 20, [0] * 20)


def test_arguments_stay_as_they_are(isa):
    w, dw, m, v = (integers(np.random.default_rng(94), 20) for _ in range(4))
    before = [array.copy() for array in (w, dw, m, v)]
    F.sgd(w, dw, m, lr=0.1, momentum=0.9)
    F.adam(w, dw, m, np.abs(v), step=1, lr=0.1)
    for array, copy in zip((w, dw, m, v), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
@pytest.mark.parametrize("n", [1, 16, 37])
def test_not_finite_spoils_its_parameter_only(n, value, isa):
    zero = np.zeros(n, dtype=np.float32)
    dw = np.where(np.arange(n) == n - 1, value, 1)
    for new in (*F.sgd(zero, dw, zero, 0.1, 0.9), *F.adam(zero, dw, zero, zero, 1, 0.1)):
        np.testing.assert_array_equal(np.isfinite(new), np.arange(n) < n - 1)
