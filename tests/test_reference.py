"""The specification, but for its windows, against central differences and hand computation."""

import itertools
import math

import numpy as np
import pytest
from calls import FROM_X, FROM_Y
from helpers import assert_gradient

from fastcnn import reference
from fastcnn.reference.dropout import _hash, _scramble

# --- batch normalisation and dense ---


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2, 3), (5, 1), (2, 1, 1, 4)])
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_batchnorm_gradients(shape, eps):
    rng = np.random.default_rng(8)
    x, dy = rng.normal(2, 3, size=shape), rng.normal(size=shape)
    gamma, beta = rng.normal(size=shape[-1]), rng.normal(size=shape[-1])
    dx, dgamma, dbeta = reference.batchnorm_backward(dy, x, gamma, eps=eps)

    def loss(x, gamma, beta):
        return (dy * reference.batchnorm(x, gamma, beta, eps=eps)).sum()

    assert_gradient(lambda x: loss(x, gamma, beta), x, dx)
    assert_gradient(lambda gamma: loss(x, gamma, beta), gamma, dgamma)
    assert_gradient(lambda beta: loss(x, gamma, beta), beta, dbeta)


def test_batchnorm_normalises():
    x = np.random.default_rng(9).normal(1e4, 1e-2, size=(4, 5, 6, 3))
    y = reference.batchnorm(x, np.ones(3), np.zeros(3), eps=0.0)
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0, atol=1e-8)
    np.testing.assert_allclose((y**2).mean(axis=(0, 1, 2)), 1, rtol=1e-8)


def test_batchnorm_takes_given_statistics():
    y = reference.batchnorm([[10.0, 0.0]], [2.0, 3.0], [1.0, 1.0], [4.0, 0.0], [8.0, 3.0], eps=1.0)
    assert y.tolist() == [[2 * 6 / 3 + 1, 1]]
    for one in ({"mean": [0.0, 0.0]}, {"var": [1.0, 1.0]}):
        with pytest.raises(ValueError, match=f"given together: got only {next(iter(one))}"):
            reference.batchnorm([[1.0, 2.0]], [1.0, 1.0], [0.0, 0.0], **one)


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2, 3), (1, 1, 1, 4)])
def test_batchnorm_gradients_with_given_statistics(shape):
    rng = np.random.default_rng(16)
    x, dy = rng.normal(2, 3, size=shape), rng.normal(size=shape)
    gamma, beta, mean, var = (rng.uniform(0.5, 2, shape[-1]) for _ in range(4))
    dx, dgamma, dbeta = reference.batchnorm_backward(dy, x, gamma, mean, var, 0.5)

    def loss(x, gamma, beta):
        return (dy * reference.batchnorm(x, gamma, beta, mean, var, 0.5)).sum()

    assert_gradient(lambda x: loss(x, gamma, beta), x, dx)
    assert_gradient(lambda gamma: loss(x, gamma, beta), gamma, dgamma)
    assert_gradient(lambda beta: loss(x, gamma, beta), beta, dbeta)
    with pytest.raises(ValueError, match="given together: got only var"):
        reference.batchnorm_backward(dy, x, gamma, var=var)


@pytest.mark.parametrize(
    ("groups", "shape"),
    [(1, (4, 3)), (2, (4, 6)), (3, (2, 3, 2, 6)), (2, (1, 5, 2)), (1, (2, 3, 1))],
)
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_groupnorm_gradients(groups, shape, eps):
    rng = np.random.default_rng(17)
    x, dy = rng.normal(2, 3, size=shape), rng.normal(size=shape)
    gamma, beta = rng.normal(size=shape[-1]), rng.normal(size=shape[-1])
    dx, dgamma, dbeta = reference.groupnorm_backward(dy, x, gamma, groups, eps)

    def loss(x, gamma, beta):
        return (dy * reference.groupnorm(x, gamma, beta, groups, eps)).sum()

    assert_gradient(lambda x: loss(x, gamma, beta), x, dx)
    assert_gradient(lambda gamma: loss(x, gamma, beta), gamma, dgamma)
    assert_gradient(lambda beta: loss(x, gamma, beta), beta, dbeta)


