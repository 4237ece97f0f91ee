"""Optimizer steps against the specification."""

import itertools

import numpy as np
import pytest
from helpers import assert_accurate, assert_exact, integers, normals

from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels.optim import Adam, Norm, RmsProp, Sgd
from fastcnn.kernels.program import Program

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


def test_adamw_exact(isa, n_threads):
    rng = np.random.default_rng(91)
    settings = {"step": 1, "lr": 0.5, "beta1": 0.0, "beta2": 0.0, "eps": 2.0, "weight_decay": 0.25}
    for shape in SHAPES:
        signs = np.sign(integers(rng, *shape))
        w, m, v = F.adamw(signs * 16, signs * 2, signs * 7, signs * 9, **settings)
        # the step of Adam, and 0.5 * 0.25 of w less; the moments are those of the gradient alone
        assert_exact(w, signs * (16 - 2 - 0.25))
        assert_exact(m, signs * 2)
        assert_exact(v, np.full(shape, 4))


def test_rmsprop_exact(isa, n_threads):
    rng = np.random.default_rng(91)
    settings = {"lr": 0.5, "alpha": 0.75, "eps": 2.0, "momentum": 0.5, "weight_decay": 0.25}
    for shape in SHAPES:
        signs = np.sign(integers(rng, *shape))
        w, m, v = F.rmsprop(signs * 4, signs * 3, signs * 6, np.full(shape, 16), **settings)
        # g = +-4, v = 0.75 * 16 + 0.25 * 16, m = 0.5 * +-6 + +-4 / (sqrt(16) + 2)
        step = 3 + np.float32(4) / np.float32(6)
        assert_exact(m, signs * step)
        assert_exact(v, np.full(shape, 16))
        np.testing.assert_allclose(w, signs * (4 - 0.5 * step), rtol=1e-6)


