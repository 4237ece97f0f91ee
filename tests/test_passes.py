"""Graph passes: the same bits with each of them on and off."""

import numpy as np
import pytest
from helpers import integers, normals

import fastcnn
from fastcnn import layers
from fastcnn.graph import ops, passes
from fastcnn.graph.planner import Planner

POOLS = [{"size": 2}, {"size": 2, "stride": 1}, {"size": 3, "stride": 2, "padding": 1}]


def model(*stack):
    return fastcnn.Sequential(list(stack), input_shape=(9, 8, 3), rng=0)


def outcome(make, x, draw):
    """Output, input gradient and parameter gradients of one step."""
    built = make()
    y = built.forward(x, training=True)
    dx = built.backward(draw(np.random.default_rng(41), *y.shape))
    return [y, dx, *(parameter.grad for parameter in built.parameters.values())]


@pytest.mark.parametrize("pool", POOLS, ids=str)
@pytest.mark.parametrize("draw", [integers, normals])
def test_pool_before_activation_changes_no_bit(pool, draw):
    def make():
        return model(layers.Conv2D(5, 3), layers.ReLU(), layers.MaxPool2D(**pool))

    x = draw(np.random.default_rng(40), 4, 9, 8, 3)
    on = outcome(make, x, draw)
    with passes.without("pool_before_activation"):
        off = outcome(make, x, draw)
    for one, other in zip(on, off, strict=True):
        np.testing.assert_array_equal(one, other)


def test_pool_before_activation_keeps_nan():
    x = np.zeros((1, 9, 8, 3), dtype=np.float32)
    x[0, 2, 3, 1] = np.nan
    y = model(layers.ReLU(), layers.MaxPool2D(2)).predict(x)
    assert np.argwhere(np.isnan(y)).tolist() == [[0, 1, 1, 1]]


def recorded(*stack):
    planner = Planner(training=False)
    x = planner.input((1, 9, 8, 3))
    y = model(*stack).root.plan(planner, x)
    return planner, y


def test_pool_before_activation_moves_the_activation():
    planner, y = recorded(layers.ReLU(), layers.MaxPool2D(2))
    first, second = passes.rewrite(planner.ops, {y.buffer}, planner.training)
    assert isinstance(first, ops.MaxPool)
    assert isinstance(second, ops.Activation)
    assert second.y is y
    assert second.x.shape == (1, 4, 4, 3)


@pytest.mark.parametrize("function", [layers.LeakyReLU, layers.Sigmoid, layers.Tanh])
def test_functions_that_round_stay(function):
    planner, y = recorded(function(), layers.MaxPool2D(2))
    assert passes.rewrite(planner.ops, {y.buffer}, planner.training) == planner.ops


def test_what_others_read_stays():
    planner, y = recorded(layers.ReLU(), layers.MaxPool2D(2))
    activated = planner.ops[0].y
    assert (
        passes.rewrite(planner.ops, {y.buffer, activated.buffer}, planner.training) == planner.ops
    )
    planner.add(ops.Activation("relu", (0.0, 0.0), activated, planner.tensor(activated.shape)))
    assert passes.rewrite(planner.ops, {y.buffer}, planner.training) == planner.ops


def residual(shortcut=None, last=()):
    same = {"padding": "same", "bias": False}
    body = [layers.Conv2D(3, 3, **same), layers.BatchNorm()]
    body += [layers.ReLU(), layers.Conv2D(3, 3, **same), layers.BatchNorm()]
    return layers.Residual([*body, *last], shortcut)


def projection():
    return [layers.Conv2D(3, 1, bias=False), layers.BatchNorm()]


NORMALISED = {
    "relu": lambda: model(layers.Conv2D(5, 3, bias=False), layers.BatchNorm(), layers.ReLU()),
    "relu, then pooling": lambda: model(layers.BatchNorm(), layers.ReLU(), layers.MaxPool2D(2)),
    "residual": lambda: model(layers.Conv2D(3, 3), residual()),
    "residual, relu": lambda: model(layers.Conv2D(3, 3), residual(), layers.ReLU(), residual()),
    "of the input": lambda: model(residual(), layers.ReLU()),
    "projection": lambda: model(layers.Conv2D(3, 3), residual(projection()), layers.ReLU()),
    "folded rows": lambda: fastcnn.Sequential([layers.BatchNorm(), layers.ReLU()], (40, 33), rng=0),
}
NORM_PASSES = "batchnorm_and_add", "batchnorm_and_relu"


@pytest.mark.parametrize("name", NORMALISED)
@pytest.mark.parametrize("off", [NORM_PASSES, *((each,) for each in NORM_PASSES)], ids=str)
def test_batchnorm_with_what_follows_computes_the_same(name, off):
    """Sums of three terms round once less, nothing else differs."""
    make = NORMALISED[name]
    x = normals(np.random.default_rng(43), 4, *make().input_shape)
    rounding = 0 if "relu" in name and "residual" not in name else 1e-5
    on = [*outcome(make, x, normals), make().predict(x)]
    with passes.without(*off):
        apart = [*outcome(make, x, normals), make().predict(x)]
    for one, other in zip(on, apart, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=rounding * (1 + np.abs(other).max()))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("relu", [ops.Conv, ops.BatchNorm]),
        ("residual, relu", [ops.Conv, *[ops.Conv, ops.BatchNorm] * 4]),
        ("projection", [ops.Conv, *[ops.Conv, ops.BatchNorm] * 3]),
    ],
)
def test_batchnorm_takes_what_follows(name, kinds):
    made = NORMALISED[name]()
    planner = Planner(training=True)
    y = made.root.plan(planner, planner.input((2, *made.input_shape)))
    assert [type(op) for op in passes.rewrite(planner.ops, {y.buffer}, planner.training)] == kinds