def test_groups_normalise():
    x = np.random.default_rng(18).normal(1e4, 1e-2, size=(4, 5, 3, 6))
    y = reference.groupnorm(x, np.ones(6), np.zeros(6), 2, eps=0.0)
    for group in (y[..., :3], y[..., 3:]):
        np.testing.assert_allclose(group.mean(axis=(1, 2, 3)), 0, atol=1e-8)
        np.testing.assert_allclose((group**2).mean(axis=(1, 2, 3)), 1, rtol=1e-8)
    # one sample whose channels are groups of their own has the statistics of a batch
    instance = reference.groupnorm(x[:1], np.ones(6), np.zeros(6), 6)
    np.testing.assert_allclose(instance, reference.batchnorm(x[:1], np.ones(6), np.zeros(6)))


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2, 5)])
def test_layernorm_gradients(shape):
    rng = np.random.default_rng(19)
    x, dy = rng.normal(2, 3, size=shape), rng.normal(size=shape)
    gamma, beta = rng.normal(size=shape[-1]), rng.normal(size=shape[-1])
    dx, dgamma, dbeta = reference.layernorm_backward(dy, x, gamma)
    assert_gradient(lambda x: (dy * reference.layernorm(x, gamma, beta)).sum(), x, dx)
    assert_gradient(lambda gamma: (dy * reference.layernorm(x, gamma, beta)).sum(), gamma, dgamma)
    assert_gradient(lambda beta: (dy * reference.layernorm(x, gamma, beta)).sum(), beta, dbeta)
    y = reference.layernorm(x, np.ones(shape[-1]), np.zeros(shape[-1]), eps=0.0)
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose((y**2).mean(axis=-1), 1)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 20])
@pytest.mark.parametrize(("beta", "k"), [(0.75, 2.0), (0.5, 1.0), (1.3, 0.1)])
def test_lrn_gradients(size, beta, k):
    rng = np.random.default_rng(20)
    x, dy = rng.normal(2, 3, size=(2, 3, 7)), rng.normal(size=(2, 3, 7))
    settings = {"size": size, "alpha": 2.0, "beta": beta, "k": k}
    dx = reference.lrn_backward(dy, x, **settings)
    assert_gradient(lambda x: (dy * reference.lrn(x, **settings)).sum(), x, dx)


def test_lrn_windows():
    """An even window has one channel more below; sums are divided by its size, at the ends too."""
    x = np.array([1.0, 2.0, 4.0, 8.0])
    s = 1 + 6 / 4 * np.array([1 + 4, 1 + 4 + 16, 1 + 4 + 16 + 64, 4 + 16 + 64])
    np.testing.assert_allclose(reference.lrn(x[None], 4, 6.0, 1.0)[0], x / s)


def test_dense_and_its_gradients():
    rng = np.random.default_rng(10)
    x, w, b, dy = (rng.normal(size=shape) for shape in [(4, 3), (3, 2), (2,), (4, 2)])
    dx, dw, db = reference.dense_backward(dy, x, w)
    assert_gradient(lambda x: (dy * reference.dense(x, w, b)).sum(), x, dx)
    assert_gradient(lambda w: (dy * reference.dense(x, w, b)).sum(), w, dw)
    assert_gradient(lambda b: (dy * reference.dense(x, w, b)).sum(), b, db)
    # a dense layer is a convolution of one pixel
    y = reference.conv2d(x[:, None, None], w[None, None], b)
    np.testing.assert_allclose(reference.dense(x, w, b), y[:, 0, 0], rtol=1e-14)
    np.testing.assert_array_equal(reference.dense(x, w) + b, reference.dense(x, w, b))


# --- dropout ---


def hash_by_integers(index, key):
    """Compute the hash of dropout in Python's own integers."""

    h = index * 0x9E3779B1 % 2**32 ^ key % 2**32
    h = (h ^ h >> 15) * 0x7FEB352D % 2**32
    h ^= key // 2**32 ^ index // 2**32 * 0x9E3779B1 % 2**32
    return (h ^ h >> 15) * 0x846CA68B % 2**32