def test_a_small_decay_is_not_rounded_away(isa):
    """1 - lr * weight_decay, rounded to float32, would take away nothing at all."""
    w, zero = np.full(40, 1e-3, dtype=np.float32), np.zeros(40, dtype=np.float32)
    for _ in range(1000):
        w, *_ = F.adamw(w, zero, zero, zero, step=1, lr=1e-4, weight_decay=0.02)
    expected = 1e-3 * (1 - 2e-6) ** 1000
    np.testing.assert_allclose(w, expected, rtol=3e-4)
    w = F.adamw(zero + 1, zero, zero, zero, step=1, lr=1e-4, weight_decay=0.02)[0]
    np.testing.assert_allclose(1 - w, 2e-6, rtol=0.02)


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
    "rmsprop": [
        {"lr": 1e-2, "alpha": alpha, "momentum": momentum, "weight_decay": decay}
        for alpha, momentum, decay in itertools.product((0, 0.99), (0, 0.9), (0, 0.01))
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
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_accurate(name, size, isa):
    rng = np.random.default_rng(93)
    w, dw, m, v = normals(rng, size), normals(rng, size), normals(rng, size), rng.random(size)
    v = v.astype(np.float32)
    for settings in SETTINGS["adam"]:
        got = getattr(F, name)(w, dw, m, v, **settings)
        expected = getattr(reference, name)(w, dw, m, v, **settings)
        step = np.abs(expected[0] - w)
        sizes = (np.abs(w) + 8 * step, np.abs(m) + np.abs(dw) + np.abs(w), v + 2 * dw**2 + w**2)
        for part in zip(got, expected, sizes, strict=True):
            assert_accurate(*part)


@pytest.mark.parametrize("size", [1, 37, 20_000])
def test_rmsprop_accurate(size, isa):
    rng = np.random.default_rng(93)
    w, dw, m, v = normals(rng, size), normals(rng, size), normals(rng, size), rng.random(size)
    v = v.astype(np.float32)
    for settings in SETTINGS["rmsprop"]:
        got = F.rmsprop(w, dw, m, v, **settings)
        expected = reference.rmsprop(w, dw, m, v, **settings)
        velocity = np.abs(m) + 8 * np.abs(expected[1]) + np.abs(w) + 1  # g may cancel
        sizes = (np.abs(w) + 1e-2 * velocity, velocity, v + 2 * dw**2 + w**2)
        for part in zip(got, expected, sizes, strict=True):
            assert_accurate(*part)


def test_norm(isa, n_threads):
    rng = np.random.default_rng(97)
    for shape in SHAPES:
        x = integers(rng, *shape)
        assert F.norm(x) == reference.norm(x)  # whole numbers, whose squares add up exactly
        x = normals(rng, *shape)
        np.testing.assert_allclose(F.norm(x), reference.norm(x), rtol=1e-13)


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_norm_of_large_and_small_numbers(size, isa):
    np.testing.assert_allclose(F.norm(np.full(100, size, dtype=np.float32)), 10 * size, rtol=1e-7)
    x = np.full(100, size)
    x[99] = np.nan
    assert np.isnan(F.norm(x))


@pytest.mark.parametrize("weight", [0, 0.25, 1])
def test_lerp_exact(weight, isa, n_threads):
    rng = np.random.default_rng(98)
    for shape in SHAPES:
        start, end = integers(rng, *shape), integers(rng, *shape)
        assert_exact(F.lerp(start, end, weight), reference.lerp(start, end, weight))


def test_lerp_accurate(isa):
    rng = np.random.default_rng(98)
    for shape in SHAPES:
        start, end = normals(rng, *shape), normals(rng, *shape)
        sizes = np.abs(start) + np.abs(end)
        assert_accurate(F.lerp(start, end, 0.3), reference.lerp(start, end, 0.3), sizes)
        assert_exact(F.lerp(start, start, 0.3), start)  # a mean of equal numbers never moves
        assert_exact(F.lerp(start * np.nan, end, 1), end)


# --- spans with factors of their own ---

KERNELS = {
    "sgd": (Sgd, "v", [0.1, 1, 0.9, 0.01, 1]),
    "adam": (Adam, "mv", [0.1, 1, 0.9, 0.999, 1e-8, 0.01, 0, 0.9, 0.999]),
    "adamw": (Adam, "mv", [0.1, 1, 0.9, 0.999, 1e-8, 0.01, 1, 0.9, 0.999]),
    "rmsprop": (RmsProp, "mv", [0.1, 1, 0.99, 1e-8, 0.9, 0.01]),
}


@pytest.mark.parametrize("name", KERNELS)
def test_spans(name, isa, n_threads):
    """Each is updated as it would be alone; where the learning rate is 0, nothing moves."""
    kernel, state, settings = KERNELS[name]
    settings = np.array(settings)
    ends = np.cumsum([16, 48, 16, 30_000, 1600, 16, 20_000, 5])
    factors = np.array([[1, 1], [0, 1], [1, 0], [2, 1], [0.5, 3], [0, 0], [1, 1], [3, 0]])
    rng = np.random.default_rng(96)
    arrays = {key: np.abs(normals(rng, ends[-1])) for key in ("dw", "w", *state)}
    expected = {key: array.copy() for key, array in arrays.items()}
    Program([kernel(settings, **arrays, ends=ends, factors=factors)]).run()
    for first, end, (rate, decay) in zip([0, *ends[:-1]], ends, factors, strict=True):
        own = settings * [rate, *[1] * (settings.size - 1)]
        own[5 if name != "sgd" else 3] *= decay
        if rate:
            Program([kernel(own, **{key: part[first:end] for key, part in expected.items()})]).run()
    for key, array in arrays.items():
        np.testing.assert_array_equal(array, expected[key], err_msg=key)


def test_norm_of_spans(isa, n_threads):
    """Spans that no update changes do not count, not even with what is no number."""
    ends, factors = np.array([16, 48, 30_000, 40_000]), np.array([[1, 1], [0, 1], [2, 1], [0, 1]])
    x = normals(np.random.default_rng(99), ends[-1])
    x[16:48] = np.nan
    value = np.zeros(1)
    Program([Norm(x, value, ends, factors.astype(np.float64))]).run()
    counted = np.concatenate([x[:16], x[48:30_000]])
    np.testing.assert_allclose(value[0], reference.norm(counted), rtol=1e-13)


@pytest.mark.parametrize("ends", [[16, 8, 40], [16], [16, 16, 40], [0, 40], [16, 41]], ids=str)
def test_wrong_spans(ends):
    arrays = [np.zeros(40, dtype=np.float32) for _ in range(3)]
    with pytest.raises(ValueError, match="Sgd: ends must rise to 40: got"):
        Sgd(np.ones(5), *arrays, np.array(ends), np.ones((len(ends), 2)))


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
    F.adamw(w, dw, m, np.abs(v), step=1, lr=0.1)
    F.rmsprop(w, dw, m, np.abs(v), lr=0.1)
    for array, copy in zip((w, dw, m, v), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
@pytest.mark.parametrize("n", [1, 16, 37])
def test_not_finite_spoils_its_parameter_only(n, value, isa):
    zero = np.zeros(n, dtype=np.float32)
    dw = np.where(np.arange(n) == n - 1, value, 1)
    arrays = zero, dw, zero, zero
    adaptive = *F.adam(*arrays, 1, 0.1), *F.adamw(*arrays, 1, 0.1), *F.rmsprop(*arrays, 0.1)
    for new in (*F.sgd(zero, dw, zero, 0.1, 0.9), *adaptive):
        np.testing.assert_array_equal(np.isfinite(new), np.arange(n) < n - 1)