def test_batchnorm_whose_output_has_other_readers_stays_alone():
    x = layers.Input((4, 4, 3))
    y = layers.BatchNorm()(x)
    made = fastcnn.Model(x, layers.Concatenate()(y, layers.ReLU()(y), layers.Add()(y, x)))
    planner = Planner(training=True)
    y = made.root.plan(planner, planner.input((2, 4, 4, 3)))
    assert passes.rewrite(planner.ops, {y.buffer}, planner.training) == planner.ops


def test_batchnorm_keeps_nan_behind_relu():
    x = np.ones((1, 9, 8, 3), dtype=np.float32)
    x[0, 2, 3, 1] = np.nan
    y = model(layers.BatchNorm(), layers.ReLU()).predict(x)
    assert np.argwhere(np.isnan(y)).tolist() == [[0, 2, 3, 1]]


# --- concatenation ---


def dense_layer(growth):
    same = {"padding": "same", "bias": False}
    return [layers.BatchNorm(), layers.ReLU(), layers.Conv2D(growth, 3, **same)]


def dense_block(count=3):
    stack = [layers.Concat([[], dense_layer(4)]) for _ in range(count)]
    return model(layers.Conv2D(6, 3), *stack, layers.BatchNorm(), layers.ReLU())


def inception():
    return model(layers.Conv2D(20, 1), layers.Inception(32, (8, 34), (8, 40), 33), layers.ReLU())


def wide_dense_block():
    first = layers.Conv2D(20, 3, bias=False)
    return model(first, layers.DenseBlock(3, 33), layers.BatchNorm(), layers.ReLU())


def branches():
    normalised = [layers.Conv2D(5, 1, bias=False), layers.BatchNorm(), layers.ReLU()]
    plain = [layers.MaxPool2D(3, 1, "same"), layers.Conv2D(2, 1)]
    return model(layers.Concat([normalised, plain, [layers.BatchNorm()], []]), layers.ReLU())


def nested():
    inner = layers.Concat(
        [[layers.Conv2D(2, 1, bias=False), layers.BatchNorm()], [layers.BatchNorm()]]
    )
    return model(layers.Concat([[layers.BatchNorm()], [inner]]), layers.BatchNorm())


def frozen():
    return model(layers.Concat([[layers.BatchNorm(frozen=True)], [layers.BatchNorm()]]))


CONCATENATED = {
    "dense_block": dense_block,
    "wide_dense_block": wide_dense_block,
    "inception": inception,
    "branches": branches,
    "nested": nested,
    "frozen": frozen,
}


@pytest.mark.parametrize("name", CONCATENATED)
def test_concatenate_in_place_computes_the_same(name):
    """Rows that stand apart are not folded, so statistics are summed in another order."""
    make = CONCATENATED[name]
    x = normals(np.random.default_rng(44), 4, *make().input_shape)
    on = [*outcome(make, x, normals), make().predict(x)]
    with passes.without("concatenate_in_place"):
        apart = [*outcome(make, x, normals), make().predict(x)]
    for one, other in zip(on, apart, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * (1 + np.abs(other).max()))


def copies(make):
    plan = make().plan("train", 2, bind=False)
    return sum(step.kernel.__name__ == "Copy" for step in plan.steps), plan.arena_bytes


@pytest.mark.parametrize(
    ("name", "on", "off"),
    [
        ("dense_block", 8, 12),
        ("wide_dense_block", 2, 12),
        ("inception", 0, 8),
        ("branches", 3, 7),
        ("nested", 0, 8),
        ("frozen", 2, 4),
    ],
)
def test_concatenate_in_place_copies_less(name, on, off):
    few, small = copies(CONCATENATED[name])
    with passes.without("concatenate_in_place"):
        many, large = copies(CONCATENATED[name])
    assert (few, many) == (on, off)
    assert small <= large


def test_what_is_read_behind_its_concatenation_is_copied():
    x = layers.Input((4, 4, 3))
    y = layers.BatchNorm()(x)
    z = layers.BatchNorm()(layers.Concatenate()(y, x))
    made = fastcnn.Model(x, layers.Concatenate()(z, layers.BatchNorm()(y)))
    planner = Planner(training=True)
    out = made.root.plan(planner, planner.input((2, 4, 4, 3)))
    rewritten = passes.rewrite(planner.ops, {out.buffer, planner.ops[0].x.buffer}, planner.training)
    first = next(op for op in rewritten if isinstance(op, ops.Concatenate))
    assert first.xs[0].buffer is not first.y.buffer


def test_without_names_its_passes():
    with (
        pytest.raises(ValueError, match=r"passes must be among .* got .*everything"),
        passes.without("everything"),
    ):
        pass