def test_dropout_hash_is_defined_by_integers():
    indices = [0, 1, 2, 12345, 2**31, 2**32 - 1, 2**32, 2**40 + 7, 2**64 - 1]
    for key in (0, 1, 2**32 - 1, 2**32, 0x0123456789ABCDEF, 2**64 - 1):
        expected = [hash_by_integers(index, key) for index in indices]
        assert _hash(np.array(indices, dtype=np.uint64), key).tolist() == expected


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 1 - 2**-53])
def test_dropout_keeps_by_hash_and_scales(rate):
    x = np.arange(1.0, 121.0).reshape(2, 3, 4, 5)
    key = 0x9E3779B97F4A7C15
    kept = [hash_by_integers(i, _scramble(key)) >= math.floor(rate * 2**32) for i in range(120)]
    scale = float(np.float32(1 / (1 - rate)))
    expected = [(i + 1) * scale if keep else 0.0 for i, keep in enumerate(kept)]
    assert reference.dropout(x, rate, key).ravel().tolist() == expected
    assert reference.dropout_backward(x, rate, key).ravel().tolist() == expected


def test_dropout_of_rate_zero_keeps_even_the_smallest_hash():
    assert reference.dropout(np.full(1000, 5.0), 0.0, key=0).tolist() == [5.0] * 1000


