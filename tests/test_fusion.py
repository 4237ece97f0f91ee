"""Convolutions and dense layers that do the work of what follows them: the same results."""

import numpy as np
import pytest
from helpers import normals

import fastcnn
from fastcnn import layers, reference
from fastcnn.graph import ops, passes
from fastcnn.graph.planner import Planner
from fastcnn.kernels.fold import BatchNormFold
from fastcnn.kernels.program import Program


def model(*stack):
    return fastcnn.Sequential(list(stack), input_shape=(9, 8, 3), rng=0)


def conv(filters=3, window=3):
    return layers.Conv2D(filters, window, padding="same")


def residual(*last, shortcut=None):
    body = [conv(5), layers.BatchNorm(), layers.ReLU(), conv(), *last]
    return layers.Residual(body, shortcut)


# What a network is made of, and the operations of prediction that are left of it.
NETWORKS = {
    "relu": (
        lambda: model(conv(5), layers.ReLU(), conv(), layers.ReLU6()),
        [ops.Conv, ops.Conv],
    ),
    "relu, pooling": (
        lambda: model(conv(5), layers.ReLU(), layers.MaxPool2D(2)),
        [ops.Conv, ops.MaxPool],
    ),
    "dense": (
        lambda: model(layers.Flatten(), layers.Dense(7), layers.ReLU(), layers.Dense(3)),
        [ops.Dense, ops.Dense],
    ),
    "norm": (
        lambda: model(conv(5), layers.BatchNorm(), layers.ReLU(), conv(40), layers.BatchNorm()),
        [ops.BatchNormFolds, ops.Conv, ops.Conv],
    ),
    "norm, other": (
        lambda: model(conv(5), layers.BatchNorm(), layers.ReLU6(), conv(2), layers.Tanh()),
        [ops.BatchNormFolds, ops.Conv, ops.Conv, ops.Activation],
    ),
    "frozen norm": (
        lambda: model(conv(5), layers.BatchNorm(frozen=True), layers.ReLU()),
        [ops.BatchNormFolds, ops.Conv],
    ),
    "norm of dense": (
        lambda: model(layers.Flatten(), layers.Dense(7), layers.BatchNorm(), layers.ReLU()),
        [ops.BatchNormFolds, ops.Dense],
    ),
    "norm of pixels": (
        lambda: model(conv(5), layers.Flatten(), layers.BatchNorm(), layers.ReLU()),
        [ops.Conv, ops.BatchNorm],
    ),
    "depthwise": (
        lambda: model(layers.DepthwiseConv2D(3), layers.BatchNorm(), layers.ReLU6()),
        [ops.BatchNormFolds, ops.Conv],
    ),
    "residual": (
        lambda: model(conv(), residual(layers.BatchNorm()), layers.ReLU(), conv(2)),
        [ops.BatchNormFolds, ops.Conv, ops.Conv, ops.Conv, ops.Conv],
    ),
    "residual of the input": (
        lambda: model(residual(), layers.ReLU(), residual()),
        [ops.BatchNormFolds, ops.Conv, ops.Conv, ops.Conv, ops.Conv],
    ),
    "projection": (
        lambda: model(
            conv(), residual(shortcut=[conv(3, 1), layers.BatchNorm()]), layers.ReLU(), conv(2)
        ),
        [ops.BatchNormFolds, *[ops.Conv] * 5],
    ),
    "before": (
        lambda: model(conv(), layers.Residual([layers.BatchNorm(), layers.ReLU(), conv()])),
        [ops.Conv, ops.BatchNorm, ops.Conv],
    ),
}
NAMES = "conv_and_batchnorm", "conv_and_add", "conv_and_relu"

each_network = pytest.mark.parametrize("name", NETWORKS)


def build(name):
    """The network with statistics and offsets that are not those of the start."""
    made, rng = NETWORKS[name][0](), np.random.default_rng(5)
    for key, array in {**made.parameters, **made.state}.items():
        if key.endswith(("gamma", "running_var")):
            array.value = rng.uniform(0.5, 2, array.shape)
        elif not key.endswith("weight"):
            array.value = rng.normal(size=array.shape)
    return made


def outcome(name, x):
    """What a step gives, then what prediction makes of the new statistics."""
    made = build(name)
    scores = made.predict(x)
    y = made.forward(x, training=True)
    dx = made.backward(normals(np.random.default_rng(41), *y.shape))
    gradients = [parameter.grad for parameter in made.parameters.values()]
    return [scores, y, dx, *gradients, made.predict(x)]


def test_folds(isa, n_threads):
    """Scale and shift do what the normalisations do, with and without a bias before them."""
    rng = np.random.default_rng(6)
    sizes, eps = [1, 17, 33, 300], [1e-5, 0.5, 1e-3, 2.0]
    gamma, beta, mean, var, b = ([normals(rng, c) for c in sizes] for _ in range(5))
    var, b[1] = [array**2 for array in var], None
    scale, shift = ([np.empty(c, dtype=np.float32) for c in sizes] for _ in range(2))
    Program([BatchNormFold(eps, gamma, beta, mean, var, b, scale, shift)]).run()
    for i, c in enumerate(sizes):
        x = normals(rng, 5, c)
        biased = x if b[i] is None else x + b[i]
        expected = reference.batchnorm(biased, gamma[i], beta[i], mean[i], var[i], eps[i])
        np.testing.assert_allclose(x * scale[i] + shift[i], expected, rtol=1e-4, atol=1e-4)


@each_network
@pytest.mark.parametrize("off", [NAMES, *((each,) for each in NAMES)], ids=str)
def test_same_results_with_and_without(name, off):
    x = normals(np.random.default_rng(43), 4, 9, 8, 3)
    on = outcome(name, x)
    with passes.without(*off):
        apart = outcome(name, x)
    for one, other in zip(on, apart, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5 * (1 + np.abs(other).max()))


@each_network
def test_operations_that_are_left(name):
    made = NETWORKS[name][0]()
    planner = Planner(training=False)
    y = made.root.plan(planner, planner.input((2, 9, 8, 3)))
    rewritten = passes.rewrite(planner.ops, {y.buffer}, backward=False)
    assert [type(op) for op in rewritten] == NETWORKS[name][1]


def test_weights_are_never_stale():
    made, x = build("norm"), normals(np.random.default_rng(44), 2, 9, 8, 3)
    before = made.predict(x)
    made.parameters["1.gamma"].value = 2 * made.parameters["1.gamma"].value
    made.state["4.running_mean"].value = made.state["4.running_mean"].value + 1
    changed = made.predict(x)
    assert np.abs(changed - before).max() > 0.1
    with passes.without(*NAMES):
        made.compile()  # plans are made anew
        np.testing.assert_allclose(changed, made.predict(x), rtol=1e-4, atol=1e-4)


def test_what_others_read_stays():
    x = layers.Input((9, 8, 3))
    y = conv()(x)
    made = fastcnn.Model(x, layers.Concatenate()(y, layers.ReLU()(y), layers.BatchNorm()(y)))
    planner = Planner(training=False)
    y = made.root.plan(planner, planner.input((2, 9, 8, 3)))
    kinds = [type(op) for op in passes.rewrite(planner.ops, {y.buffer}, backward=False)]
    assert kinds == [ops.Conv, ops.Activation, ops.BatchNorm, ops.Concatenate]


@pytest.mark.parametrize("stack", ["relu", "norm", "dense"])
def test_nan_stays(stack):
    x = np.ones((1, 9, 8, 3), dtype=np.float32)
    x[0, 2, 3, 1] = np.nan
    assert np.isnan(build(stack).predict(x)).any()