def test_dropout_key_is_scrambled_by_splitmix64():
    # The first output of splitmix64 seeded with 0, as published with the algorithm.
    assert _scramble(0) == 0xE220A8397B1DCDAF


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_drops_its_share(rate):
    keys = np.random.default_rng(12).integers(2**64, size=4, dtype=np.uint64)
    masks = [reference.dropout(np.ones(10_000), rate, int(key)) == 0 for key in keys]
    deviation = math.sqrt(rate * (1 - rate) / 10_000)  # of the share, binomial
    for mask in masks:
        assert abs(mask.mean() - rate) < 5 * deviation
    for one, other in itertools.combinations(masks, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.05


def test_dropout_zeroes_what_is_not_finite():
    x = np.full(64, np.nan)
    dropped = reference.dropout(np.ones(64), 0.5, 3) == 0
    np.testing.assert_array_equal(reference.dropout(x, 0.5, 3), np.where(dropped, 0, np.nan))
    assert 0 < dropped.sum() < 64


# --- optimizers ---


def test_sgd_by_hand():
    # g = 3 + 0.5 * 2 = 4, v = 0.5 * 8 + 4 = 8
    options = {"lr": 0.25, "momentum": 0.5, "weight_decay": 0.5}
    w, v = reference.sgd([2.0], [3.0], [8.0], **options)
    assert (w.tolist(), v.tolist()) == ([2 - 0.25 * 8], [8])
    w, v = reference.sgd([2.0], [3.0], [8.0], **options, nesterov=True)
    assert (w.tolist(), v.tolist()) == ([2 - 0.25 * (4 + 0.5 * 8)], [8])
    w, v = reference.sgd([2.0], [3.0], [8.0], lr=0.25)
    assert (w.tolist(), v.tolist()) == ([2 - 0.25 * 3], [3])


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_velocity_is_a_geometric_sum(nesterov):
    w, v, expected = np.array([1.0]), np.zeros(1), 1.0
    for step in range(1, 6):
        w, v = reference.sgd(w, [2.0], v, lr=0.1, momentum=0.9, nesterov=nesterov)
        velocity = 2 * (1 - 0.9**step) / (1 - 0.9)
        expected -= 0.1 * (2 + 0.9 * velocity if nesterov else velocity)
        np.testing.assert_allclose([w[0], v[0]], [expected, velocity], rtol=1e-13)


def test_adam_moves_by_lr_under_a_constant_gradient():
    # Both bias-corrected means of a constant are the constant: every step is lr * sign(gradient).
    start, dw = np.array([1.0, -2.0, 3.0]), np.array([0.5, -4.0, 100.0])
    w, m, v = start, np.zeros(3), np.zeros(3)
    for step in range(1, 6):
        w, m, v = reference.adam(w, dw, m, v, step, lr=0.125, eps=0.0)
        np.testing.assert_allclose(w, start - 0.125 * step * np.sign(dw), rtol=1e-12)
        np.testing.assert_allclose(m, (1 - 0.9**step) * dw, rtol=1e-12)
        np.testing.assert_allclose(v, (1 - 0.999**step) * dw**2, rtol=1e-12)


def test_adam_by_hand():
    # g = 1 + 0.5 * 2 = 2; m = 0.5 * 4 + 0.5 * 2 = 3; v = 0.75 * 8 + 0.25 * 4 = 7
    # step 2: m / (1 - 0.25) = 4; v / (1 - 0.5625) = 16; 4 / (sqrt(16) + 4) = 0.5
    w, m, v = reference.adam(
        [2.0], [1.0], [4.0], [8.0], 2, lr=0.5, beta1=0.5, beta2=0.75, eps=4.0, weight_decay=0.5
    )
    assert (w.tolist(), m.tolist(), v.tolist()) == ([1.75], [3], [7])


def test_adamw_by_hand():
    # g = 1; m = 0.5 * 4 + 0.5 = 2.5; v = 0.75 * 8 + 0.25 = 6.25
    # step 1: m / 0.5 = 5; v / 0.25 = 25; w = 2 - 0.5 * 5 / (sqrt(25) + 5) - 0.5 * 0.5 * 2
    options = {"lr": 0.5, "beta1": 0.5, "beta2": 0.75, "eps": 5.0, "weight_decay": 0.5}
    w, m, v = reference.adamw([2.0], [1.0], [4.0], [8.0], 1, **options)
    assert (w.tolist(), m.tolist(), v.tolist()) == ([2 - 0.25 - 0.5], [2.5], [6.25])


def test_rmsprop_by_hand():
    # g = 1 + 0.5 * 2 = 2; v = 0.75 * 20 + 0.25 * 4 = 16; m = 0.5 * 3 + 2 / (sqrt(16) + 4)
    options = {"lr": 0.5, "alpha": 0.75, "eps": 4.0, "momentum": 0.5, "weight_decay": 0.5}
    w, m, v = reference.rmsprop([2.0], [1.0], [3.0], [20.0], **options)
    assert (w.tolist(), m.tolist(), v.tolist()) == ([2 - 0.5 * 1.75], [1.75], [16])


def test_lerp_of_shrinking_weights_is_the_mean():
    rng = np.random.default_rng(15)
    numbers, mean = rng.normal(size=(6, 3)), np.full(3, np.nan)
    for k, each in enumerate(numbers, 1):
        mean = reference.lerp(mean, each, 1 / k)
    np.testing.assert_allclose(mean, numbers.mean(0), rtol=1e-14)


# --- promises of every function ---


def along(axes):
    """Arguments of what knows 1, 2 and 3 axes; shapes in place of arrays."""
    x, half, one = (2, *[4] * axes, 2), (2, *[2] * axes, 2), (2, 2)
    arguments = {}
    for name, dy, *rest in [
        ("max_pool", half, 2),
        ("avg_pool", half, 2),
        ("lp_pool", half, 2),
        ("global_max_pool", one),
        ("global_avg_pool", one),
        ("pad", (2, *[6] * axes, 2), 1),
        ("crop", half, 1),
        ("upsample", (2, *[8] * axes, 2)),
        ("adaptive_avg_pool", half, 2),
    ]:
        arguments[f"{name}{axes}d"] = [x, *rest]
        arguments[f"{name}{axes}d_backward"] = [dy, x, *rest]
    return arguments


ARGUMENTS = {
    "conv2d": [(2, 4, 4, 2), (3, 3, 2, 3), (3,)],
    "conv2d_backward": [(2, 2, 2, 3), (2, 4, 4, 2), (3, 3, 2, 3)],
    "conv1d": [(2, 4, 2), (3, 2, 3), (3,)],
    "conv1d_backward": [(2, 2, 3), (2, 4, 2), (3, 2, 3)],
    "conv3d": [(2, 2, 4, 3, 2), (1, 3, 2, 2, 3), (3,)],
    "conv3d_backward": [(2, 2, 2, 2, 3), (2, 2, 4, 3, 2), (1, 3, 2, 2, 3)],
    "conv_transpose1d": [(2, 4, 2), (3, 3, 2), (3,)],
    "conv_transpose1d_backward": [(2, 6, 3), (2, 4, 2), (3, 3, 2)],
    "conv_transpose2d": [(2, 4, 4, 2), (3, 3, 3, 2), (3,)],
    "conv_transpose2d_backward": [(2, 6, 6, 3), (2, 4, 4, 2), (3, 3, 3, 2)],
    "conv_transpose3d": [(2, 2, 4, 3, 2), (1, 3, 2, 3, 2), (3,)],
    "conv_transpose3d_backward": [(2, 2, 6, 4, 3), (2, 2, 4, 3, 2), (1, 3, 2, 3, 2)],
    **{name: arguments for axes in (1, 2, 3) for name, arguments in along(axes).items()},
    "batchnorm": [(2, 4, 4, 2), (2,), (2,)],
    "batchnorm_backward": [(2, 4, 4, 2), (2, 4, 4, 2), (2,)],
    "groupnorm": [(2, 4, 4, 2), (2,), (2,), 2],
    "groupnorm_backward": [(2, 4, 4, 2), (2, 4, 4, 2), (2,), 2],
    "layernorm": [(2, 4, 4, 2), (2,), (2,)],
    "layernorm_backward": [(2, 4, 4, 2), (2, 4, 4, 2), (2,)],
    "lrn": [(2, 4, 4, 2)],
    "lrn_backward": [(2, 4, 4, 2), (2, 4, 4, 2)],
    "dense": [(4, 3), (3, 2), (2,)],
    "dense_backward": [(4, 2), (4, 3), (3, 2)],
    **{name: [(4, 3)] for name in (*FROM_Y, *FROM_X)},
    **{f"{name}_backward": [(4, 3), (4, 3)] for name in (*FROM_Y, *FROM_X)},
    "prelu": [(4, 3), (3,)],
    "prelu_backward": [(4, 3), (4, 3), (3,)],
    "softmax": [(4, 3)],
    "softmax_backward": [(4, 3), (4, 3)],
    "add": [(4, 3), (4, 3)],
    "dropout": [(4, 3), 0.5, 1],
    "dropout_backward": [(4, 3), 0.5, 1],
    "spatial_dropout": [(4, 5, 3), 0.5, 1],
    "spatial_dropout_backward": [(4, 5, 3), 0.5, 1],
    "softmax_cross_entropy": [(2, 3), np.array([0, 2])],
    "mean_squared_error": [(4, 3), (4, 3)],
    "binary_cross_entropy": [(4, 3), np.ones((4, 3))],
    "huber": [(4, 3), (4, 3)],
    "sgd": [(4, 3), (4, 3), (4, 3), 0.1],
    "adam": [(4, 3), (4, 3), (4, 3), (4, 3), 1, 0.1],
    "adamw": [(4, 3), (4, 3), (4, 3), (4, 3), 1, 0.1],
    "rmsprop": [(4, 3), (4, 3), (4, 3), (4, 3), 0.1],
    "norm": [(4, 3)],
    "lerp": [(4, 3), (4, 3), 0.5],
}


def test_every_function_has_arguments_here():
    assert sorted(ARGUMENTS) == reference.__all__


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_computes_in_float64_and_changes_nothing(name, dtype):
    rng = np.random.default_rng(15)
    arguments = [
        rng.uniform(0.1, 1, part).astype(dtype) if isinstance(part, tuple) else part
        for part in ARGUMENTS[name]
    ]
    arrays = [part for part in arguments if isinstance(part, np.ndarray)]
    for array in arrays:
        array.flags.writeable = False
    result = getattr(reference, name)(*arguments)
    for part in result if isinstance(result, tuple) else (result,):
        assert isinstance(part, float) or part.dtype == np.float64
        assert not any(np.may_share_memory(part, array) for array in arrays)
